"""What any later session can do with a change, by its token: look, confirm, roll back."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.clock import Clock
from lagg_tool.commit.confirmed import POLL, REVERT_SECONDS, Outcome, decide
from lagg_tool.commit.remote import Line, Session
from lagg_tool.commit.states import State
from lagg_tool.commit.status import Status, read_status, status_command
from lagg_tool.errors import (
    HostError,
    OutcomeUnknownError,
    RefusedError,
    RevertedError,
    TargetError,
)


class Changes:
    """The changes that a host knows."""

    def __init__(self, connect: Callable[[], Session], clock: Clock) -> None:
        self._line = Line(connect, clock)
        self._clock = clock

    def close(self) -> None:
        """End the connection."""
        self._line.hang_up()

    def status(self, token: str = "") -> Status:
        """Return what the host knows of a change, or of the pending one. Raises TargetError."""
        answer = self._line.ask(status_command(token), self._clock.now())
        if answer.status != 0:
            raise HostError(f"the host cannot tell: {answer.stderr.strip()}")
        return read_status(answer.stdout)

    def _known(self, token: str) -> Status:
        status = self.status(token)
        if not token and not status.there and status.last:
            status = self.status(status.last)
        if not status.there:
            named = f"no change {token}" if token else "no change"
            raise RefusedError(
                f"the host knows {named}: if there was one, it was confirmed or reverted, or a"
                " reboot forgot it and brought rc.conf's configuration; nothing was touched"
            )
        return status

    def confirm(self, token: str = "") -> Outcome:
        """Keep the pending change. Raises RevertedError if the guard was faster."""
        status = self._known(token)
        token = status.token
        if not status.decided:
            self._send(token, "confirm")
            status = self._until(
                token,
                lambda seen: (
                    seen.code("persist") is not None
                    or seen.code("confirm") is not None
                    or seen.code("revert") is not None
                ),
            )
        if status.by == "confirm" and status.code("persist") == 0:
            return Outcome(State.CONFIRMED, token)
        if status.by == "confirm":
            raise HostError(
                f"{token} holds at runtime, but rc.conf is the old one: "
                f"{status.said.get('persist', '')}; lagg-tool rollback {token} undoes it"
            )
        if status.decided:
            raise RevertedError(
                f"REVERTED: {token} was not confirmed in time, or was rolled back; the old"
                " configuration holds"
            )
        why = status.said.get("confirm", "") or "rc.conf cannot be written"
        raise HostError(f"{token} cannot be kept: {why}; it reverts in {status.left:.0f} s")

    def rollback(self, token: str = "") -> Outcome:
        """Bring the configuration back that the change found."""
        status = self._known(token)
        token = status.token
        if not status.decided:
            self._send(token, "rollback")
        if status.by != "confirm":
            status = self._until(
                token,
                lambda seen: seen.code("revert") is not None or seen.code("persist") is not None,
            )
        if status.by == "confirm":
            self._undo(status)
        return Outcome(State.REVERTED, token)

    def _undo(self, status: Status) -> None:
        """Undo a change that was confirmed."""
        token = status.token
        self._check_last(status)
        if not status.undone:
            self._send(token, "undo")
        status = self._until(token, lambda seen: seen.code("restore") is not None)
        if status.code("restore") != 0:
            raise HostError(f"{token} was not undone as a whole: {status.said.get('restore', '')}")

    def _check_last(self, status: Status) -> None:
        if status.pending:
            raise RefusedError(
                f"another change is pending ({status.pending}): confirm it or roll it back"
                " first; nothing was touched"
            )
        if status.last != status.token and not status.undone:
            raise RefusedError(
                f"{status.token} is not the last change that was confirmed"
                f" ({status.last or 'which is undone'}); nothing was touched"
            )

    def _send(self, token: str, part: str) -> None:
        try:
            done = self._line.send(decide(token, part))
        except TargetError:
            return  # what came of it is asked next
        if done.status != 0:
            raise HostError(f"{part} could not be begun: {done.stderr.strip() or 'not as root'}")

    def _until(self, token: str, done: Callable[[Status], bool]) -> Status:
        end = self._clock.now() + REVERT_SECONDS
        while True:
            try:
                status = read_status(self._line.ask(status_command(token), end).stdout)
            except TargetError as lost:
                raise OutcomeUnknownError(
                    f"OUTCOME UNKNOWN: {lost}; look again with lagg-tool show, or repeat this"
                ) from lost
            if done(status):
                return status
            if not status.there:
                raise RevertedError(
                    "REVERTED: the host was rebooted; the configuration is that of its rc.conf"
                )
            if self._clock.now() > end:
                raise OutcomeUnknownError(
                    f"OUTCOME UNKNOWN: {token} does not come to its end; look again with"
                    " lagg-tool show, or repeat this"
                )
            self._clock.sleep(POLL)
