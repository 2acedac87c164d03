"""A session that reconnects: a change is sent once, a read is retried."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lagg_tool.clock import Clock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import HostKeyError, TargetError
from lagg_tool.nas.contract import Session

T = TypeVar("T")

COMMAND_SECONDS = 10.0  # for one short command


class RetryingSession:
    """The session with one host: at most one connection, made when it is needed."""

    def __init__(self, connect: Callable[[], Session], clock: Clock) -> None:
        self._connect = connect
        self._session: Session | None = None
        self.clock = clock

    def session(self) -> Session:
        """Return the connection; make one if there is none. Raises TargetError."""
        if self._session is None:
            self._session = self._connect()
        return self._session

    def hang_up(self) -> None:
        """Close the connection; the next command makes a fresh one."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def send(self, command: Command, deadline: float = COMMAND_SECONDS) -> Completed:
        """Run a command that changes the host, once. Raises TargetError: it may have run."""
        try:
            return self.session().run(command, deadline)
        except TargetError:
            self.hang_up()
            raise

    def reach(self, until: float) -> None:
        """See that there is a connection; retry as ``ask`` does."""
        self._retry(lambda _: None, until)

    def ask(self, command: Command, until: float) -> Completed:
        """Run a command that changes nothing; retry until ``until`` on the clock.

        Raises the last TargetError; a wrong host key at once. A refused login is retried:
        a host that boots, or a connection lost during the login, looks like one.
        """
        return self._retry(lambda session: session.run(command, COMMAND_SECONDS), until)

    def _retry(self, question: Callable[[Session], T], until: float) -> T:
        while True:
            try:
                return question(self.session())
            except HostKeyError:
                raise
            except TargetError:
                self.hang_up()
                if self.clock.now() >= until:
                    raise
                self.clock.sleep(1.0)
