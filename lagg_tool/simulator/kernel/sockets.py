"""Raw sockets, as ping sees them.

A socket keeps what arrived with the time of arrival, until its program takes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lagg_tool.wire.ip import Ipv4, Ipv6

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


class Sockets:
    """The open sockets of one network stack."""

    def __init__(self, pick: Callable[[int, int], int]) -> None:
        self.raw4: list[RawSocket[Ipv4]] = []
        self.raw6: list[RawSocket[Ipv6]] = []
        self._pick = pick

    def ephemeral_port(self) -> int:
        """Return the port of a datagram socket that is bound to none."""
        return self._pick(EPHEMERAL_FIRST, EPHEMERAL_LAST)
