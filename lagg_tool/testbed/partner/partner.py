"""An LACP partner as the NAS sees it from its ports: one system with a key.

Its logic is small and its own, independent of wire/lacp.py: it answers each LACPDU with
one whose partner record is what it received, it repeats itself as often as the NAS's TIMEOUT
bit asks (802.1AX 6.4.13), it answers markers, and its settings can make each of that wrong.
Its own record is what the settings say; they may change at run time.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lagg_tool.clock import Clock, Timer
from lagg_tool.wire import slow
from lagg_tool.wire.slow import NOBODY, Info, Lacpdu, Marker, MarkerKind, State

FAST, SLOW = 1.0, 30.0  # seconds between LACPDUs; Fast_ and Slow_Periodic_Time, 6.4.4
_WRONG_KEY = 0x7FFF


class Echo(enum.Enum):
    """What the partner's LACPDUs say of the NAS."""

    RIGHT = "what it heard"
    ZERO = "nothing"
    WRONG = "another key"


def partner_state(
    *,
    active: bool = True,
    fast: bool = False,
    individual: bool = False,
    in_sync: bool = True,
    collecting: bool = True,
    distributing: bool = True,
) -> State:
    """Return a state octet from what it means; the default is 0x3d."""
    bits = (
        (active, State.ACTIVITY),
        (fast, State.TIMEOUT),
        (not individual, State.AGGREGATION),
        (in_sync, State.SYNC),
        (collecting, State.COLLECTING),
        (distributing, State.DISTRIBUTING),
    )
    state = State(0)
    for holds, bit in bits:
        state |= bit if holds else State(0)
    return state


@dataclass(frozen=True)
class Settings:
    """What a partner says and does.

    ``answers`` off ignores the NAS's LACPDUs, ``periodic`` off sends nothing unasked; with
    both off the partner is silent. A port's number on the wire is its number on the testbed
    plus ``port_offset``.
    """

    system: bytes = bytes.fromhex("0200000000fe")
    key: int = 7
    system_priority: int = 0x8000
    port_priority: int = 0x8000
    port_offset: int = 0
    state: State = partner_state()  # noqa: RUF009 - a constant
    echo: Echo = Echo.RIGHT
    answers: bool = True
    periodic: bool = True
    markers: bool = True

    def info(self, port: int) -> Info:
        """Return what the partner says of itself on a port."""
        return Info(
            self.system_priority,
            self.system,
            self.key,
            self.port_priority,
            port + self.port_offset,
            self.state,
        )

    def source(self, port: int) -> bytes:
        """Return the source address of its frames: the system's first five octets and the port."""
        return self.system[:5] + bytes((port & 0xFF,))


class Partner:
    """One LACP system at a group of ports.

    ``transmit(port, frame)`` puts a frame onto a port's cable. All methods are called with
    the clock's lock held.
    """

    def __init__(
        self,
        clock: Clock,
        ports: Iterable[int],
        transmit: Callable[[int, bytes], None],
        settings: Settings | None = None,
    ) -> None:
        self._clock = clock
        self._transmit = transmit
        self.settings = settings or Settings()
        self._deviating: dict[int, Settings] = {}
        self.ports = tuple(ports)
        self.heard: dict[int, Info] = dict.fromkeys(self.ports, NOBODY)
        self._timers: dict[int, Timer] = {}
        for port in self.ports:
            self._schedule(port)

    def change(self, **settings: object) -> None:
        """Change settings by name, on all ports; nothing is sent for it (see ``send``)."""
        self.settings = dataclasses.replace(self.settings, **settings)  # type: ignore[arg-type]
        self._deviating.clear()
        for port in self.ports:
            self._schedule(port)

    def of(self, port: int) -> Settings:
        """Return the settings that hold on a port."""
        return self._deviating.get(port, self.settings)

    def change_port(self, port: int, **settings: object) -> None:
        """Change settings of one port only; nothing is sent for it."""
        self._deviating[port] = dataclasses.replace(self.of(port), **settings)  # type: ignore[arg-type]
        self._schedule(port)

    def silence(self) -> None:
        """Stop sending, both LACPDUs and marker responses."""
        self.change(answers=False, periodic=False, markers=False)

    def speak(self) -> None:
        """Start to answer and repeat again, with an LACPDU on each port at once."""
        self.change(answers=True, periodic=True, markers=True)
        for port in self.ports:
            self.send(port)

    def send(self, port: int) -> None:
        """Send an LACPDU now."""
        pdu = Lacpdu(self.of(port).info(port), self._view(port))
        self._transmit(port, pdu.encode(self.of(port).source(port)))

    def receive(self, port: int, frame: bytes) -> None:
        """Take a slow protocols frame from the NAS."""
        pdu = Lacpdu.parse(frame)
        if pdu is not None:
            self._take(port, pdu)
            return
        marker = Marker.parse(frame)
        if marker is not None and marker.kind is MarkerKind.INFORMATION and self.of(port).markers:
            self._transmit(port, slow.marker_response(frame, self.of(port).source(port)))

    def in_use(self, port: int) -> bool:
        """Whether the NAS takes data on the port: it collects, and the link is in sync."""
        wanted = State.SYNC | State.COLLECTING
        return self.heard[port].state & wanted == wanted

    def link_changed(self, port: int, *, up: bool) -> None:
        """Discard what was received on a port whose link is down."""
        if not up:
            self.heard[port] = NOBODY

    def stop(self) -> None:
        """Cancel the timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _take(self, port: int, pdu: Lacpdu) -> None:
        if pdu.actor[:2] == self.of(port).info(port)[:2]:
            return  # our own frame came back
        before, self.heard[port] = self.heard[port], pdu.actor
        if self._period(before) != self._period(pdu.actor):
            self._schedule(port)
        if self.of(port).answers:
            self.send(port)

    def _view(self, port: int) -> Info:
        heard = self.heard[port]
        if self.of(port).echo is Echo.ZERO:
            return NOBODY
        if self.of(port).echo is Echo.WRONG:
            return heard._replace(key=heard.key ^ _WRONG_KEY)
        return heard

    @staticmethod
    def _period(heard: Info) -> float:
        return FAST if heard.state & State.TIMEOUT else SLOW

    def _schedule(self, port: int) -> None:
        if port in self._timers:
            self._timers.pop(port).cancel()
        if self.of(port).periodic:
            when = self._clock.now() + self._period(self.heard[port])
            self._timers[port] = self._clock.call_at(when, lambda: self._repeat(port))

    def _repeat(self, port: int) -> None:
        if (self.of(port).state | self.heard[port].state) & State.ACTIVITY:
            self.send(port)
        self._schedule(port)
