"""The confirmed commit through the simulated TrueNAS's middleware, over SSH that is cut."""

from __future__ import annotations

import pytest

from lagg_tool.errors import OutcomeUnknownError, RevertedError, TargetError
from lagg_tool.nas.truenas.plan import kernel_differences
from lagg_tool.simulator.release import TRUENAS_13_3
from tests.support.rig import rig
from tests.support.truenas_rig import Tool, spec

CUTS = range(24, 110, 8)  # packets of a whole apply, from the first look on


@pytest.mark.parametrize("cut", CUTS)
def test_wherever_the_connection_is_cut_the_outcome_is_what_was_said(cut: int) -> None:
    """One cut, anywhere; then the NAS is left alone for longer than every timer."""
    with rig(TRUENAS_13_3) as nas:
        tool = Tool(nas)
        plan = tool.plan(spec())
        nas.wire.cut_at = nas.wire.passed + cut - 24
        try:
            tool.commit.apply(plan, hold=False)
            holds: bool | None = True
        except (TargetError, RevertedError):
            holds = False
        except OutcomeUnknownError:
            holds = None

        nas.wire.cut_at = 0  # what was not reached is not to cut the look behind it
        nas.nas.run("sleep 300")

        state = Tool(nas).observe()
        tool.commit.close()
    assert not state.answers.pending
    there = kernel_differences(spec(), state.host) == []
    assert there or "lagg0" not in state.answers.items
    assert holds in (None, there)
