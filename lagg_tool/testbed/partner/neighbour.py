"""What is at the other end of the cables of ``lagg-tool simulate``: a host, perhaps LACP.

The host answers ARP and pings on the port on which they arrive, so that every protocol of
lagg(4) reaches it. There is no switch: no frame goes from one port to another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address

from lagg_tool.clock import Clock
from lagg_tool.testbed.partner.endpoint import Endpoint
from lagg_tool.testbed.partner.partner import Partner
from lagg_tool.wire import slow

IPV4 = IPv4Address("192.0.2.254")
IPV6 = IPv6Address("2001:db8::fe")
_MAC = bytes.fromhex("0200000000fd")


class Neighbour:
    """A host on every port; with ``lacp``, all ports lead to one LACP partner.

    ``transmit(port, frame)`` puts a frame onto a cable. ``receive`` and ``leave`` are called
    with the clock's lock held.
    """

    def __init__(
        self,
        clock: Clock,
        ports: Sequence[int],
        transmit: Callable[[int, bytes], None],
        *,
        lacp: bool = False,
    ) -> None:
        self._transmit = transmit
        self._host = Endpoint(_MAC, IPV4, IPV6)
        self._partner = Partner(clock, ports, transmit) if lacp else None
        self._left = False

    def receive(self, port: int, frame: bytes) -> None:
        """Take a frame that the NAS sent on a port."""
        if self._left:
            return
        if frame[:6] != slow.GROUP:
            self._host.receive(frame, lambda answer: self._transmit(port, answer))
        elif self._partner is not None:
            self._partner.receive(port, frame)

    def leave(self) -> None:
        """Fall silent for good: somebody else is at the cables."""
        self._left = True
        if self._partner is not None:
            self._partner.stop()
