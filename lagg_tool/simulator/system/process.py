"""Processes: a scheduler of our own for plain coroutines, on the project's Clock.

A program is ``async def program(process: Process) -> int``. It gives way only where it
awaits: a pause until a condition holds or the clock reaches a time. ``ProcessTable.run``
lets every process that can go on do so, until none can; it is called after every timer
that belongs to a process or to the kernel, after every frame, and by a caller that waits for a
command. Everything here happens with ``clock.lock`` held.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Protocol

from lagg_tool.clock import Clock, Timer
from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.vnet import Vnet
from lagg_tool.simulator.system.filesystem import FileSystem, absolute
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.pace import Pace
from lagg_tool.simulator.system.signals import HARMLESS, Exit, Signal, Terminated
from lagg_tool.simulator.system.streams import Opener, Stream

Program = Callable[["Process"], Coroutine[Any, Any, int]]

# Virtual seconds that a read takes of what has no end, so that its reader gives way.
_READ_COST = 0.0001
_FIRST_PID = 700  # those before are of daemons that are part of the system


class Middleware(Protocol):
    """What answers midclt(1) on TrueNAS."""

    async def answer(self, client: Process, method: str, arguments: list[Any]) -> Any:
        """Answer a client's call."""
        ...


class System(Protocol):
    """What a program can reach of the host that it runs on."""

    kernel: Kernel
    filesystem: FileSystem
    opener: Opener
    rng: Random
    hostname: str
    locks: dict[int, Process]
    middlewared: Middleware | None
    network_setup: type[Any]
    pace: Pace

    def wall_time(self) -> float:
        """Return seconds since the epoch, UTC."""
        ...

    def find_path(self, process: Process, name: str, path: str) -> str | None:
        """Return where a command's program is, along a search path."""
        ...

    def find_program(self, process: Process, name: str, path: str | None = None) -> Program:
        """Return what runs when a process executes ``name``. Raises FileError."""
        ...

    def restart(self) -> None:
        """Restart the host."""
        ...


class Pause:
    """What a process waits for: a condition, a time, or whichever comes first."""

    __slots__ = ("condition", "deadline", "outside")

    def __init__(
        self, condition: Callable[[], bool] | None, deadline: float, *, outside: bool = False
    ) -> None:
        self.condition = condition
        self.deadline = deadline
        self.outside = outside

    def __await__(self) -> Generator[Pause, None, None]:
        yield self


class Process:
    """One process: what it was given, its descriptors, its way to wait and to end."""

    def __init__(
        self,
        table: ProcessTable,
        pid: int,
        parent: Process | None,
        argv: tuple[str, ...],
        streams: Mapping[int, Stream],
    ) -> None:
        self.table = table
        self.pid = pid
        self.parent = parent
        self.argv = argv
        self.environment: dict[str, str] = dict(parent.environment) if parent else {}
        self.directory: str = parent.directory if parent else "/"
        self.uid: int = parent.uid if parent else 0
        self.gid: int = parent.gid if parent else 0
        self.umask: int = parent.umask if parent else 0o022
        self.jail: str | None = parent.jail if parent else None
        self.background: bool = parent.background if parent else False
        self.session: object | None = parent.session if parent else None
        self.ignored: set[Signal] = set(parent.ignored) if parent else set()
        self.handlers: dict[Signal, Callable[[Signal], None]] = {}
        self.endless = False  # it goes on until somebody ends it
        self.streams: dict[int, Stream] = {fd: s.acquire() for fd, s in streams.items()}
        self.status: int | None = None
        self.ended_by: Signal | None = None
        self.title: str | None = None
        self._pending: list[Signal] = []
        self._pause: Pause | None = None
        self._timer: Timer | None = None
        self._coroutine: Coroutine[Any, Any, int] | None = None

    # -- where it is

    @property
    def system(self) -> System:
        """The host that it runs on."""
        return self.table.system

    @property
    def kernel(self) -> Kernel:
        """The kernel that it runs on."""
        return self.system.kernel

    @property
    def vnet(self) -> Vnet:
        """The network stack that it sees: its jail's, or the host's."""
        jail = self.kernel.find_jail(self.jail) if self.jail else None
        return jail.vnet if jail else self.kernel.host

    @property
    def name(self) -> str:
        """The program's name as error messages begin with it."""
        return self.argv[0].rsplit("/", 1)[-1]

    @property
    def ppid(self) -> int:
        """The parent's pid; init's, once the parent is gone."""
        alive = self.parent is not None and self.parent.status is None
        return self.parent.pid if self.parent is not None and alive else 1

    @property
    def command(self) -> str:
        """What ps(1) shows."""
        return self.title or " ".join(self.argv)

    def path(self, name: str) -> str:
        """Return the absolute path of a name as this process means it."""
        return absolute(self.directory, name) if name else ""

    # -- waiting

    def now(self) -> float:
        """Return the clock's time."""
        return self.table.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait for a time."""
        await Pause(None, self.now() + seconds)

    async def wait_until(
        self, condition: Callable[[], bool], deadline: float = math.inf, *, outside: bool = False
    ) -> bool:
        """Wait until the condition holds or the clock reaches ``deadline``; tell which."""
        while not condition():
            if self.now() >= deadline:
                return False
            await Pause(condition, deadline, outside=outside)
        return True

    async def wait(self, child: Process) -> int:
        """Wait for a process to end; return its exit status."""
        await self.wait_until(lambda: child.status is not None)
        return child.status or 0

    # -- input and output

    def stream(self, fd: int) -> Stream:
        """Return what a descriptor refers to. Raises FileError."""
        stream = self.streams.get(fd)
        if stream is None:
            raise FileError(Errno.EBADF)
        return stream

    async def read(self, size: int, fd: int = 0) -> bytes:
        """Read at most ``size`` bytes, as soon as any are there."""
        stream = self.stream(fd)
        await self._readable(stream)
        if stream.endless:
            await self.sleep(_READ_COST)
        return stream.read(size)

    async def readline(self, fd: int = 0) -> bytes:
        """Read a line with its newline; without one at the end, and nothing after that."""
        stream = self.stream(fd)
        lines: list[bytes] = []

        def arrived() -> bool:
            # Asked by the scheduler and again by us: only the first line is taken.
            if not lines and (line := stream.read_line()) is not None:
                lines.append(line)
            return bool(lines)

        await self.wait_until(arrived, outside=stream.outside)
        if stream.endless:
            await self.sleep(_READ_COST)
        return lines[0]

    async def _readable(self, stream: Stream) -> None:
        await self.wait_until(stream.ready, outside=stream.outside)

    async def drain(self) -> None:
        """Wait until the reader of our output has caught up."""
        await self.wait_until(self.stream(1).drained)

    def write(self, fd: int, data: str | bytes) -> None:
        """Write to a descriptor. Raises FileError; a closed pipe ends the process."""
        if isinstance(data, str):
            data = data.encode(errors="surrogateescape")
        try:
            self.stream(fd).write(data)
        except FileError as error:
            if error.errno is Errno.EPIPE and Signal.PIPE not in self.ignored:
                raise Terminated(Signal.PIPE) from error
            raise

    def out(self, text: str | bytes) -> None:
        """Write to standard output."""
        self.write(1, text)

    def err(self, text: str | bytes) -> None:
        """Write to standard error; if that is closed, nobody hears it."""
        try:
            self.write(2, text)
        except FileError:
            return

    def warn(self, message: str) -> None:
        """Say something on standard error, after the program's name (warnx(3))."""
        self.err(f"{self.name}: {message}\n")

    def set_stream(self, fd: int, stream: Stream | None) -> None:
        """Let a descriptor refer to another stream, or close it."""
        if stream is not None:
            stream.acquire()
        old = self.streams.pop(fd, None)
        if old is not None:
            old.release()
        if stream is not None:
            self.streams[fd] = stream

    # -- other processes

    def spawn(
        self,
        argv: Sequence[str],
        program: Program | None = None,
        *,
        streams: Mapping[int, Stream] | None = None,
        environment: Mapping[str, str] | None = None,
        cost: float = 0.0,
    ) -> Process:
        """Start a child. Without ``program``, ``argv[0]`` is looked up. Raises FileError."""
        if program is None:
            program, cost = self.system.find_program(self, argv[0]), self.cost_of(argv)
        given = self.streams if streams is None else streams
        child = self.table.start(tuple(argv), program, given, self, cost)
        if environment is not None:
            child.environment = dict(environment)
        return child

    def cost_of(self, argv: Sequence[str]) -> float:
        """Return the time until a program has begun in a process of its own."""
        pace = self.system.pace
        return pace.process + pace.beyond(argv[0].rsplit("/", 1)[-1])

    def kill(self, signal: Signal) -> None:
        """Send this process a signal."""
        if self.status is not None or (signal in self.ignored and signal is not Signal.KILL):
            return
        handler = self.handlers.get(signal)
        if handler is not None and signal is not Signal.KILL:
            handler(signal)
        elif signal not in HARMLESS:
            self._pending.append(signal)
        self.table.wake()

    # -- the scheduler's side

    @property
    def waits_outside(self) -> bool:
        """Whether it waits for input from outside the NAS."""
        return self._pause is not None and self._pause.outside

    @property
    def waits_for_a_time(self) -> bool:
        """Whether the mere passing of time lets it go on."""
        return self._pause is not None and self._pause.deadline < math.inf

    def begin(self, program: Program, cost: float) -> None:
        """Enter the program; it runs when the scheduler comes to it."""

        async def entered() -> int:
            if cost:
                await self.sleep(cost)
            return await program(self)

        self._coroutine = entered()

    def can_run(self, now: float) -> bool:
        """Whether a step would do anything."""
        pause = self._pause
        if pause is None or self._pending or now >= pause.deadline:
            return True
        return pause.condition is not None and pause.condition()

    def step(self) -> None:
        """Run to the next pause, or to the end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        assert self._coroutine is not None  # noqa: S101 - begin() comes first
        try:
            if self._pending:
                pause = self._coroutine.throw(Terminated(self._pending.pop(0)))
            else:
                pause = self._coroutine.send(None)
        except StopIteration as stop:
            self._finish(int(stop.value) & 0xFF)
        except Exit as end:
            self._finish(end.status & 0xFF)
        except Terminated as end:
            self.ended_by = end.signal
            self._finish(128 + end.signal)
        except FileError as error:
            self.warn(f"stdout: {error}")
            self._finish(1)
        else:
            self._pause = pause
            if pause.deadline != math.inf:
                self._timer = self.table.clock.call_at(pause.deadline, self.table.run)

    def _finish(self, status: int) -> None:
        for fd in list(self.streams):
            self.set_stream(fd, None)
        self.status = status
        self.table.remove(self)


class ProcessTable:
    """All processes, and the scheduler."""

    def __init__(self, system: System, clock: Clock) -> None:
        self.system = system
        self.clock = clock
        self._pids = itertools.count(_FIRST_PID)
        self._live: dict[int, Process] = {}
        self._running = False
        self._again = False

    def __iter__(self) -> Iterator[Process]:
        """Yield the living processes, the oldest first."""
        yield from list(self._live.values())

    def get(self, pid: int) -> Process | None:
        """Return a living process."""
        return self._live.get(pid)

    def start(
        self,
        argv: tuple[str, ...],
        program: Program,
        streams: Mapping[int, Stream],
        parent: Process | None,
        cost: float = 0.0,
    ) -> Process:
        """Make a process; it begins to run ``cost`` seconds from now, or at the next turn."""
        process = Process(self, next(self._pids), parent, argv, streams)
        process.begin(program, cost)
        self._live[process.pid] = process
        self._again = True
        return process

    def remove(self, process: Process) -> None:
        """Forget a process that has ended."""
        del self._live[process.pid]
        self.clock.notify()

    def wake(self) -> None:
        """Something changed: run, or run on if running already."""
        self._again = True
        self.run()

    def run(self) -> None:
        """Let every process that can go on do so, in turn, until none can."""
        self._again = True
        if self._running:
            return
        self._running = True
        try:
            while self._again:
                self._again = False
                now = self.clock.now()
                for process in list(self._live.values()):
                    if process.status is None and process.can_run(now):
                        self._again = True
                        process.step()
        finally:
            self._running = False

    def kill_all(self) -> None:
        """End everything at once (power off)."""
        for process in list(self._live.values()):
            process.kill(Signal.KILL)
        self.run()
