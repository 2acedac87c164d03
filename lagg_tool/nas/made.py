"""What a run of the suite has made on a NAS, as opposed to what is somebody else's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address

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
