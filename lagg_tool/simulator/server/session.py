"""One session of the SSH server: a command or a shell, its streams, its end.

The simulated NAS writes with the clock's lock held, so its output is queued here and sent
by a thread of the session; a client that does not read stops its own session only.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from lagg_tool.simulator.server.terminal import Key, LineDiscipline, Reader, to_screen

OUTPUT_LIMIT = 64 * 1024 * 1024  # beyond this, writing fails with EPIPE


@dataclass(frozen=True)
class Request:
    """What a client asked for; an empty command is the login shell.

    ``stdout`` and ``stderr`` never wait; they raise BrokenPipeError once nobody reads.
    ``terminal`` is the value of TERM if a terminal was asked for.
    """

    command: str
    user: str
    environment: Mapping[str, str]
    terminal: str | None
    stdout: Callable[[bytes], None]
    stderr: Callable[[bytes], None]


class Execution(Protocol):
    """A request being run. All but ``run`` may be called from any thread at any time."""

    def run(self) -> int:
        """Run to the end; return the exit status, or -n if signal n ended it."""
        ...

    def feed(self, data: bytes) -> None:
        """Hand over standard input."""
        ...

    def end_input(self) -> None:
        """Say that no more input will come."""
        ...

    def interrupt(self, key: Key) -> None:
        """Send what is in the foreground a signal, as a terminal does."""
        ...

    def hang_up(self) -> None:
        """End what runs: the client is gone."""
        ...


Machine = Callable[[Request], Execution]


class Link(Protocol):
    """The channel of a session, as paramiko has it."""

    def send(self, data: bytes, /) -> int:
        """Send some of the data; wait for room. Raises OSError once closed."""
        ...

    def send_stderr(self, data: bytes, /) -> int:
        """Send some of the data as standard error."""
        ...


class Outlet:
    """Output on its way to the client: taken without waiting, sent by ``run``."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._queue: deque[tuple[Callable[[bytes], int], bytes]] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._ended = False
        self._gone = False

    def stdout(self, data: bytes) -> None:
        """Take standard output. Raises BrokenPipeError when nobody reads it any more."""
        self._put(self._link.send, data)

    def stderr(self, data: bytes) -> None:
        """Take standard error. Raises BrokenPipeError when nobody reads it any more."""
        self._put(self._link.send_stderr, data)

    def end(self) -> None:
        """Say that this was all."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """Forget what is left: the client is gone."""
        with self._changed:
            self._gone = True
            self._queue.clear()
            self._changed.notify_all()

    def run(self) -> None:
        """Send until the end, or until the client is gone."""
        while (item := self._next()) is not None:
            send, data = item
            try:
                while data and (sent := send(data)):  # paramiko: nothing sent means closed
                    data = data[sent:]
            except (OSError, EOFError):  # paramiko says EOFError where the socket is gone
                break
            if data:
                break
        else:
            return
        self.abandon()

    def _next(self) -> tuple[Callable[[bytes], int], bytes] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._ended or self._gone)
            if not self._queue:
                return None
            send, data = self._queue.popleft()
            self._size -= len(data)
            return send, data

    def _put(self, send: Callable[[bytes], int], data: bytes) -> None:
        with self._changed:
            if self._gone or self._size > OUTPUT_LIMIT:
                raise BrokenPipeError
            if data:
                self._queue.append((send, data))
                self._size += len(data)
                self._changed.notify_all()


class Session:
    """What happens on one channel, from its opening to its end."""

    def __init__(self, machine: Machine, link: Link, user: str) -> None:
        self._machine = machine
        self._user = user
        self.terminal: str | None = None
        self.outlet = Outlet(link)
        self._execution: Execution | None = None
        self._discipline: LineDiscipline | None = None

    @property
    def execution(self) -> Execution | None:
        """What runs, once a command or a shell was asked for."""
        return self._execution

    def begin(self, command: str, environment: Mapping[str, str]) -> None:
        """Take the request; input finds its way from now on, ``execution.run`` may follow."""
        write, warn = self.outlet.stdout, self.outlet.stderr
        if self.terminal is not None:
            write = warn = self._show
        execution = self._machine(
            Request(command, self._user, environment, self.terminal, write, warn)
        )
        if self.terminal is not None:
            self._discipline = LineDiscipline(
                Reader(execution.feed, execution.end_input, execution.interrupt, self._echo)
            )
        self._execution = execution

    def typed(self, data: bytes) -> None:
        """Take what the client sent."""
        if self._discipline is not None:
            self._discipline.feed(data)
        elif self._execution is not None:
            self._execution.feed(data)

    def input_ended(self) -> None:
        """Nothing more will come from the client."""
        if self._execution is not None:
            self._execution.end_input()

    def hang_up(self) -> None:
        """End the session: the client closed the channel, or the connection is lost."""
        self.outlet.abandon()
        if self._execution is not None:
            self._execution.hang_up()

    def _show(self, data: bytes) -> None:
        self.outlet.stdout(to_screen(data))

    def _echo(self, data: bytes) -> None:
        try:
            self.outlet.stdout(data)
        except BrokenPipeError:
            return
