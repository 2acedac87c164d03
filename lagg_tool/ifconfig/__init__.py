"""What ifconfig prints, read without loss: ``parse(text)`` gives a Listing of Interfaces."""

from lagg_tool.ifconfig.lagg_lines import Peer
from lagg_tool.ifconfig.lines import Bits, Inet, Inet6, Line, Unknown
from lagg_tool.ifconfig.listing import Family, Interface, Listing, Port
from lagg_tool.ifconfig.parsing import parse

__all__ = [
    "Bits",
    "Family",
    "Inet",
    "Inet6",
    "Interface",
    "Line",
    "Listing",
    "Peer",
    "Port",
    "Unknown",
    "parse",
]
