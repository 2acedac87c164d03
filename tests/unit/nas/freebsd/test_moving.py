"""Which addresses move from a port onto the LAGG that it joins, and which routes follow."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    LaggState,
    PortState,
    Protocol,
    Route,
    spec_from_data,
)
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.gone_routes import gone_route_notes
from lagg_tool.nas.freebsd.plan.moving import (
    asks_dhcp,
    gives_addresses,
    moves,
    own_addresses,
    take_from_port,
)
from lagg_tool.nas.freebsd.plan.routes import over_others, route_steps
from lagg_tool.nas.freebsd.plan.step import ask_lease_step

FOUR, OTHER, SIX = "192.0.2.5/24", "198.51.100.5/24", "2001:db8::5/64"


def port(name: str, *addresses: str | AddressState, **more: Any) -> InterfaceState:
    given = (
        AddressState(ip_interface(each)) if isinstance(each, str) else each for each in addresses
    )
    return InterfaceState(name, addresses=tuple(given), **more)


def made(text: str) -> AddressState:
    return AddressState(ip_interface(text), made=True)


def host(*ports: InterfaceState, **more: Any) -> HostState:
    """em8 is in lagg8, with an address of its own."""
    lagg = LaggState(Protocol.FAILOVER, (PortState("em8"),))
    found = (*ports, port("em8", FOUR), InterfaceState("lagg8", lagg=lagg))
    return HostState({each.name: each for each in found}, **more)


def spec(*addresses: str, dhcp: bool = False) -> Any:
    fields = {"name": "lagg0", "protocol": "failover", "ports": ["em1"], "dhcp": dhcp}
    return spec_from_data({**fields, "addresses": list(addresses)})


def lagg(*addresses: str, dhcp: bool = False) -> LaggConfig:
    return LaggConfig(
        "lagg0",
        Protocol.FAILOVER,
        ("em1", "em8"),
        addresses=tuple(map(ip_interface, addresses)),
        dhcp=dhcp,
    )


LEASED = {"dhclients": frozenset({"em1"})}
AT_BOOT = {"rc_conf": {"ifconfig_em1": "DHCP"}}


def test_own_addresses_are_those_that_somebody_gave() -> None:
    waiting = port("em1", FOUR, made("fe80::1/64"), "0.0.0.0/8", SIX)

    assert [str(each) for each in own_addresses("em1", host(waiting))] == [FOUR, SIX]
    assert own_addresses("em2", host(waiting)) == ()


def test_a_lease_is_asked_for_now_or_at_boot() -> None:
    assert asks_dhcp("em1", host(**LEASED))
    assert asks_dhcp("em1", host(**AT_BOOT))
    assert not asks_dhcp("em2", host(**LEASED))


@pytest.mark.parametrize(
    ("has", "wanted", "facts", "moved"),
    [
        ([FOUR], spec(FOUR), {}, True),
        ([FOUR, SIX], spec(FOUR, SIX, OTHER), {}, True),
        ([FOUR, OTHER], spec(FOUR), {}, False),
        ([], spec(FOUR), {}, False),
        ([FOUR], spec(dhcp=True), {}, False),
        ([FOUR], spec(dhcp=True), LEASED, True),
        ([], spec(dhcp=True), AT_BOOT, True),
        ([FOUR, SIX], spec(dhcp=True), LEASED, False),
        ([FOUR, SIX], spec(SIX, dhcp=True), LEASED, True),
        ([FOUR], spec(FOUR), LEASED, False),
        ([AddressState(ip_interface(FOUR), vhid="1")], spec(FOUR), {}, False),
    ],
)
def test_a_port_moves_if_all_that_it_has_is_to_be_the_laggs(
    has: list[Any], wanted: Any, facts: dict[str, Any], moved: bool
) -> None:
    assert moves("em1", wanted, host(port("em1", *has), **facts)) is moved


def test_a_port_that_is_away_or_in_a_lagg_does_not_move() -> None:
    assert not moves("em1", spec(FOUR), host())
    assert not moves("em8", spec(FOUR), host())


def taken(name: str, after: LaggConfig, there: HostState) -> list[str]:
    return [step.command.text.rsplit("\n", 1)[-1] for step in take_from_port(name, after, there)]


def test_what_the_lagg_is_to_have_is_taken_from_the_port_and_nothing_else() -> None:
    there = host(port("em1", FOUR, OTHER, SIX))

    assert taken("em1", lagg(FOUR, SIX), there) == [
        "ifconfig em1 inet 192.0.2.5 -alias",
        "ifconfig em1 inet6 2001:db8::5 -alias",
    ]
    assert taken("em8", lagg(FOUR), there) == []
    leased = host(port("em1", FOUR), **LEASED)
    assert taken("em1", lagg(FOUR), leased) == ["ifconfig em1 inet 192.0.2.5 -alias"]


@pytest.mark.parametrize(
    ("link_local", "nd6", "taken_by_kernel"),
    [
        (made("fe80::1/64"), (), True),
        (made("fe80::1/64"), ("IFDISABLED",), False),
        (made("2001:db8::7/64"), (), False),
        (AddressState(ip_interface("fe80::1/64")), (), False),
    ],
)
def test_ipv6_addresses_that_the_kernel_takes_are_not_taken_twice(
    link_local: AddressState, nd6: tuple[str, ...], taken_by_kernel: bool
) -> None:
    there = host(port("em1", SIX, FOUR, link_local, nd6=frozenset(nd6)))
    of_six = [] if taken_by_kernel else ["ifconfig em1 inet6 2001:db8::5 -alias"]

    assert taken("em1", lagg(SIX, FOUR), there) == [
        *of_six,
        "ifconfig em1 inet 192.0.2.5 -alias",
    ]


def test_a_lease_is_dropped_in_place_of_its_address() -> None:
    there = host(port("em1", FOUR, SIX), **LEASED)

    first, *others = take_from_port("em1", lagg(FOUR, SIX, dhcp=True), there)

    assert first.why == "the LAGG asks for the lease in its place"
    assert first.command.text.rstrip("'").endswith(" em1")
    assert [step.command.text for step in others] == ["ifconfig em1 inet6 2001:db8::5 -alias"]


def test_a_port_gives_what_it_has_or_leases() -> None:
    assert gives_addresses("em1", lagg(FOUR), host(port("em1", OTHER, FOUR)))
    assert gives_addresses("em1", lagg(dhcp=True), host(port("em1"), **LEASED))
    assert not gives_addresses("em1", lagg(OTHER), host(port("em1", FOUR)))
    assert not gives_addresses("em1", lagg(dhcp=True), host(port("em1", FOUR)))
    assert not gives_addresses("em1", lagg(OTHER), host(port("em1", FOUR), **LEASED))
    assert not gives_addresses("em8", lagg(FOUR), host())


ROUTES = (
    Route("0.0.0.0/0", "192.0.2.1", "em1"),
    Route("192.0.2.0/24", "link#2", "em1", static=False),
    Route("203.0.113.0/24", "192.0.2.2", "em0"),
    Route("203.0.113.0/24", "192.0.2.3", "em8"),
    Route("2001:db8:1::%em1/48", "fe80::1%em1", "em1"),
)


def routes(after: LaggConfig | None, there: HostState) -> list[tuple[list[str], str]]:
    steps = [
        step
        for port in ("em1", "em8")
        for step in route_steps(
            port,
            after.name if after else port,
            after.addresses if after else own_addresses(port, there),
            there,
        )
    ]
    return [(step.command.text.split()[-3:], step.why) for step in steps]


def test_the_routes_of_a_port_follow_its_addresses_and_come_back() -> None:
    there = host(port("em0", OTHER), port("em1", FOUR), routes=ROUTES)

    there_words = routes(lagg(FOUR), there)
    back_words = routes(None, there)

    assert [words for words, _ in there_words] == [
        ["-inet", "0.0.0.0/0", "192.0.2.1"],
        ["-inet6", "2001:db8:1::/48", "fe80::1%lagg0"],
    ]
    assert [words[2] for words, _ in back_words] == ["192.0.2.1", "fe80::1%em1"]
    assert there_words[0][1] == "the route to 0.0.0.0/0 went with the address"


def gone_notes(after: LaggConfig, there: HostState) -> list[str]:
    steps = [*take_from_port("em1", after, there), ask_lease_step("it asks", "lagg0")]
    steps += route_steps("em1", "lagg0", after.addresses, there)
    return list(gone_route_notes(steps, there))


def test_a_route_that_only_a_lease_reaches_waits_for_it_and_is_named() -> None:
    more = (Route("198.18.0.0/15", "192.0.2.4", each) for each in ("em1", "em8"))
    both = frozenset({"em1", "em8"})
    # By the interface alone; and one that nobody has set.
    link = Route("198.18.4.0/24", "link#2", "em1")
    learnt = Route("198.18.5.0/24", "192.0.2.4", "em1", static=False)
    there = host(port("em1", FOUR), routes=(*ROUTES, *more, link, learnt), dhclients=both)

    assert [words for words, _ in routes(lagg(dhcp=True), there)] == [
        ["198.18.4.0/24", "-interface", "lagg0"],
        ["-inet6", "2001:db8:1::/48", "fe80::1%lagg0"],
    ]
    assert gone_notes(lagg(dhcp=True), there) == [
        (
            "the route to 198.18.0.0/15 by 192.0.2.4 goes with the lease of em1: set it again once"
            " lagg0 has one (route add 198.18.0.0/15 192.0.2.4), unless the server gives it"
        )
    ]
    assert len(routes(lagg(FOUR, dhcp=True), there)) == 4
    assert gone_notes(lagg(FOUR, dhcp=True), there) == []
    assert gone_notes(lagg(), there) == []


def test_only_the_interface_of_that_very_name_is_replaced_in_routes_of_rc_conf() -> None:
    rc_conf = {
        "static_routes": "em1 lab:em1 cam:em1.7",
        "route_lab": "-net 10.1.0.0/16 -interface em1",
        "route_cam": "-net 10.2.0.0/16 -interface em1.7",
        "route_far": "-net 10.3.0.0/16 em1-gateway",
        "ipv6_defaultrouter": "fe80::1%em1",
        "ifconfig_em1": "name em1",
    }

    assert over_others({"em1": "lagg0"}, rc_conf) == {
        "static_routes": "em1 lab:lagg0 cam:em1.7",
        "route_lab": "-net 10.1.0.0/16 -interface lagg0",
        "ipv6_defaultrouter": "fe80::1%lagg0",
    }


def test_a_default_route_by_interface_alone_is_left_out_since_its_family_is_not_known() -> None:
    there = host(port("em1", FOUR), routes=(Route("default", "link#2", "em1"),))

    assert routes(lagg(FOUR), there) == []
