"""The confirmed commit on TrueNAS: its middleware's own, with its traps handled.

The middleware arms its timer only after it has set up everything, and keeps the snapshot in
its memory: a reboot before the check-in makes the change permanent. So what was there
before is recorded on the NAS first, and ``rollback`` brings it back from that record.
"""

from __future__ import annotations

import dataclasses
import secrets

from lagg_tool.errors import OutcomeUnknownError, RefusedError, RevertedError, TargetError
from lagg_tool.lagg import HostState
from lagg_tool.nas.contract import FollowUpCommand, Outcome, plain_command
from lagg_tool.nas.rendering import pending_text
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.truenas.plan import MiddlewarePlan, kernel_differences
from lagg_tool.nas.truenas.session import MiddlewareSession, NotCommittedError
from lagg_tool.nas.truenas.state import RECORD, ChangeRecord, Middleware, TrueNasState
from lagg_tool.nas.truenas.undoing import RESTARTED, roll_back, take_back

_TAKEN_BACK = "REVERTED: the middleware took the change back by itself"


class MiddlewareCommit:
    """The changes of one TrueNAS, as they are made and decided."""

    def __init__(
        self, nas: MiddlewareSession, *, who: str = "", seen: TrueNasState | None = None
    ) -> None:
        self._nas = nas
        self._seen = seen
        self._who = " ".join(who.split()) or "somebody"
        self._token = ""  # of the change that is recorded
        self._tell = nas.tell
        self._follow_up = nas.follow_up

    def close(self) -> None:
        """End the connection."""
        self._nas.hang_up()

    def if_left_alone(self) -> str:
        """Return what happens to the change if nobody goes on with it."""
        if not self._token:
            return "nothing was touched; nothing will be"
        if self._nas.sent:
            then = (
                f"not confirmed: the middleware takes it back {self._nas.within} s after it has set"
                " everything up, unless it was being checked in just now; a reboot before that"
            )
        else:
            then = "not committed: nobody takes back what the database has of it, and a reboot"
        return (
            f"{self._token} is {then} would make it permanent (B-13);"
            f" {self._follow_up('rollback', self._token)} undoes it, even then"
        )

    def apply(self, plan: MiddlewarePlan, *, hold: bool) -> Outcome:
        """Make the change, check it over a fresh connection, and check it in.

        Raises RefusedError and HostError (nothing was changed), RevertedError,
        OutcomeUnknownError.
        """
        before = self._seen or self._nas.observe()
        refuse_pending(before.answers, self._follow_up)
        token = f"t-{secrets.token_hex(6)}"
        record = ChangeRecord(token, plan.name, self._who, confirmed=False, before=plan.before)
        self._nas.write(record)
        self._token = token
        self._tell(f"recorded: {token}, in {RECORD} on the NAS")
        try:
            counting = self._nas.commit(plan.calls)
        except NotCommittedError as failed:
            take_back(self._nas, record)
            raise type(failed.reason)(f"{failed.reason}; the old configuration holds") from failed
        self._probe(plan, record, before if counting else None)
        return self._hold(record) if hold else self._check_in(record)

    def _hold(self, record: ChangeRecord) -> Outcome:
        """Leave the check-in to a later session. Raises OutcomeUnknownError if there is none."""
        waiting = self._nas.look_again().waiting
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

    def _probe(
        self, plan: MiddlewarePlan, record: ChangeRecord, before: TrueNasState | None
    ) -> None:
        """Look over a fresh connection, and roll back what does not hold.

        With the state ``before``, the middleware counts, and only the kernel is looked at.
        """
        state = self._nas.look_at_kernel(before) if before else None
        wrong = differences(plan, (state or self._wait_for_change(record)).host)
        if wrong:
            self._tell(f"rolling back: {'; '.join(wrong)}")
            take_back(self._nas, record)
            raise RevertedError(f"REVERTED: {'; '.join(wrong)}; the old configuration holds")
        self._tell("probed over a fresh connection: the change holds, in database and kernel")

    def _wait_for_change(self, record: ChangeRecord) -> TrueNasState:
        """Wait until the change is committed. Raises RevertedError if it is gone."""
        state = self._nas.wait_for_timer(record.token)
        if state.answers.waiting is None:
            if not record.calls_back(state.answers.items):
                raise RevertedError(_TAKEN_BACK)
            self._tell(RESTARTED)
        return state

    def _check_in(self, record: ChangeRecord) -> Outcome:
        state = self._nas.check_in()
        if not record.calls_back(state.items):
            raise RevertedError(_TAKEN_BACK)
        if state.pending:
            raise OutcomeUnknownError(
                f"OUTCOME UNKNOWN: the check-in was not taken; within {state.waiting or 0:.0f} s"
                f" {self._follow_up('confirm', record.token)} keeps the change"
            )
        return self._keep(record)

    def _keep(self, record: ChangeRecord) -> Outcome:
        try:
            self._nas.write(dataclasses.replace(record, confirmed=True))
        except TargetError as lost:
            self._tell(f"the change is kept, its record does not say so yet: {lost}")
        return Outcome(ChangeState.CONFIRMED, record.token)

    def confirm(self, token: str = "") -> Outcome:
        """Check in the change that is pending. Raises RevertedError if the timer was faster."""
        state = self._nas.look_first()
        record = _known(state, token)
        if state.waiting is not None:
            if state.change.foreign:
                refuse_pending(state, self._follow_up)
            return self._check_in(record)
        if state.pending:
            raise RefusedError(
                "a change is pending and was not committed; "
                "have it tested, or reverted, in the web interface first; nothing was touched"
            )
        if record.confirmed or record.calls_back(state.items):
            self._tell("nothing is pending, and the change holds: it is permanent")
            return self._keep(record)
        raise RevertedError(
            f"REVERTED: {record.token} was not checked in in time; the old configuration holds"
        )

    def rollback(self, token: str = "") -> Outcome:
        """Bring back what the change found."""
        state = self._nas.look_first()
        record = _known(state, token)
        if state.change.foreign:
            refuse_pending(state, self._follow_up)
        if record.confirmed:  # what is pending from now on is this undo's
            record = dataclasses.replace(record, confirmed=False)
            self._nas.write(record)
        roll_back(self._nas, record, state)
        self._nas.forget()
        return Outcome(ChangeState.REVERTED, record.token)


def refuse_pending(state: Middleware, follow_up_command: FollowUpCommand = plain_command) -> None:
    """Raise RefusedError while a change is pending that is not ours to touch."""
    if state.change.undecided:
        text = pending_text(dataclasses.replace(state.change, last=None), follow_up_command)
        raise RefusedError(
            "a change is pending, and another would be in its way; nothing was"
            f" touched:\n{text.rstrip()}"
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
