"""``/proc/net/bonding`` read: a BondReport for each bond, with its ports and what LACP says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from lagg_tool.bond.lines import MODE, NO_AGGREGATOR, TITLE, Line, Section, read_lines, text_of
from lagg_tool.bond.links import Link
from lagg_tool.pasted_text import plain
from lagg_tool.wire.slow import State

NO_PARTNER = "00:00:00:00:00:00"
UNNAMED = "BOND"  # the driver does not print a bond's own name

# The modes by iproute2's word, and how /proc/net/bonding calls them (bond_mode_name).
MODES = {
    "balance-rr": "load balancing (round-robin)",
    "active-backup": "fault-tolerance (active-backup)",
    "balance-xor": "load balancing (xor)",
    "broadcast": "fault-tolerance (broadcast)",
    "802.3ad": "IEEE 802.3ad Dynamic link aggregation",
    "balance-tlb": "transmit load balancing",
    "balance-alb": "adaptive load balancing",
}


@dataclass(frozen=True)
class Pdu:
    """What LACP holds of one side of a port's link; None for what is not printed."""

    system_priority: int | None = None
    system: str = ""
    key: int | None = None
    port_priority: int | None = None
    port: int | None = None
    state: State | None = None


@dataclass(frozen=True)
class Aggregator:
    """The aggregator that carries traffic."""

    number: int | None = None
    ports: int | None = None
    actor_key: int | None = None
    partner_key: int | None = None
    partner: str = ""


@dataclass(frozen=True)
class PortReport:
    """A port of a bond; ``speed`` in Mb/s, None where the driver knows none."""

    name: str
    mii: str = ""
    speed: int | None = None
    duplex: str = ""
    failures: int | None = None
    permanent: str = ""
    aggregator: int | None = None
    churn: tuple[str, str] = ("", "")  # the actor's and the partner's
    churned: tuple[int | None, int | None] = (None, None)
    actor: Pdu | None = None
    partner: Pdu | None = None

    @property
    def silent(self) -> bool:
        """Whether LACP has no partner's word on this port, as far as is printed."""
        return self.partner is not None and self.partner.system == NO_PARTNER

    @property
    def has_link(self) -> bool:
        """Whether the driver takes its link for up."""
        return self.mii == "up"


@dataclass(frozen=True)
class BondReport:
    """A bond as the driver prints it; ``name`` is where the text, or the asker, says it."""

    name: str = UNNAMED
    mode: str = ""
    hash_policy: str = ""
    mii: str = ""
    miimon: int | None = None
    arp_interval: int | None = None
    primary: str = ""
    active: str = ""
    lacp_rate: str = ""
    lacp_active: str = ""
    min_links: int | None = None
    ad_select: str = ""
    system: str = ""
    aggregator: Aggregator | None = None
    no_aggregator: bool = False
    ports: tuple[PortReport, ...] = ()
    lines: tuple[Line, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The report as it was printed."""
        return text_of(self.lines)

    @property
    def is_lacp(self) -> bool:
        """Whether the bond runs LACP."""
        return self.mode == "802.3ad"

    @property
    def unprivileged(self) -> bool:
        """Whether it was printed for another user than root, who is not shown the partners."""
        # Drivers of old print no system, to nobody.
        shown = self.system or self.aggregator or any(port.actor for port in self.ports)
        return self.is_lacp and not (shown or self.no_aggregator) and bool(self.lines)

    def port(self, name: str) -> PortReport | None:
        """Return the port of this name."""
        return next((each for each in self.ports if each.name == name), None)


@dataclass(frozen=True)
class Reports:
    """A text that has reports of bonds, and lines around them; ``text`` is what was read."""

    lines: tuple[Line, ...]
    bonds: tuple[BondReport, ...]
    text: str
    links: Mapping[str, Link] = field(default_factory=dict)
    around: tuple[str, ...] | None = None

    @property
    def outside(self) -> list[str]:
        """The lines that the driver did not print, such as those of dmesg; nor iproute2."""
        if self.around is not None:
            return list(self.around)
        others = (each.text for each in self.lines if each.section is Section.OUTSIDE)
        return [line for line in others if line.strip()]


# Where the title is missing, these together are what the driver alone prints.
_PART = re.compile(r"^[>|\s]*(?:Bonding Mode|Slave Interface):\s+\S", re.MULTILINE)
_IN_ANY_PART = "MII Status:"
_PATH = re.compile(r"/proc/net/bonding/([^\s<>'\";|]+)")


def has_report(text: str) -> bool:
    """Return whether a text has the output of the bonding driver."""
    if TITLE in text or ("Bonding" in text and TITLE in plain(text, TITLE)):
        return True
    return _IN_ANY_PART in text and _PART.search(plain(text, TITLE)) is not None


def parse_reports(text: str, name: str = "") -> Reports:
    """Read a text, whatever it is; without a ``name``, a path before a report may tell it."""
    lines = read_lines(plain(text, TITLE))
    bonds: list[BondReport] = []
    begins = list(_beginnings(lines))
    for place, (begin, end) in enumerate(pairwise([*begins, len(lines)])):
        own = lines[begin:end]
        before = lines[begins[place - 1] + 1 if place else 0 : begin]
        said = [path for line in before for path in _PATH.findall(line.text)]
        bonds.append(_report(name or (said[-1] if said else ""), own))
    return Reports(lines, _named(bonds), text)


def _beginnings(lines: tuple[Line, ...]) -> Iterator[int]:
    """Yield where reports begin: at a title, a mode without one, or what comes first."""
    head, inside = False, False
    for place, line in enumerate(lines):
        is_inside = line.section is not Section.OUTSIDE
        if line.key == TITLE or (line.key == MODE and not head) or (is_inside and not inside):
            yield place
        head = line.key == TITLE or (head and line.key != MODE)
        inside = inside or is_inside


def _named(bonds: list[BondReport]) -> tuple[BondReport, ...]:
    """Tell bonds apart that the text does not name."""
    unnamed = [bond for bond in bonds if bond.name == UNNAMED]
    if len(unnamed) < 2:
        return tuple(bonds)
    numbers = {id(bond): number for number, bond in enumerate(unnamed, 1)}
    return tuple(
        replace(bond, name=f"{UNNAMED}{numbers[id(bond)]}") if id(bond) in numbers else bond
        for bond in bonds
    )


def _report(name: str, lines: tuple[Line, ...]) -> BondReport:
    head = _values(lines, Section.BOND, Section.LACP)
    groups = list(_port_lines(lines))
    absent = [found for line in lines if (found := NO_AGGREGATOR.search(line.text))]
    aggregator = _values(lines, Section.AGGREGATOR)
    lacp = any(line.section is Section.ACTOR for line in lines)
    return BondReport(
        name=name or (absent[0][1] if absent else UNNAMED),
        mode=_mode(head.get(MODE, MODES["802.3ad"] if lacp else "")),
        hash_policy=_word(head, "Transmit Hash Policy"),
        mii=head.get("MII Status", ""),
        miimon=_number(head, "MII Polling Interval (ms)"),
        arp_interval=_number(head, "ARP Polling Interval (ms)"),
        primary=_name(head, "Primary Slave"),
        active=_name(head, "Currently Active Slave"),
        lacp_rate=head.get("LACP rate", ""),
        lacp_active=head.get("LACP active", ""),
        min_links=_number(head, "Min links"),
        ad_select=head.get("Aggregator selection policy (ad_select)", ""),
        system=head.get("System MAC address", ""),
        aggregator=_aggregator(aggregator) if aggregator else None,
        no_aggregator=bool(absent),
        ports=tuple(_port(group) for group in groups),
        lines=lines,
    )


def _values(lines: tuple[Line, ...], *sections: Section) -> Mapping[str, str]:
    # The first holds: what follows may be ethtool's, which has lines of the same names.
    return {line.key: line.value for line in reversed(lines) if line.section in sections}


def _port_lines(lines: tuple[Line, ...]) -> Iterator[tuple[Line, ...]]:
    begins = [place for place, line in enumerate(lines) if line.key == "Slave Interface"]
    for begin, end in pairwise([*begins, len(lines)]):
        yield lines[begin:end]


def _mode(words: str) -> str:
    for mode, title in MODES.items():
        if words.startswith(title):  # "(fail_over_mac active)" may follow
            return mode
    return words


def _word(values: Mapping[str, str], key: str) -> str:
    return values.get(key, "").partition(" ")[0]


def _name(values: Mapping[str, str], key: str) -> str:
    word = _word(values, key)
    return "" if word == "None" else word


def _number(values: Mapping[str, str], key: str) -> int | None:
    word = _word(values, key)
    return int(word) if word.isascii() and word.isdigit() and len(word) < 16 else None


def _aggregator(values: Mapping[str, str]) -> Aggregator:
    return Aggregator(
        _number(values, "Aggregator ID"),
        _number(values, "Number of ports"),
        _number(values, "Actor Key"),
        _number(values, "Partner Key"),
        values.get("Partner Mac Address", ""),
    )


def _port(lines: tuple[Line, ...]) -> PortReport:
    own = _values(lines, Section.PORT)
    actor, partner = (_values(lines, each) for each in (Section.ACTOR, Section.PARTNER))
    return PortReport(
        name=own["Slave Interface"],
        mii=own.get("MII Status", ""),
        speed=_number(own, "Speed"),
        duplex=own.get("Duplex", ""),
        failures=_number(own, "Link Failure Count"),
        permanent=own.get("Permanent HW addr", ""),
        aggregator=_number(own, "Aggregator ID"),
        churn=(own.get("Actor Churn State", ""), own.get("Partner Churn State", "")),
        churned=(_number(own, "Actor Churned Count"), _number(own, "Partner Churned Count")),
        actor=_pdu(actor, "port key") if actor else None,
        partner=_pdu(partner, "oper key") if partner else None,
    )


def _pdu(values: Mapping[str, str], key: str) -> Pdu:
    state = _number(values, "port state")
    return Pdu(
        _number(values, "system priority"),
        values.get("system mac address", ""),
        _number(values, key),
        _number(values, "port priority"),
        _number(values, "port number"),
        State(state & 0xFF) if state is not None else None,
    )
