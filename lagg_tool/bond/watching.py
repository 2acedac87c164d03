"""Following a bond: what changes at its ports from one look to the next. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lagg_tool.bond.links import Link
from lagg_tool.bond.report import BondReport, PortReport
from lagg_tool.errors import UsageError
from lagg_tool.lagg.watching import Found, PortView, Watch, new_lines
from lagg_tool.wire.slow import State
from lagg_tool.wire.summary import state_words

_SLAVE = re.compile(r"(?P<bond>\S+): \(slave (?P<port>\S+)\): (?P<said>.*?)\s*$")
_DOWN = re.compile(r"link status (definitely )?down")
_UP = re.compile(r"link status (definitely )?up")
_CARRIES = State.SYNC | State.COLLECTING | State.DISTRIBUTING


@dataclass(frozen=True)
class BondLook:
    """The host at one moment: seconds since the watch began, and the host's own clock."""

    at: float
    clock: str
    links: Mapping[str, Link]
    reports: Mapping[str, BondReport]
    dmesg: Sequence[str] = field(default=())


@dataclass
class BondWatch(Watch[BondLook]):
    """What was seen of one bond since the watch began."""

    def check(self, look: BondLook) -> None:
        """Raise UsageError where the bond is not there, or is none."""
        self._bond(look)

    def changes(self, before: BondLook, now: BondLook) -> Iterator[Found]:
        """Yield what has changed from one look to the next."""
        was, bond = self._bond(before), self._bond(now)
        said = new_lines(before.dmesg, now.dmesg)
        old = {port.name: port for port in was.ports}
        for name in old:
            if bond.port(name) is None:
                yield name, "left the LAGG", True
        for port in bond.ports:
            earlier = old.get(port.name)
            if earlier is None:
                yield port.name, "joined the LAGG", False
                continue
            yield from _port_changes(self.name, earlier, port, said)
        if was.mode != bond.mode:
            yield self.name, f"mode {was.mode} -> {bond.mode}", True
        up = [self.name in look.links and look.links[self.name].up for look in (before, now)]
        if up[0] != up[1]:
            yield self.name, "up" if up[1] else "down", not up[1]
        if was.active != bond.active:
            yield (
                bond.active or self.name,
                f"carries traffic now, not {was.active or 'none'}",
                False,
            )
        numbers = [each.aggregator.number if each.aggregator else None for each in (was, bond)]
        if numbers[0] != numbers[1]:
            yield self.name, f"aggregator {numbers[0]} -> {numbers[1]}", True
        carriers = [
            self.name in look.links and look.links[self.name].carrier for look in (before, now)
        ]
        if carriers[0] != carriers[1] and up[0] == up[1]:  # else it follows from that
            yield self.name, f"carrier {'back' if carriers[1] else 'lost'}", not carriers[1]

    def _bond(self, look: BondLook) -> BondReport:
        report = look.reports.get(self.name)
        if report is None:
            bonds = ", ".join(look.reports) or "none"
            raise UsageError(f"{self.name}: no such LAGG; the LAGGs of this host: {bonds}")
        return report

    def describe(self, look: BondLook) -> str:
        """Return the bond in a few words."""
        bond = self._bond(look)
        active = sum(_is_active(port, bond) for port in bond.ports)
        return (
            f"{self.name} {bond.mode}: {active} of {len(bond.ports)} ports active, MII {bond.mii}"
        )

    @property
    def ports(self) -> tuple[PortView, ...]:
        """The ports as they were seen last."""
        if self._last is None:
            return ()
        bond = self._bond(self._last)
        return tuple(
            PortView(
                port.name,
                port.mii or "unknown",
                "unknown" if port.speed is None else f"{port.speed} Mb/s {port.duplex}",
                _flags(port, bond),
                port.partner.system if port.partner and not port.silent else "-",
                self.disturbances(port.name),
            )
            for port in bond.ports
        )


def _is_active(port: PortReport, bond: BondReport) -> bool:
    if bond.mode == "active-backup":
        return port.name == bond.active
    if bond.is_lacp and bond.aggregator:
        return port.has_link and port.aggregator == bond.aggregator.number
    return port.has_link


def _flags(port: PortReport, bond: BondReport) -> str:
    if port.actor and port.actor.state is not None:
        return state_words(port.actor.state)
    return "active" if _is_active(port, bond) else "-"


def _port_changes(
    bond: str, before: PortReport, now: PortReport, said: Sequence[str]
) -> Iterator[Found]:
    logged = [
        found["said"]
        for line in said
        if (found := _SLAVE.search(line)) and (found["bond"], found["port"]) == (bond, now.name)
    ]
    links = [text for text in logged if _DOWN.search(text) or _UP.search(text)]
    for text in links:
        lost = _DOWN.search(text) is not None
        yield now.name, f"link {'lost' if lost else 'back'}", lost
    if not links and before.mii != now.mii:
        yield now.name, f"link {'back' if now.has_link else 'lost'}", not now.has_link
    if not links and (now.failures or 0) > (before.failures or 0):
        times = (now.failures or 0) - (before.failures or 0)
        yield now.name, f"its link failed {times} times meanwhile", True
    if before.speed != now.speed:
        yield now.name, f"speed {before.speed or 'unknown'} -> {now.speed or 'unknown'}", True
    yield from _lacp_changes(before, now)


def _lacp_changes(before: PortReport, now: PortReport) -> Iterator[Found]:
    old = before.actor.state if before.actor else None
    new = now.actor.state if now.actor else None
    if old is not None and new is not None:
        for bit, words in ((State.EXPIRED, "the partner is late"), (State.DEFAULTED, "no partner")):
            if new & bit and not old & bit:
                yield now.name, words, True
        carried, carries = ((each & _CARRIES) == _CARRIES for each in (old, new))
        if carries and not carried:
            yield now.name, "collects and distributes", False
        elif carried and not carries and not new & (State.EXPIRED | State.DEFAULTED):
            yield now.name, "no longer collects and distributes", True
    systems = [each.partner.system if each.partner else "" for each in (before, now)]
    if all(systems) and not (before.silent or now.silent) and systems[0] != systems[1]:
        yield now.name, f"partner {systems[0]} -> {systems[1]}", True
    if (now.churned[1] or 0) > (before.churned[1] or 0):
        yield now.name, "the partner was not in step for a minute (churned)", True
