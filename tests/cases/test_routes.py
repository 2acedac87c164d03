"""Static routes over a LAGG, its VLANs and its ports follow a change, and come back with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.lagg import HostState, Route
from lagg_tool.nas.freebsd.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.freebsd.plan.routes import route_steps
from lagg_tool.nas.rendering import plan_text
from tests.cases.test_next_boot import CLONE, LINE, PORTS, RELEASES, host, reboot, spec
from tests.cases.test_vlans import vlan
from tests.support.commit_rig import CommitRig

ROUTED = (
    f'{PORTS}{CLONE}ifconfig_lagg0="{LINE} 192.0.2.10/24"\nvlans_lagg0="30"\n'
    'ifconfig_lagg0_30="inet 198.51.100.2/24"\nifconfig_lagg0_ipv6="inet6 2001:db8::10/64"\n'
    'ipv6_defaultrouter="fe80::1%lagg0"\nstatic_routes="lab cam far host"\n'
    'route_lab="-net 10.1.0.0/16 192.0.2.254"\nroute_cam="-net 10.2.0.0/16 -interface lagg0"\n'
    'route_far="-net 10.3.0.0/16 198.51.100.254"\nroute_host="-host 10.4.0.1 10.2.0.1"\n'
)
NIC = (
    'ifconfig_vtnet1="inet 192.0.2.10/24"\nifconfig_vtnet1_ipv6="inet6 2001:db8::10/64"\n'
    'ipv6_defaultrouter="fe80::1%vtnet1"\nstatic_routes="lab cam:vtnet1 vtnet1"\n'
    'route_lab="-net 10.1.0.0/16 192.0.2.254"\nroute_cam="-net 10.2.0.0/16 -iface vtnet1"\n'
    'route_vtnet1="-net 10.5.0.0/16 192.0.2.253"\n'
)
NIC_VLAN = (
    f'{PORTS}vlans_vtnet1="7"\nifconfig_vtnet1_7="inet 192.0.2.10/24"\n'
    'static_routes="lab cam"\nroute_lab="-net 10.1.0.0/16 192.0.2.254"\n'
    'route_cam="-net 10.2.0.0/16 -interface vtnet1.7"\n'
)
BOTH = ["192.0.2.10/24", "2001:db8::10/64"]


def routes(made: CommitRig) -> set[tuple[str, str, str]]:
    """Return destination, gateway and interface of the static routes."""
    rows = map(str.split, made.nas.run("netstat -rn").stdout.decode().splitlines())
    return {
        (row[0], row[1].partition("#")[0], row[3])
        for row in rows
        if len(row) > 3 and "S" in row[2] and row[3] != "lo0"
    }


def over(made: CommitRig, name: str) -> set[str]:
    return {destination for destination, _, interface in routes(made) if interface == name}


def there_and_back(
    made: CommitRig, planned: Callable[[HostState], Plan]
) -> tuple[set[Any], list[str]]:
    """Apply, boot and undo, with a look at what that leaves; return the routes once applied."""
    before, rc_conf = routes(made), made.said()[1]
    outcome = made.tool().apply(planned(made.state()), planned, hold=False)
    applied, over_lagg = routes(made), over(made, "lagg0")
    reboot(made)
    assert routes(made) == applied
    made.changes().rollback(outcome.token)
    made.clock.sleep(5)
    assert routes(made) == before
    assert made.said()[1] == rc_conf
    return applied, sorted(over_lagg)


def remove(made: CommitRig) -> set[tuple[str, str, str]]:
    """Remove the LAGG; return the routes then."""
    plan = removal_plan("lagg0", made.state())
    made.tool().apply(plan, lambda state: removal_plan("lagg0", state), hold=False)
    return routes(made)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("addresses", "kept"),
    [
        (["192.0.2.11/24", BOTH[1]], ["10.1.0.0/16", "10.2.0.0/16", "10.4.0.1", "default"]),
        ([BOTH[0], "2001:db8::11/64"], ["10.1.0.0/16", "10.2.0.0/16", "10.4.0.1", "default"]),
    ],
    ids=["another IPv4 address", "another IPv6 address"],
)
def test_another_address_in_the_network_of_a_gateway_keeps_its_routes(
    addresses: list[str], kept: list[str], release: str
) -> None:
    made = host(ROUTED, release)

    applied, over_lagg = there_and_back(
        made, lambda state: make_plan(spec(addresses=addresses), state)
    )

    assert over_lagg == kept
    assert ("10.3.0.0/16", "198.51.100.254", "lagg0.30") in applied


def test_a_route_whose_network_goes_comes_back_with_it() -> None:
    made = host(ROUTED)
    before = routes(made)
    wanted = spec(addresses=["203.0.113.10/24", BOTH[1]])

    made.apply(wanted, hold=True)
    meanwhile = over(made, "lagg0")
    made.clock.sleep(3600)

    assert meanwhile == {"10.2.0.0/16", "10.4.0.1", "default"}
    assert routes(made) == before


@pytest.mark.parametrize("release", RELEASES)
def test_the_undo_of_a_removal_sets_the_routes_of_the_lagg_and_its_vlans_again(
    release: str,
) -> None:
    made = host(ROUTED, release)

    applied, _ = there_and_back(made, lambda state: removal_plan("lagg0", state))

    assert not {interface for _, _, interface in applied} & {"lagg0", "lagg0.30"}


def test_another_address_of_a_vlan_keeps_its_routes() -> None:
    made = host(ROUTED)
    wanted = spec(addresses=BOTH, vlan=[vlan(30, addresses=["198.51.100.3/24"])])

    applied, _ = there_and_back(made, lambda state: make_plan(wanted, state))

    assert ("10.3.0.0/16", "198.51.100.254", "lagg0.30") in applied


@pytest.mark.parametrize("release", RELEASES)
def test_all_routes_of_a_nic_move_onto_the_lagg_now_and_at_the_next_boot(release: str) -> None:
    made = host(NIC, release)

    _, over_lagg = there_and_back(made, lambda state: make_plan(spec(addresses=BOTH), state))

    assert over_lagg == ["10.1.0.0/16", "10.2.0.0/16", "10.5.0.0/16", "default"]


@pytest.mark.parametrize("release", RELEASES)
def test_routes_that_moved_onto_the_lagg_go_back_with_its_removal(release: str) -> None:
    made = host(NIC, release)
    before, rc_conf = routes(made), made.said()[1].decode()
    made.apply(spec(addresses=BOTH))

    removed = remove(made)
    reboot(made)

    assert removed == routes(made) == before
    assert [each for each in made.said()[1].decode().splitlines() if "lagg" in each] == []
    assert {each for each in rc_conf.splitlines() if "route" in each} <= {
        *made.said()[1].decode().splitlines()
    }


def test_a_router_of_a_link_stays_behind_where_the_lagg_has_no_ipv6() -> None:
    made = host(NIC.replace("inet6 2001:db8::10/64", "inet6 auto_linklocal"))

    notes = make_plan(spec(addresses=BOTH[:1]), made.state()).notes
    _, over_lagg = there_and_back(made, lambda state: make_plan(spec(addresses=BOTH[:1]), state))

    assert notes == (
        "the route to default by fe80::1%vtnet1 over vtnet1 goes, and nothing sets it again",
    )
    assert over_lagg == ["10.1.0.0/16", "10.2.0.0/16", "10.5.0.0/16"]


@pytest.mark.parametrize("release", RELEASES)
def test_a_router_of_a_link_goes_back_to_a_port_without_an_ipv6_address(release: str) -> None:
    made = host(NIC.replace("inet6 2001:db8::10/64", "inet6 accept_rtadv"), release)
    before = routes(made)
    made.apply(spec(addresses=BOTH[:1], ipv6_auto=True))

    removed = remove(made)

    assert removed == before


def test_a_router_of_a_link_goes_with_a_lagg_whose_ports_have_no_ipv6() -> None:
    made = host('ifconfig_vtnet1="inet 192.0.2.10/24"\n')
    made.apply(spec(addresses=BOTH))
    made.nas.run("route -6 add default fe80::1%lagg0")

    notes = removal_plan("lagg0", made.state()).notes
    removed = remove(made)

    assert notes[0] == (
        "the route to default by fe80::1%lagg0 over lagg0 goes, and nothing sets it again"
    )
    assert not {each for each in removed if each[1].startswith("fe80")}


def test_routes_by_interface_go_back_with_a_lease() -> None:
    made = host(
        'ifconfig_vtnet1="DHCP"\nstatic_routes="cam"\nroute_cam="-net 10.2.0.0/16 -iface vtnet1"\n'
    )
    before, rc_conf = routes(made), made.said()[1]
    made.apply(spec(addresses=[], dhcp=True))

    removed = remove(made)

    assert removed == before
    assert made.said()[1] == rc_conf


TWO_NICS = (
    'ifconfig_vtnet1="inet 192.0.2.10/24"\nifconfig_vtnet2="inet 198.51.100.10/24"\n'
    'ifconfig_vtnet2_ipv6="inet6 2001:db8::10/64"\nipv6_defaultrouter="fe80::1%vtnet2"\n'
    'static_routes="cam door lab  far:vtnet2"\nroute_cam="-net 10.2.0.0/16 -interface vtnet1"\n'
    'route_door="-net 10.4.0.0/16 -iface vtnet2"\nroute_lab="-net 10.1.0.0/16 192.0.2.254"\n'
    'route_far="-net 10.3.0.0/16 198.51.100.254"\n'
)


@pytest.mark.parametrize("release", RELEASES)
def test_each_route_goes_back_to_the_port_that_it_named_now_and_at_boot(release: str) -> None:
    made = host(TWO_NICS, release)
    before, rc_conf = routes(made), said(made)
    addresses = ["192.0.2.10/24", "198.51.100.10/24", "2001:db8::10/64"]
    made.apply(spec(addresses=addresses))
    made.apply(spec(addresses=addresses, description="storage"))

    removed = remove(made)
    reboot(made)

    assert removed == routes(made) == before
    assert said(made) == rc_conf


def said(made: CommitRig) -> list[str]:
    lines = made.said()[1].decode().splitlines()
    return sorted(re.sub(" +", " ", line) for line in lines)


def test_what_somebody_changed_of_a_route_in_rc_conf_stays_when_it_goes_back() -> None:
    made = host(NIC)
    made.apply(spec(addresses=BOTH))
    made.nas.run("sysrc route_cam='-net 10.8.0.0/16 -iface lagg0'")

    remove(made)

    assert 'route_cam="-net 10.8.0.0/16 -iface vtnet1"' in said(made)


def test_a_route_whose_port_is_not_recorded_goes_to_the_first_one_and_is_named() -> None:
    made = host(TWO_NICS)
    made.apply(spec(addresses=["192.0.2.10/24", "198.51.100.10/24", "2001:db8::10/64"]))
    made.nas.run("route add -net 10.9.0.0/16 -interface lagg0")

    notes = removal_plan("lagg0", made.state()).notes
    removed = remove(made)

    assert [each for each in notes if "route" in each] == [
        "the route to 10.9.0.0/16 goes over vtnet1: which port had it before is not recorded"
    ]
    assert ("10.9.0.0/16", "vtnet1") in {(each[0], each[2]) for each in removed}


def test_no_route_goes_back_to_a_port_that_has_left_the_lagg() -> None:
    made = host(TWO_NICS)
    made.apply(spec(addresses=["192.0.2.10/24", "198.51.100.10/24"]))
    made.apply(spec(ports=["vtnet1"], addresses=["192.0.2.10/24"]))

    removed = remove(made)

    assert ("10.4.0.0/16", "vtnet1") in {(each[0], each[2]) for each in removed}


@pytest.mark.parametrize("release", RELEASES)
def test_a_fixed_ipv6_address_goes_back_with_a_lease(release: str) -> None:
    made = host(
        'ifconfig_vtnet1="DHCP"\nifconfig_vtnet1_ipv6="inet6 2001:db8::10/64"\n'
        'ipv6_defaultrouter="2001:db8::1"\n',
        release,
    )
    before = routes(made)
    made.apply(spec(addresses=["2001:db8::10/64"], dhcp=True))

    removed = remove(made)
    shown = made.nas.run("ifconfig vtnet1").stdout.decode()

    assert "inet6 2001:db8::10 prefixlen 64" in shown
    assert removed == before


GONE = {
    "another network": (
        spec(addresses=["203.0.113.10/24", BOTH[1]]),
        ["10.1.0.0/16 by 192.0.2.254 over lagg0"],
    ),
    "another address": (spec(addresses=["192.0.2.11/24", BOTH[1]]), []),
    "no IPv6 address": (spec(addresses=BOTH[:1]), []),
    "a lease": (
        spec(addresses=BOTH[1:], dhcp=True),
        ["10.1.0.0/16 by 192.0.2.254 over lagg0"],
    ),
    "a VLAN": (
        spec(addresses=BOTH, vlan=[vlan(30, addresses=["203.0.113.2/24"])]),
        ["10.3.0.0/16 by 198.51.100.254 over lagg0.30"],
    ),
    "the removal": (
        None,
        [
            "10.1.0.0/16 by 192.0.2.254 over lagg0",
            "10.2.0.0/16 over lagg0",
            "10.3.0.0/16 by 198.51.100.254 over lagg0.30",
            "10.4.0.1 by 10.2.0.1 over lagg0",
            "default by fe80::1%lagg0 over lagg0",
        ],
    ),
}


@pytest.mark.parametrize("change", GONE)
def test_a_route_that_goes_for_good_is_named(change: str) -> None:
    wanted, gone = GONE[change]
    made = host(ROUTED)

    def planned(state: HostState) -> Plan:
        return make_plan(wanted, state) if wanted else removal_plan("lagg0", state)

    before, notes = routes(made), planned(made.state()).notes
    made.tool().apply(planned(made.state()), planned, hold=False)

    assert [each for each in notes if each.startswith("the route to ")] == [
        f"the route to {each} goes, and nothing sets it again" for each in gone
    ]
    assert {each[0] for each in before - routes(made)} == {each.split()[0] for each in gone}


@pytest.mark.parametrize(("more", "first"), [([], "change"), (["192.0.2.253"], "add")])
def test_a_kernel_with_several_gateways_to_one_destination_gets_no_other_one(
    more: list[str], first: str
) -> None:
    """There, route add gives a destination that has a gateway a second one."""
    gateways = [Route("10.1.0.0/16", each, "lagg0") for each in ("192.0.2.254", *more)]
    state = HostState({}, routes=tuple(gateways))

    steps = list(route_steps("lagg0", "lagg0", [ip_interface("192.0.2.10/24")], state))

    assert len(steps) == len(gateways)
    for step in steps:
        assert step.command.text.startswith(f"/bin/sh -c 'route -q -n {first} ")


@pytest.mark.parametrize("release", RELEASES)
def test_all_routes_of_a_vlan_move_with_it(release: str) -> None:
    made = host(NIC_VLAN, release)
    wanted = spec(addresses=[], vlan=[vlan(7, addresses=["192.0.2.10/24"])])

    there_and_back(made, lambda state: make_plan(wanted, state))
    made.apply(wanted)

    assert over(made, "lagg0.7") == {"10.1.0.0/16", "10.2.0.0/16"}
    assert plan_text(make_plan(wanted, made.state())) == "lagg0: nothing to do\n"
