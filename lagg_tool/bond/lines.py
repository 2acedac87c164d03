"""The lines of ``/proc/net/bonding``, each with its section. No line is lost."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

# The line that begins the report of a bond (bond_info_seq_show, drivers/net/bonding).
TITLE = "Ethernet Channel Bonding Driver"
MODE = "Bonding Mode"  # what follows it


class Section(enum.Enum):
    """The parts of a report, in the order in which the driver prints them."""

    OUTSIDE = "not the driver's"
    BOND = "the bond"
    LACP = "802.3ad"
    AGGREGATOR = "the active aggregator"
    PORT = "a port"
    ACTOR = "a port's own LACPDU"
    PARTNER = "the LACPDU of a port's partner"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was, without its newline; ``key`` and ``value`` where it has a colon."""

    text: str
    section: Section = Section.OUTSIDE
    key: str = ""
    value: str = ""


# What a mail or a forum adds before a line, and what a terminal does.
_KEYED = re.compile(r"[>|\s]*(?P<key>[A-Za-z0-9][^:]*?)\s*:(?:\s+(?P<value>.*?))?\s*")
_BEGINS = {
    TITLE: Section.BOND,
    MODE: Section.BOND,
    "Slave Interface": Section.PORT,
    "Active Aggregator Info": Section.AGGREGATOR,
    "details actor lacp pdu": Section.ACTOR,
    "details partner lacp pdu": Section.PARTNER,
}
# What somebody may have copied without the lines before it.
_PARTS = {MODE: Section.BOND, "Slave Interface": Section.PORT}
_KEYS = {
    Section.BOND: re.compile(
        r"Bonding Mode|Transmit Hash Policy|Primary Slave|Currently Active Slave|MII .*"
        r"|Up Delay .*|Down Delay .*|Peer Notification Delay .*|ARP .*|NS IPv6 .*"
    ),
    Section.LACP: re.compile(r"LACP .*|Min links|Aggregator selection .*|System .*"),
    Section.AGGREGATOR: re.compile(r"Aggregator ID|Number of ports|\w+ Key|Partner Mac Address"),
    Section.PORT: re.compile(
        r"MII Status|Speed|Duplex|Link Failure Count|Permanent HW addr|Slave queue ID"
        r"|Aggregator ID|\w+ Churn.*"
    ),
    Section.ACTOR: re.compile(r"system .*|port .*"),
    Section.PARTNER: re.compile(r"system .*|port .*|oper key"),
}
_LACP_TITLE = "802.3ad info"
NO_AGGREGATOR = re.compile(r"bond (\S+) has no active aggregator")
_OUTER = {
    Section.LACP: Section.BOND,
    Section.AGGREGATOR: Section.LACP,
    Section.ACTOR: Section.PORT,
    Section.PARTNER: Section.PORT,
}


def read_lines(text: str) -> tuple[Line, ...]:
    """Return the lines of a text; ``text_of`` makes the same text of them again."""
    found: list[Line] = []
    section = Section.OUTSIDE
    begins = {TITLE: Section.BOND} if TITLE in text else _PARTS
    for line in text.split("\n"):
        match = _KEYED.fullmatch(line)
        key, value = (match["key"], match["value"] or "") if match else ("", "")
        section = (begins if section is Section.OUTSIDE else _BEGINS).get(key, section)
        inside = section is not Section.OUTSIDE
        if inside and (_LACP_TITLE in line or NO_AGGREGATOR.search(line)):
            section = where = Section.LACP
        else:
            where = _where(section, key)
        found.append(Line(line, where, key, value) if where is not Section.OUTSIDE else Line(line))
        if section is not Section.OUTSIDE and where is not Section.OUTSIDE:
            section = where
    return tuple(found)


def _where(section: Section, key: str) -> Section:
    """Return the section that a key belongs to: this one, or one around it."""
    if key in _BEGINS:
        return section
    while key and section in _KEYS:
        if _KEYS[section].fullmatch(key):
            return section
        section = _OUTER.get(section, Section.OUTSIDE)
    return Section.OUTSIDE


def text_of(lines: tuple[Line, ...]) -> str:
    """Return the text that the lines were read from."""
    return "\n".join(line.text for line in lines)
