"""The confirmed commit on TrueNAS: its middleware's own, with its traps handled.

The middleware arms its timer only after it has set up everything, and keeps the snapshot in
its memory: a reboot before the check-in makes the change permanent. So what was there
before is recorded on the NAS first, and ``rollback`` brings it back from that record.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable

from lagg_tool.clock import Clock
from lagg_tool.command import script
from lagg_tool.errors import (
    CommandError,
    HostError,
    LaggToolError,
    OutcomeUnknownError,
    RefusedError,
    RevertedError,
    TargetError,
)
from lagg_tool.lagg import HostState
from lagg_tool.nas.commit.retrying import RetryingSession
from lagg_tool.nas.contract import FollowUpCommand, Outcome, Session, plain_command
from lagg_tool.nas.run_lock import TRUENAS_DIRECTORY as RUN_LOCK
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.truenas.midclt import call, value_of
from lagg_tool.nas.truenas.observation import observe, observe_again, stored_items
from lagg_tool.nas.truenas.plan import Call, MiddlewarePlan, kernel_differences, restoring_calls
from lagg_tool.nas.truenas.restoring import SYNC_SECONDS
from lagg_tool.nas.truenas.state import (
    RECORD,
    RECORD_DIRECTORY,
    ChangeRecord,
    Middleware,
    TrueNasState,
)

_POLL = 1.0
PATIENCE = 90.0  # seconds that a NAS may take to answer again, and its middleware after a boot
_RESTARTED = (
    "a restart of the NAS or its middleware before the check-in makes a change permanent (B-13)"
)
_LOOKS = 5

# Lock, then the words of a command that is not run while a run has the NAS.
_RUN = 79
_UNLESS_RUN = f"""\
[ ! -d "$1" ] || exit {_RUN}
shift
exec "$@"
"""

# directory file text
_WRITE = """\
umask 077
mkdir -p "$1" && printf '%s' "$3" > "$2.new" && mv -f "$2.new" "$2"
"""


class _NotCommittedError(Exception):
    """Calls that the middleware has taken or refused, and that were not committed."""

    def __init__(self, reason: LaggToolError) -> None:
        super().__init__(str(reason))
        self.reason = reason

    def error(self, holds: str) -> LaggToolError:
        """Return the reason with a word on what holds once they are dropped."""
        return type(self.reason)(f"{self.reason}; {holds}")


class MiddlewareCommit:
    """Changes of one TrueNAS. ``tell`` gets a line for people whenever something is known."""

    def __init__(
        self,
        connect: Callable[[], Session],
        clock: Clock,
        *,
        who: str = "",
        within: float = 60.0,
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
        seen: TrueNasState | None = None,
    ) -> None:
        self._seen = seen
        self._line = RetryingSession(connect, clock)
        self._clock = clock
        self._who = " ".join(who.split()) or "somebody"
        self._within = max(5, round(within))
        self._token = ""  # of the change that is recorded
        self._tell = tell
        self._follow_up = follow_up_command

    def close(self) -> None:
        """End the connection."""
        self._line.hang_up()

    def if_left_alone(self) -> str:
        """Return what happens to the change if nobody goes on with it."""
        if not self._token:
            return "nothing was touched; nothing will be"
        return (
            f"{self._token} is not confirmed: the middleware takes it back {self._within} s after"
            f" it has set everything up, but a reboot before that would make it permanent (B-13);"
            f" {self._follow_up('rollback', self._token)} undoes it, even then"
        )

    def observe(self) -> TrueNasState:
        """Look at the NAS. Raises HostError and TargetError."""
        return observe(self._line.session())

    def _look(self) -> Middleware:
        """Ask the middleware. Raises RefusedError, HostError and TargetError."""
        return self.observe().answers

    # -- apply

    def apply(self, plan: MiddlewarePlan, *, hold: bool) -> Outcome:
        """Make the change, check it over a fresh connection, and check it in.

        Raises RefusedError and HostError (nothing was changed), RevertedError,
        OutcomeUnknownError.
        """
        before = self._seen or self.observe()
        refuse_pending(before.answers, self._follow_up)
        token = f"t-{secrets.token_hex(6)}"
        record = ChangeRecord(token, plan.name, self._who, confirmed=False, before=plan.before)
        self._write(record)
        self._token = token
        self._tell(f"recorded: {token}, in {RECORD} on the NAS")
        try:
            counting = self._commit(plan.calls)
        except _NotCommittedError as failed:
            self._take_back(record)
            raise failed.error("the old configuration holds") from failed
        self._probe(plan, record, before if counting else None)
        return self._hold(record) if hold else self._check_in(record)

    def _hold(self, record: ChangeRecord) -> Outcome:
        """Leave the check-in to a later session. Raises OutcomeUnknownError if there is none."""
        waiting = self._look_again().waiting
        keep, undo = (self._follow_up(verb, record.token) for verb in ("confirm", "rollback"))
        if waiting is None:
            raise OutcomeUnknownError(
                "NOT HELD: nothing waits for its check-in, as after a restart, which makes a"
                f" change permanent (B-13). {undo} undoes it; {keep} keeps it if it is there still"
            )
        self._tell(
            "a reboot before the check-in would make the change permanent (B-13);"
            f" {undo} undoes it even then"
        )
        return Outcome(ChangeState.PROBING, record.token, waiting)

    def _write(self, record: ChangeRecord) -> None:
        done = self._line.send(script(_WRITE, RECORD_DIRECTORY, RECORD, record.text))
        if done.status != 0:
            raise HostError(
                f"the record of what was there cannot be kept: {done.stderr.strip()}; nothing was"
                " touched"
            )

    def _commit(self, calls: tuple[Call, ...]) -> bool:
        """Write the database and commit. Raises _NotCommittedError: it waits to be dropped.

        Return whether the middleware has said that it counts now.
        """
        sent = False
        try:
            for each in calls:
                value_of(self._line.send(call(each.method, *each.arguments), SYNC_SECONDS))
            self._tell(
                "committing; the middleware begins to count its"
                f" {self._within} s when everything is set up, not before"
            )
            options = {"rollback": True, "checkin_timeout": self._within}
            # A run takes its lock first, then looks for pending changes: one sees the other.
            commit = call("interface.commit", options)
            sent = True
            done = self._line.send(script(_UNLESS_RUN, RUN_LOCK, *commit.argv), SYNC_SECONDS)
            if done.status == _RUN:
                raise _NotCommittedError(
                    RefusedError("a run of lagg-tool accept has the NAS; wait until it ends")
                )
            value_of(dataclasses.replace(done, command=commit))
        except CommandError as refused:  # or it was restarted meanwhile
            raise _NotCommittedError(HostError(str(refused))) from refused
        except TargetError as lost:
            self._line.hang_up()
            self._tell(f"the connection was lost ({lost}); looking again")
            if not sent:  # without a commit the middleware would keep it pending for ever
                raise _NotCommittedError(lost) from lost
            return False
        return True

    def _drop(self) -> None:
        """Have the middleware drop what is pending; after a loss, look before asking again."""
        for _ in range(_LOOKS):
            try:
                value_of(self._line.send(call("interface.rollback"), SYNC_SECONDS))
            except (TargetError, CommandError):  # after a boot it begins to answer late
                self._line.hang_up()
                if not self._look_again().pending:
                    return
            else:
                return
        raise self._unknown()

    def _take_back(self, record: ChangeRecord) -> None:
        """Bring back what was there: by the middleware, or from the record if it has forgotten."""
        self._drop()
        if calls := restoring_calls(record.name, record.before, self._look_again().items):
            self._tell(f"{_RESTARTED}; writing back what was there")
            self._write_back(record, tuple(calls))

    def _write_back(self, record: ChangeRecord, calls: tuple[Call, ...]) -> None:
        """Commit what was there and check it in.

        Raises HostError or TargetError if it does not hold then.
        """
        again = self._follow_up("rollback", record.token)
        failed: LaggToolError | None = None
        try:
            if not self._commit(calls):
                self._wait_for_timer(record)
        except _NotCommittedError as error:
            self._drop()
            failed = error.reason
        except RevertedError as error:
            failed = HostError(str(error))
        state = self._look_again() if failed else self._checked_in()
        if state.pending:
            raise self._unknown()
        if restoring_calls(record.name, record.before, state.items):
            failed = failed or HostError("what was there was not checked in")
            raise type(failed)(
                f"{failed}; {record.token} is not undone; {again} tries again"
            ) from failed

    def _checked_in(self) -> Middleware:
        """Check in what is pending; after a loss, look before asking again."""
        for _ in range(_LOOKS):
            try:
                value_of(self._line.send(call("interface.checkin")))
                # It would say so if nothing was pending any more: see the database.
                return Middleware(stored_items(self._line.session()), pending=False)
            except (TargetError, CommandError):
                self._line.hang_up()
                state = self._look_again()
                if not state.pending:
                    break
        return state

    def _probe(
        self, plan: MiddlewarePlan, record: ChangeRecord, before: TrueNasState | None
    ) -> None:
        """Look over a fresh connection, and roll back what does not hold.

        With the state ``before``, the middleware counts, and only the kernel is looked at.
        """
        self._line.hang_up()
        state = self._look_at_kernel(record, before) if before else self._wait_for_change(record)
        wrong = differences(plan, state.host)
        if wrong:
            self._tell(f"rolling back: {'; '.join(wrong)}")
            self._take_back(record)
            raise RevertedError(f"REVERTED: {'; '.join(wrong)}; the old configuration holds")
        self._tell("probed over a fresh connection: the change holds, in database and kernel")

    def _look_at_kernel(self, record: ChangeRecord, before: TrueNasState) -> TrueNasState:
        try:
            return observe_again(self._line.session(), before)
        except TargetError as lost:
            self._line.hang_up()
            self._tell(f"the connection was lost ({lost}); looking again")
            return self._wait_for_change(record)

    def _wait_for_change(self, record: ChangeRecord) -> TrueNasState:
        """Wait until the change is committed. Raises RevertedError if it is gone."""
        state = self._wait_for_timer(record)
        if state.answers.waiting is None:
            if not restoring_calls(record.name, record.before, state.answers.items):
                raise RevertedError("REVERTED: the middleware took the change back by itself")
            self._tell(_RESTARTED)
        return state

    def _wait_for_timer(self, record: ChangeRecord) -> TrueNasState:
        """Wait until the middleware counts, or nothing is pending any more.

        What does not finish is dropped: raises RevertedError, OutcomeUnknownError.
        """
        end = self._clock.now() + self._within + 2 * SYNC_SECONDS
        while True:
            try:
                state = self.observe()
            except (TargetError, CommandError) as lost:
                self._line.hang_up()
                if self._clock.now() > end:
                    raise OutcomeUnknownError(
                        f"OUTCOME UNKNOWN: {lost}. The middleware takes the change back if its"
                        " commit finished; if the NAS is rebooted before, the change is"
                        f" permanent: {self._follow_up('rollback', record.token)} undoes it"
                    ) from lost
            else:
                if state.answers.waiting is not None or not state.answers.pending:
                    return state
                if self._clock.now() > end:
                    self._drop()
                    raise RevertedError("REVERTED: the commit did not finish")
            self._clock.sleep(_POLL)

    def _check_in(self, record: ChangeRecord) -> Outcome:
        state = self._checked_in()
        if not restoring_calls(record.name, record.before, state.items):
            raise RevertedError("REVERTED: the middleware took the change back by itself")
        if state.pending:
            raise OutcomeUnknownError(
                f"OUTCOME UNKNOWN: the check-in was not taken; within {state.waiting or 0:.0f} s"
                f" {self._follow_up('confirm', record.token)} keeps the change"
            )
        return self._keep(record)

    def _keep(self, record: ChangeRecord) -> Outcome:
        try:
            self._write(dataclasses.replace(record, confirmed=True))
        except TargetError as lost:
            self._tell(f"the change is kept, its record does not say so yet: {lost}")
        return Outcome(ChangeState.CONFIRMED, record.token)

    def _look_again(self) -> Middleware:
        """Look once more, over a new connection if need be. Raises OutcomeUnknownError."""
        end = self._clock.now() + PATIENCE
        while True:
            try:
                return self._look()
            except (TargetError, CommandError) as error:  # a middleware that has just been booted
                self._line.hang_up()
                if self._clock.now() >= end:
                    raise self._unknown() from error
            self._clock.sleep(_POLL)

    def _unknown(self) -> OutcomeUnknownError:
        undo = self._follow_up("rollback", "")
        return OutcomeUnknownError(
            f"OUTCOME UNKNOWN: the NAS cannot be reached; {undo} takes the change back, also"
            " after a reboot, which would make it permanent (B-13)"
        )

    # -- later

    def confirm(self, token: str = "") -> Outcome:
        """Check in the change that is pending. Raises RevertedError if the timer was faster."""
        state = self._look_first()
        record = _known(state, token)
        if state.waiting is not None:
            return self._check_in(record)
        if state.pending:
            raise RefusedError(
                "a change is pending and was not committed; "
                "have it tested, or reverted, in the web interface first; nothing was touched"
            )
        if record.confirmed or restoring_calls(record.name, record.before, state.items):
            self._tell("nothing is pending, and the change holds: it is permanent")
            return self._keep(record)
        raise RevertedError(
            f"REVERTED: {record.token} was not checked in in time; the old configuration holds"
        )

    def rollback(self, token: str = "") -> Outcome:
        """Bring back what the change found: by the middleware, or from the record."""
        state = self._look_first()
        record = _known(state, token)
        if state.pending:
            self._drop()
            state = self._look_again()
        if calls := restoring_calls(record.name, record.before, state.items):
            self._write_back(record, tuple(calls))
        self._forget()
        return Outcome(ChangeState.REVERTED, record.token)

    def _look_first(self) -> Middleware:
        try:
            return self._look()
        except TargetError as lost:
            raise type(lost)(f"{lost}; nothing was touched") from lost

    def _forget(self) -> None:
        try:
            self._line.send(script('rm -f "$1"', RECORD))
        except TargetError as lost:
            self._tell(f"the change is undone, its record is there still: {lost}")


def refuse_pending(state: Middleware, follow_up_command: FollowUpCommand = plain_command) -> None:
    """Raise RefusedError while a change is pending that is not ours to touch."""
    if not state.pending and state.waiting is None:
        return
    left = f", {state.waiting:.0f} s left to check it in" if state.waiting is not None else ""
    ours = state.record if state.record is not None and not state.record.confirmed else None
    if ours is not None:
        raise RefusedError(
            f"a change of {ours.name} by {ours.who} is pending ({ours.token}){left}:"
            f" {follow_up_command('confirm', ours.token)} keeps it,"
            f" {follow_up_command('rollback', ours.token)} undoes it;"
            " nothing was touched"
        )
    raise RefusedError(
        f"somebody's network changes are pending on the NAS{left}; have them tested and saved, or"
        " reverted, in the web interface first; nothing was touched"
    )


def _known(state: Middleware, token: str) -> ChangeRecord:
    record = state.record
    if record is None or token not in ("", record.token):
        named = f"no change {token}" if token else "no change"
        raise RefusedError(
            f"the NAS has {named} on record; to return to an older state, apply its file; "
            "nothing was touched"
        )
    return record


def differences(plan: MiddlewarePlan, host: HostState) -> list[str]:
    """Return how the kernel differs from what the plan wants."""
    if plan.spec is None:
        there = plan.name in host.interfaces
        return [f"{plan.name} is still there"] if there else []
    return kernel_differences(plan.spec, host)
