"""What decides about a change is killed at any moment: nothing waits for a reboot."""

from __future__ import annotations

import contextlib

import pytest

from lagg_tool.errors import LaggToolError, RefusedError, RevertedError
from lagg_tool.nas.freebsd.commit import requests
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.states import ChangeState
from lagg_tool.simulator.system.signals import Signal
from tests.support.commit_rig import CommitRig, spec

# From the first process to the last; sysrc alone takes 0.25 s.
MOMENTS = [0.001 * number * number for number in range(1, 26, 3)]


def kill_parts(rig: CommitRig) -> bool:
    """Kill every process of a change at once; return whether there was one but the guard."""
    found = [process for process in rig.nas.processes if "change.sh" in process.command]
    found += [child for child in rig.nas.processes if child.parent in found]
    for process in found:
        process.kill(Signal.KILL)
    return len(found) > 2


def held(rig: CommitRig) -> str:
    return rig.apply(spec(), hold=True).token


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("part", ["confirm", "rollback"])
@pytest.mark.parametrize("verb", ["rollback", "confirm"])
def test_a_killed_decision_is_finished_by_whoever_comes_next(
    part: str, verb: str, moment: float
) -> None:
    rig = CommitRig()
    before = rig.said()
    token = held(rig)
    rig.runner.run(requests.decide(token, part))
    rig.clock.sleep(moment)
    kill_parts(rig)

    state = ChangeState.REVERTED
    with contextlib.suppress(RevertedError):
        state = getattr(rig.changes(), verb)(token).state

    if state is ChangeState.REVERTED:
        assert rig.said() == before
    else:
        assert make_plan(spec(), rig.state()).empty
    assert rig.apply(spec(mtu=1500)).state is ChangeState.CONFIRMED


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_undoing_that_was_killed_can_be_tried_again(moment: float) -> None:
    rig = CommitRig()
    before = rig.said()
    token = rig.apply(spec()).token
    rig.runner.run(requests.decide(token, "undo"))
    rig.clock.sleep(moment)
    kill_parts(rig)

    with contextlib.suppress(RefusedError):  # it had finished, and is known no more
        rig.changes().rollback(token)

    assert rig.said() == before
    assert rig.apply(spec()).state is ChangeState.CONFIRMED


@pytest.mark.parametrize("moment", [59.999, *(60 + moment for moment in MOMENTS[:6])])
def test_a_guard_that_is_killed_while_it_reverts_blocks_no_change(moment: float) -> None:
    rig = CommitRig()
    before = rig.said()
    began = rig.clock.now()
    token = held(rig)
    rig.clock.sleep(moment - (rig.clock.now() - began))
    kill_parts(rig)

    with contextlib.suppress(RefusedError):
        rig.changes().rollback(token)

    assert rig.said() == before
    assert rig.apply(spec(mtu=1500)).state is ChangeState.CONFIRMED


@pytest.mark.parametrize("verb", ["rollback", "confirm"])
@pytest.mark.parametrize("newer", ["confirmed", "pending"])
def test_a_decision_killed_when_all_but_its_status_was_written_touches_no_newer_change(
    newer: str, verb: str
) -> None:
    rig = CommitRig()
    older = rig.apply(spec()).token
    rig.nas.run(f": > /var/run/lagg_tool/{older}/persist.rc")  # the last that it writes
    token = rig.apply(spec(description="newer"), hold=newer == "pending").token
    before = rig.said()

    with contextlib.suppress(LaggToolError):
        getattr(rig.changes(), verb)(older)

    assert rig.said() == before
    if newer == "pending":
        rig.changes().confirm(token)
    assert rig.changes().status().last == token
    assert make_plan(spec(description="newer"), rig.state()).empty
    rig.changes().rollback(token)
    assert make_plan(spec(), rig.state()).empty
