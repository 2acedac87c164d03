"""A machine for the SSH server under test: this one's /bin/sh, in a process group of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import IO

from lagg_tool.simulator.server.session import Request
from lagg_tool.simulator.server.terminal import Key


class ShellExecution:
    """One command in a real shell, with its output pumped by threads."""

    def __init__(self, request: Request) -> None:
        argv = ["/bin/sh", "-c", request.command] if request.command else ["/bin/sh", "-i"]
        self._request = request
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if request.terminal else subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PS1": "root@nas:~ # ", **request.environment},
            process_group=0,
        )

    def run(self) -> int:
        process, request = self._process, self._request
        assert process.stdout is not None
        assert process.stdin is not None
        pumps = [threading.Thread(target=self._pump, args=(process.stdout, request.stdout))]
        if process.stderr is not None:
            pumps.append(threading.Thread(target=self._pump, args=(process.stderr, request.stderr)))
        for pump in pumps:
            pump.start()
        status = process.wait()
        for pump in pumps:
            pump.join()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        return status

    def feed(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def end_input(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def interrupt(self, key: Key) -> None:
        self._kill(signal.SIGINT if key is Key.INTERRUPT else signal.SIGQUIT)

    def hang_up(self) -> None:
        self._kill(signal.SIGKILL)

    def _kill(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _pump(self, stream: IO[bytes], write: Callable[[bytes], None]) -> None:
        with stream, contextlib.suppress(BrokenPipeError):
            while data := os.read(stream.fileno(), 65536):
                write(data)
