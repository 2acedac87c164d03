"""A plan for FreeBSD as a confirmed commit, and a change of a FreeBSD host in later sessions."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.clock import Clock
from lagg_tool.command import Runner
from lagg_tool.lagg import HostState
from lagg_tool.nas import commit
from lagg_tool.nas.contract import FollowUpCommand, Outcome, Session, plain_command
from lagg_tool.nas.freebsd.commit.data import data_of
from lagg_tool.nas.freebsd.commit.layout import FREEBSD
from lagg_tool.nas.freebsd.plan import Change, Step, as_written
from lagg_tool.nas.freebsd.state import FreeBSDState


def _shown(step: Step) -> str:
    """Return the command of a step, or why it is needed where the command is a script."""
    return step.why if "\n" in step.command.text else step.command.text


class ConfirmedCommit(commit.ConfirmedCommit):
    """One change of one FreeBSD host."""

    def __init__(
        self,
        connect: Callable[[], Session],
        clock: Clock,
        *,
        observe: Callable[[Runner], FreeBSDState],
        who: str = "",
        within: float = 60.0,
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
    ) -> None:
        super().__init__(
            connect,
            clock,
            FREEBSD,
            who=who,
            within=within,
            tell=tell,
            follow_up_command=follow_up_command,
        )
        self._observe = observe

    def apply(self, plan: Change, replan: Callable[[HostState], Change], *, hold: bool) -> Outcome:
        """Make the change; ``replan`` returns what is left to do at runtime. Raises as ``make``."""

        def left_to_do(runner: Runner) -> list[str]:
            seen = self._observe(runner).host
            return [_shown(step) for step in replan(as_written(seen, plan.rc)).steps]

        return self.make(plan.name, data_of(plan), left_to_do, hold=hold)


class PendingChange(commit.PendingChange):
    """The change of a FreeBSD host that is pending, or was the last to be confirmed."""

    def __init__(
        self,
        connect: Callable[[], Session],
        clock: Clock,
        *,
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
    ) -> None:
        super().__init__(connect, clock, FREEBSD, tell=tell, follow_up_command=follow_up_command)
