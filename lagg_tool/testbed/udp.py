"""The testbed of a NAS behind UDP: a QEMU virtual machine, or ``lagg-tool simulate``.

One datagram is one frame. The NAS's port i sends from 127.0.0.1:(A+i) to 127.0.0.1:(B+i)
and receives on A+i; so this end binds B+i and sends to A+i. Carriers are switched by QMP's
set_link with the names n1, n2, …
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

from lagg_tool.clock import Clock
from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.evidence import Journal
from lagg_tool.testbed.contract import Capability, Testbed
from lagg_tool.testbed.qemu.qmp import QmpClient

LOOPBACK = "127.0.0.1"
NAS_BASE, TESTBED_BASE = 5100, 5200  # A and B
_LARGEST = 65535
_HIGHEST_BASE = 65000


def wire_base(text: str) -> tuple[int, int]:
    """Return A and B of ``A:B``. Raises UsageError."""
    parts = text.split(":")
    if len(parts) != 2 or not all(_is_base(part) for part in parts):
        raise UsageError(f"--wire-base {text!r}: write two UDP port numbers, as in 5100:5200")
    return int(parts[0]), int(parts[1])


def _is_base(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) <= 5 and 0 < int(part) < _HIGHEST_BASE


class UdpTestbed(Testbed):
    """Cables made of UDP datagrams; without a QMP socket it cannot switch carriers.

    ``cables`` maps the testbed's port numbers to the wires' where they differ. Frames are
    received on a thread of their own, which takes the clock's lock for each.
    """

    kind = "UDP"

    def __init__(
        self,
        clock: Clock,
        names: Mapping[int, str],
        *,
        nas_base: int = NAS_BASE,
        testbed_base: int = TESTBED_BASE,
        cables: Mapping[int, int] | None = None,
        qmp: Path | None = None,
        journal: Journal | None = None,
    ) -> None:
        super().__init__(clock, names, journal)
        missing = {Capability.CARRIER} if qmp is None else set()
        self.capabilities = frozenset(Capability) - missing
        self._nas_base = nas_base
        self._cables = dict(cables or zip(names, names, strict=True))
        self._sockets: dict[int, socket.socket] = {}
        self._qmp: QmpClient | None = None
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="testbed", daemon=True)
        try:
            for port in self.ports:
                self._sockets[port] = _bound(testbed_base + self._cables[port])
            if qmp is not None:
                self._qmp = QmpClient(qmp)
                for port in self.ports:
                    self._switch_carrier(port, up=True)
        except BaseException:
            self._close_sockets()
            raise
        self._thread.start()

    def close(self) -> None:
        """End the receiving thread and close all sockets."""
        with contextlib.suppress(OSError):
            self._wake.send(b"\0")
        self._thread.join()
        self._close_sockets()

    def _close_sockets(self) -> None:
        for one in (*self._sockets.values(), self._wake, self._woken):
            one.close()
        if self._qmp is not None:
            self._qmp.close()

    def _transmit(self, port: int, data: bytes) -> None:
        # A full buffer or a NAS that is gone loses the frame, as a cable would.
        with contextlib.suppress(OSError):
            self._sockets[port].sendto(data, (LOOPBACK, self._nas_base + self._cables[port]))

    def _switch_carrier(self, port: int, *, up: bool) -> None:
        if self._qmp is not None:
            self._qmp.set_link(self._cables[port], up)

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            for port, one in self._sockets.items():
                selector.register(one, selectors.EVENT_READ, port)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    self._receive(key.data)

    def _receive(self, port: int) -> None:
        one = self._sockets[port]
        while True:
            try:
                data = one.recv(_LARGEST)
            except OSError:
                return  # nothing more for now, or an error about a datagram that nobody took
            with self.clock.lock:
                self._arrived(port, data)


def _bound(number: int) -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        one.bind((LOOPBACK, number))
        one.setblocking(False)
    except OSError as error:
        one.close()
        raise RefusedError(
            f"UDP port {number} on {LOOPBACK}: {error.strerror or error}; choose others with "
            "--wire-base"
        ) from error
    return one
