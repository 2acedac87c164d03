"""How netstat(1) and route(8) write destinations, gateways and flags."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from lagg_tool.simulator.kernel.addresses import scope_of, unembed
from lagg_tool.simulator.kernel.routes import Address, Network, Route, RouteFlag

if TYPE_CHECKING:
    from lagg_tool.simulator.kernel.vnet import Vnet

# netstat's letters, in the order of its table (usr.bin/netstat/common.c).
LETTERS = (
    (RouteFlag.UP, "U"),
    (RouteFlag.GATEWAY, "G"),
    (RouteFlag.HOST, "H"),
    (RouteFlag.REJECT, "R"),
    (RouteFlag.STATIC, "S"),
    (RouteFlag.PROTO1, "1"),
    (RouteFlag.PROTO2, "2"),
    (RouteFlag.BLACKHOLE, "B"),
)


def letters(flags: RouteFlag) -> str:
    """Return the flags as netstat's column shows them."""
    return "".join(letter for flag, letter in LETTERS if flags & flag)


def words(flags: RouteFlag) -> str:
    """Return the flags as route get shows them, in the order of their bits."""
    return "<" + ",".join(str(flag.name) for flag in RouteFlag if flags & flag) + ">"


def address_text(address: Address, vnet: Vnet) -> str:
    """Return an address; link-local ones with the name of their interface."""
    if not isinstance(address, IPv6Address):
        return str(address)
    scope = scope_of(address)
    text = _ipv6_text(unembed(address))
    if not scope:
        return text
    link = vnet.by_index(scope)
    return f"{text}%{link.name if link else scope}"


def _ipv6_text(address: IPv6Address) -> str:
    """Return an address as inet_ntop(3) writes it, mapped ones with dots."""
    mapped = address.ipv4_mapped
    return f"::ffff:{mapped}" if mapped is not None else str(address)


def destination_text(route: Route, vnet: Vnet, *, scope_of_route: bool = False) -> str:
    """Return the destination column: a host, a prefix, or default.

    With ``scope_of_route``, a link-local one has the route's link as its scope.
    """
    destination = route.destination
    if not route.is_host and destination.prefixlen == 0:
        return "default"
    address = destination.network_address
    text = address_text(address, vnet)
    if scope_of_route and isinstance(address, IPv6Address) and address.is_link_local:
        text = f"{_ipv6_text(unembed(address))}%{route.link.name}"
    return text if route.is_host else f"{text}/{destination.prefixlen}"


def gateway_text(route: Route, vnet: Vnet) -> str:
    """Return the gateway column: an address, or the number of the link."""
    if route.gateway is None:
        return f"link#{route.link.index}"
    return address_text(route.gateway, vnet)


def network(text: str, *, six: bool = False) -> Network | None:
    """Return a prefix as route(8) reads it; short IPv4 ones are filled up with zeros."""
    if text == "default":
        return IPv6Network("::/0") if six else IPv4Network("0.0.0.0/0")
    base, slash, length = text.partition("/")
    try:
        if ":" in base:
            return IPv6Network((base, int(length) if slash else 64), strict=False)
        octets = base.split(".")
        filled = ".".join(octets + ["0"] * (4 - len(octets)))
        return IPv4Network((filled, int(length)), strict=False)
    except ValueError:
        return None
