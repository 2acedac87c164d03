"""The confirmed commit at the client's end: arm, apply, probe, confirm; or find out.

The host decides, and this end only asks. If a message is lost, the guard on the host reverts
what nobody confirmed. Every statement here about the outcome is read from the host's files.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from lagg_tool.clock import Clock
from lagg_tool.command import Runner
from lagg_tool.errors import (
    HostError,
    LaggToolError,
    OutcomeUnknownError,
    PersistFailedError,
    RefusedError,
    RevertedError,
    TargetError,
)
from lagg_tool.nas.commit import requests
from lagg_tool.nas.commit.functions import Host
from lagg_tool.nas.commit.retrying import RetryingSession
from lagg_tool.nas.commit.status import Status, read_status
from lagg_tool.nas.contract import FollowUpCommand, Outcome, Session, plain_command
from lagg_tool.nas.states import ChangeState, Event, Progress

POLL = 0.5  # seconds between two looks at a change that goes on
REVERT_SECONDS = 90.0  # the longest that a revert may take after the deadline

# The files of a change that tell that a part of it has finished.
_APPLIED = ("apply.rc", "decided/by")
_CONFIRMED = ("persist.rc", "confirm.rc", "revert.rc")
_REVERTED = ("revert.rc", "persist.rc")

Files = Mapping[str, str]
# Looks at the host, and returns what is not as it was to be, for people.
LeftToDo = Callable[[Runner], Sequence[str]]


def persist_failed(
    host: Host, status: Status, follow_up_command: FollowUpCommand
) -> PersistFailedError:
    """Return the error for a change that holds until the next reboot only."""
    why = status.said["persist"] or "it could not be replaced"
    return PersistFailedError(
        f"NOT IN {host.the_boot.upper()}: the new configuration holds now, but {host.the_boot} has"
        f" the old one ({why}):"
        f" a reboot would bring the old one back. Remove the cause, then"
        f" {follow_up_command('confirm', status.token)} tries again;"
        f" {follow_up_command('rollback', status.token)} undoes the change instead"
    )


class ConfirmedCommit:
    """One change of one host; ``tell`` gets a line for people whenever something is known."""

    def __init__(
        self,
        connect: Callable[[], Session],
        clock: Clock,
        host: Host,
        *,
        who: str = "",
        within: float = 60.0,
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
    ) -> None:
        self._line = RetryingSession(connect, clock)
        self._clock = clock
        self._host = host
        self._requests = requests.Requests(host)
        self._who = " ".join(who.split()) or "somebody"
        self._within = max(5, round(within))
        self._tell = tell
        self._follow_up = follow_up_command
        self._progress = Progress()
        self.token = f"t-{secrets.token_hex(6)}"

    def close(self) -> None:
        """End the connection to the host; a pending change goes on without it."""
        self._line.hang_up()

    @property
    def state(self) -> ChangeState:
        """What is known of the change."""
        return self._progress.state

    def if_left_alone(self) -> str:
        """Return what happens to the change if nobody goes on with it."""
        if self.state in (ChangeState.CONFIRMED, ChangeState.REVERTED, ChangeState.NOT_PERSISTED):
            return f"{self.token}: {self.state.value}"
        if self.state is ChangeState.DRAFT:
            return "nothing was touched; nothing will be"
        return (
            f"{self.token} is not confirmed: the host reverts it by itself"
            f" {self._within} s after it was armed, unless it was being confirmed just now;"
            f" {self._follow_up('confirm', self.token)} keeps it,"
            f" {self._follow_up('rollback', self.token)} undoes it at once"
        )

    def make(self, name: str, files: Files, left_to_do: LeftToDo, *, hold: bool) -> Outcome:
        """Make the change, look at it over a fresh connection, and confirm it.

        ``files`` are the data of the change for the scripts of the host; ``left_to_do`` looks
        and returns what is missing at runtime: nothing, if the change holds.
        ``hold`` leaves the confirmation to a later session. Raises RefusedError,
        HostError or TargetError (nothing was touched), RevertedError, PersistFailedError,
        OutcomeUnknownError.
        """
        deadline = self._clock.now() + self._within
        self._arm(name, files)
        begun = self._start(deadline)
        status = self._wait(deadline, lambda seen: seen.code("apply") is not None, _APPLIED, begun)
        if status.code("apply") != 0:
            said = status.said["apply"] or "the change did not finish"
            self._undo(deadline, said)
        self._progress.advance(Event.APPLIED)
        self._probe(left_to_do, deadline)
        if hold:
            return Outcome(self.state, self.token, max(0.0, deadline - self._clock.now()))
        return self._confirm(deadline)

    def _arm(self, name: str, files: Files) -> None:
        seconds = str(self._within)
        arm = self._requests.arm(self.token, seconds, self._who, name, files)
        try:
            done = self._line.send(arm, 30.0)
        except TargetError as lost:
            self._abandon(lost)
        if done.status == requests.BUSY:
            raise RefusedError(self._busy(done.stdout.strip()))
        if done.status == requests.RUN:
            raise RefusedError(requests.RUN_TEXT)
        reason = {
            requests.FULL: self._host.room,
            requests.NOT_ROOT: "it takes root to do that",
            requests.NO_GUARD: "the guard did not start",
            requests.BAD_SCRIPT: "its /bin/sh does not take the scripts",
        }.get(done.status, f"exit status {done.status}")
        if done.status != 0:
            said = f": {done.stderr.strip()}" if done.stderr.strip() else ""
            raise HostError(
                f"the host cannot guard the change, {reason}{said}; nothing was touched"
            )
        self._progress.advance(Event.GUARD_ALIVE)
        self._tell(f"armed: {self.token}, reverts in {seconds} s unless it is confirmed")

    def _abandon(self, lost: TargetError) -> NoReturn:
        """Report a connection lost while arming: nothing has begun, and nothing will."""
        with contextlib.suppress(TargetError):  # the guard, if there is one, has nothing to do
            self._line.send(self._requests.decide(self.token, "rollback"))
        self._progress.advance(Event.ABANDONED)
        raise type(lost)(f"{lost}; nothing was touched") from lost

    def _busy(self, token: str) -> str:
        try:
            answer = self._line.ask(self._requests.status(token), self._clock.now())
        except TargetError:
            return f"another change is pending ({token}); nothing was touched"
        status = read_status(answer.stdout)
        since = f"by {status.who}, of {status.name}" if status.there else "by somebody"
        if status.guard:
            return (
                f"a change {since} is pending, {status.left:.0f} s left to confirm it;"
                f" nothing was touched{self._ways(token)}"
            )
        if status.stalled:
            return (
                f"a change {since} was decided, and the process that did it was ended: finish it"
                f" first; nothing was touched{self._ways(token)}"
            )
        if status.decided:
            return f"a change {since} is just being decided ({token}); nothing was touched"
        return (
            f"a change {since} is neither confirmed nor reverted, and its guard is gone:"
            f" decide first; nothing was touched{self._ways(token)}"
        )

    def _ways(self, token: str) -> str:
        keep, undo = (self._follow_up(verb, token) for verb in ("confirm", "rollback"))
        return f"\n  keep it: {keep}\n  undo it: {undo}"

    def _start(self, deadline: float) -> Status | None:
        """Begin the steps; return what the host then said of them, if that arrived."""
        try:
            done = self._line.send(self._requests.start(self.token, *_APPLIED))
        except TargetError as lost:
            if not self._look(deadline + REVERT_SECONDS).started:
                self._call_off(lost, deadline)
            self._progress.advance(Event.STARTED)
            return None
        if done.status != 0:
            said = done.stderr.strip() or "its guard is gone"
            self._call_off(HostError(f"the change could not be begun, {said}"), deadline)
        self._progress.advance(Event.STARTED)
        return read_status(done.stdout, self._host.boot)

    def _call_off(self, why: LaggToolError, deadline: float) -> NoReturn:
        """Have a change that may still begin rolled back, and find out whether it had begun."""
        with contextlib.suppress(TargetError):
            self._line.send(self._requests.decide(self.token, "rollback"))
        while True:
            status = self._look(deadline + REVERT_SECONDS, "revert.rc")
            if status.started:
                if self.state is ChangeState.ARMED:
                    self._progress.advance(Event.STARTED)
                self._reverted(deadline, str(why))
            if not status.there or status.code("revert") is not None:
                self._progress.advance(Event.ABANDONED)
                raise type(why)(f"{why}; nothing was touched") from why
            if self._clock.now() > deadline + REVERT_SECONDS:
                self._progress.advance(Event.SILENCE)
                raise self._unknown(why)
            self._clock.sleep(POLL)

    def _look(self, until: float, *files: str) -> Status:
        """Ask the host; it may wait for ``files`` of the change.

        Raises OutcomeUnknownError if it cannot be reached in time.
        """
        try:
            answer = self._line.ask(self._requests.status(self.token, *files), until)
        except TargetError as lost:
            self._progress.advance(Event.SILENCE)
            raise self._unknown(lost) from lost
        return read_status(answer.stdout, self._host.boot)

    def _unknown(self, lost: LaggToolError) -> OutcomeUnknownError:
        undo = self._follow_up("rollback", self.token)
        return OutcomeUnknownError(
            f"OUTCOME UNKNOWN: {lost}. The host reverts the change by itself unless it was"
            f" confirmed. Look again in {REVERT_SECONDS:.0f} s: {undo}"
            " brings the old configuration back if it does not hold already, and"
            f" {self._follow_up('show', '')} shows which one does"
        )

    def _wait(
        self,
        deadline: float,
        done: Callable[[Status], bool],
        files: tuple[str, ...],
        first: Status | None,
    ) -> Status:
        """Look until ``done``, which ``files`` tell; a change that is decided, or gone, ends it.

        ``first`` is what the host has said already.
        """
        while True:
            status = first or self._look(deadline + REVERT_SECONDS, *files)
            first = None
            if not status.there:
                self._rebooted(status)
            if status.decided and status.by != "confirm":
                self._reverted(deadline, f"{status.by or 'the guard'} decided so")
            if done(status):
                return status
            if self._clock.now() > deadline + REVERT_SECONDS:
                self._progress.advance(Event.SILENCE)
                raise self._unknown(TargetError("the change does not finish"))
            self._clock.sleep(POLL)

    def _rebooted(self, status: Status) -> None:
        self._progress.advance(Event.UNDONE)
        text = status.reboot_text or (
            "the host was rebooted before the change was confirmed; it came up with the"
            f" configuration of its {self._host.boot}, which is the old one"
        )
        raise RevertedError(f"REVERTED: {text}")

    def _undo(self, deadline: float, why: str) -> None:
        """Have the host undo the change now."""
        self._tell(f"reverting: {why}")
        try:
            self._line.send(self._requests.decide(self.token, "rollback"))
        except TargetError:
            self._tell("the connection was lost; the guard reverts at its deadline")
        self._reverted(deadline, why)

    def _reverted(self, deadline: float, why: str) -> None:
        """Wait until the change is undone, and report that."""
        while True:
            status = self._look(deadline + REVERT_SECONDS, *_REVERTED)
            if not status.there:
                self._rebooted(status)
            if status.by == "confirm":
                return  # another session was faster: the change holds
            if status.code("revert") is not None:
                self._progress.advance(Event.UNDONE)
                raise RevertedError(f"REVERTED: {why}; the old configuration holds")
            if self._clock.now() > deadline + REVERT_SECONDS:
                self._progress.advance(Event.SILENCE)
                raise self._unknown(TargetError("the revert does not finish"))
            self._clock.sleep(POLL)

    def _probe(self, left_to_do: LeftToDo, deadline: float) -> None:
        """Check over a fresh connection that the host is reachable, and as the plan wants it."""
        self._line.hang_up()
        try:
            self._line.reach(deadline)
        except TargetError as lost:
            self._progress.advance(Event.SILENCE)
            raise self._unknown(lost) from lost
        try:
            left = left_to_do(self._line.session())
        except TargetError as lost:
            self._line.hang_up()
            self._undo(deadline, f"the probe failed: {lost}")
            return
        if left:
            missing = "; ".join(left[:3])
            self._undo(deadline, f"the host is not as planned; still to do: {missing}")
            return
        self._tell("probed over a fresh connection: the change holds")

    def _confirm(self, deadline: float) -> Outcome:
        answer = None
        try:
            done = self._line.send(self._requests.decide(self.token, "confirm", *_CONFIRMED))
            answer = read_status(done.stdout, self._host.boot) if done.status == 0 else None
        except TargetError:
            self._tell("the connection was lost while confirming; asking what was decided")

        def known(status: Status) -> bool:
            return status.code("persist") is not None or status.code("confirm") is not None

        status = self._wait(deadline, known, _CONFIRMED, answer)
        if status.code("persist") is None:
            why = status.said["confirm"] or f"{self._host.the_boot} cannot be written"
            self._undo(deadline, f"it cannot be kept: {why}")
        if status.code("persist") != 0:
            self._progress.advance(Event.NOT_PERSISTED)
            raise persist_failed(self._host, status, self._follow_up)
        self._progress.advance(Event.KEPT)
        return Outcome(self.state, self.token)
