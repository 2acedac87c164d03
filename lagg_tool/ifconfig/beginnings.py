"""How each line of ifconfig begins, and how far ifconfig indents it."""

from __future__ import annotations

import re

from lagg_tool.ifconfig.detail_lines import DETAILS

# iocage names the host's end of a jail's link vnet0:38, for its nic 0 and the jail's number.
NAME = r"(?![`\"'\u2018-\u201f+*|.-])(?:vnet\d+:\d+|[^\s:<>()\[\]]{1,31})"
# "lagg options: flags=10<LACP_STRICT>" is no header, though a page may have it in one line.
BEGIN = rf"(?!options:){NAME}: flags=[0-9a-fA-Fx]+(?=[ <(\[{{\\&A-Z])"
HEADER_START = re.compile(rf"({NAME}): flags=", re.ASCII)
HEADER = re.compile(rf"({NAME}): flags=\S+(?: \S+)? metric \d+ mtu \d+(.*)", re.ASCII)
HEX4 = "[0-9A-Fa-f]{4}"
PEER = rf"\({HEX4}, ?[^(),]*, ?{HEX4}, ?{HEX4}, ?{HEX4}\)"
PROMPT = re.compile(
    r"(?:\[?[\w.-]+@[\w.-]+[^#$%>]*[#$%>]|[\w.-]*[#$%>](?=[ \t]|$))[ \t]*(.*)", re.ASCII
)

# How far ifconfig indents a line, by its beginning; the rest of what it prints has one tab.
DEEP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"flags=|\[\(|media \w\S*(?: mode \S+)?(?: mediaopt |$)"), "\t\t"),
    (re.compile(r"(?:flowid_shift|rr_limit|active ports|flapping|use_flowid): "), "\t\t"),
    (re.compile(rf"\({HEX4},"), "\t\t "),
    *((begin, indent) for begin, _, indent in DETAILS),
)
SHALLOW = re.compile(
    r"(?:options|capabilities|nd6 options)=|(?:ether|hwaddr|lladdr|inet|inet6|laggproto) "
    r"|(?:description|laggport|member|groups|vlan|media|status|lag id|lagg options"
    r"|lagg statistics|supported media|carp|vrrp|drivername|fib|tunnelfib|plugged|vendor"
    r"|module temperature|nominal bitrate|compliance level|class|RX|TX|lane \d+|maclabel"
    r"|parent interface|grekey|reqid|pfsync|syncok|syncpeer|vxlan config|laggdev|lagg):(?: |$)"
)
WLAN = ("ssid ", "meshid ", "regdomain ", "country ", "authmode ")


def begins(line: str) -> bool:
    """Return whether a line, without its indentation, begins as ifconfig or a prompt begins one."""
    return bool(
        HEADER_START.match(line)
        or SHALLOW.match(line)
        or PROMPT.fullmatch(line)
        or any(begin.match(line) for begin, _ in DEEP)
    )
