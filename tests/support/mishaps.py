"""What can happen to a simulated NAS, and to the way there, at any moment of what it does.

A moment is the start of a process on the NAS, or a change of its file system: what a script
writes by itself counts as well. What befalls the NAS comes before that.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

from lagg_tool import cli
from lagg_tool.clock import VirtualClock
from lagg_tool.command import Batch, Command, Completed
from lagg_tool.errors import DeadlineError, DisconnectedError, UnreachableError
from lagg_tool.evidence import SIMULATED_SERVER
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import RELEASES
from lagg_tool.simulator.system.signals import Signal, Terminated
from lagg_tool.simulator.system.streams import InputStream
from lagg_tool.target import Target, TargetOptions
from lagg_tool.target.description import describe, read_facts
from lagg_tool.verbs import common

_WRITES = ("create", "make_directory", "unlink", "remove_directory", "rename", "write_at")
GUARD = 60.0


class Moments:
    """Counts the moments of a NAS, and lets something happen at one of them."""

    def __init__(self, nas: SimulatedNas) -> None:
        self.passed = 0
        self._due = 0
        self._action: Callable[[], None] = lambda: None
        self._wrap(nas.processes, "start")
        # A middleware's database has a journal, which this file system knows nothing of.
        for name in () if nas.release.product else _WRITES:
            self._wrap(nas.filesystem, name)

    def plan(self, number: int, action: Callable[[], None]) -> None:
        """Let it happen at the moment of this number, counted from now."""
        self.passed, self._due, self._action = 0, number, action

    def forget(self) -> None:
        """Let nothing happen any more."""
        self._due = 0

    def _wrap(self, owner: Any, name: str) -> None:
        inner = getattr(owner, name)

        def counted(*given: Any, **named: Any) -> Any:
            self.passed += 1
            if self.passed == self._due:
                self._due = 0
                self._action()
            return inner(*given, **named)

        setattr(owner, name, counted)


@dataclass
class Way:
    """The NAS, and what lets its clients in."""

    nas: SimulatedNas
    clock: VirtualClock
    drop: Callable[[], object]  # ends all connections
    refuse: Callable[[bool], None]  # whether new ones are cut off

    def power_lost(self, seconds: float) -> None:
        """End everything at once; the power is back after some time."""
        self.refuse(True)
        self.drop()
        self.nas.kernel.halt()
        running = self.nas.processes._running
        self.nas.processes.kill_all()
        self.clock.call_at(self.clock.now() + seconds, self._power_back)
        if running:
            raise Terminated(Signal.KILL)

    def _power_back(self) -> None:
        self.nas.restart()
        self.refuse(False)

    def rebooted(self) -> None:
        """Restart it."""
        self.clock.call_at(self.clock.now(), self.nas.restart)

    def frozen(self, seconds: float, *, cut: bool) -> None:
        """Let it stand still, as a virtual machine does; its timers are late then."""
        if cut:
            self.drop()
        self.clock._now += seconds

    def unplugged(self, seconds: float) -> None:
        """Pull the cable of the management network for some time."""
        self.refuse(True)
        self.drop()
        self.clock.call_at(self.clock.now() + seconds, lambda: self.refuse(False))


# A minute is the guard's; the tool asks for a minute and a half beyond it.
MISHAPS: dict[str, Callable[[Way], None]] = {
    "power": lambda way: way.power_lost(10),
    "long power": lambda way: way.power_lost(400),
    "reboot": Way.rebooted,
    "freeze": lambda way: way.frozen(20, cut=False),
    "freeze past the guard": lambda way: way.frozen(GUARD + 5, cut=False),
    "long freeze": lambda way: way.frozen(400, cut=True),
    "cable": lambda way: way.unplugged(5),
    "cable past the guard": lambda way: way.unplugged(GUARD + 5),
    "long cable": lambda way: way.unplugged(400),
}


class Line:
    """A session with the NAS, without SSH: as fast as the NAS, and cut when it is."""

    server_version = f"SSH-2.0-{SIMULATED_SERVER}"

    def __init__(self, host: Host) -> None:
        if host.refusing:
            raise UnreachableError("nas.test: the connection was refused")
        self._host = host
        self._made = host.cuts

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Run a command; what runs in the foreground ends with the connection."""
        status, out, err = self._execute(command.text, command.stdin, deadline)
        return Completed(command, status, out, err)

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands in one session."""
        batch = Batch.of(commands)
        _, out, err = self._execute(batch.text, b"", deadline)
        return batch.split(out, err)

    def close(self) -> None:
        """End the session."""

    @property
    def _gone(self) -> bool:
        return self._made != self._host.cuts

    def _execute(self, text: str, stdin: bytes, deadline: float) -> tuple[int, str, str]:
        nas, out, err = self._host.nas, bytearray(), bytearray()
        if self._gone:
            raise DisconnectedError("nas.test: the connection is closed; nothing was run")
        end = nas.clock.now() + deadline
        status = nas.execute(
            text,
            InputStream(nas.clock, stdin),
            out.extend,
            err.extend,
            lambda: self._gone or nas.clock.now() > end,
        )
        if self._gone:
            raise DisconnectedError("nas.test: the connection was lost; the command may have run")
        if nas.clock.now() > end:
            raise DeadlineError(f"nas.test: no answer within {deadline:.0f} s")
        return status, *(each.decode("utf-8", "surrogateescape") for each in (out, err))  # type: ignore[return-value]


class Host:
    """A simulated NAS, its moments, and the verbs of the tool at it."""

    def __init__(self, release: str) -> None:
        self.clock = VirtualClock()
        self.nas = SimulatedNas(self.clock, RELEASES[release])
        self.refusing = False
        self.cuts = 0
        self.nas.on_reboot = self._drop
        self.moments = Moments(self.nas)
        self.way = Way(self.nas, self.clock, self._drop, self._refuse)

    def _drop(self) -> None:
        self.cuts += 1

    def _refuse(self, yes: bool) -> None:
        self.refusing = yes

    def connect(self) -> Any:
        """Make a session. Raises UnreachableError."""
        return Line(self)

    def _open(self, url: str, options: TargetOptions) -> Target:
        del options
        target = Target(self.connect, self.clock)
        describe(target, url, read_facts(target.connection))
        return target

    def verb(self, *words: str) -> tuple[int, str]:
        """Run a verb here; return its exit status and all that it said."""
        said = io.StringIO()
        with (
            mock.patch.object(common, "open_target", self._open),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            status = cli.main([*words, "--target", "sim:"])
        return status, said.getvalue()

    def say(self, line: str) -> str:
        """Return what the NAS answers; it must succeed."""
        done = self.nas.run(line)
        assert done.status == 0, (line, done)
        return done.stdout.decode()
