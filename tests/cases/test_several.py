"""Several LAGGs in one file: made, changed and undone in one guarded change."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lagg_tool.errors import DocumentError, LaggToolError
from lagg_tool.lagg import LaggSpec, parse_specs
from lagg_tool.nas.freebsd.plan import JointPlan, make_joint_plan
from lagg_tool.nas.freebsd.plan.step import ifconfig_step
from lagg_tool.nas.rendering import plan_text
from tests.cases.test_next_boot import RELEASES, reboot
from tests.cases.test_routes import routes
from tests.support.commit_rig import CommitRig

TWO = """\
[[lagg]]
name = "lagg0"
protocol = "failover"
ports = ["vtnet1", "vtnet2"]
addresses = ["192.0.2.10/24"]

[[lagg]]
name = "lagg1"
protocol = "loadbalance"
ports = ["vtnet3", "vtnet4"]
addresses = ["198.51.100.10/24"]
mtu = 9000
"""
NAMED = TWO.replace('[[lagg]]\nname = "lagg0"', "[lagg0]").replace(
    '[[lagg]]\nname = "lagg1"', "[lagg1]"
)
CHANGES = {
    "ports swapped": (('"vtnet2"', '"vtnet4"'), ('["vtnet3", "vtnet4"]', '["vtnet3", "vtnet2"]')),
    "all ports swapped": (
        ('["vtnet1", "vtnet2"]', '["X3", "X4"]'),
        ('["vtnet3", "vtnet4"]', '["vtnet2", "vtnet1"]'),
        ('["X3", "X4"]', '["vtnet3", "vtnet4"]'),
    ),
    "addresses swapped": (
        ("192.0.2.10/24", "X"),
        ("198.51.100.10/24", "192.0.2.10/24"),
        ('"X"', '"198.51.100.10/24"'),
    ),
    "a port goes over": (
        ('["vtnet3", "vtnet4"]', '["vtnet3"]'),
        ('"vtnet2"', '"vtnet2", "vtnet4"'),
    ),
    "another protocol and a port": (
        ('"loadbalance"', '"lacp"'),
        ('["vtnet1", "vtnet2"]', '["vtnet2"]'),
        ('"vtnet4"]', '"vtnet4", "vtnet1"]'),
    ),
}


def specs(text: str = TWO) -> tuple[LaggSpec, ...]:
    return parse_specs(text, "laggs.toml")


def apply(made: CommitRig, wanted: tuple[LaggSpec, ...]) -> JointPlan:
    plan = make_joint_plan(wanted, made.state())
    shown = plan_text(plan)
    assert not plan.findings, shown
    assert all(step.command.text in shown for step in plan.steps)
    made.tool().apply(plan, lambda host: make_joint_plan(wanted, host), hold=False)
    return plan


def changed(*pairs: tuple[str, str]) -> tuple[LaggSpec, ...]:
    text = TWO
    for old, new in pairs:
        text = text.replace(old, new)
    return specs(text)


@pytest.mark.parametrize("text", [TWO, NAMED], ids=["[[lagg]]", "[lagg0]"])
def test_both_forms_name_the_same_laggs(text: str) -> None:
    found = specs(text)

    assert [each.name for each in found] == ["lagg0", "lagg1"]
    assert found == specs(TWO)


@pytest.mark.parametrize("release", RELEASES)
def test_two_laggs_are_made_hold_after_a_boot_and_are_undone(release: str) -> None:
    made = CommitRig(release)
    before = made.said()

    apply(made, specs())
    applied = plan_text(make_joint_plan(specs(), made.state()))
    kept = made.said()
    reboot(made)
    booted = plan_text(make_joint_plan(specs(), made.state()))
    made.changes().rollback()
    made.clock.sleep(5)

    assert applied.startswith("lagg0 and lagg1: nothing to do\n"), applied
    assert booted.startswith("lagg0 and lagg1: nothing to do\n"), booted
    assert b'cloned_interfaces="lagg0 lagg1"\n' in kept[1]
    assert made.said()[1] == before[1]
    assert b"lagg0" not in made.said()[0]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("change", CHANGES)
def test_what_goes_over_from_one_to_the_other_is_one_change(change: str, release: str) -> None:
    made = CommitRig(release)
    apply(made, specs())
    before = made.said()
    wanted = changed(*CHANGES[change])

    apply(made, wanted)
    reboot(made)
    booted = plan_text(make_joint_plan(wanted, made.state()))
    made.changes().rollback()
    made.clock.sleep(5)

    assert booted.startswith("lagg0 and lagg1: nothing to do\n"), booted
    assert made.said() == before


VLAN = '[[lagg.vlan]]\ntag = 7\naddresses = ["192.0.2.10/24"]\n'


@pytest.mark.parametrize(
    ("text", "over"),
    [
        (changed(*CHANGES["addresses swapped"]), ("lagg1", "lagg0")),
        (specs(TWO.replace('"192.0.2.10/24"', "") + VLAN), ("lagg1.7", "lagg1")),
    ],
    ids=["swapped", "to a VLAN"],
)
@pytest.mark.parametrize("release", RELEASES)
def test_a_static_route_goes_over_with_the_address_that_it_was_found_by(
    text: tuple[LaggSpec, ...], over: tuple[str, str], release: str
) -> None:
    made = CommitRig(release)
    made.nas.run("sysrc static_routes='a b c' route_b='-net 10.2.0.0/16 -interface lagg0'")
    made.nas.run("sysrc route_a='-net 10.1.0.0/16 192.0.2.254'")
    made.nas.run("sysrc route_c='-net 10.3.0.0/16 198.51.100.254'")
    apply(made, specs())
    reboot(made)
    before = routes(made)

    notes = apply(made, text).notes
    applied = routes(made)
    reboot(made)
    booted = routes(made)
    made.changes().rollback()

    assert {(to, over) for to, _, over in applied} >= {
        ("10.1.0.0/16", over[0]),
        ("10.2.0.0/16", "lagg0"),
        ("10.3.0.0/16", over[1]),
    }
    assert not [each for each in notes if each.startswith("the route")]
    assert applied == booted
    assert routes(made) == before


def test_a_static_route_stays_where_its_lagg_still_reaches_the_gateway() -> None:
    made = CommitRig()
    apply(made, specs())
    made.nas.run("route add 10.1.0.0/16 192.0.2.254")
    too = TWO.replace("\n\n[[lagg]]", f"\n{VLAN.replace('2.10', '2.200')}\n[[lagg]]")

    assert make_joint_plan(specs(too), made.state()).routed == ()


def test_a_static_route_whose_gateway_no_lagg_reaches_any_more_is_named() -> None:
    made = CommitRig()
    apply(made, specs())
    made.nas.run("route add 10.1.0.0/16 192.0.2.254")
    before = routes(made)

    smaller = ("192.0.2.10/24", "192.0.2.10/25")
    plan = apply(made, changed(*CHANGES["addresses swapped"], smaller))
    left = routes(made)
    made.changes().rollback()

    assert plan.notes == (
        "the route to 10.1.0.0/16 by 192.0.2.254 over lagg0 goes, and nothing sets it again",
    )
    assert "10.1.0.0/16" not in {each[0] for each in left}
    assert routes(made) == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_failure_in_the_middle_brings_both_back(change: str) -> None:
    made = CommitRig()
    apply(made, specs())
    before = made.said()
    plan = make_joint_plan(changed(*CHANGES[change]), made.state())

    for count in range(1, len(plan.steps), 3):
        broken = _broken(plan, count)
        with pytest.raises(LaggToolError, match="REVERTED"):
            made.tool().apply(broken, lambda _: plan, hold=False)

        assert made.said() == before


def _broken(plan: JointPlan, count: int) -> JointPlan:
    """Return the plan whose command of this number fails."""
    steps = (*plan.steps[:count], ifconfig_step("it fails", "nosuch0", "up"))
    return dataclasses.replace(plan, steps=steps)


WRONG: list[tuple[Any, str]] = [
    (TWO.replace('"vtnet3"', '"vtnet1"'), r"laggs\.toml:10: ports = 'vtnet1'.*lagg0 has this port"),
    (TWO.replace('"lagg1"', '"lagg0"'), r"laggs\.toml:8: name = 'lagg0'.*there once"),
    (TWO.replace("198.51.100.10", "192.0.2.10"), r"laggs\.toml:11: addresses.*lagg0 has this"),
    (TWO.replace("mtu = 9000", "mtu = 1"), r"laggs\.toml:12: mtu = 1"),
    (f'name = "lagg9"\n{TWO}', "known fields"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_an_error_names_the_line_in_its_table(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        specs(text)
