"""Names of hosts: the simulated NAS knows numbers and its own loopback, and no name server."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from lagg_tool.simulator.kernel.addresses import embed
from lagg_tool.simulator.kernel.vnet import Vnet
from lagg_tool.simulator.system.numbers import integer

LOCALHOST4, LOCALHOST6 = IPv4Address("127.0.0.1"), IPv6Address("::1")


def ipv4(text: str) -> IPv4Address | None:
    """Return the address of a name or number, as inet_aton(3) and /etc/hosts have it."""
    if text == "localhost":
        return LOCALHOST4
    parts = text.split(".")
    numbers = [integer(part) if part[:1].isdigit() else None for part in parts]
    width = 5 - len(parts)  # octets of the last part
    limits = [256] * (len(parts) - 1) + [1 << 8 * max(width, 0)]
    value = 0
    for number, limit in zip(numbers, limits, strict=True):
        if number is None or number >= limit or width < 1:
            return None
        value = value * limit + number
    return IPv4Address(value)


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
