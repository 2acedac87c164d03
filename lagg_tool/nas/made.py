"""What a run of the suite makes on a NAS, as opposed to what is somebody else's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address

# In a scenario's steps: names of interfaces, and what makes some whose names nobody knows before.
_NAMES = re.compile(
    r"\b(?:lagg|vlan|bridge|bond|dummy|veth|br)[0-9]+(?:\.[0-9]+)?\b|(?<=\bifconfig )[a-z]\w*"
    r"|(?<= name )[a-z]\w*|(?<=\blink add )[a-z]\w*",
    re.ASCII | re.IGNORECASE,
)
_CABLE = ("virtual cable", "epair")
_NUMBER = re.compile(r"[0-9]+[ab]?$")
# RFC 5737: no host outside of examples and tests has these addresses.
_TEST_NETWORKS = tuple(
    IPv4Network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
)


@dataclass(frozen=True)
class Made:
    """The interfaces that a run names, or kinds of them (``epair``), and its test ports."""

    names: frozenset[str]
    ports: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str], ports: Iterable[str]) -> Made:
        """Return what a run with these names and test ports makes."""
        return cls(frozenset(names), tuple(ports))

    def has_interface(self, name: str, parent: str = "") -> bool:
        """Return whether an interface is the run's: by its name, or by what it is a VLAN of."""
        return (
            name in self.names
            or _NUMBER.sub("", name) in self.names
            or parent in self.names.union(self.ports)
        )

    def has_variable(self, variable: str) -> bool:
        """Return whether a variable of rc.conf is about an interface of the run."""
        return not self.names.union(self.ports).isdisjoint(variable.split("_"))

    def has_neighbour(self, address: str) -> bool:
        """Return whether a static ARP entry is for an address that only tests use."""
        return any(ip_address(address) in network for network in _TEST_NETWORKS)


@dataclass(frozen=True)
class Restored:
    """The commands that took something away or set it back, and what others have changed."""

    done: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    def __add__(self, other: Restored) -> Restored:
        return Restored(self.done + other.done, self.foreign + other.foreign)

    @property
    def lines(self) -> list[str]:
        """What to tell people, if there is something."""
        parts = (("taken away or set back", self.done), ("not of this run, left", self.foreign))
        return [f"{head}: {'; '.join(items)}" for head, items in parts if items]


def names_in(texts: Iterable[str]) -> set[str]:
    """Return the interfaces that a scenario names, by the texts of its steps."""
    words, kind = _CABLE
    found = set()
    for text in texts:
        found.update(_NAMES.findall(text))
        if words in text:
            found.add(kind)
    return found
