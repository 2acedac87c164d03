"""What a client asks of the SSH server, run on the simulated NAS."""

from __future__ import annotations

import sys
from collections.abc import Callable

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.server.session import Machine, Request
from lagg_tool.simulator.server.terminal import Key
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal
from lagg_tool.simulator.system.streams import InputStream

# Without a terminal, a shell reads its commands in silence; with one, it prompts.
LOGIN_SHELL = {False: "exec /bin/sh", True: "exec /bin/sh -i"}
SIGNALS = {Key.INTERRUPT: Signal.INT, Key.QUIT: Signal.QUIT}


class NasExecution:
    """A command line, or a login shell, from its start to its end."""

    def __init__(self, nas: SimulatedNas, request: Request) -> None:
        self._nas = nas
        self._request = request
        self._input = InputStream(nas.clock)
        self._gone = False

    def run(self) -> int:
        """Run to the end; return the exit status."""
        request = self._request
        return self._nas.execute(
            request.command or LOGIN_SHELL[request.terminal is not None],
            self._input,
            _sink(request.stdout),
            _sink(request.stderr),
            lambda: self._gone,
            request.user,
            request.environment,
        )

    def feed(self, data: bytes) -> None:
        """Hand over standard input."""
        self._input.feed(data)

    def end_input(self) -> None:
        """Say that no more input will come."""
        self._input.end()

    def interrupt(self, key: Key) -> None:
        """Send the processes of this session a signal, as its terminal does.

        What was typed before and not read yet is lost: ttydisc_rint(), sys/kern/tty_ttydisc.c.
        """
        with self._nas.clock.lock:
            self._input.read(sys.maxsize)
            own = [process for process in self._nas.processes if self._reads(process)]
            sessions = {id(process.session) for process in own}
            for process in self._nas.processes:
                if id(process.session) in sessions and not process.background:
                    process.kill(SIGNALS[key])
        self._input.wake()

    def hang_up(self) -> None:
        """End what runs in the foreground: the client is gone."""
        self._gone = True
        self._input.wake()

    def _reads(self, process: Process) -> bool:
        return any(stream is self._input for stream in process.streams.values())


def machine(nas: SimulatedNas) -> Machine:
    """Return what the SSH server asks for each session."""
    return lambda request: NasExecution(nas, request)


def _sink(write: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def sink(data: bytes) -> None:
        try:
            write(data)
        except BrokenPipeError:
            raise FileError(Errno.EPIPE) from None

    return sink
