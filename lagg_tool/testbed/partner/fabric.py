"""The switch itself: ports, groups of ports, a learning table, silent cables.

A group of ports is one logical port; with an LACP partner it carries data only on the
ports where the NAS collects. A frame from a logical port is learned, and goes to the
logical port of its destination or to all others (802.1Q 8.6, 8.7, without ageing).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lagg_tool.clock import Clock
from lagg_tool.testbed.partner.endpoint import Endpoint
from lagg_tool.testbed.partner.partner import Partner, Settings
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import HEADER_LENGTH, is_multicast


@dataclass(frozen=True)
class _Group:
    """A logical port: one port, or those of a partner."""

    ports: tuple[int, ...]
    partner: Partner | None = None


class VirtualSwitch:
    """A switch whose ports are the far ends of the NAS's ports.

    ``transmit(port, frame)`` puts a frame onto a port's cable; ``receive`` takes one from
    it. Every port is a logical port of its own until ``lacp`` joins some. All
    methods are called with the clock's lock held.
    """

    def __init__(
        self,
        clock: Clock,
        ports: Iterable[int],
        transmit: Callable[[int, bytes], None],
    ) -> None:
        self._clock = clock
        self._transmit = transmit
        self.ports = tuple(ports)
        self._groups = {port: _Group((port,)) for port in self.ports}
        self._up = dict.fromkeys(self.ports, True)
        self._silent_to_nas: set[int] = set()
        self._silent_from_nas: set[int] = set()
        self.endpoints: list[Endpoint] = []
        self.table: dict[bytes, tuple[int, ...]] = {}

    # Set up, at any time.

    def lacp(self, ports: Iterable[int], settings: Settings | None = None) -> Partner:
        """Join ports into one logical port with an LACP partner; return the partner."""
        partner = Partner(self._clock, ports, self._emit, settings)
        self._join(_Group(partner.ports, partner))
        return partner

    def attach(self, endpoint: Endpoint) -> None:
        """Connect a host to the switch, behind its ports."""
        self.endpoints.append(endpoint)
        self.table[endpoint.mac] = ()

    def silence(self, port: int, *, to_nas: bool, from_nas: bool) -> None:
        """Make a port's cable carry nothing in these directions, and all in the others."""
        for ports, silent in ((self._silent_to_nas, to_nas), (self._silent_from_nas, from_nas)):
            (ports.add if silent else ports.discard)(port)

    def link_changed(self, port: int, *, up: bool) -> None:
        """Take note of a port's carrier; what was learned there alone is forgotten."""
        self._up[port] = up
        group = self._groups[port]
        if group.partner is not None:
            group.partner.link_changed(port, up=up)
        if not up and not any(self._up[other] for other in group.ports):
            self.table = {mac: ports for mac, ports in self.table.items() if ports != group.ports}

    def stop(self) -> None:
        """Cancel the timers of the partners."""
        for group in self._groups.values():
            if group.partner is not None:
                group.partner.stop()

    def _join(self, group: _Group) -> None:
        for old in {self._groups[port] for port in group.ports}:
            if old.partner is not None:
                old.partner.stop()
            for port in old.ports:
                self._groups[port] = _Group((port,))
            self.table = {mac: ports for mac, ports in self.table.items() if ports != old.ports}
        for port in group.ports:
            self._groups[port] = group

    # Frames.

    def receive(self, port: int, frame: bytes) -> None:
        """Take a frame that the NAS sent on a port."""
        if port in self._silent_from_nas or len(frame) < HEADER_LENGTH or not self._up[port]:
            return
        group = self._groups[port]
        if frame[:6] == slow.GROUP:  # never forwarded (802.1Q table 8-1)
            if group.partner is not None:
                group.partner.receive(port, frame)
            return
        if group.partner is not None and not group.partner.in_use(port):
            return
        if not is_multicast(frame[6:12]):
            self.table[frame[6:12]] = group.ports
        self._forward(group.ports, frame)

    def send(self, frame: bytes) -> None:
        """Take a frame that an endpoint sends."""
        self._forward((), frame)

    def _forward(self, origin: tuple[int, ...], frame: bytes) -> None:
        target = None if is_multicast(frame[:6]) else self.table.get(frame[:6])
        for endpoint in list(self.endpoints):
            # An endpoint's own answers come back here: it never takes its own frames.
            endpoint.receive(frame, self.send)
        for group in {self._groups[one].ports: self._groups[one] for one in self.ports}.values():
            if group.ports != origin and target in (None, group.ports):
                member = self._choose(group, frame)
                if member is not None:
                    self._emit(member, frame)

    def _choose(self, group: _Group, frame: bytes) -> int | None:
        usable = [
            port
            for port in group.ports
            if self._up[port] and (group.partner is None or group.partner.in_use(port))
        ]
        return usable[zlib.crc32(frame[:12]) % len(usable)] if usable else None

    def _emit(self, port: int, frame: bytes) -> None:
        if port not in self._silent_to_nas:
            self._transmit(port, frame)
