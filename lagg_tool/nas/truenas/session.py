"""What the middleware of a TrueNAS is asked for a change, over a session that may be lost.

A call is sent once. When its answer is lost, the middleware is looked at before it is called
again; after a boot it begins to answer late.
"""

from __future__ import annotations

import dataclasses
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
from lagg_tool.nas.commit.retrying import RetryingSession
from lagg_tool.nas.contract import FollowUpCommand, Session, plain_command
from lagg_tool.nas.run_lock import TRUENAS_DIRECTORY as RUN_LOCK
from lagg_tool.nas.truenas.midclt import call, value_of
from lagg_tool.nas.truenas.observation import (
    observe,
    observe_again,
    pending_changes,
    stored_items,
)
from lagg_tool.nas.truenas.plan import Call
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


@dataclasses.dataclass(eq=False)
class NotCommittedError(Exception):
    """Calls that the middleware has taken or refused, and that were not committed."""

    reason: LaggToolError


class MiddlewareSession(RetryingSession):
    """The session with one TrueNAS; its middleware takes back what is not checked in ``within``.

    ``tell`` gets a line for people whenever something is known.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        clock: Clock,
        *,
        within: float = 60.0,
        tell: Callable[[str], None] = lambda _: None,
        follow_up_command: FollowUpCommand = plain_command,
    ) -> None:
        super().__init__(connect, clock)
        self.within = max(5, round(within))
        self.sent = False  # whether a commit was, and it may have arrived
        self.tell = tell
        self.follow_up = follow_up_command

    def observe(self) -> TrueNasState:
        """Look at the NAS. Raises HostError and TargetError."""
        return observe(self.session())

    def look_first(self) -> Middleware:
        """Ask the middleware before anything is touched. Raises RefusedError, TargetError."""
        try:
            return self.observe().answers
        except TargetError as lost:
            raise type(lost)(f"{lost}; nothing was touched") from lost

    def look_again(self) -> Middleware:
        """Look once more, over a new connection if need be. Raises OutcomeUnknownError."""
        end = self.clock.now() + PATIENCE
        while True:
            try:
                return self.observe().answers
            except (TargetError, CommandError) as error:  # a middleware that has just been booted
                self.hang_up()
                if self.clock.now() >= end:
                    raise self.unknown() from error
            self.clock.sleep(_POLL)

    def look_at_kernel(self, before: TrueNasState) -> TrueNasState | None:
        """Look over a fresh connection at what a change may have changed; None if it is lost."""
        self.hang_up()
        try:
            return observe_again(self.session(), before)
        except TargetError as lost:
            self._lost(lost)
            return None

    def write(self, record: ChangeRecord) -> None:
        """Have the NAS keep what was there. Raises HostError and TargetError."""
        done = self.send(script(_WRITE, RECORD_DIRECTORY, RECORD, record.text))
        if done.status != 0:
            raise HostError(
                f"the record of what was there cannot be kept: {done.stderr.strip()}; nothing was"
                " touched"
            )

    def forget(self) -> None:
        """Have the NAS forget what was there."""
        try:
            self.send(script('rm -f "$1"', RECORD))
        except TargetError as lost:
            self.tell(f"the change is undone, its record is there still: {lost}")

    def commit(self, calls: tuple[Call, ...]) -> bool:
        """Write the database and commit. Raises NotCommittedError: it waits to be dropped.

        Return whether the middleware has said that it counts now.
        """
        self.sent = False
        try:
            for each in calls:
                value_of(self.send(call(each.method, *each.arguments), SYNC_SECONDS))
            self.tell(
                "committing; the middleware begins to count its"
                f" {self.within} s when everything is set up, not before"
            )
            options = {"rollback": True, "checkin_timeout": self.within}
            # A run takes its lock first, then looks for pending changes: one sees the other.
            commit = call("interface.commit", options)
            self.sent = True
            done = self.send(script(_UNLESS_RUN, RUN_LOCK, *commit.argv), SYNC_SECONDS)
            if done.status == _RUN:
                raise NotCommittedError(
                    RefusedError("a run of lagg-tool accept has the NAS; wait until it ends")
                )
            value_of(dataclasses.replace(done, command=commit))
        except CommandError as refused:  # or it was restarted meanwhile
            raise NotCommittedError(HostError(str(refused))) from refused
        except TargetError as lost:
            self._lost(lost)
            if not self.sent:  # without a commit the middleware would keep it pending for ever
                raise NotCommittedError(lost) from lost
            return False
        return True

    def wait_for_timer(self, token: str) -> TrueNasState:
        """Wait until the middleware counts, or nothing is pending any more.

        What does not finish is dropped: raises RevertedError, OutcomeUnknownError.
        """
        end = self.clock.now() + self.within + 2 * SYNC_SECONDS
        while True:
            try:
                pending, waiting = pending_changes(self.session())
                if waiting is not None or not pending:
                    return self.observe()
            except (TargetError, CommandError) as lost:
                self.hang_up()
                if self.clock.now() > end:
                    raise OutcomeUnknownError(
                        f"OUTCOME UNKNOWN: {lost}. The middleware takes the change back if its"
                        " commit finished; if the NAS is rebooted before, the change is"
                        f" permanent: {self.follow_up('rollback', token)} undoes it"
                    ) from lost
            else:
                if self.clock.now() > end:
                    self.drop()
                    raise RevertedError("REVERTED: the commit did not finish")
            self.clock.sleep(_POLL)

    def check_in(self) -> Middleware:
        """Check in what is pending; return how it is then."""
        for _ in range(_LOOKS):
            try:
                value_of(self.send(call("interface.checkin")))
                # It would say so if nothing was pending any more: see the database.
                return Middleware(stored_items(self.session()), pending=False)
            except (TargetError, CommandError):
                self.hang_up()
                state = self.look_again()
                if not state.pending:
                    break
        return state

    def drop(self) -> None:
        """Have the middleware drop what is pending. Raises OutcomeUnknownError."""
        for _ in range(_LOOKS):
            try:
                value_of(self.send(call("interface.rollback"), SYNC_SECONDS))
            except (TargetError, CommandError):
                self.hang_up()
                if not self.look_again().pending:
                    return
            else:
                return
        raise self.unknown()

    def unknown(self) -> OutcomeUnknownError:
        """Return the error for a NAS that cannot be asked."""
        undo = self.follow_up("rollback", "")
        return OutcomeUnknownError(
            f"OUTCOME UNKNOWN: the NAS cannot be reached; {undo} takes the change back, also"
            " after a reboot, which would make it permanent (B-13)"
        )

    def _lost(self, lost: TargetError) -> None:
        self.hang_up()
        self.tell(f"the connection was lost ({lost}); looking again")
