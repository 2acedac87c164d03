"""Following a LAGG: what changes at its ports from one look to the next, and which is marginal.

Pure: ``LaggWatch`` takes what ifconfig and dmesg said at a moment and returns events. A
change between two looks is seen in dmesg, which keeps what is over when we look.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from lagg_tool.errors import TargetError, UsageError
from lagg_tool.ifconfig import Interface, Listing, Port
from lagg_tool.lagg.finding import is_silent, last_seen
from lagg_tool.lagg.media import media_in_use

_LINK = re.compile(r"(?:^|\s)(\S+): link state changed to (UP|DOWN)\s*$")
_STOPPED = re.compile(r"(?:^|\s)(\S+): Interface stopped DISTRIBUTING, possible flapping")
HOST = "NAS"  # where an event is that is not about the LAGG
_LINKED = ("active", "associated")  # the second is that of a wireless port


@dataclass(frozen=True)
class Look:
    """The host at one moment: seconds since the watch began, and the host's own clock."""

    at: float
    clock: str
    listing: Listing
    dmesg: Sequence[str] = ()


@dataclass(frozen=True)
class Outage:
    """The NAS did not answer at a moment: seconds since the watch began, and why."""

    at: float
    error: TargetError


@dataclass(frozen=True)
class WatchEvent:
    """A change at a port, or at the LAGG; a ``disturbance`` counts against the port."""

    at: float
    clock: str
    where: str
    what: str
    disturbance: bool = False


@dataclass(frozen=True)
class PortView:
    """A port as it was seen last."""

    name: str
    link: str
    media: str
    flags: str
    partner: str
    disturbances: tuple[WatchEvent, ...]


class Moment(Protocol):
    """What every look at a host has."""

    @property
    def at(self) -> float:
        """Seconds since the watch began."""
        ...

    @property
    def clock(self) -> str:
        """The host's own clock."""
        ...


L = TypeVar("L", bound=Moment)
Found = tuple[str, str, bool]  # where, what, and whether it disturbs


@dataclass
class Watch(abc.ABC, Generic[L]):
    """What was seen of one LAGG since the watch began."""

    name: str
    events: list[WatchEvent] = field(default_factory=list)
    looked: float = 0.0  # how long it has been watched, in seconds
    is_gone: bool = False  # the LAGG, since it was seen
    is_silent: bool = False  # the NAS
    _last: L | None = None

    @abc.abstractmethod
    def check(self, look: L) -> None:
        """Raise UsageError where the LAGG is not there, or is none."""

    @abc.abstractmethod
    def changes(self, before: L, now: L) -> Iterator[Found]:
        """Yield what has changed from one look to the next."""

    @abc.abstractmethod
    def describe(self, look: L) -> str:
        """Return the LAGG in a few words."""

    @property
    @abc.abstractmethod
    def ports(self) -> tuple[PortView, ...]:
        """The ports as they were seen last."""

    @property
    def has_begun(self) -> bool:
        """Whether the LAGG has been seen."""
        return self._last is not None

    @property
    def title(self) -> str:
        """The LAGG in a few words."""
        if self.is_silent:
            return f"{self.name}: the NAS does not answer"
        if self.is_gone:
            return f"{self.name}: it is gone"
        return self.describe(self._last) if self._last else self.name

    def see(self, look: L) -> list[WatchEvent]:
        """Return what has changed since the last look.

        Raises UsageError for what is no LAGG, unless it was one before.
        """
        found: list[Found] = [(HOST, "it answers again", False)] if self.is_silent else []
        self.is_silent = False
        try:
            self.check(look)
        except UsageError:
            if self._last is None:
                raise
            found += [] if self.is_gone else [(self.name, "it is gone", True)]
            self.is_gone = True
        else:
            if self.is_gone:  # another one, with other counters and states
                found.append((self.name, "it is there again", False))
            elif self._last is not None:
                found += self.changes(self._last, look)
            self.is_gone, self._last = False, look
        return self._add(look.at, look.clock, found)

    def miss(self, outage: Outage) -> list[WatchEvent]:
        """Return that the NAS does not answer, unless that is so already."""
        reason = str(outage.error).partition(";")[0]  # what to do about it is done
        found = [] if self.is_silent else [(HOST, f"it does not answer: {reason}", True)]
        self.is_silent = True
        return self._add(outage.at, "", found)

    def _add(self, at: float, clock: str, found: Iterable[Found]) -> list[WatchEvent]:
        self.looked = at
        events = [WatchEvent(at, clock, where, what, bad) for where, what, bad in found]
        self.events += events
        return events

    def disturbances(self, port: str) -> tuple[WatchEvent, ...]:
        """Return what disturbed a port."""
        return tuple(each for each in self.events if each.where == port and each.disturbance)

    @property
    def marginal(self) -> str:
        """The port with the most disturbances; empty if none was disturbed, or all equally."""
        counts: dict[str, int] = {}
        for event in self.events:
            if event.disturbance and event.where not in (self.name, HOST):
                counts[event.where] = counts.get(event.where, 0) + 1
        most = sorted(counts, key=lambda name: -counts[name])
        if not most or (len(most) > 1 and counts[most[0]] == counts[most[1]]):
            return ""
        return most[0]


@dataclass
class LaggWatch(Watch[Look]):
    """What was seen of one lagg of FreeBSD since the watch began."""

    def check(self, look: Look) -> None:
        """Raise UsageError where the LAGG is not there, or is none."""
        self._lagg(look)

    def changes(self, before: Look, now: Look) -> Iterator[Found]:
        """Yield what has changed from one look to the next."""
        said = new_lines(before.dmesg, now.dmesg)
        return _changes(self._lagg(before), self._lagg(now), before.listing, now.listing, said)

    def _lagg(self, look: Look) -> Interface:
        lagg = last_seen(look.listing, self.name)
        if lagg is None or lagg.lagg is None:
            laggs = ", ".join(each.name for each in look.listing.interfaces if each.lagg) or "none"
            raise UsageError(f"{self.name}: no such LAGG; the LAGGs of this host: {laggs}")
        return lagg

    def describe(self, look: Look) -> str:
        """Return the LAGG in a few words."""
        lagg = self._lagg(look)
        active = sum("ACTIVE" in port.flags for port in lagg.ports)
        protocol = lagg.lagg.protocol if lagg.lagg else ""
        return (
            f"{self.name} {protocol}: {active} of {len(lagg.ports)} ports active, "
            f"status {lagg.status or 'unknown'}"
        )

    @property
    def ports(self) -> tuple[PortView, ...]:
        """The ports as they were seen last."""
        if self._last is None:
            return ()
        look = self._last
        return tuple(self._view(port, look.listing) for port in self._lagg(look).ports)

    def _view(self, port: Port, listing: Listing) -> PortView:
        interface = last_seen(listing, port.name)
        return PortView(
            port.name,
            _link(interface),
            media_in_use(interface) if interface else "",
            ",".join(port.flags.names) or "-",
            port.partner.system if port.partner and not is_silent(port) else "-",
            self.disturbances(port.name),
        )


def new_lines(before: Sequence[str], now: Sequence[str]) -> Sequence[str]:
    """Return the lines of dmesg that were not there before; the oldest may be gone, or cut."""
    for gone, oldest in enumerate(before):
        if now and oldest.endswith(now[0]):
            kept = len(before) - gone
            if list(now[1:kept]) == list(before[gone + 1 :]):
                return now[kept:]
    return now


def _link(interface: Interface | None) -> str:
    if interface is None:
        return "gone"
    return "down" if "UP" not in interface.flags else interface.status or "unknown"


def _changes(
    before: Interface, now: Interface, was: Listing, listing: Listing, said: Sequence[str]
) -> Iterator[tuple[str, str, bool]]:
    ports = {port.name: port for port in now.ports}
    old = {port.name: port for port in before.ports}
    protocol = now.lagg.protocol if now.lagg else ""
    for name in (name for name in old if name not in ports):
        yield name, "left the LAGG", True
    for name, port in ports.items():
        if name not in old:
            yield name, "joined the LAGG", False
            continue
        logged = [m[2] for line in said if (m := _LINK.search(line)) and m[1] == name]
        for state in logged:
            yield name, f"link {'lost' if state == 'DOWN' else 'back'}", state == "DOWN"
        link, then = _link(last_seen(listing, name)), _link(last_seen(was, name))
        if link != then and not logged:
            lost = link not in _LINKED and then in _LINKED
            yield name, f"link {'lost' if lost else 'back' if link in _LINKED else link}", lost
        stopped = sum(1 for line in said if (m := _STOPPED.search(line)) and m[1] == name)
        if stopped:
            yield name, f"stopped distributing because of its partner, {stopped} times", True
        yield from _lacp_changes(old[name], port, is_lacp=protocol == "lacp", told=bool(stopped))
        media, earlier = (last_seen(each, name) for each in (listing, was))
        if media and earlier and link == then and media_in_use(media) != media_in_use(earlier):
            yield name, f"media {media_in_use(earlier)} -> {media_in_use(media)}", True
    yield from _own_changes(before, now)


def _own_changes(before: Interface, now: Interface) -> Iterator[Found]:
    """Yield what has changed of the LAGG itself."""
    was, up = ("UP" in each.flags for each in (before, now))
    if was != up:
        yield now.name, "up" if up else "down", not up
    protocol = now.lagg.protocol if now.lagg else ""
    if before.lagg and protocol != before.lagg.protocol:
        yield now.name, f"protocol {before.lagg.protocol} -> {protocol}", True
    if now.mtu != before.mtu:
        yield now.name, f"MTU {before.mtu} -> {now.mtu}", False
    if now.status != before.status and was == up:  # else it follows from that
        yield now.name, f"status {before.status} -> {now.status}", now.status != "active"
    if (now.flapping or 0) > (before.flapping or 0):
        yield now.name, f"flapping {before.flapping} -> {now.flapping}", True


def _lacp_changes(
    before: Port, now: Port, *, is_lacp: bool, told: bool
) -> Iterator[tuple[str, str, bool]]:
    was, active = "ACTIVE" in before.flags, "ACTIVE" in now.flags
    if was and not active:
        yield now.name, "not active any more", is_lacp and not told
    elif active and not was:
        yield now.name, "active", False
    for name, words in (("EXPIRED", "the partner is late"), ("DEFAULTED", "no partner")):
        if now.state and before.state and name in now.state and name not in before.state:
            yield now.name, words, True
    old, new = before.partner, now.partner
    if old and new and not (is_silent(before) or is_silent(now)) and old.system != new.system:
        yield now.name, f"partner {old.system} -> {new.system}", True
