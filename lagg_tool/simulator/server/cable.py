"""The socket of a connection to the simulated NAS, through which a packet may not get."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Cable(socket.socket):
    """The socket of a connection; while the NAS is not reachable, nothing goes through it.

    ``stalled`` tells whether that is so now. paramiko takes a timeout for "nothing yet" and tries
    again.
    """

    def __init__(self, sock: socket.socket, stalled: Callable[[], bool]) -> None:
        super().__init__(fileno=sock.detach())
        self._stalled = stalled
        self._held = b""  # arrived after the network had gone
        self._cut = False

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        """Send bytes. Raises TimeoutError while nothing gets through."""
        if self._cut:
            raise BrokenPipeError
        if self._stalled():
            raise TimeoutError
        return super().send(data, flags)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Return bytes that have arrived. Raises TimeoutError while nothing gets through."""
        if not self._held:
            self._held = super().recv(size, flags)
        if self._cut or not self._held:
            return b""
        if self._stalled():
            raise TimeoutError
        data, self._held = self._held[:size], self._held[size:]
        return data

    def cut(self) -> None:
        """End it at once; a reader sees the end of the stream."""
        self._cut = True
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)
