"""The simulated NAS's cables as QEMU wires them: one UDP datagram is one frame.

Port i sends from 127.0.0.1:(A+i) to 127.0.0.1:(B+i) and receives on A+i, as
``-netdev dgram`` with local and remote addresses does.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import Protocol, Self

from lagg_tool.errors import UsageError
from lagg_tool.simulator.nas import SimulatedNas

LOOPBACK = "127.0.0.1"
PORTS = range(1, 7)
SMALLEST, LARGEST = 14, 65535  # an Ethernet header; what UDP can carry
BURST = 64  # frames taken from one cable before the others get their turn


class Neighbour(Protocol):
    """Who is at the other end as long as no bench sends anything."""

    def receive(self, port: int, frame: bytes) -> None:
        """Take a frame of the NAS, with the clock's lock held."""
        ...

    def leave(self) -> None:
        """Fall silent: a bench is there."""
        ...


class UdpWires:
    """Six cables, and the thread that takes what arrives on them."""

    def __init__(
        self,
        nas: SimulatedNas,
        nas_base: int,
        bench_base: int,
        neighbour: Neighbour | None = None,
    ) -> None:
        self._neighbour = neighbour
        self._nas = nas
        self._bench_base = bench_base
        self._sockets: dict[int, socket.socket] = {}
        self._wake, self._woken = socket.socketpair()
        try:
            for port in PORTS:
                self._sockets[port] = _bound(nas_base + port)
        except BaseException:
            self._close_sockets()
            raise
        with nas.clock.lock:
            nas.on_transmit = self._send
        self._thread = threading.Thread(target=self._run, name="wires", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Cut all cables and wait for the thread."""
        with self._nas.clock.lock:
            self._nas.on_transmit = lambda _port, _frame: None
            self._dismiss_neighbour()
        self._wake.send(b"x")
        self._thread.join()
        self._close_sockets()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _close_sockets(self) -> None:
        for sock in (*self._sockets.values(), self._wake, self._woken):
            sock.close()

    def _send(self, port: int, frame: bytes) -> None:
        # Nobody at the other end, or a full buffer: the frame is lost, as on a cable.
        with contextlib.suppress(OSError):
            self._sockets[port].sendto(frame, (LOOPBACK, self._bench_base + port))
        if self._neighbour is not None:
            self._neighbour.receive(port, frame)

    def _dismiss_neighbour(self) -> None:
        if self._neighbour is not None:
            self._neighbour.leave()
            self._neighbour = None

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ, None)
            for port, sock in self._sockets.items():
                selector.register(sock, selectors.EVENT_READ, port)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    self._receive(key.data)

    def _receive(self, port: int) -> None:
        for _ in range(BURST):
            try:
                frame = self._sockets[port].recv(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about a frame that nobody took
            if len(frame) >= SMALLEST:
                with self._nas.clock.lock:
                    self._dismiss_neighbour()
                self._nas.receive(port, frame)


def _bound(number: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((LOOPBACK, number))
    except (OSError, OverflowError) as error:
        sock.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--wire-base: UDP port {number} on {LOOPBACK}: {reason}; choose other ports"
        ) from error
    sock.setblocking(False)
    return sock
