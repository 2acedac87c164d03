"""The routing table against a linear reference."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.kernel.routes import Network, Route, RouteFlag, RoutingTable
from tests.support.network import FakeLink

UP = FakeLink("vtnet1", 2)
DOWN = FakeLink("vtnet2", 3)


def route(network: Network, link: FakeLink = UP) -> Route:
    host = RouteFlag.HOST if network.prefixlen == network.max_prefixlen else RouteFlag(0)
    return Route(network, RouteFlag.UP | host, link, link)


def table(*routes: Route) -> RoutingTable:
    made = RoutingTable(lambda link: link is not DOWN)
    for each in routes:
        made.add(each)
    return made


# Few distinct addresses, so that prefixes nest.
addresses = st.integers(0, 255).map(lambda n: IPv4Address((n & 0xF0) << 24 | (n & 0x0F)))
networks = st.tuples(addresses, st.integers(0, 32)).map(lambda t: IPv4Network(t, strict=False))


@given(st.lists(networks, max_size=12), addresses)
def test_a_lookup_finds_the_longest_prefix_that_contains_the_address(
    prefixes: list[IPv4Network], address: IPv4Address
) -> None:
    routing = table(*(route(prefix) for prefix in prefixes))
    expected = max((p for p in prefixes if address in p), key=lambda p: p.prefixlen, default=None)

    found = routing.lookup(address)

    assert (found.destination if found else None) == expected


@given(st.lists(networks, max_size=12))
def test_a_walk_goes_by_address_and_from_longer_to_shorter_masks(
    prefixes: list[IPv4Network],
) -> None:
    routing = table(*(route(prefix) for prefix in prefixes))

    order = [(int(r.destination.network_address), -r.destination.prefixlen) for r in routing]

    assert order == sorted(order)
    assert len(order) == len(set(prefixes))


@given(st.lists(networks, min_size=1, max_size=12, unique=True))
def test_what_was_added_can_be_removed_once(prefixes: list[IPv4Network]) -> None:
    routes = [route(prefix) for prefix in prefixes]
    routing = table(*routes)

    removed = [routing.remove(r) for r in routes]
    again = [routing.remove(r) for r in routes]

    assert all(removed)
    assert not any(again)
    assert len(routing) == 0


def test_the_best_route_over_a_dead_link_is_refused_without_a_second_choice() -> None:
    routing = table(route(ip_network("0.0.0.0/0")), route(ip_network("192.0.2.0/24"), DOWN))

    dead = routing.lookup(IPv4Address("192.0.2.9"))
    alive = routing.lookup(IPv4Address("198.51.100.1"))

    assert dead is None
    assert alive is not None


def test_families_do_not_meet() -> None:
    routing = table(route(ip_network("0.0.0.0/0")))

    found = routing.lookup(IPv6Address("::1"))

    assert found is None
