"""A FreeBSD host behind the contract of a NAS."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lagg_tool.lagg import HostState
from lagg_tool.nas.commit.pending import status_from
from lagg_tool.nas.contract import (
    Access,
    ApplyOptions,
    FollowUpCommand,
    Nas,
    Outcome,
    Pending,
    Request,
    plain_command,
    refuse_too_short,
    refuse_unless_allowed,
)
from lagg_tool.nas.contract import (
    Change as MadeChange,
)
from lagg_tool.nas.freebsd.commit import ConfirmedCommit, PendingChange, requests
from lagg_tool.nas.freebsd.observation import observe, observe_again
from lagg_tool.nas.freebsd.pace import Pace
from lagg_tool.nas.freebsd.plan import (
    Change,
    as_written,
    make_joint_plan,
    make_plan,
    removal_plan,
)
from lagg_tool.nas.freebsd.state import FreeBSDState

if TYPE_CHECKING:
    from lagg_tool.lagg.diagnosis import Finding
    from lagg_tool.lagg.watching import Look, Watch


class FreeBSD(Nas[FreeBSDState, Change]):
    """A FreeBSD host: its own commands change it, and a guard on it reverts them."""

    def __init__(
        self,
        target: Access,
        *,
        who: str = "",
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
    ) -> None:
        self._target = target
        self._who = who
        self._tell = tell
        self._follow_up = follow_up_command
        self._seen: FreeBSDState | None = None
        self._pace = Pace()

    def observe(self) -> FreeBSDState:
        """Look at the host in one round trip. Raises UnreadableError and TargetError."""
        began = self._target.clock.now()
        self._seen = observe(self._target.connection)
        self._pace = Pace.of(self._target.clock.now() - began)
        return self._seen

    def plan(self, request: Request, state: FreeBSDState) -> Change:
        """Return the commands that lead from the observed state to the request."""
        return _plan(request, state.host)

    def apply(self, plan: Change, options: ApplyOptions) -> Outcome:
        """Make the change under a guard, probe it, and confirm it."""
        refuse_unless_allowed(plan, allow_management=options.allow_management)
        refuse_too_short(options.within, self._pace.seconds_for(plan))
        before = self._seen
        commit = ConfirmedCommit(
            self._target.connect,
            self._target.clock,
            observe=lambda runner: observe_again(runner, before) if before else observe(runner),
            who=self._who,
            within=options.within,
            tell=self._tell,
            follow_up_command=self._follow_up,
        )

        def replan(host: HostState) -> Change:
            return _plan(plan.request, as_written(host, plan.left_out))

        with contextlib.closing(commit):
            try:
                return commit.apply(plan, replan, hold=options.hold)
            except KeyboardInterrupt:
                self._tell(commit.if_left_alone())
                raise

    def pending(self) -> Pending:
        """Ask for the change that waits to be confirmed, over the connection that is there."""
        status = status_from(self._target.connection.run(requests.status()))
        if status.hidden:
            return Pending(hidden_from=status.user)
        if not status.pending:
            return Pending()
        found = MadeChange(status.token, status.name, status.who)
        return Pending(found, guarded=status.guard, left=status.left)

    def confirm(self, token: str = "") -> Outcome:
        """Keep a change, by default the pending one."""
        with self._pending_change() as change:
            return change.confirm(token)

    def rollback(self, token: str = "") -> Outcome:
        """Undo a change, by default the pending one or else the last one."""
        with self._pending_change() as change:
            return change.rollback(token)

    def diagnose(self, name: str, listen: int) -> tuple[Finding, ...]:
        """Return why a LAGG does not carry traffic."""
        from lagg_tool.nas.freebsd.diagnosis import diagnose_lagg  # noqa: PLC0415 - loads codecs

        return diagnose_lagg(self._target.connection, name, listen, self._tell)

    def watch(self, name: str) -> Watch[Look]:
        """Return what follows a LAGG."""
        from lagg_tool.lagg.watching import LaggWatch  # noqa: PLC0415 - loads codecs

        return LaggWatch(name)

    def looks(self, every: float, seconds: float) -> Iterator[Look]:
        """Yield what the host shows every so many seconds."""
        from lagg_tool.nas.freebsd.watching import looks  # noqa: PLC0415 - loads codecs

        return looks(self._target.connection, self._target.clock, every, seconds)

    def _pending_change(self) -> contextlib.closing[PendingChange]:
        return contextlib.closing(
            PendingChange(
                self._target.connect,
                self._target.clock,
                tell=self._tell,
                follow_up_command=self._follow_up,
            )
        )


def _plan(request: Request, host: HostState) -> Change:
    if request.spec and request.others:
        return make_joint_plan((request.spec, *request.others), host)
    if request.spec is None:
        return removal_plan(request.name, host)
    return make_plan(request.spec, host)
