"""What a confirmed commit has left to do at runtime."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.command import Runner
from lagg_tool.lagg import HostState
from lagg_tool.nas.commit.confirmed import LeftToDo
from lagg_tool.nas.freebsd.plan import Change, Step, as_written
from lagg_tool.nas.freebsd.state import FreeBSDState


def _shown(step: Step) -> str:
    """Return the command of a step, or why it is needed where the command is a script."""
    return step.why if "\n" in step.command.text else step.command.text


def left_to_do(
    plan: Change,
    observe: Callable[[Runner], FreeBSDState],
    replan: Callable[[HostState], Change],
) -> LeftToDo:
    """Return what observes the host, has it planned again, and names the steps at runtime."""

    def look(runner: Runner) -> list[str]:
        seen = observe(runner).host
        return [_shown(step) for step in replan(as_written(seen, plan.rc)).steps]

    return look
