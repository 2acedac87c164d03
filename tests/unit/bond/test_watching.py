"""What changes at a bond from one look to the next."""

from __future__ import annotations

import dataclasses

import pytest

from lagg_tool.bond.links import Link
from lagg_tool.bond.report import BondReport, parse_reports
from lagg_tool.bond.watching import BondLook, BondWatch
from lagg_tool.errors import UsageError
from lagg_tool.wire.slow import State
from tests.replay.recording import load
from tests.support.paths import RECORDINGS

UP = frozenset(("UP", "LOWER_UP"))


def report(name: str, place: int = 0) -> BondReport:
    steps = load(RECORDINGS / "linux-6.1" / f"{name}.json").steps
    texts = [each.stdout for each in steps if "Ethernet Channel" in each.stdout]
    return parse_reports(texts[place], "bond0").bonds[0]


def look(at: float, bond: BondReport, *dmesg: str, carrier: bool = True) -> BondLook:
    flags = UP if carrier else frozenset(("UP", "NO-CARRIER"))
    return BondLook(
        at, f"clock {at:.0f}", {"bond0": Link("bond0", flags=flags)}, {"bond0": bond}, dmesg
    )


def changed(bond: BondReport, **first: object) -> BondReport:
    port, *rest = bond.ports
    return dataclasses.replace(bond, ports=(dataclasses.replace(port, **first), *rest))  # type: ignore[arg-type]


def test_a_link_that_goes_and_comes_is_told_by_dmesg_or_by_the_state() -> None:
    bond = report("wire-failover")
    watch = BondWatch("bond0")
    said = "[ 42.2] bond0: (slave eth1): link status definitely down, disabling slave"
    back = "[ 47.3] bond0: (slave eth1): link status definitely up, 1000 Mbps full duplex"
    watch.see(look(0, bond))

    told = watch.see(look(1, changed(bond, failures=1), said, back))
    seen = watch.see(look(2, changed(bond, mii="down", failures=1), said, back))

    assert [(each.where, each.what, each.disturbance) for each in told] == [
        ("eth1", "link lost", True),
        ("eth1", "link back", False),
    ]
    assert [(each.where, each.what) for each in seen] == [("eth1", "link lost")]
    assert watch.marginal == "eth1"
    assert [len(port.disturbances) for port in watch.ports] == [2, 0, 0]


def test_the_active_port_and_the_carrier_are_followed() -> None:
    bond = report("wire-failover")
    watch = BondWatch("bond0")
    watch.see(look(0, bond))

    events = watch.see(look(1, dataclasses.replace(bond, active="eth2"), carrier=False))

    assert [(each.where, each.what) for each in events] == [
        ("eth2", "carries traffic now, not eth1"),
        ("bond0", "carrier lost"),
    ]
    assert watch.title == "bond0 active-backup: 1 of 3 ports active, MII up"


def test_lacp_is_followed_by_its_states_and_partners() -> None:
    bond = report("wire-lacp-negotiate", 0)
    actor, partner = bond.ports[0].actor, bond.ports[0].partner
    assert actor is not None
    assert partner is not None
    late = dataclasses.replace(actor, state=State(0x8F))
    other = dataclasses.replace(partner, system="02:00:00:00:00:aa")
    watch = BondWatch("bond0")
    watch.see(look(0, bond))

    expired = watch.see(look(1, changed(bond, actor=late)))
    back = watch.see(look(2, changed(bond, partner=other)))

    assert [each.what for each in expired] == ["the partner is late"]
    assert [each.what for each in back] == [
        "collects and distributes",
        "partner 02:00:00:00:00:fe -> 02:00:00:00:00:aa",
    ]
    assert watch.ports[0].flags == "ACT AGG SYNC COL DIS"


def test_ports_that_leave_and_join_are_told() -> None:
    bond = report("wire-failover")
    fewer = dataclasses.replace(bond, ports=bond.ports[1:])
    watch = BondWatch("bond0")
    watch.see(look(0, bond))

    left = watch.see(look(1, fewer))
    joined = watch.see(look(2, bond))

    assert [(each.where, each.what) for each in left] == [("eth1", "left the LAGG")]
    assert [(each.where, each.what) for each in joined] == [("eth1", "joined the LAGG")]


def test_a_bond_of_another_mode_or_one_that_is_down_is_told() -> None:
    bond = report("wire-failover")
    watch = BondWatch("bond0")
    watch.see(look(0, bond))

    other = watch.see(look(1, dataclasses.replace(bond, mode="balance-xor")))
    down = BondLook(2, "", {"bond0": Link("bond0")}, {"bond0": bond})

    assert [(each.where, each.what) for each in other] == [
        ("bond0", "mode active-backup -> balance-xor")
    ]
    told = [(each.where, each.what) for each in watch.see(down)]
    assert ("bond0", "down") in told
    assert ("bond0", "carrier lost") not in told, "it follows from that"


def test_what_is_no_bond_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="the LAGGs of this host: bond0"):
        BondWatch("bond7").see(look(0, report("wire-failover")))
