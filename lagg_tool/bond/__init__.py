"""A LAGG of Linux, which is a bond of its bonding driver: what is printed of it, and why it fails.

Pure. ``report`` reads ``/proc/net/bonding``, ``links`` the JSON of iproute2.
"""

from lagg_tool.bond.links import AddressInfo, Link, read_links
from lagg_tool.bond.report import BondReport, Pdu, PortReport, parse_reports
from lagg_tool.bond.state import BondHost

__all__ = [
    "AddressInfo",
    "BondHost",
    "BondReport",
    "Link",
    "Pdu",
    "PortReport",
    "parse_reports",
    "read_links",
]
