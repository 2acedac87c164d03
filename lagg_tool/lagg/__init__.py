"""A LAGG as it is wanted (LaggSpec), and a host as it is (HostState)."""

from lagg_tool.lagg.options import OFFLOADS, SWITCHES, parse_options
from lagg_tool.lagg.specification import (
    NO_PORT,
    Address,
    LaggSpec,
    Protocol,
    VlanSpec,
    check_name,
    is_lagg_name,
)
from lagg_tool.lagg.state import (
    AddressState,
    HostState,
    InterfaceState,
    JailState,
    LaggState,
    Management,
    PortState,
    Record,
    Route,
)
from lagg_tool.lagg.toml import parse_specs, spec_from_data

__all__ = [
    "NO_PORT",
    "OFFLOADS",
    "SWITCHES",
    "Address",
    "AddressState",
    "HostState",
    "InterfaceState",
    "JailState",
    "LaggSpec",
    "LaggState",
    "Management",
    "PortState",
    "Protocol",
    "Record",
    "Route",
    "VlanSpec",
    "check_name",
    "is_lagg_name",
    "parse_options",
    "parse_specs",
    "spec_from_data",
]
