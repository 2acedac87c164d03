"""A Linux host at one moment: BondHost. Only facts, no text, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lagg_tool.bond.links import Link
from lagg_tool.bond.report import BondReport
from lagg_tool.lagg import Management

Lines = tuple[tuple[int, str], ...]  # of a file: number and text


@dataclass(frozen=True)
class Route:
    """A route: its destination, its gateway or "", and its interface."""

    destination: str
    gateway: str
    interface: str
    metric: int | None = None
    protocol: str = ""


@dataclass(frozen=True)
class BondHost:
    """A host at one moment, from one round trip. ``reports`` are of ``/proc/net/bonding``.

    ``speeds`` are in Mb/s, 0 for unknown, with the duplex. ``files`` are the lines about
    interfaces in the files that may keep the network, by path; ``hidden`` are those that this
    user cannot read. ``tools`` are the words of the keepers that are there: see
    ``nas.linux.boot``.
    """

    links: Mapping[str, Link]
    reports: Mapping[str, BondReport] = field(default_factory=dict)
    dmesg: Sequence[str] = ()
    management: Management = field(default_factory=Management)
    routes: tuple[Route, ...] = ()
    user: str = "root"
    root: bool = True
    system: str = ""
    boot: str = ""
    speeds: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    files: Mapping[str, Lines] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()

    @property
    def bonds(self) -> dict[str, Link]:
        """The bonds by name."""
        return {name: link for name, link in self.links.items() if link.is_bond}

    def ports_of(self, bond: str) -> tuple[str, ...]:
        """Return the ports in the order of joining, as far as the driver told it."""
        report = self.reports.get(bond)
        joined = [port.name for port in report.ports] if report else []
        known = [name for name, link in self.links.items() if link.master == bond]
        return tuple(
            [name for name in joined if name in known]
            + [name for name in known if name not in joined]
        )

    def vlans_on(self, parent: str) -> tuple[str, ...]:
        """Return the VLANs whose parent is this interface."""
        return tuple(name for name, link in self.links.items() if link.parent == parent)
