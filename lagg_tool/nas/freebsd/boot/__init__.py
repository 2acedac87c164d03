"""What the next boot makes of rc.conf: network.subr's reading of it. Pure."""

from lagg_tool.nas.freebsd.boot.interface import BootInterface, Unclear
from lagg_tool.nas.freebsd.boot.line_address import without_addresses
from lagg_tool.nas.freebsd.boot.nextboot import NextBoot, next_boot
from lagg_tool.nas.freebsd.boot.variables import Variables, variable_name

__all__ = [
    "BootInterface",
    "NextBoot",
    "Unclear",
    "Variables",
    "next_boot",
    "variable_name",
    "without_addresses",
]
