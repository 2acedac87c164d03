"""The names of the bits that ifconfig prints in angle brackets, by their values.

A web page takes ``<UP,RUNNING>`` for a tag and drops it, and FreeBSD 10 prints a port's
LACP state as a number alone: the number is enough to write the names again. From sys/net:
if.h, if_lagg.h, ieee8023ad_lacp.h, if_bridgevar.h, and sys/netinet6/nd6.h.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lagg_tool.ifconfig.beginnings import NAME

INTERFACE: Mapping[int, str] = {
    0x1: "UP",
    0x2: "BROADCAST",
    0x4: "DEBUG",
    0x8: "LOOPBACK",
    0x10: "POINTOPOINT",
    0x40: "RUNNING",
    0x80: "NOARP",
    0x100: "PROMISC",
    0x200: "ALLMULTI",
    0x400: "OACTIVE",
    0x800: "SIMPLEX",
    0x1000: "LINK0",
    0x2000: "LINK1",
    0x4000: "LINK2",
    0x8000: "MULTICAST",
    0x20000: "PPROMISC",
    0x40000: "MONITOR",
    0x80000: "STATICARP",
    0x1000000: "LOWER_UP",
}
LAGG_PORT: Mapping[int, str] = {
    0x1: "MASTER",
    0x2: "STACK",
    0x4: "ACTIVE",
    0x8: "COLLECTING",
    0x10: "DISTRIBUTING",
}
LACP_STATE: Mapping[int, str] = {
    0x1: "ACTIVITY",
    0x2: "TIMEOUT",
    0x4: "AGGREGATION",
    0x8: "SYNC",
    0x10: "COLLECTING",
    0x20: "DISTRIBUTING",
    0x40: "DEFAULTED",
    0x80: "EXPIRED",
}
LAGG_OPTIONS: Mapping[int, str] = {
    0x1: "USE_FLOWID",
    0x4: "USE_NUMA",
    0x10: "LACP_STRICT",
    0x20: "LACP_TXTEST",
    0x40: "LACP_RXTEST",
    0x80: "LACP_FAST_TIMO",
}
CAPABILITIES: Mapping[int, str] = {
    0x1: "RXCSUM",
    0x2: "TXCSUM",
    0x4: "NETCONS",
    0x8: "VLAN_MTU",
    0x10: "VLAN_HWTAGGING",
    0x20: "JUMBO_MTU",
    0x40: "POLLING",
    0x80: "VLAN_HWCSUM",
    0x100: "TSO4",
    0x200: "TSO6",
    0x400: "LRO",
    0x800: "WOL_UCAST",
    0x1000: "WOL_MCAST",
    0x2000: "WOL_MAGIC",
    0x4000: "TOE4",
    0x8000: "TOE6",
    0x10000: "VLAN_HWFILTER",
    0x40000: "VLAN_HWTSO",
    0x80000: "LINKSTATE",
    0x100000: "NETMAP",
    0x200000: "RXCSUM_IPV6",
    0x400000: "TXCSUM_IPV6",
    0x1000000: "TXRTLMT",
    0x2000000: "HWRXTSTMP",
}
ND6: Mapping[int, str] = {
    0x1: "PERFORMNUD",
    0x2: "ACCEPT_RTADV",
    0x4: "PREFER_SOURCE",
    0x8: "IFDISABLED",
    0x10: "DONT_SET_IFROUTE",
    0x20: "AUTO_LINKLOCAL",
    0x40: "NO_RADR",
    0x80: "NO_PREFER_IFACE",
    0x100: "NO_DAD",
}
BRIDGE_MEMBER: Mapping[int, str] = {
    0x1: "LEARNING",
    0x2: "DISCOVER",
    0x4: "STP",
    0x8: "SPAN",
    0x10: "STICKY",
    0x20: "EDGE",
    0x40: "AUTOEDGE",
    0x80: "PTP",
    0x100: "AUTOPTP",
}


def names(table: Mapping[int, str], value: int) -> str:
    """Return the names of the bits of a number as ifconfig joins them."""
    return ",".join(name for bit, name in table.items() if value & bit)


_NAMED_BITS: tuple[tuple[re.Pattern[str], Mapping[int, str]], ...] = (
    (re.compile(rf"{NAME}: flags="), INTERFACE),
    (re.compile(r"laggport: \S+ flags="), LAGG_PORT),
    (re.compile(r"laggport: .* state="), LACP_STATE),
    (re.compile(r"member: \S+ flags="), BRIDGE_MEMBER),
    (re.compile(r"flags="), LAGG_OPTIONS),
    (re.compile(r"(?:options|capabilities)="), CAPABILITIES),
    (re.compile(r"nd6 options="), ND6),
)
# A number with the names that follow it, whatever became of the brackets around them.
_BITS = re.compile(
    r"(?:0x)?(?:([0-9A-F]+(?=[ <(\[{\\]|$))|([0-9a-f]+))\\?"
    r"(?:<([^<>]*)>|[(\[{]([A-Z0-9_,]*)[)\]}]|<?( ?[A-Z][A-Z0-9_]*(?:,[A-Z0-9_]+)*)>?(?= |$))?"
)


def with_names(line: str) -> str:
    """Write the bits of a line as ifconfig does: the number, and the names in brackets."""
    for begin, table in _NAMED_BITS:
        found = begin.match(line)
        if found:
            line = (
                line[: found.end()]
                + _BITS.sub(
                    lambda bits, table=table: _printed(bits, table),  # type: ignore[misc]
                    line[found.end() :],
                    count=1,
                )
            )
    return line


def _printed(bits: re.Match[str], table: Mapping[int, str]) -> str:
    number = (bits[1] or bits[2]).lower()
    printed = next((group for group in bits.groups()[2:] if group is not None), None)
    value = int(number[:16], 16)
    if printed is None and value == 0 and table in (CAPABILITIES, ND6):
        return "0"
    shortened = printed is None or "…" in printed or ".." in printed
    words = (
        names(table, value) if printed is None or shortened else "".join(printed.upper().split())
    )
    return f"{value:x}<{words}>"
