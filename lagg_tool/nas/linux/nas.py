"""A Linux host behind the contract of a NAS."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lagg_tool.bond.state import BondHost
from lagg_tool.errors import RefusedError
from lagg_tool.nas.commit import ConfirmedCommit, PendingChange
from lagg_tool.nas.commit.pending import status_from
from lagg_tool.nas.contract import (
    Access,
    ApplyOptions,
    Change,
    FollowUpCommand,
    Nas,
    Outcome,
    Pending,
    Request,
    plain_command,
    refuse_unless_allowed,
)
from lagg_tool.nas.linux.commit import apply
from lagg_tool.nas.linux.layout import LINUX, requests
from lagg_tool.nas.linux.observation import observe
from lagg_tool.nas.linux.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.linux.state import LinuxState

if TYPE_CHECKING:
    from lagg_tool.bond.watching import BondLook
    from lagg_tool.lagg.finding import Finding
    from lagg_tool.lagg.watching import Watch


class Linux(Nas[LinuxState, Plan]):
    """A Linux host: ip changes it, and a guard on it reverts what nobody confirms."""

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

    def observe(self) -> LinuxState:
        """Look at the host in one round trip. Raises HostError and TargetError."""
        return observe(self._target.connection)

    def plan(self, request: Request, state: LinuxState) -> Plan:
        """Return the commands and files that lead from the observed state to the request."""
        return _plan(request, state.host)

    def apply(self, plan: Plan, options: ApplyOptions) -> Outcome:
        """Make the change under a guard, probe it, and confirm it."""
        refuse_unless_allowed(plan, allow_management=options.allow_management)
        commit = ConfirmedCommit(
            self._target.connect,
            self._target.clock,
            LINUX,
            who=self._who,
            within=options.within,
            tell=self._tell,
            follow_up_command=self._follow_up,
        )
        with contextlib.closing(commit):
            try:
                return apply(
                    commit, plan, lambda host: _plan(plan.request, host), hold=options.hold
                )
            except KeyboardInterrupt:
                self._tell(commit.if_left_alone())
                raise

    def pending(self) -> Pending:
        """Ask for the change that waits to be confirmed, over the connection that is there."""
        status = status_from(self._target.connection.run(requests.status()), LINUX.boot)
        if status.hidden:
            return Pending(hidden_from=status.user)
        if not status.pending:
            return Pending()
        found = Change(status.token, status.name, status.who)
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
        """Return why a bond does not carry traffic as it should."""
        from lagg_tool.nas.linux.diagnosis import diagnose_bond  # noqa: PLC0415 - loads codecs

        return diagnose_bond(self._target.connection, name, listen, self._tell)

    def watch(self, name: str) -> Watch[BondLook]:
        """Return what follows a bond."""
        from lagg_tool.bond.watching import BondWatch  # noqa: PLC0415 - loads codecs

        return BondWatch(name)

    def looks(self, every: float, seconds: float) -> Iterator[BondLook]:
        """Yield what the host shows every so many seconds."""
        from lagg_tool.nas.linux.watching import looks  # noqa: PLC0415 - loads codecs

        return looks(self._target.connection, self._target.clock, every, seconds)

    def _pending_change(self) -> contextlib.closing[PendingChange]:
        return contextlib.closing(
            PendingChange(
                self._target.connect,
                self._target.clock,
                LINUX,
                tell=self._tell,
                follow_up_command=self._follow_up,
            )
        )


def _plan(request: Request, host: BondHost) -> Plan:
    if request.others:
        raise RefusedError(
            f"{request.name} and {len(request.others)} more: on Linux one bond is changed at a"
            " time; write a file for each, and apply one after the other; nothing was touched"
        )
    if request.spec is None:
        return removal_plan(request.name, host)
    return make_plan(request.spec, host)
