"""Clocks that are set while something waits, at the NAS or here: an NTP step, a wrong battery.

What waits uses elapsed time, at both ends: ``lagg_tool.clock`` and ``lagg_tool.nas.elapsed``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lagg_tool.errors import RevertedError
from lagg_tool.nas.states import ChangeState
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import TRUENAS_13_3
from lagg_tool.suite.boot import last_boot
from lagg_tool.suite.lock import LEASE_SECONDS, RENEW_SECONDS, RunLock
from lagg_tool.suite.plugin import Recorder
from lagg_tool.target import Target, open_target
from steps.world import World
from steps.world.reboot import rebooted_since
from tests.support.commit_rig import CommitRig, spec
from tests.support.truenas_rig import Tool
from tests.support.truenas_rig import spec as truenas_spec

HOUR = 3600.0
JUMPS = pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])


@pytest.fixture
def target() -> Iterator[Target]:
    with open_target("sim:") as opened:
        yield opened


def nas_of(target: Target) -> SimulatedNas:
    assert target.simulated is not None
    found: SimulatedNas = target.simulated
    return found


@JUMPS
def test_a_guard_reverts_after_its_seconds_whatever_the_clock_says(jump: float) -> None:
    bench = CommitRig()
    before = bench.said()
    outcome = bench.apply(spec(), hold=True)
    changed = bench.said()

    bench.nas.step_clock(jump)
    bench.clock.sleep(outcome.left - 5)
    shortly_before = bench.said()
    bench.clock.sleep(15)

    assert shortly_before == changed
    assert bench.said() == before


@JUMPS
def test_the_seconds_left_are_told_whatever_the_clock_says(jump: float) -> None:
    bench = CommitRig()
    outcome = bench.apply(spec(), hold=True)

    bench.nas.step_clock(jump)
    left = bench.changes().status(outcome.token).left

    assert left == pytest.approx(outcome.left, abs=2)
    assert bench.changes().confirm(outcome.token).state is ChangeState.CONFIRMED


@JUMPS
def test_a_change_that_truenas_took_back_is_not_called_permanent(jump: float) -> None:
    tool = Tool(CommitRig(TRUENAS_13_3.name))
    token = tool.apply(truenas_spec(), hold=True)

    tool.nas.nas.step_clock(jump)
    tool.nas.nas.run("sleep 70")

    with pytest.raises(RevertedError, match="was not checked in"):
        tool.commit.confirm(token)


def test_a_nas_is_held_by_a_run_that_lives_whatever_its_clock_says(target: Target) -> None:
    said: list[str] = []
    living, following = RunLock(target, said.append), RunLock(target, said.append)
    living.take()

    nas_of(target).step_clock(HOUR)
    taken = target.clock.now()
    following.take()

    assert target.clock.now() - taken >= LEASE_SECONDS
    following.end()


def test_a_clock_set_back_does_not_prolong_what_a_dead_run_holds(target: Target) -> None:
    dead, following = RunLock(target, lambda _: None), RunLock(target, lambda _: None)
    dead.take()
    taken = target.clock.now()

    nas_of(target).step_clock(-HOUR)
    following.take()

    assert target.clock.now() - taken < LEASE_SECONDS + RENEW_SECONDS
    following.end()


def test_a_dead_runs_hold_expires_although_the_nas_was_rebooted(target: Target) -> None:
    dead, following = RunLock(target, lambda _: None), RunLock(target, lambda _: None)
    target.clock.sleep(HOUR)
    dead.take()
    taken = target.clock.now()

    nas_of(target).reboot()
    target.reconnect()
    following.take()

    assert LEASE_SECONDS / 2 < target.clock.now() - taken < LEASE_SECONDS + 2 * RENEW_SECONDS
    following.end()


@JUMPS
def test_a_clock_that_is_set_is_no_reboot(target: Target, jump: float) -> None:
    world = World(target, {})
    booted = last_boot(target)

    nas_of(target).step_clock(jump)
    target.clock.sleep(10)
    after_a_jump = rebooted_since(world, booted)
    nas_of(target).reboot()
    target.clock.sleep(30)

    assert not after_a_jump
    assert rebooted_since(world, booted)


def test_the_duration_of_a_run_is_elapsed_time(pytestconfig: pytest.Config) -> None:
    recorder = Recorder(pytestconfig)

    def ended(at: float) -> pytest.TestReport:
        return pytest.TestReport("x", ("x", 0, "x"), {}, "passed", None, "call", start=at, stop=at)

    recorder.pytest_runtest_logreport(ended(HOUR))
    recorder.pytest_runtest_logreport(ended(9 * HOUR))
    recorder.pytest_runtest_logreport(ended(0.0))

    assert recorder.seconds < 60
