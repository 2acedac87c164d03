"""Changes of a FreeBSD host, made and decided by a test over a connection of its own."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.clock import Clock
from lagg_tool.command import Runner
from lagg_tool.lagg import HostState
from lagg_tool.nas import commit
from lagg_tool.nas.contract import Outcome, Session
from lagg_tool.nas.freebsd.commit import FREEBSD, data_of, left_to_do
from lagg_tool.nas.freebsd.plan import Change
from lagg_tool.nas.freebsd.state import FreeBSDState


class ConfirmedCommit(commit.ConfirmedCommit):
    """A change whose plans are the test's, and which is observed as it says."""

    def __init__(
        self,
        connect: Callable[[], Session],
        clock: Clock,
        *,
        observe: Callable[[Runner], FreeBSDState],
        within: float = 60.0,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(connect, clock, FREEBSD, who="tester", within=within, tell=tell)
        self._observe = observe

    def apply(self, plan: Change, replan: Callable[[HostState], Change], *, hold: bool) -> Outcome:
        left = left_to_do(plan, self._observe, replan)
        return self.make(plan.name, data_of(plan), left, hold=hold)


def pending_change(
    connect: Callable[[], Session], clock: Clock, tell: Callable[[str], None] = lambda _: None
) -> commit.PendingChange:
    """Return the change of a host that a later session decides on."""
    return commit.PendingChange(connect, clock, FREEBSD, tell=tell)
