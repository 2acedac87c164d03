"""Sockets as programs see them: raw ones for ping, datagram ones for nc.

A socket keeps what arrived with the time of arrival, until its program takes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Generic, TypeVar

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.wire.ip import Ipv4, Ipv6

Address = IPv4Address | IPv6Address
P = TypeVar("P", Ipv4, Ipv6)

EPHEMERAL_FIRST, EPHEMERAL_LAST = 49152, 65535  # net.inet.ip.portrange


@dataclass(eq=False)
class RawSocket(Generic[P]):
    """A raw socket for one protocol; sees every packet of it that is for this host."""

    protocol: int
    received: deque[tuple[float, P]] = field(default_factory=deque)

    def deliver(self, now: float, packet: P) -> None:
        """Take a packet that arrived at ``now``."""
        self.received.append((now, packet))


@dataclass(frozen=True)
class Datagram:
    """What a datagram socket received, and from where."""

    source: Address
    source_port: int
    data: bytes


@dataclass(eq=False)
class DatagramSocket:
    """A UDP socket; a connected one takes datagrams of its peer only."""

    local: Address | None = None
    local_port: int = 0
    peer: tuple[Address, int] | None = None
    received: deque[Datagram] = field(default_factory=deque)
    error: Errno | None = None

    def wants(self, source: Address, source_port: int, local: Address, port: int) -> bool:
        """Whether a datagram from ``source`` to ``local`` is for this socket."""
        if port != self.local_port or self.local not in {None, local}:
            return False
        return self.peer is None or self.peer == (source, source_port)

    def take_error(self) -> None:
        """Raise the error that the network reported since, once."""
        error, self.error = self.error, None
        if error is not None:
            raise KernelError(error)


class Sockets:
    """The open sockets of one network stack."""

    def __init__(self, pick: Callable[[int, int], int]) -> None:
        self.raw4: list[RawSocket[Ipv4]] = []
        self.raw6: list[RawSocket[Ipv6]] = []
        self.datagram: list[DatagramSocket] = []
        self._pick = pick

    def bind(self, socket: DatagramSocket, local: Address | None, port: int) -> None:
        """Give a socket its port, an ephemeral one for 0. Raises EADDRINUSE."""
        taken = {other.local_port for other in self.datagram}
        if port in taken:
            raise KernelError(Errno.EADDRINUSE)
        while port == 0 or port in taken:
            port = self._pick(EPHEMERAL_FIRST, EPHEMERAL_LAST)
        socket.local, socket.local_port = local, port
        self.datagram.append(socket)

    def close(self, socket: RawSocket[Ipv4] | RawSocket[Ipv6] | DatagramSocket) -> None:
        """Forget a socket."""
        everything: list[list[object]] = [self.raw4, self.raw6, self.datagram]  # type: ignore[list-item]
        for group in everything:
            if socket in group:
                group.remove(socket)
