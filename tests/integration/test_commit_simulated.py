"""The confirmed commit against the simulated NAS: over SSH, with everything that can go wrong."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lagg_tool.command import change
from lagg_tool.errors import HostError, LaggToolError, RefusedError, RevertedError
from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.observation import observe
from lagg_tool.nas.freebsd.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.step import Step
from lagg_tool.simulator.release import FREEBSD_13_2
from tests.support.commit_rig import CommitRig, Direct, MakePlan, apply, spec, wants
from tests.support.rig import Rig, rig


def test_apply_twice_changes_nothing_the_second_time() -> None:
    bench = CommitRig()
    bench.apply(spec())

    assert make_plan(spec(), bench.state()).empty


def test_apply_and_rollback_restore_ifconfig_and_rc_conf_byte_for_byte() -> None:
    bench = CommitRig()
    before = bench.said()
    outcome = bench.apply(spec())

    bench.changes().rollback(outcome.token)

    assert bench.said() == before


def test_a_removal_cleans_up_all_that_the_creation_wrote_and_no_more() -> None:
    bench = CommitRig()
    before = bench.said()
    bench.apply(spec())

    plan = removal_plan("lagg0", bench.state())
    tool = bench.tool()
    tool.apply(plan, lambda host: removal_plan("lagg0", host), hold=False)

    assert bench.said() == before
    # What is left is the removal's own: it can be rolled back, now and after a reboot.
    assert bench.nas.run("ls /var/db/lagg_tool").stdout.decode().split() == [tool.token]


def test_the_guard_of_a_confirmed_change_ends() -> None:
    bench = CommitRig()

    token = bench.apply(spec()).token

    assert not bench.changes().status(token).guard


def test_a_step_that_fails_ends_the_change_and_undoes_it() -> None:
    bench = CommitRig()
    before = bench.said()
    plan = make_plan(spec(), bench.state())
    failing = Step(change("ifconfig", "lagg9", "up"), "a test")
    plan = dataclasses.replace(plan, steps=(*plan.steps[:3], failing, *plan.steps[3:]))

    with pytest.raises(RevertedError, match="ifconfig lagg9 up"):
        bench.tool().apply(plan, lambda _: plan, hold=False)

    assert bench.said() == before


def test_a_port_that_was_up_before_is_up_after_the_removal() -> None:
    bench = CommitRig()
    bench.nas.run("ifconfig vtnet1 up")
    bench.apply(spec())

    plan = removal_plan("lagg0", bench.state())
    bench.tool().apply(plan, lambda host: removal_plan("lagg0", host), hold=False)

    state = bench.state()
    assert (state.interfaces["vtnet1"].up, state.interfaces["vtnet2"].up) == (True, False)


def test_a_reboot_before_the_confirmation_brings_the_old_configuration_back() -> None:
    bench = CommitRig()
    bench.nas.reboot()
    before = bench.said()
    bench.apply(spec(), hold=True)

    bench.nas.reboot()

    assert bench.said() == before


def test_a_reboot_after_the_confirmation_brings_the_new_configuration_back() -> None:
    bench = CommitRig()
    bench.apply(spec())

    bench.nas.reboot()

    assert make_plan(spec(), bench.state()).empty


def test_the_guard_reverts_when_the_client_dies() -> None:
    bench = CommitRig()
    before = bench.said()
    bench.apply(spec(), hold=True)

    bench.clock.sleep(100)

    assert bench.said() == before


def test_a_change_can_be_kept_when_the_guard_was_killed() -> None:
    bench = CommitRig()
    token = bench.apply(spec(), hold=True).token
    bench.nas.run(f"kill -9 $(cat /var/run/lagg_tool/{token}/guard.pid)")
    bench.clock.sleep(100)

    assert bench.changes().confirm(token).state is ChangeState.CONFIRMED

    assert make_plan(spec(), bench.state()).empty


def test_the_second_of_two_clients_is_refused() -> None:
    bench = CommitRig()
    bench.apply(spec(), hold=True)
    between = bench.said()

    with pytest.raises(RefusedError, match=r"by tester, of lagg0 is pending, \d+ s left"):
        bench.apply(spec(name="lagg1", ports=["em0"], addresses=[]))

    assert bench.said() == between


def test_a_late_confirmation_is_told_that_the_guard_was_faster() -> None:
    bench = CommitRig()
    token = bench.apply(spec(), hold=True).token
    bench.clock.sleep(100)

    with pytest.raises(RevertedError, match="was not confirmed in time"):
        bench.changes().confirm(token)


def test_a_disk_that_is_full_from_the_beginning_leaves_all_untouched() -> None:
    bench = CommitRig()
    before = bench.said()
    bench.nas.filesystem.fill()

    with pytest.raises(LaggToolError, match="nothing was touched"):
        bench.apply(spec())

    bench.nas.filesystem.free()
    assert bench.said() == before


def test_a_disk_that_fills_before_the_confirmation_has_the_change_reverted() -> None:
    bench = CommitRig()
    before = bench.said()
    token = bench.apply(spec(), hold=True).token
    bench.nas.filesystem.fill()

    begun = bench.clock.now()
    with pytest.raises(HostError, match=r"No space left.*still pending and reverts in [45]\d s"):
        bench.changes().confirm(token)

    assert bench.clock.now() - begun < 5  # told at once, not when the guard has reverted it
    bench.clock.sleep(200)
    bench.nas.filesystem.free()
    assert bench.said() == before


@pytest.mark.parametrize("tries", [0, 1, 3])
def test_on_a_full_disk_a_change_can_be_rolled_back_and_later_be_confirmed(tries: int) -> None:
    bench = CommitRig()
    before = bench.said()
    token = bench.apply(spec(), hold=True).token
    bench.nas.filesystem.fill()
    for _ in range(tries):
        with pytest.raises(HostError):
            bench.changes().confirm(token)

    begun = bench.clock.now()
    bench.changes().rollback(token)
    assert bench.clock.now() - begun < 10
    bench.nas.filesystem.free()
    assert bench.said() == before

    token = bench.apply(spec(), hold=True).token
    bench.nas.filesystem.fill()
    for _ in range(tries):
        with pytest.raises(HostError):
            bench.changes().confirm(token)
    bench.nas.filesystem.free()
    bench.changes().confirm(token)
    assert make_plan(spec(), bench.state()).empty


def test_a_full_disk_keeps_a_confirmed_change_and_says_why() -> None:
    bench = CommitRig()
    before = bench.said()
    token = bench.apply(spec()).token
    kept = bench.said()
    bench.nas.filesystem.fill()

    begun = bench.clock.now()
    with pytest.raises(HostError, match=r"not undone as a whole: .*No space left.* tries again"):
        bench.changes().rollback(token)

    assert bench.clock.now() - begun < 10
    bench.nas.filesystem.free()
    assert bench.said() == kept
    bench.changes().rollback(token)
    assert bench.said() == before


def test_a_disk_that_is_full_when_the_change_is_to_be_kept_has_it_reverted_at_once() -> None:
    bench = CommitRig()
    before = bench.said()

    def full(host: HostState) -> Plan:
        bench.nas.filesystem.fill()
        return make_plan(spec(), host)

    begun = bench.clock.now()
    with pytest.raises(RevertedError, match=r"it cannot be kept: .*No space left"):
        bench.tool().apply(make_plan(spec(), bench.state()), full, hold=False)

    assert bench.clock.now() - begun < 20
    bench.nas.filesystem.free()
    assert bench.said() == before


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"description": "other"}),
    ({}, {"protocol": "lacp"}),
    ({"protocol": "lacp"}, {}),
    ({}, {"protocol": "roundrobin", "options": "rr_limit 3"}),
    ({}, {"ports": ["vtnet1", "vtnet2"]}),
    ({}, {"ports": ["vtnet2", "vtnet3", "vtnet4"], "mtu": 1500}),
    ({"protocol": "loadbalance"}, {"protocol": "loadbalance", "ports": ["vtnet3", "vtnet2"]}),
    ({"mtu": 1500}, {"mtu": 1500, "ports": ["vtnet2", "em0"]}),
    ({}, {"addresses": ["198.51.100.7/25", "203.0.113.9/32"]}),
    ({"protocol": "lacp"}, {"protocol": "lacp", "options": "lacp_fast_timeout -lacp_strict"}),
    ({"options": "use_flowid"}, {"options": "-use_flowid flowid_shift 3"}),
    ({"ports": ["em0", "em1"]}, {"ports": ["em0", "em1"], "offload": False}),
]


@pytest.mark.parametrize("release", [FREEBSD_13_2.name, "freebsd-15"])
@pytest.mark.parametrize(("first", "then"), CHANGES)
def test_a_plan_yields_the_spec_and_its_inverse_the_state_before(
    first: dict[str, Any], then: dict[str, Any], release: str
) -> None:
    bench = CommitRig(release)
    for step in make_plan(spec(**first), bench.state()).steps:
        assert bench.runner.run(step.command).status == 0
    bench.clock.sleep(5)
    before = settled(bench)

    plan = make_plan(spec(**then), bench.state())
    said = [bench.runner.run(step.command) for step in plan.steps]
    reached = make_plan(spec(**then), bench.state()).steps
    for step in plan.inverse:
        bench.runner.run(step.command)
    bench.clock.sleep(5)

    assert [done.stderr for done in said if done.status] == []
    assert plan.steps
    assert reached == ()
    assert settled(bench) == before


def settled(bench: CommitRig) -> str:
    """Return what ifconfig prints, without what the driver of em leaves behind (OACTIVE)."""
    text = bench.nas.run("ifconfig -v").stdout.decode()
    return text.replace("8c22<BROADCAST,OACTIVE", "8822<BROADCAST").replace(
        "8c43<UP,BROADCAST,RUNNING,OACTIVE", "8843<UP,BROADCAST,RUNNING"
    )


# ---- the connection is cut at a message ----


# What is there before, if anything, and what is wanted then.
CUTS: dict[str, tuple[MakePlan | None, MakePlan]] = {
    "create": (None, wants()),
    "to LACP": (wants(), wants(protocol="lacp", description="other words")),
    "other ports": (wants(), wants(ports=["vtnet3", "vtnet2"], mtu=1500, addresses=[])),
    "remove": (wants(), lambda host: removal_plan("lagg0", host)),
}


def judge(
    made: Rig, before: tuple[bytes, bytes], planned: MakePlan, words: str, status: int
) -> None:
    """Assert exactly the old or exactly the new configuration, and that the message is true."""
    made.clock.sleep(200)
    after = made.said()
    if status == 0:
        assert words == "CONFIRMED"
        assert planned(observe(Direct(made.nas)).host).empty
        return
    assert after == before, words
    assert status in (3, 4), words
    assert ("REVERTED" in words) if status == 4 else ("nothing was touched" in words)


# An apply is some 75 messages, more where the two ends write them in smaller pieces.
PLACES = 200


def cut(place: int, change: str, *, before: bool) -> int:
    """Cut at a message, before or after it is delivered; judge it, and return the exit status.

    How many messages there are differs: they arrive together where the machine is busy.
    """
    first, wish = CUTS[change]
    with rig() as made:
        if first is not None:
            assert apply(made, lambda: Direct(made.nas), first) == ("CONFIRMED", 0)
            made.clock.sleep(100)
        old = made.said()
        made.wire.before, made.wire.cut_at = before, place

        words, status = apply(made, made.connect, wish)

        judge(made, old, wish, words, status)
        return status


@pytest.mark.parametrize("change", CUTS)
def test_an_apply_over_ssh_confirms_when_nothing_is_cut(change: str) -> None:
    assert cut(0, change, before=True) == 0


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("place", [1, 10, 18, 26, 34, 42, 50, 58])
def test_a_cut_leaves_exactly_the_old_or_the_new_configuration(place: int, *, before: bool) -> None:
    cut(place, list(CUTS)[place % len(CUTS)], before=before)


@pytest.mark.slow
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("change", CUTS)
@pytest.mark.parametrize("place", range(1, PLACES))
def test_a_thousand_cuts(place: int, change: str, *, before: bool) -> None:
    cut(place, change, before=before)
