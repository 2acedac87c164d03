"""The ARP cache of one network stack (netinet/if_ether.c, the lltable of netinet/in.c).

An entry moves through the states of ``TRANSITIONS``. Requests leave when a packet wants
out, at most one a second; after ``maxtries`` of them senders get EHOSTDOWN.
A learned entry that was used is verified in its last seconds, and else forgotten.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from lagg_tool.clock import Timer
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.timers import Timers

BUCKETS = 32  # LLTBL_HASHTBL_SIZE


class ArpState(enum.Enum):
    """Where an entry is in its life (ARP_LLINFO_*)."""

    INCOMPLETE = "incomplete"
    REACHABLE = "reachable"
    VERIFY = "verify"
    STATIC = "static"
    DELETED = "deleted"


class ArpEvent(enum.Enum):
    """What can happen to an entry."""

    LEARNED = "learned"
    SET = "set"
    DELETE = "delete"
    TIMEOUT_USED = "timeout, used"
    TIMEOUT_UNUSED = "timeout, unused"
    GIVEN_UP = "given up"


# arptimer(), arp_check_update_lle(), lla_rt_output() and in_lltable_delete_entry().
_LEARN_AND_GO = {
    ArpEvent.LEARNED: ArpState.REACHABLE,
    ArpEvent.SET: ArpState.STATIC,
    ArpEvent.DELETE: ArpState.DELETED,
    ArpEvent.TIMEOUT_UNUSED: ArpState.DELETED,
    ArpEvent.GIVEN_UP: ArpState.DELETED,
}
TRANSITIONS: dict[ArpState, dict[ArpEvent, ArpState]] = {
    ArpState.INCOMPLETE: {**_LEARN_AND_GO, ArpEvent.TIMEOUT_USED: ArpState.DELETED},
    ArpState.REACHABLE: {**_LEARN_AND_GO, ArpEvent.TIMEOUT_USED: ArpState.VERIFY},
    ArpState.VERIFY: {**_LEARN_AND_GO, ArpEvent.TIMEOUT_USED: ArpState.VERIFY},
    ArpState.STATIC: {
        **dict.fromkeys(ArpEvent, ArpState.STATIC),  # a permanent entry is not modified
        ArpEvent.DELETE: ArpState.DELETED,
    },
    ArpState.DELETED: dict.fromkeys(ArpEvent, ArpState.DELETED),
}


@dataclass(frozen=True)
class ArpTimes:
    """The knobs of net.link.ether.inet, in seconds but for the counts."""

    keep: int = 1200  # max_age
    wait: int = 20  # how long an unanswered entry stays (arpt_down)
    retransmit: int = 1
    maxtries: int = 5
    maxhold: int = 16


@dataclass(eq=False)
class ArpEntry:
    """One neighbour; ``own`` are the stack's own addresses, which cannot be deleted."""

    link: Link
    address: IPv4Address
    state: ArpState = ArpState.INCOMPLETE
    mac: bytes = b""
    own: bool = False
    expires: int = 0  # in whole seconds of uptime; 0 for never
    asked: int = 0
    used: bool = False
    held: deque[Callable[[bytes], None]] = field(default_factory=deque)
    timer: Timer | None = None

    @property
    def valid(self) -> bool:
        """Whether packets can be addressed with it."""
        return self.state in {ArpState.REACHABLE, ArpState.VERIFY, ArpState.STATIC}

    def move(self, event: ArpEvent) -> ArpState:
        """Take one transition and return the new state."""
        self.state = TRANSITIONS[self.state][event]
        return self.state

    def stop(self) -> None:
        """Cancel the entry's timer."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


def bucket(address: IPv4Address) -> int:
    """Return the hash bucket of in_lltable_hash_dst(): listings go by it."""
    first, second, third, fourth = address.packed
    return (first ^ second ^ third ^ fourth) % BUCKETS


class ArpTable:
    """Entries of all interfaces of one stack.

    ``ask`` sends a request for an address on a link; ``log`` takes a kernel message.
    """

    def __init__(
        self,
        timers: Timers,
        ask: Callable[[Link, IPv4Address], None],
        log: Callable[[str], None],
    ) -> None:
        self.times = ArpTimes()
        self._timers = timers
        self._ask = ask
        self._log = log
        self._entries: dict[Link, dict[IPv4Address, ArpEntry]] = {}

    def uptime(self) -> int:
        """Return time_uptime, whole seconds."""
        return int(self._timers.now()) + 1

    def find(self, link: Link, address: IPv4Address) -> ArpEntry | None:
        """Return the entry for an address on a link."""
        return self._entries.get(link, {}).get(address)

    def entries(self, links: Sequence[Link]) -> Iterator[ArpEntry]:
        """Go through the entries of these links, each link's in the order of its hash table."""
        for link in links:
            # A new entry goes to the head of its bucket.
            newest_first = list(reversed(self._entries.get(link, {}).values()))
            newest_first.sort(key=lambda entry: bucket(entry.address))
            yield from newest_first

    def set_own(self, link: Link, address: IPv4Address, mac: bytes) -> None:
        """Enter one's own address, permanently (in_lltable_alloc with LLE_IFADDR)."""
        self._drop(link, address)
        self._insert(ArpEntry(link, address, ArpState.STATIC, mac, own=True))

    def set_static(self, link: Link, address: IPv4Address, mac: bytes) -> None:
        """Enter a neighbour for good (arp -s). Raises EPERM for one's own address."""
        entry = self.find(link, address)
        if entry is not None and entry.own:
            raise KernelError(Errno.EPERM)
        if entry is None:
            entry = self._insert(ArpEntry(link, address))
        entry.stop()
        entry.move(ArpEvent.SET)
        entry.mac, entry.expires = mac, 0
        self._flush(entry)

    def delete(self, link: Link, address: IPv4Address) -> None:
        """Forget a neighbour. Raises ENOENT, and EPERM for one's own address."""
        entry = self.find(link, address)
        if entry is None:
            raise KernelError(Errno.ENOENT)
        if entry.own:
            raise KernelError(Errno.EPERM)
        self._drop(link, address)

    def forget_own(self, link: Link, address: IPv4Address) -> None:
        """Take out an address that the interface has no more."""
        self._drop(link, address)

    def forget_link(self, link: Link, *, own: bool = False) -> None:
        """Forget the neighbours on a link; with ``own`` its own addresses too."""
        for entry in list(self._entries.get(link, {}).values()):
            if own or not entry.own:
                self._drop(link, entry.address)

    def update_own(self, link: Link, mac: bytes) -> None:
        """Take over a new MAC address of the interface."""
        for entry in self._entries.get(link, {}).values():
            if entry.own:
                entry.mac = mac

    def resolve(
        self, link: Link, address: IPv4Address, send: Callable[[bytes], None], *, gateway: bool
    ) -> None:
        """Send with the neighbour's MAC address, now or when it is known (arpresolve).

        ``send`` may raise KernelError when it is called at once. Raises EHOSTDOWN, or
        EHOSTUNREACH for a gateway, after too many unanswered requests.
        """
        entry = self.find(link, address)
        if entry is not None and entry.valid:
            entry.used = True
            send(entry.mac)
            return
        if entry is None:
            entry = self._insert(ArpEntry(link, address))
        self._hold(entry, send)
        given_up = entry.asked >= self.times.maxtries
        if entry.asked == 0 or entry.expires != self.uptime():
            entry.expires = self.uptime()
            self._arm(entry, self.times.wait)
            entry.asked += 1
            self._ask(link, address)
        if given_up:
            raise KernelError(Errno.EHOSTUNREACH if gateway else Errno.EHOSTDOWN)

    def learn(self, link: Link, address: IPv4Address, mac: bytes, *, create: bool) -> None:
        """Enter the MAC address that a neighbour announces (arp_check_update_lle)."""
        entry = self.find(link, address)
        if entry is None:
            if not create:
                return
            entry = self._insert(ArpEntry(link, address))
        if entry.valid and entry.mac != mac and not self._may_move(entry, mac):
            return
        entry.mac = mac
        if entry.move(ArpEvent.LEARNED) is ArpState.REACHABLE:
            entry.asked, entry.used = 0, False
            entry.expires = self.uptime() + self.times.keep
            self._arm(entry, self.times.keep - self.times.maxtries * self.times.retransmit)
        self._flush(entry)

    def _may_move(self, entry: ArpEntry, mac: bytes) -> bool:
        new, where = mac.hex(":"), entry.link.name
        if entry.state is ArpState.STATIC:
            self._log(
                f"arp: {new} attempts to modify permanent entry for {entry.address} on {where}"
            )
            return False
        self._log(f"arp: {entry.address} moved from {entry.mac.hex(':')} to {new} on {where}")
        return True

    def _hold(self, entry: ArpEntry, send: Callable[[bytes], None]) -> None:
        if len(entry.held) >= self.times.maxhold:
            entry.held.popleft()
        entry.held.append(send)

    def _flush(self, entry: ArpEntry) -> None:
        held, entry.held = entry.held, deque()
        for send in held:
            try:
                send(entry.mac)
            except KernelError:
                continue  # the sender has returned long ago

    def _timeout(self, entry: ArpEntry) -> None:
        entry.timer = None
        tries_left = entry.asked < self.times.maxtries
        if entry.state is ArpState.VERIFY and not tries_left:
            event = ArpEvent.GIVEN_UP
        else:
            verifying = entry.state is ArpState.VERIFY
            event = ArpEvent.TIMEOUT_USED if entry.used or verifying else ArpEvent.TIMEOUT_UNUSED
        if entry.move(event) is ArpState.VERIFY:
            entry.asked += 1
            self._arm(entry, self.times.retransmit)
            self._ask(entry.link, entry.address)
        elif entry.state is ArpState.DELETED:
            self._drop(entry.link, entry.address)

    def _arm(self, entry: ArpEntry, seconds: int) -> None:
        entry.stop()
        entry.timer = self._timers.after(seconds, lambda: self._timeout(entry))

    def _insert(self, entry: ArpEntry) -> ArpEntry:
        self._entries.setdefault(entry.link, {})[entry.address] = entry
        return entry

    def _drop(self, link: Link, address: IPv4Address) -> None:
        entry = self._entries.get(link, {}).pop(address, None)
        if entry is not None:
            entry.state = ArpState.DELETED
            entry.stop()
            entry.held.clear()
