"""Names of hosts: the simulated NAS knows numbers and its own loopback, and no name server."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from lagg_tool.simulator.kernel.addresses import embed
from lagg_tool.simulator.kernel.vnet import Vnet

LOCALHOST4, LOCALHOST6 = IPv4Address("127.0.0.1"), IPv6Address("::1")
_DOTTED = re.compile(r"\d{1,10}(\.\d{1,10}){0,3}", re.ASCII)


def ipv4(text: str) -> IPv4Address | None:
    """Return the address of a name or number, as inet_aton(3) and /etc/hosts have it."""
    if text == "localhost":
        return LOCALHOST4
    if not _DOTTED.fullmatch(text):
        return None
    *front, last = (int(part) for part in text.split("."))
    width = 4 - len(front)
    if any(part > 255 for part in front) or last >= 1 << 8 * width:
        return None
    return IPv4Address(bytes(front) + last.to_bytes(width, "big"))


def ipv6(text: str, vnet: Vnet) -> IPv6Address | None:
    """Return the address of a name or number, link-local ones with the scope they name."""
    if text == "localhost":
        return LOCALHOST6
    bare, _, zone = text.partition("%")
    try:
        address = IPv6Address(bare)
    except ValueError:
        return None
    if not zone:
        return address
    link = vnet.find(zone)
    index = link.index if link is not None else int(zone) if zone.isdecimal() else 0
    return embed(address, index) if index else None
