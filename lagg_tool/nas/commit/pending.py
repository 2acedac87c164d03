"""A change in later sessions, by its token: its status, confirm, roll back.

What changes the host is sent once. If the connection is lost, the host is asked whether the
command has begun; one that has not begun within a few seconds was lost, and the error says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from lagg_tool.clock import Clock
from lagg_tool.command import Completed
from lagg_tool.errors import (
    HostError,
    OutcomeUnknownError,
    RefusedError,
    RevertedError,
    TargetError,
)
from lagg_tool.nas.commit import requests
from lagg_tool.nas.commit.confirmed import POLL, REVERT_SECONDS, persist_failed
from lagg_tool.nas.commit.functions import Host
from lagg_tool.nas.commit.retrying import RetryingSession
from lagg_tool.nas.commit.status import Status, read_status
from lagg_tool.nas.contract import FollowUpCommand, Outcome, Session, needs_root, plain_command
from lagg_tool.nas.states import ChangeState

GRACE = 5.0  # seconds that a command may take to begin on a host that answers again

Look = Callable[[Status], bool]


def _settled(status: Status) -> bool:
    """Return whether the outcome of the decision is known."""
    return status.code("persist") is not None or status.code("revert") is not None


def _has_tried(status: Status) -> bool:
    return _settled(status) or (not status.confirming and status.code("confirm") is not None)


def status_from(answer: Completed, boot: str = "rc.conf") -> Status:
    """Return the status from the answer to ``requests.status``. Raises HostError."""
    if answer.status != 0:
        raise HostError(f"the host cannot tell: {answer.stderr.strip()}")
    return read_status(answer.stdout, boot)


class PendingChange:
    """The change of a host that is pending, or was the last to be confirmed."""

    def __init__(
        self,
        connect: Callable[[], Session],
        clock: Clock,
        host: Host,
        *,
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
    ) -> None:
        self._line = RetryingSession(connect, clock)
        self._clock = clock
        self._host = host
        self._requests = requests.Requests(host)
        self._tell = tell
        self._follow_up = follow_up_command

    def close(self) -> None:
        """End the connection."""
        self._line.hang_up()

    def status(self, token: str = "") -> Status:
        """Return what the host knows of a change, or of the pending one. Raises TargetError."""
        answer = self._line.ask(self._requests.status(token), self._clock.now())
        return status_from(answer, self._host.boot)

    def _known(self, token: str) -> Status:
        try:
            status = self.status(token)
            if status.user:
                raise RefusedError(f"nothing was touched: {needs_root(status.user)}")
            # Without a token, prefer the change that just expired, by its guard or a reboot.
            other = status.lapsed or status.interrupted or status.last
            if not token and not status.there and other:
                status = self.status(other)
        except TargetError as lost:
            raise type(lost)(f"{lost}; nothing was touched") from lost
        if status.there or status.reboot_text:
            return self._resumed(status)
        if not token:
            raise RefusedError(
                "nothing is pending, and no confirmed change is kept; "
                "to return to an older state, apply its file; nothing was touched"
            )
        last = f" (which is {status.last})" if status.last else ""
        raise RefusedError(
            f"the host knows no change {token}: if there was one, it was undone,"
            f" or a reboot came before it was confirmed and brought the configuration of"
            f" {self._host.the_boot}, or"
            f" it is an older one: only the last confirmed change{last} is kept; to return to an"
            " older state, apply its file; nothing was touched"
        )

    def _resumed(self, status: Status) -> Status:
        """Finish a decision whose process was ended; return how it is then."""
        if not status.stalled or status.undone:
            return status
        lost = self._send(status.token, "resume")
        self._until(status.token, _settled, lost, lambda seen: not seen.stalled)
        return self.status(status.token)  # from one moment, after the lock was let go

    def confirm(self, token: str = "") -> Outcome:
        """Keep the pending change, or write the boot configuration if that failed before.

        Raises RevertedError if the guard was faster, PersistFailedError if the boot
        configuration is the old one still; RefusedError, HostError or TargetError: nothing
        was touched.
        """
        status = self._known(token)
        token = status.token
        if status.reboot_text:
            raise RevertedError(f"REVERTED: {status.reboot_text}; nothing was touched")
        if not status.decided:
            lost = self._send(token, "confirm")
            status = self._until(
                token, _has_tried, lost, lambda seen: seen.decided or seen.confirming
            )
        elif status.by == "confirm" and status.code("persist") not in (None, 0):
            if status.undone:
                self._raise_reverted(token)
            self._check_last(status)
            lost = self._send(token, "keep")
            status = self._until(
                token, lambda seen: seen.code("keep") is not None, lost, lambda seen: seen.keeping
            )
            if status.code("keep") == requests.BUSY:
                self._check_last(self.status(token))
        else:
            status = self._until(token, _settled)
        if status.code("revert") is not None or status.undone:
            self._raise_reverted(token)
        if status.code("persist") is None:
            self._raise_cannot(status)
        if status.code("persist") != 0:
            raise persist_failed(self._host, status, self._follow_up)
        return Outcome(ChangeState.CONFIRMED, token)

    def _raise_reverted(self, token: str) -> NoReturn:
        raise RevertedError(
            f"REVERTED: {token} was not confirmed in time, or was rolled back; the old"
            " configuration holds"
        )

    def _raise_cannot(self, status: Status) -> NoReturn:
        why = status.said["confirm"] or f"{self._host.the_boot} cannot be written"
        raise HostError(
            f"{status.token} cannot be kept: {why}; nothing was touched,"
            f" {self._if_left_alone(status)}"
        )

    def _if_left_alone(self, status: Status) -> str:
        """Return what happens to a pending change if nobody goes on with it."""
        if status.guard:
            return f"the change is still pending and reverts in {status.left:.0f} s"
        return (
            "the change is still pending and its guard is gone:"
            f" {self._follow_up('rollback', status.token)}, or a reboot, undoes it"
        )

    def rollback(self, token: str = "") -> Outcome:
        """Undo a change: the old configuration holds again."""
        status = self._known(token)
        token = status.token
        if status.reboot_text:
            return self._undone_by_reboot(status)
        if status.by == "confirm":
            return self._undo(status)
        lost = None if status.decided else self._send(token, "rollback")
        status = self._until(token, _settled, lost, lambda seen: seen.decided)
        if status.by == "confirm":
            return self._undo(self.status(token))
        return Outcome(ChangeState.REVERTED, token)

    def _undo(self, status: Status) -> Outcome:
        """Undo a change that was confirmed."""
        token, lost = status.token, None
        self._check_last(status)
        if not status.undone or status.stalled:
            lost = self._send(token, "undo")
        status = self._until(
            token,
            lambda seen: (
                seen.code("undo") is not None
                or bool(seen.reboot_text)
                or (seen.stored and lost is None)
            ),
            lost,
            lambda seen: seen.undone,
        )
        if status.reboot_text:
            return self._undone_by_reboot(status)
        if status.stored:
            raise HostError(
                f"{token} was not undone: the host was rebooted meanwhile, and came up with the"
                f" configuration of its {self._host.boot}, which has the change;"
                f" {self._follow_up('rollback', token)} tries again"
            )
        if status.code("undo") != 0:
            raise HostError(
                f"{token} was not undone as a whole: {status.said['restore']}; remove"
                f" the cause, then {self._follow_up('rollback', token)} tries again"
            )
        return Outcome(ChangeState.REVERTED, token)

    def _undone_by_reboot(self, status: Status) -> Outcome:
        self._tell(status.reboot_text)
        return Outcome(ChangeState.REVERTED, status.token)

    def _check_last(self, status: Status) -> None:
        if status.pending:
            raise RefusedError(
                f"another change is pending ({status.pending}); confirm it or roll it back"
                " first; nothing was touched"
            )
        if status.last != status.token and not (status.undone and not status.last):
            raise RefusedError(
                f"{status.token} is not the last change that was confirmed"
                f" ({status.last or 'which is undone'}); "
                "apply the file of the older state; nothing was touched"
            )

    def _send(self, token: str, part: str) -> TargetError | None:
        """Have the host run a part; return how the connection was lost, if it was."""
        try:
            done = self._line.send(self._requests.decide(token, part))
        except TargetError as lost:
            return lost
        if done.status == requests.RUN:
            raise RefusedError(requests.RUN_TEXT)
        if done.status != 0:
            why = done.stderr.strip() or f"exit status {done.status}"
            raise HostError(f"{part} could not be begun: {why}; nothing was touched")
        return None

    def _until(
        self, token: str, done: Look, lost: TargetError | None = None, begun: Look = lambda _: True
    ) -> Status:
        """Look until ``done``; what was ``lost`` has GRACE to show that it has ``begun``."""
        end = self._clock.now() + REVERT_SECONDS
        answered: float | None = None
        while True:
            try:
                status = status_from(
                    self._line.ask(self._requests.status(token), end), self._host.boot
                )
            except TargetError as silent:
                raise OutcomeUnknownError(
                    f"OUTCOME UNKNOWN: {silent}; look again with {self._follow_up('show', '')},"
                    " or repeat this"
                ) from silent
            if done(status):
                return status
            if not status.there:
                text = status.reboot_text or (
                    "the host was rebooted; the configuration is that of its"
                    f" {self._host.boot}, which is the old one"
                )
                raise RevertedError(f"REVERTED: {text}")
            answered = self._clock.now() if answered is None else answered
            if lost and not begun(status) and self._clock.now() - answered >= GRACE:
                raise self._lost(lost, status)
            if self._clock.now() > end:
                raise OutcomeUnknownError(
                    f"OUTCOME UNKNOWN: {token} does not finish; look again with"
                    f" {self._follow_up('show', '')}, or repeat this"
                )
            self._clock.sleep(POLL)

    def _lost(self, lost: TargetError, status: Status) -> TargetError:
        confirmed = status.by == "confirm"
        left_alone = (
            "the change is confirmed as before" if confirmed else self._if_left_alone(status)
        )
        return type(lost)(
            f"{lost}; the command did not reach the host, so that nothing was touched:"
            f" {left_alone}; repeat this"
        )
