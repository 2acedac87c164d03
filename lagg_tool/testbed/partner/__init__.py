"""The virtual switch at the other end of the NAS's ports: LACP partners, bridging, endpoints."""

from lagg_tool.testbed.partner.endpoint import Endpoint
from lagg_tool.testbed.partner.fabric import VirtualSwitch
from lagg_tool.testbed.partner.partner import Echo, Partner, Settings, partner_state

__all__ = [
    "Echo",
    "Endpoint",
    "Partner",
    "Settings",
    "VirtualSwitch",
    "partner_state",
]
