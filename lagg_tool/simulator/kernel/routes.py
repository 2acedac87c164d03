"""The routing table of one network stack (net/route.c, netinet/in_fib.c).

Longest prefix wins. A route over an interface whose link is known to be down is found and
then refused, without a second choice (RT_LINK_IS_UP in net/route.h): this is where "No
route to host" comes from. IPv6 keys carry the scope (see addresses.py).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from lagg_tool.simulator.kernel.addresses import InterfaceAddress
from lagg_tool.simulator.kernel.link import Link

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class RouteFlag(enum.IntFlag):
    """The flags that routes have here, with the values of net/route.h."""

    UP = 0x1
    GATEWAY = 0x2
    HOST = 0x4
    REJECT = 0x8
    DONE = 0x40
    STATIC = 0x800
    BLACKHOLE = 0x1000
    PROTO2 = 0x4000
    PROTO1 = 0x8000
    PINNED = 0x100000


@dataclass(frozen=True, eq=False)
class Route:
    """One route. ``gateway`` None means that the destination is on the link itself.

    ``link`` is the interface that the gateway column names; it differs from ``interface``
    for the routes to one's own addresses, which go through lo0.
    """

    destination: Network
    flags: RouteFlag
    interface: Link
    link: Link
    gateway: Address | None = None
    source: InterfaceAddress | None = None

    @property
    def is_host(self) -> bool:
        """Whether it leads to one host."""
        return bool(self.flags & RouteFlag.HOST)

    @property
    def key(self) -> tuple[Network, bool]:
        """What makes it the only one of its kind: prefix, and whether it is a host's."""
        return self.destination, self.is_host

    @property
    def key_order(self) -> tuple[int, int, bool]:
        """Its place when the radix tree is walked: by address, longer masks first."""
        destination = self.destination
        return int(destination.network_address), -destination.prefixlen, not self.is_host


class RoutingTable:
    """Routes of both families."""

    def __init__(self, link_is_up: Callable[[Link], bool]) -> None:
        self._routes: dict[tuple[Network, bool], Route] = {}
        self._link_is_up = link_is_up

    def __iter__(self) -> Iterator[Route]:
        """Go through all routes in the order of a walk over the radix trees."""
        return iter(sorted(self._routes.values(), key=_walk_order))

    def __len__(self) -> int:
        return len(self._routes)

    def add(self, route: Route) -> bool:
        """Enter a route; False if one with this key is there already (EEXIST)."""
        if route.key in self._routes:
            return False
        self._routes[route.key] = route
        return True

    def get(self, destination: Network, *, host: bool) -> Route | None:
        """Return the route with exactly this key."""
        return self._routes.get((destination, host))

    def remove(self, route: Route) -> bool:
        """Take a route out; False if it is not there."""
        if self._routes.get(route.key) is not route:
            return False
        del self._routes[route.key]
        return True

    def remove_all(self, condition: Callable[[Route], bool]) -> list[Route]:
        """Take out the routes for which the condition holds, and return them."""
        gone = [route for route in self._routes.values() if condition(route)]
        for route in gone:
            del self._routes[route.key]
        return gone

    def match(self, address: Address) -> Route | None:
        """Return the route with the longest matching prefix, whatever its link's state."""
        kind = IPv4Network if isinstance(address, IPv4Address) else IPv6Network
        for length in range(address.max_prefixlen, -1, -1):
            network = kind((int(address), length), strict=False)
            for host in (True, False) if length == address.max_prefixlen else (False,):
                route = self._routes.get((network, host))
                if route is not None:
                    return route
        return None

    def lookup(self, address: Address) -> Route | None:
        """Return the route that packets take, or None (fib4_lookup, fib6_lookup)."""
        route = self.match(address)
        if route is None or not self._link_is_up(route.interface):
            return None
        return route


def _walk_order(route: Route) -> tuple[int, int, int, bool]:
    return route.destination.version, *route.key_order
