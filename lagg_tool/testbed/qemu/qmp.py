"""A client for QEMU's machine protocol over a Unix socket: greeting, commands, replies.

QEMU and ``lagg-tool simulate`` both serve it. Events that arrive between a command and
its reply are skipped.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from pathlib import Path
from typing import Any

from lagg_tool.errors import HostError, UnreachableError

DEADLINE = 60.0  # seconds for one reply, which comes at once unless this machine is busy


class QmpClient:
    """One connection to a QMP socket. Raises UnreachableError, or HostError for an error reply."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._file = self._socket.makefile("rb")
        try:
            # A blocking connect waits for its turn: QEMU serves one client at a time, and a
            # non-blocking one fails with EAGAIN while another is in the queue.
            timeout = struct.pack("ll", int(DEADLINE), 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
            self._socket.connect(str(path))
            self._socket.settimeout(DEADLINE)
            self._receive()  # the greeting
            self.execute("qmp_capabilities")
        except OSError as error:
            self.close()
            raise UnreachableError(
                f"QMP socket {path}: {error.strerror or error}; is the virtual machine running?"
            ) from error

    def execute(self, command: str, **arguments: object) -> Any:
        """Run one command and return what it returns."""
        request = {"execute": command, **({"arguments": arguments} if arguments else {})}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            while True:
                reply = self._receive()
                if "return" in reply:
                    return reply["return"]
                if "error" in reply:
                    raise HostError(f"QMP {command}: {reply['error'].get('desc', reply['error'])}")
        except OSError as error:
            raise UnreachableError(f"QMP socket {self._path}: {error.strerror or error}") from error

    def set_link(self, port: int, up: bool) -> None:
        """Switch the carrier of port ``port`` (1 for the NIC named n1)."""
        self.execute("set_link", name=f"n{port}", up=up)

    def close(self) -> None:
        """Close the connection; the machine goes on."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._socket.close()

    def _receive(self) -> dict[str, Any]:
        line = self._file.readline()
        if not line:
            raise ConnectionResetError("the other end closed the connection")
        try:
            message = json.loads(line)
        except ValueError as error:
            raise ConnectionError(f"not QMP: {line[:60]!r}") from error
        if not isinstance(message, dict):
            raise ConnectionError(f"not QMP: {line[:60]!r}")
        return message
