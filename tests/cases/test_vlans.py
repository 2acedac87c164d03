"""VLANs in the file of a LAGG: created, changed, kept in rc.conf, and undone with it."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from lagg_tool.errors import DocumentError, SpecError
from lagg_tool.lagg import LaggSpec, Management, parse_specs
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.rendering import plan_text
from tests.cases.test_next_boot import FULL, PORTS, host, reboot, spec

RELEASES = ["freebsd-13.2", "freebsd-15"]


def vlan(tag: Any = 30, **fields: Any) -> dict[str, Any]:
    return {"tag": tag, **fields}


def with_vlans(*vlans: dict[str, Any], **changed: Any) -> LaggSpec:
    return spec(vlan=list(vlans), **changed)


VLANS = (
    vlan(30, addresses=["198.51.100.12/24", "198.51.100.13/32"]),
    vlan(40, addresses=["2001:db8:40::1/64"], mtu=1496),
    vlan(50),
)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("rc_conf", [PORTS, FULL], ids=["new", "on a LAGG that is there"])
def test_vlans_are_made_with_the_lagg_and_come_up_at_boot(rc_conf: str, release: str) -> None:
    made = host(rc_conf, release)
    wanted = with_vlans(*VLANS)

    made.apply(wanted)
    applied = plan_text(make_plan(wanted, made.state()))
    reboot(made)

    assert applied == "lagg0: nothing to do\n"
    assert plan_text(make_plan(wanted, made.state())) == "lagg0: nothing to do\n"
    shown = made.nas.run("ifconfig -a").stdout.decode()
    assert "vlan: 40 vlanproto: 802.1q vlanpcp: 0 parent interface: lagg0" in shown
    assert "inet 198.51.100.13 netmask 0xffffffff" in shown
    assert made.nas.run("sysrc -n vlans_lagg0").stdout == b"30 40 50\n"


@pytest.mark.parametrize("release", RELEASES)
def test_a_vlan_is_changed_with_the_lagg_and_back(release: str) -> None:
    made = host(FULL, release)
    made.apply(with_vlans(vlan(30, addresses=["198.51.100.12/24"], mtu=9000), mtu=9000))
    before = made.said()
    smaller = with_vlans(vlan(30, addresses=["198.51.100.99/24"]))

    plan = make_plan(smaller, made.state())
    made.apply(smaller)
    changed = make_plan(smaller, made.state())
    made.changes().rollback()
    made.clock.sleep(5)

    assert [step.command.text for step in plan.steps][:2] == [
        "ifconfig lagg0.30 mtu 1500",
        "ifconfig lagg0 mtu 1500",
    ]
    assert changed.empty
    assert made.said() == before


def test_vlans_that_are_not_named_are_left_alone() -> None:
    made = host(f'{FULL}vlans_lagg0="7"\nifconfig_lagg0_7="inet 203.0.113.1/24"\n')
    wanted = with_vlans(vlan(30))

    made.apply(wanted)
    reboot(made)

    assert make_plan(wanted, made.state()).empty
    assert "inet 203.0.113.1" in made.nas.run("ifconfig lagg0.7").stdout.decode()


def test_a_vlan_with_another_name_is_found_by_its_tag() -> None:
    made = host(
        f'{FULL}vlans_lagg0="office"\ncreate_args_office="vlan 40"\n'
        'ifconfig_office="inet 203.0.113.1/24"\n'
    )

    plan = make_plan(with_vlans(vlan(40, addresses=["203.0.113.1/24"])), made.state())

    assert plan_text(plan) == "lagg0: nothing to do\n"


def test_the_next_boot_of_a_vlan_is_compared_too() -> None:
    made = host(FULL)
    wanted = with_vlans(vlan(30, addresses=["198.51.100.12/24"]))
    made.apply(wanted)
    made.nas.run("sysrc ifconfig_lagg0_30_alias0='inet 198.51.100.77/32'")

    plan = make_plan(wanted, made.state())

    assert not plan.steps
    assert [(each.variable, each.after) for each in plan.rc] == [("ifconfig_lagg0_30_alias0", None)]


@pytest.mark.parametrize("release", RELEASES)
def test_a_vlan_whose_own_line_makes_it_is_changed_there(release: str) -> None:
    """Cloned, with tag and parent among its words: the form of most rc.conf files."""
    made = host(
        FULL.replace('"lagg0"', '"lagg0 vlan30"')
        + 'ifconfig_vlan30="vlan 30 vlandev lagg0 203.0.113.1/24 up"\n',
        release,
    )
    before, wanted = made.said(), with_vlans(vlan(30, addresses=["203.0.113.2/24"]))

    made.apply(wanted)
    applied = plan_text(make_plan(wanted, made.state()))
    reboot(made)
    booted = plan_text(make_plan(wanted, made.state()))
    value = made.nas.run("sysrc -n ifconfig_vlan30").stdout
    made.changes().rollback()

    assert (applied, booted) == ("lagg0: nothing to do\n", "lagg0: nothing to do\n")
    assert value == b"inet 203.0.113.2/24 vlan 30 vlandev lagg0 mtu 1500\n"
    assert made.said() == before


def test_of_a_vlan_that_changes_the_lines_that_may_stay_do() -> None:
    made = host(
        f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="inet 203.0.113.1/24"\n'
        'ifconfig_lagg0_30_alias0="inet 203.0.113.2/32"\n'
        'ifconfig_lagg0_30_alias1="inet vhid 7 pass PASSWORD 203.0.113.9/32"\n'
    )

    plan = make_plan(with_vlans(vlan(30, addresses=["203.0.113.1/24"])), made.state())

    assert [(each.variable, each.after) for each in plan.rc] == [("ifconfig_lagg0_30_alias0", None)]


def test_an_address_of_carp_on_a_vlan_keeps_its_variable() -> None:
    made = host(
        f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="inet 203.0.113.1/24"\n'
        'ifconfig_lagg0_30_alias0="inet vhid 7 pass PASSWORD 203.0.113.9/32"\n'
    )

    both = vlan(30, addresses=["203.0.113.1/24", "203.0.113.2/24"])
    plan = make_plan(with_vlans(both), made.state())

    assert plan.findings == ()
    assert [(each.variable, each.after) for each in plan.rc] == [
        ("ifconfig_lagg0_30_alias1", "inet 203.0.113.2/24")
    ]


@pytest.mark.parametrize("listed", ["", 'vlans_lagg0="30"\n'], ids=["a new one", "one at boot"])
def test_a_vlan_without_addresses_asks_for_none_because_of_a_default(listed: str) -> None:
    made = host(f'{FULL}{listed}ifconfig_DEFAULT="DHCP"\n')

    plan = make_plan(with_vlans(vlan(30)), made.state())

    assert plan.findings == ()
    assert ("ifconfig_lagg0_30", "mtu 1500") in [(each.variable, each.after) for each in plan.rc]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("default", ["inet6 accept_rtadv", "SYNCDHCP inet6 accept_rtadv"])
@pytest.mark.parametrize("listed", ["", 'vlans_lagg0="30"\n'], ids=["a new one", "one at boot"])
def test_a_vlan_and_its_lagg_hear_no_router_because_of_a_default(
    listed: str, default: str, release: str
) -> None:
    made = host(f'{FULL}{listed}ifconfig_DEFAULT="{default}"\n', release)
    made.nas.run("pkill dhclient; ifconfig lagg0.30 inet 0.0.0.0 -alias")
    made.clock.sleep(5)
    before, wanted = made.said(), with_vlans(vlan(30))

    told = plan_text(make_plan(wanted, made.state()))
    made.apply(wanted)
    applied = plan_text(make_plan(wanted, made.state()))
    heard = made.nas.run("ifconfig lagg0; ifconfig lagg0.30").stdout
    reboot(made)
    booted = plan_text(make_plan(wanted, made.state()))
    heard += made.nas.run("ifconfig lagg0; ifconfig lagg0.30").stdout
    made.changes().rollback()
    made.clock.sleep(5)

    assert ("~ VLAN lagg0.30, by ifconfig_DEFAULT: " in told) == bool(listed)
    assert (applied, booted) == ("lagg0: nothing to do\n", "lagg0: nothing to do\n")
    assert not re.search(rb"ACCEPT_RTADV,(?!IFDISABLED)", heard)
    assert made.said() == before


def test_a_vlan_whose_own_line_has_it_hear_a_router_is_left_alone() -> None:
    made = host(f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30_ipv6="inet6 accept_rtadv"\n')

    assert make_plan(with_vlans(vlan(30)), made.state()).empty


def test_carp_in_the_line_of_a_vlan_is_told_as_the_vlans() -> None:
    made = host(
        f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="inet vhid 7 pass PASSWORD 203.0.113.9/24"\n'
    )

    plan = make_plan(with_vlans(vlan(30, addresses=["203.0.113.1/24"])), made.state())

    assert plan.findings == (
        (
            "rc.conf: ifconfig_lagg0_30 has an address of CARP (vhid) beside others; give it a"
            " variable of its own, such as ifconfig_lagg0_30_alias0, first"
        ),
    )


def test_a_vlan_that_is_made_before_the_lagg_has_ports_is_refused_with_the_reason() -> None:
    rc_conf = FULL.replace('"lagg0"', '"lagg0 lagg0.7"')
    made = host(f'{rc_conf}ifconfig_lagg0_7="inet 203.0.113.1/24"\n')

    plan = make_plan(with_vlans(vlan(7, addresses=["203.0.113.2/24"])), made.state())
    smaller = make_plan(with_vlans(vlan(7, addresses=["203.0.113.2/24"], mtu=1496)), made.state())

    assert plan.findings[0] == (
        "after the next boot, VLAN lagg0.7, MTU is 1496, and is to be 1500: it is made before lagg0"
        " has ports, and its tag takes four octets of the MTU for good; have it made by vlans_lagg0"
        " instead of cloned_interfaces, or write mtu = 1496 for it in the file"
    )
    assert not smaller.findings


def test_a_vlan_that_the_boot_makes_on_a_port_is_a_reason_against_it() -> None:
    made = host(f'{PORTS}vlans_vtnet2="7"\n', boot=False)

    plan = make_plan(spec(), made.state())

    assert plan.findings == (
        (
            "port vtnet2: rc.conf makes VLANs on it (vlans_vtnet2='7'), which would be deaf after"
            " the next boot: vtnet2.7; have them made on the LAGG instead"
        ),
    )


def test_an_address_in_a_network_that_is_taken_is_a_finding() -> None:
    made = host(FULL)

    plan = make_plan(with_vlans(vlan(30, addresses=["10.0.2.99/24"])), made.state())

    assert plan.findings == (
        (
            "address 10.0.2.99/24 of VLAN lagg0.30: vtnet0 is in that network already"
            " (10.0.2.15/24); choose another network, or remove it there first"
        ),
    )


@pytest.mark.parametrize(
    ("vlans", "word"),
    [
        ([vlan(0)], "tag"),
        ([vlan(4095)], "tag"),
        ([vlan("30")], "tag"),
        ([vlan(True)], "tag"),
        ([vlan(30), vlan(30)], "once"),
        ([vlan(30, mtu=9000)], "at most that of the LAGG"),
        ([vlan(30, mtu="x")], "MTU"),
        ([vlan(30, addresses=["192.0.2.0/24"])], "network"),
        ([{"mtu": 1500}], "tag"),
        ([vlan(30, color="red")], "known fields of a VLAN"),
        (["30"], "table"),
    ],
)
def test_a_vlan_that_breaks_a_rule_is_refused(vlans: list[Any], word: str) -> None:
    with pytest.raises(SpecError, match=word):
        spec(vlan=vlans)


def test_an_error_names_the_line_of_the_table() -> None:
    text = 'name = "lagg0"\nprotocol = "lacp"\nports = ["em0"]\n[[vlan]]\ntag = 0\n'

    with pytest.raises(DocumentError, match=r"lagg0\.toml:4: vlan\[0\] = 0"):
        parse_specs(text, "lagg0.toml")


def test_the_vlan_that_carries_the_session_is_left_alone_unless_it_is_allowed() -> None:
    made = host(FULL)
    made.apply(with_vlans(vlan(30, addresses=["198.51.100.12/24"])))
    way = Management("198.51.100.2", "198.51.100.12", "lagg0.30")
    state = dataclasses.replace(made.state(), management=way)
    same = with_vlans(vlan(30, addresses=["198.51.100.12/24"]))
    other = with_vlans(vlan(30, addresses=["198.51.100.12/24", "198.51.100.13/32"]))

    assert not make_plan(same, state).management
    assert make_plan(other, state).management == (
        "lagg0.30 carries this session (from 198.51.100.2 over lagg0.30)",
    )


@pytest.mark.parametrize("release", RELEASES)
def test_what_else_the_line_of_a_vlan_says_is_there_after_the_next_boot(release: str) -> None:
    made = host(
        f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="inet 203.0.113.1/24 description office"\n'
        'ifconfig_lagg0_30_ipv6="inet6 2001:db8:30::1/64 accept_rtadv"\n',
        release,
    )
    addresses = ["203.0.113.2/24", "2001:db8:30::2/64"]

    made.apply(with_vlans(vlan(30, addresses=addresses, mtu=1496)))
    reboot(made)

    shown = made.nas.run("ifconfig lagg0.30").stdout.decode()
    assert "description: office" in shown
    assert "ACCEPT_RTADV" in shown
    assert all(f" {each.partition('/')[0]} " in shown for each in addresses)


@pytest.mark.parametrize("release", RELEASES)
def test_a_vlan_whose_first_ipv6_address_is_undone_has_no_ipv6_again(release: str) -> None:
    made = host(f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="inet 203.0.113.1/24"\n', release)
    before = made.said()

    made.apply(with_vlans(vlan(30, addresses=["203.0.113.1/24", "2001:db8:30::1/64"])))
    made.changes().rollback()
    made.clock.sleep(5)

    assert made.said() == before


def test_a_vlan_that_asks_for_a_lease_gets_no_fixed_address() -> None:
    made = host(f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="DHCP"\n')

    findings = make_plan(with_vlans(vlan(30, addresses=["203.0.113.1/24"])), made.state()).findings
    without = make_plan(with_vlans(vlan(30)), made.state())

    assert findings == (
        (
            "VLAN lagg0.30: it asks for an address by DHCP, and would have that of a lease"
            " beside 203.0.113.1/24 until the next boot; take DHCP out of rc.conf, end its dhclient"
            " and remove the lease's address first"
        ),
    )
    assert without.empty
