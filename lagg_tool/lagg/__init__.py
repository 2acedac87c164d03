"""The nouns: what a user asks for (LaggSpec) and what a host is (HostState)."""

from lagg_tool.lagg.options import OFFLOADS, SWITCHES, LaggOptions, parse_options
from lagg_tool.lagg.specification import Address, LaggSpec, Protocol, check_name, parse_address
from lagg_tool.lagg.state import (
    AddressState,
    HostState,
    InterfaceState,
    LaggState,
    Management,
    PortState,
    Record,
)
from lagg_tool.lagg.toml import parse_spec, spec_from_data

__all__ = [
    "OFFLOADS",
    "SWITCHES",
    "Address",
    "AddressState",
    "HostState",
    "InterfaceState",
    "LaggOptions",
    "LaggSpec",
    "LaggState",
    "Management",
    "PortState",
    "Protocol",
    "Record",
    "check_name",
    "parse_address",
    "parse_options",
    "parse_spec",
    "spec_from_data",
]
