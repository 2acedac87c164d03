"""The neighbour cache of IPv6 in one network stack (netinet6/nd6.c, RFC 4861 7.3).

``TRANSITIONS`` is the state machine of 7.3.2 and appendix C as nd6_llinfo_timer() and
nd6_cache_lladdr() run it. Unanswered solicitations: three, a second apart.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from lagg_tool.clock import Timer
from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.timers import Timers

RETRANSMIT = 1.0  # RETRANS_TIMER
REACHABLE_TIME = 30.0
DELAY_FIRST_PROBE = 5.0
STALE_TIME = 86400.0  # nd6_gctimer
MAX_TRIES = 3  # nd6_mmaxtries, nd6_umaxtries
MAX_HELD = 16  # nd6_maxqueuelen


class NeighbourState(enum.Enum):
    """ND6_LLINFO_*."""

    INCOMPLETE = "I"
    REACHABLE = "R"
    STALE = "S"
    DELAY = "D"
    PROBE = "P"
    DELETED = "N"


class NeighbourEvent(enum.Enum):
    """What can happen to a neighbour."""

    CONFIRMED = "a solicited advertisement"
    HEARD = "its address in another message"
    USED = "a packet to it"
    TIMEOUT = "the state's time is over"


_S, _E = NeighbourState, NeighbourEvent
_ALWAYS = {_E.CONFIRMED: _S.REACHABLE}
TRANSITIONS: dict[NeighbourState, dict[NeighbourEvent, NeighbourState]] = {
    _S.INCOMPLETE: {
        **_ALWAYS,
        _E.HEARD: _S.STALE,
        _E.USED: _S.INCOMPLETE,
        _E.TIMEOUT: _S.INCOMPLETE,
    },
    _S.REACHABLE: {
        **_ALWAYS,
        _E.HEARD: _S.REACHABLE,
        _E.USED: _S.REACHABLE,
        _E.TIMEOUT: _S.STALE,
    },
    _S.STALE: {**_ALWAYS, _E.HEARD: _S.STALE, _E.USED: _S.DELAY, _E.TIMEOUT: _S.DELETED},
    _S.DELAY: {**_ALWAYS, _E.HEARD: _S.DELAY, _E.USED: _S.DELAY, _E.TIMEOUT: _S.PROBE},
    _S.PROBE: {**_ALWAYS, _E.HEARD: _S.PROBE, _E.USED: _S.PROBE, _E.TIMEOUT: _S.PROBE},
    _S.DELETED: dict.fromkeys(NeighbourEvent, _S.DELETED),
}
# How long a state lasts before TIMEOUT.
LASTS = {
    _S.INCOMPLETE: RETRANSMIT,
    _S.REACHABLE: REACHABLE_TIME,
    _S.STALE: STALE_TIME,
    _S.DELAY: DELAY_FIRST_PROBE,
    _S.PROBE: RETRANSMIT,
}


@dataclass(eq=False)
class Neighbour:
    """One entry."""

    link: Link
    address: IPv6Address
    state: NeighbourState = NeighbourState.INCOMPLETE
    mac: bytes = b""
    tries: int = 0
    held: deque[Callable[[bytes], None]] = field(default_factory=deque)
    timer: Timer | None = None

    def stop(self) -> None:
        """Cancel the entry's timer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class NeighbourCache:
    """Neighbours of all links; ``solicit`` asks for one, to its MAC address when that is known."""

    def __init__(self, timers: Timers, solicit: Callable[[Neighbour], None]) -> None:
        self._timers = timers
        self._solicit = solicit
        self._entries: dict[tuple[Link, IPv6Address], Neighbour] = {}

    def find(self, link: Link, address: IPv6Address) -> Neighbour | None:
        """Return the entry of an address on a link."""
        return self._entries.get((link, address))

    def _forget(self, entry: Neighbour) -> None:
        del self._entries[entry.link, entry.address]
        entry.stop()

    def forget_link(self, link: Link) -> None:
        """Forget everybody on a link."""
        for entry in list(self._entries.values()):
            if entry.link is link:
                self._forget(entry)

    def resolve(self, link: Link, address: IPv6Address, send: Callable[[bytes], None]) -> None:
        """Send to a neighbour, now or when it has answered (nd6_resolve)."""
        entry = self.find(link, address)
        if entry is None:
            entry = self._entries[link, address] = Neighbour(link, address)
        if entry.mac:
            self._move(entry, NeighbourEvent.USED)
            send(entry.mac)
            return
        if len(entry.held) >= MAX_HELD:
            entry.held.popleft()
        entry.held.append(send)
        if entry.timer is None:
            self._ask(entry)

    def heard(self, link: Link, address: IPv6Address, mac: bytes) -> None:
        """Take over the link address that another message carried (nd6_cache_lladdr)."""
        entry = self.find(link, address)
        if entry is None:
            entry = self._entries[link, address] = Neighbour(link, address)
        changed = entry.mac not in {b"", mac}
        entry.mac = mac
        if changed:
            entry.state = NeighbourState.STALE
            self._arm(entry)
        else:
            self._move(entry, NeighbourEvent.HEARD)
        self._flush(entry)

    def advertised(
        self,
        link: Link,
        address: IPv6Address,
        mac: bytes | None,
        *,
        solicited: bool,
        override: bool,
    ) -> None:
        """Handle an advertisement; one about an unknown neighbour is ignored."""
        entry = self.find(link, address)
        if entry is None:
            return
        if mac is None:
            if not entry.mac:
                return
        elif not entry.mac or override:
            entry.mac = mac
        elif entry.mac != mac:
            return
        self._move(entry, NeighbourEvent.CONFIRMED if solicited else NeighbourEvent.HEARD)
        self._flush(entry)

    def _ask(self, entry: Neighbour) -> None:
        entry.tries += 1
        self._arm(entry)
        self._solicit(entry)

    def _move(self, entry: Neighbour, event: NeighbourEvent) -> None:
        before = entry.state
        entry.state = TRANSITIONS[before][event]
        if event is NeighbourEvent.CONFIRMED:
            entry.tries = 0
        if entry.state is not before or event is NeighbourEvent.CONFIRMED:
            self._arm(entry)

    def _timeout(self, entry: Neighbour) -> None:
        entry.timer = None
        asking = entry.state in {NeighbourState.INCOMPLETE, NeighbourState.PROBE}
        if asking and entry.tries >= MAX_TRIES:
            self._forget(entry)
            return
        entry.state = TRANSITIONS[entry.state][NeighbourEvent.TIMEOUT]
        if entry.state is NeighbourState.DELETED:
            self._forget(entry)
        elif entry.state in {NeighbourState.INCOMPLETE, NeighbourState.PROBE}:
            self._ask(entry)
        else:
            entry.tries = 0
            self._arm(entry)

    def _arm(self, entry: Neighbour) -> None:
        entry.stop()
        entry.timer = self._timers.after(LASTS[entry.state], lambda: self._timeout(entry))

    def _flush(self, entry: Neighbour) -> None:
        held, entry.held = entry.held, deque()
        for send in held:
            try:
                send(entry.mac)
            except KernelError:
                continue  # the sender has returned long ago
