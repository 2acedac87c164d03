"""A TrueNAS CORE behind the contract of a NAS."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lagg_tool.errors import RefusedError
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
from lagg_tool.nas.truenas.commit import MiddlewareCommit
from lagg_tool.nas.truenas.observation import observe
from lagg_tool.nas.truenas.plan import (
    MiddlewarePlan,
    make_middleware_plan,
    removal_middleware_plan,
)
from lagg_tool.nas.truenas.state import TrueNasState

if TYPE_CHECKING:
    from lagg_tool.lagg.diagnosis import Finding
    from lagg_tool.lagg.watching import Look, Watch


class TrueNas(Nas[TrueNasState, MiddlewarePlan]):
    """A TrueNAS CORE: its middleware changes it, and takes back what is not checked in."""

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
        self._seen: TrueNasState | None = None
        self._seconds = 0.0  # that the NAS took to be looked at

    def observe(self) -> TrueNasState:
        """Look at middleware and kernel in one round trip. Raises HostError and TargetError."""
        began = self._target.clock.now()
        self._seen = observe(self._target.connection)
        self._seconds = self._target.clock.now() - began
        return self._seen

    def plan(self, request: Request, state: TrueNasState) -> MiddlewarePlan:
        """Return the calls that lead from the database as it is to the request."""
        items = state.answers.items
        if request.others:
            raise RefusedError(
                f"{request.name} and {len(request.others)} more: the middleware of a TrueNAS checks"
                " each LAGG against the others as they are; write a file for each, and apply one"
                " after the other; nothing was touched"
            )
        if request.spec is None:
            return removal_middleware_plan(request.name, items, state.host)
        return make_middleware_plan(request.spec, items, state.host)

    def apply(self, plan: MiddlewarePlan, options: ApplyOptions) -> Outcome:
        """Commit the change, probe it, and check it in."""
        refuse_unless_allowed(plan, allow_management=options.allow_management)
        # The middleware counts until the check-in: a look and a call, half of an observation.
        refuse_too_short(options.within, 2 * self._seconds)
        with self._commit(options.within) as commit:
            try:
                return commit.apply(plan, hold=options.hold)
            except KeyboardInterrupt:
                self._tell(commit.if_left_alone())
                raise

    def pending(self) -> Pending:
        """Ask the middleware for a change that waits for its check-in."""
        state = self.observe()
        if state.middleware is None:
            return Pending(hidden_from=state.host.user)
        found, record = state.middleware, state.middleware.record
        waits = found.pending or found.waiting is not None
        ours = record if waits and record and not record.confirmed else None
        last = record if record and ours is None else None
        return Pending(
            change=ours.change if ours else None,
            foreign=waits and ours is None,
            guarded=found.waiting is not None,
            left=found.waiting,
            last=last.change if last else None,
        )

    def confirm(self, token: str = "") -> Outcome:
        """Check a change in, by default the one on record."""
        with self._commit() as commit:
            return commit.confirm(token)

    def rollback(self, token: str = "") -> Outcome:
        """Undo a change, by default the one on record."""
        with self._commit() as commit:
            return commit.rollback(token)

    def diagnose(self, name: str, listen: int) -> tuple[Finding, ...]:
        """Return why a LAGG does not carry traffic; the kernel is FreeBSD's."""
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

    def _commit(self, within: float = 60.0) -> contextlib.closing[MiddlewareCommit]:
        return contextlib.closing(
            MiddlewareCommit(
                self._target.connect,
                self._target.clock,
                who=self._who,
                within=within,
                tell=self._tell,
                follow_up_command=self._follow_up,
                seen=self._seen,
            )
        )
