"""A line to the host that may break: what changes is sent once, what asks is asked again."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.clock import Clock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import HostKeyError, TargetError
from lagg_tool.nas.contract import Session

PATIENCE = 10.0  # seconds for one short command


class Line:
    """The way to one host: at most one connection, made when it is needed."""

    def __init__(self, connect: Callable[[], Session], clock: Clock) -> None:
        self._connect = connect
        self._session: Session | None = None
        self.clock = clock

    def session(self) -> Session:
        """Return the connection, made anew if there is none. Raises TargetError."""
        if self._session is None:
            self._session = self._connect()
        return self._session

    def hang_up(self) -> None:
        """Close the connection; the next command makes a fresh one."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def send(self, command: Command, deadline: float = PATIENCE) -> Completed:
        """Run a command that changes the host, once. Raises TargetError: it may have run."""
        try:
            return self.session().run(command, deadline)
        except TargetError:
            self.hang_up()
            raise

    def ask(self, command: Command, until: float) -> Completed:
        """Run a command that changes nothing, again and again until ``until`` on the clock.

        Raises the last TargetError; a wrong host key at once. A refused login is asked again:
        a host that boots, or a connection that goes during the login, looks like one.
        """
        while True:
            try:
                return self.session().run(command, PATIENCE)
            except HostKeyError:
                raise
            except TargetError:
                self.hang_up()
                if self.clock.now() >= until:
                    raise
                self.clock.sleep(1.0)
