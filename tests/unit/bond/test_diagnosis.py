"""The causes that recorded bonds have, and none where there is none."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.bond.diagnosis import BondCause, BondSeen, diagnose
from lagg_tool.bond.links import AddressInfo, Link
from lagg_tool.bond.report import UNNAMED, BondReport, PortReport, parse_reports
from lagg_tool.lagg.specification import parse_address
from lagg_tool.wire.slow import Info, Lacpdu, State
from tests.replay.recording import load
from tests.support.paths import RECORDINGS

UP = frozenset(("UP", "LOWER_UP"))


def bond(name: str, place: int) -> BondReport:
    """Return the report number ``place`` of a session."""
    found = [
        parse_reports(step.stdout, "bond0").bonds[0]
        for step in load(RECORDINGS / "linux-6.1" / f"{name}.json").steps
        if step.kind == "run" and step.value.startswith("cat /proc/net/bonding")
    ]
    return found[place]


def dmesg(name: str) -> list[str]:
    """Return what dmesg said last in a session."""
    steps = load(RECORDINGS / "linux-6.1" / f"{name}.json").steps
    return [step for step in steps if step.value == "dmesg"][-1].stdout.splitlines()


def causes(report: BondReport, *log: str, **links: Link) -> list[tuple[enum.Enum, str]]:
    return [(each.cause, each.where) for each in diagnose(BondSeen(report, links, log))]


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("wire-lacp-negotiate", 0, []),
        ("wire-failover", 0, []),
        ("wire-loadbalance", 0, []),
        ("wire-lacp-silent-slow", 0, [(BondCause.NO_PARTNER_AT_ALL, "bond0")]),
        ("wire-failover-no-miimon", 0, [(BondCause.NO_MIIMON, "bond0")]),
        ("wire-truenas-25.10.0-failover", 0, [(BondCause.NO_MIIMON, "bond0")]),
        ("wire-loadbalance-no-miimon", 0, [(BondCause.NO_MIIMON, "bond0")]),
        (
            "wire-lacp-no-speed",
            0,
            [(BondCause.NO_SPEED, "eth6"), (BondCause.NO_PARTNER_AT_ALL, "bond0")],
        ),
        ("wire-lacp-two-partners", 0, [(BondCause.TWO_AGGREGATORS, "bond0")]),
        ("wire-lacp-key-mismatch", 0, [(BondCause.TWO_AGGREGATORS, "bond0")]),
    ],
)
def test_a_recorded_state_has_its_cause(
    name: str, place: int, expected: list[tuple[BondCause, str]]
) -> None:
    assert causes(bond(name, place)) == expected


def test_ports_of_another_speed_are_said_to_be_so() -> None:
    found = [cause for cause, _ in causes(bond("wire-lacp-mixed-speed", 0))]

    assert found[0] is BondCause.SPEED_MISMATCH
    assert BondCause.TWO_AGGREGATORS in found


def test_by_what_two_partners_differ_is_said() -> None:
    meanings = {
        name: diagnose(BondSeen(bond(name, 0)))[-1].meaning
        for name in ("wire-lacp-two-partners", "wire-lacp-key-mismatch")
    }

    assert meanings["wire-lacp-two-partners"].startswith("They lead to different switches")
    assert "groups: their keys differ" in meanings["wire-lacp-key-mismatch"]


def test_the_nas_itself_is_heard_on_its_ports() -> None:
    log = dmesg("wire-lacp-loopback")

    found = causes(bond("wire-lacp-loopback", 0), *log)

    assert (BondCause.LOOPED, "eth1") in found
    assert (BondCause.LOOPED, "eth2") in found


def test_a_loop_that_was_once_is_no_fault_of_a_bond_that_works() -> None:
    log = [line.replace("slave eth6", "slave eth1") for line in dmesg("wire-lacp-loopback")]

    assert any("illegal loopback" in line and "eth1" in line for line in log)
    assert causes(bond("wire-lacp-negotiate", 0), *log) == []


@pytest.mark.parametrize("mask", ["<redacted>", "xx:xx:xx:xx:xx:xx", "02:00:5e:**:**:**"])
def test_what_people_put_for_an_address_is_equal_to_no_other_address(mask: str) -> None:
    shown = bond("wire-lacp-negotiate", 0).text

    (masked,) = parse_reports(re.sub(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", mask, shown), "bond0").bonds

    assert {port.permanent for port in masked.ports} == {mask}
    assert causes(masked) == []
    link = Link("bond0", flags=UP, ether=mask), Link("eth9", flags=UP, ether=mask)
    assert causes(masked, bond0=link[0], eth9=link[1]) == []


def _with(report: BondReport, **changed: object) -> BondReport:
    """Return a healthy bond whose first port is changed."""
    first, *rest = report.ports
    return dataclasses.replace(report, ports=(dataclasses.replace(first, **changed), *rest))  # type: ignore[arg-type]


def _state(port: PortReport, side: str, state: int) -> Mapping[str, object]:
    return {side: dataclasses.replace(getattr(port, side), state=State(state))}


@pytest.mark.parametrize(
    ("side", "state", "expected"),
    [
        ("partner", 0x05, BondCause.PARTNER_NOT_READY),
        ("partner", 0x0D, BondCause.NOT_COLLECTING),
        ("partner", 0x39, BondCause.INDIVIDUAL_PARTNER),
        ("actor", 0x8F, BondCause.TIMEOUTS),
    ],
)
def test_a_partner_that_is_not_in_step_is_told_by_its_state(
    side: str, state: int, expected: BondCause
) -> None:
    healthy = bond("wire-lacp-negotiate", 0)
    port = healthy.ports[0]

    found = causes(_with(healthy, **_state(port, side, state)))

    assert found == [(expected, "eth1")]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"mii": "down"}, BondCause.PORT_DOWN),
        ({"duplex": "half"}, BondCause.HALF_DUPLEX),
        ({"failures": 5}, BondCause.LINK_FLAPS),
        ({"churned": (0, 2)}, BondCause.CHURNED),
        ({"churn": ("none", "churned")}, BondCause.CHURNED),
        ({"permanent": "52:54:00:cc:00:02"}, BondCause.SHARED_ADDRESS),
    ],
)
def test_a_port_shows_its_own_cause(changed: dict[str, object], expected: BondCause) -> None:
    found = causes(_with(bond("wire-lacp-negotiate", 0), **changed))

    assert found == [(expected, "eth1")]


def test_a_port_that_is_in_step_again_is_not_said_to_be_out_of_step_now() -> None:
    healthy = bond("wire-lacp-negotiate", 0)
    port = _with(healthy, churn=("churned", "churned"), churned=(1, 1)).ports[0]
    apart = _with(healthy, churn=port.churn, churned=port.churned, **_state(port, "partner", 0x05))

    (again,) = diagnose(BondSeen(_with(healthy, churn=port.churn, churned=port.churned)))
    now = next(each for each in diagnose(BondSeen(apart)) if each.cause is BondCause.CHURNED)

    assert again.cause is BondCause.CHURNED
    assert again.meaning.endswith("and no longer is.")
    assert "and is so now" in now.meaning


def part(name: str, begin: str = "Slave Interface: ") -> BondReport:
    """Return what is known of a recorded bond of which its ports alone were shown."""
    text = bond(name, 0).text
    (found,) = parse_reports(text[text.index(begin) :]).bonds
    return found


def test_the_ports_alone_show_their_causes_and_no_more_than_they_can() -> None:
    assert causes(part("wire-lacp-negotiate")) == []
    assert causes(part("wire-failover")) == []
    assert causes(part("wire-lacp-silent-slow")) == [
        (BondCause.NO_PARTNER, "eth1"),
        (BondCause.NO_PARTNER, "eth2"),
    ]
    assert causes(part("wire-lacp-two-partners")) == [(BondCause.TWO_AGGREGATORS, UNNAMED)]
    assert "None" not in str(diagnose(BondSeen(part("wire-lacp-two-partners"))))
    ports = part("wire-lacp-negotiate")
    waits = _with(ports, **_state(ports.ports[0], "partner", 0x45))
    assert causes(waits) == [(BondCause.PARTNER_NOT_READY, "eth1")]


@pytest.mark.parametrize(("state", "hears"), [(0x05, True), (0x45, False), (0x85, False)])
def test_a_partner_that_goes_by_its_defaults_is_not_said_to_hear(state: int, hears: bool) -> None:
    healthy = bond("wire-lacp-negotiate", 0)
    waits = _with(healthy, **_state(healthy.ports[0], "partner", state))

    (found,) = diagnose(BondSeen(waits))

    assert found.cause is BondCause.PARTNER_NOT_READY
    assert found.meaning.startswith("The switch hears the NAS") is hears


@pytest.mark.parametrize(
    ("mii", "words"),
    [("down", "no signal"), ("going down", "no signal"), ("going back", "updelay")],
)
def test_a_link_that_has_come_back_is_not_said_to_have_no_signal(mii: str, words: str) -> None:
    (found,) = diagnose(BondSeen(_with(bond("wire-failover", 0), mii=mii)))

    assert found.cause is BondCause.PORT_DOWN
    assert words in found.meaning
    assert ("no signal" in found.meaning) is (mii != "going back")


def test_where_arp_watches_the_links_no_cable_alone_is_blamed() -> None:
    flaps = _with(bond("wire-loadbalance", 0), failures=9)
    by_arp = dataclasses.replace(flaps, miimon=0, arp_interval=100)

    meanings = [diagnose(BondSeen(each))[0].meaning for each in (flaps, by_arp)]

    assert ["ARP" in meaning for meaning in meanings] == [False, True]


def test_a_port_alone_without_a_partner_is_told_from_a_bond_without_any() -> None:
    healthy = bond("wire-lacp-negotiate", 0)
    nobody = dataclasses.replace(healthy.ports[0].partner, system="00:00:00:00:00:00")  # type: ignore[type-var]

    found = causes(_with(healthy, partner=nobody))

    assert found == [(BondCause.NO_PARTNER, "eth1")]


def test_both_ends_that_wait_are_told() -> None:
    passive = dataclasses.replace(bond("wire-lacp-silent-slow", 0), lacp_active="off")

    assert causes(passive) == [(BondCause.BOTH_PASSIVE, "bond0")]
    # The one LACPDU that a passive port sends when it comes up is answered by most partners.
    assert causes(bond("wire-lacp-both-passive", 0)) == []


def test_a_bond_without_ports_and_one_with_too_few() -> None:
    healthy = bond("wire-lacp-negotiate", 0)

    empty = causes(dataclasses.replace(healthy, ports=()))
    few = causes(dataclasses.replace(healthy, min_links=3))

    assert (BondCause.NO_PORTS, "bond0") in empty
    assert few == [(BondCause.MIN_LINKS, "bond0")]


def test_what_iproute2_shows_beside_the_report() -> None:
    healthy = bond("wire-lacp-negotiate", 0)
    ether = "52:54:00:cc:00:01"
    address = AddressInfo(parse_address("address", "192.0.2.7/24"))
    links = {
        "bond0": Link("bond0", flags=UP, ether=ether, kind="bond"),
        "eth1": Link("eth1", flags=frozenset(("UP",)), master="bond0", sent=50_000),
        "eth2": Link("eth2", flags=UP, master="bond0", mtu=9000, sent=20, addresses=(address,)),
        "eth3": Link("eth3", flags=UP, ether=ether),
        "eth1.7": Link("eth1.7", flags=UP, ether=ether, parent="eth1", tag=7),
    }

    found = causes(healthy, **links)

    assert found == [
        (BondCause.DEAD_AND_UP, "eth1"),
        (BondCause.ONE_PORT_SENDS, "bond0"),
        (BondCause.SHARED_ADDRESS, "eth3"),
        (BondCause.PORT_HAS_ADDRESS, "eth2"),
        (BondCause.VLAN_ON_PORT, "eth1.7"),
        (BondCause.MTU, "eth2"),
    ]


def test_a_bond_that_is_down_is_told_first() -> None:
    found = causes(bond("wire-lacp-negotiate", 0), bond0=Link("bond0", kind="bond"))

    assert found == [(BondCause.BOND_DOWN, "bond0")]


def test_lacpdus_on_the_ports_of_another_mode_are_told() -> None:
    info = Info(1, bytes(6), 1, 1, 1, State(5))
    heard = {"eth2": [Lacpdu(info, info)]}

    found = diagnose(BondSeen(bond("wire-failover", 0), received=heard))

    assert [(each.cause, each.where) for each in found] == [(BondCause.PARTNER_SPEAKS_LACP, "eth2")]


def test_every_finding_says_what_would_make_it_certain() -> None:
    found = [
        each
        for path in (RECORDINGS / "linux-6.1").glob("*.json")
        for step in load(path).steps
        if step.kind == "run" and "Ethernet Channel" in step.stdout
        for report in parse_reports(step.stdout).bonds
        for each in diagnose(BondSeen(report))
    ]

    assert len({each.cause for each in found}) > 8
    assert all(each.evidence and each.meaning and each.next_command for each in found)
    assert all(each.certain_with for each in found)


@given(st.text(max_size=300).map(lambda text: f"Ethernet Channel Bonding Driver: v1\n{text}"))
def test_a_diagnosis_of_any_text_comes_to_its_end(text: str) -> None:
    for report in parse_reports(text).bonds:
        assert isinstance(diagnose(BondSeen(report)), tuple)


def test_a_driver_that_prints_no_speed_says_nothing_of_it() -> None:
    report = bond("wire-lacp-negotiate", 0)
    old = [dataclasses.replace(port, speed=None, duplex="") for port in report.ports]

    assert causes(dataclasses.replace(report, ports=tuple(old))) == []


def test_a_key_without_speed_is_named_although_the_driver_knows_it_now() -> None:
    report = bond("wire-lacp-negotiate", 0)
    first, *others = report.ports
    assert first.actor
    keyless = dataclasses.replace(first, actor=dataclasses.replace(first.actor, key=0))

    found = causes(dataclasses.replace(report, ports=(keyless, *others)))

    assert (BondCause.NO_SPEED, first.name) in found


def test_a_bond_whose_lacp_has_no_active_group_is_never_healthy() -> None:
    report = bond("wire-lacp-negotiate", 0)
    idle = dataclasses.replace(report, aggregator=None, no_aggregator=True)
    dark = tuple(dataclasses.replace(port, mii="down") for port in report.ports)

    assert (BondCause.NO_AGGREGATOR, "bond0") in causes(idle)
    assert BondCause.NO_AGGREGATOR not in [
        cause for cause, _ in causes(dataclasses.replace(idle, ports=dark))
    ]
