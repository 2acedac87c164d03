"""What a diagnosis of a bond works with: what was seen, and the causes that it finds in it."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lagg_tool.bond.links import Link
from lagg_tool.bond.report import BondReport, PortReport
from lagg_tool.command import quote
from lagg_tool.wire.slow import Lacpdu


class BondCause(enum.Enum):
    """What can keep a bond from carrying traffic, or from doing so as was meant."""

    BOND_DOWN = "the LAGG is down"
    NO_PORTS = "the LAGG has no ports"
    NO_MIIMON = "the bond looks at no link (X-01)"
    DEAD_AND_UP = "a port without link is taken for up"
    PORT_DOWN = "a port has no link"
    NO_SPEED = "a port knows no speed, and so sends no LACPDU (X-21)"
    NO_AGGREGATOR = "LACP has put no port into service"
    HALF_DUPLEX = "a port's link is not full duplex"
    LOOPED = "a port hears the NAS itself"
    NO_PARTNER_AT_ALL = "no partner, and yet traffic (X-04)"
    NO_PARTNER = "no partner on a port"
    BOTH_PASSIVE = "nobody begins"
    PARTNER_SPEAKS_LACP = "the partner speaks LACP, the LAGG does not"
    TWO_AGGREGATORS = "ports are in different aggregators"
    SPEED_MISMATCH = "ports of different speed"
    TIMEOUTS = "the partner times out"
    PARTNER_NOT_READY = "the partner is not ready"
    NOT_COLLECTING = "data go to a partner that does not collect (X-08)"
    INDIVIDUAL_PARTNER = "the partner does not aggregate (X-09)"
    CHURNED = "a port was not in step for a minute"
    MIN_LINKS = "fewer ports than min_links"
    LINK_FLAPS = "a port's link comes and goes"
    ONE_PORT_SENDS = "the hash sends by one port"
    SHARED_ADDRESS = "two owners of one MAC address (X-13)"
    PORT_HAS_ADDRESS = "a port has an address of its own"
    VLAN_ON_PORT = "a VLAN is on a port"
    MTU = "MTU"


@dataclass(frozen=True)
class BondSeen:
    """What is known: the driver's report, iproute2's interfaces, dmesg, and LACPDUs by port.

    ``links`` is empty where only the report was given. ``watched`` are the ports that were
    listened to for longer than a slow period.
    """

    bond: BondReport
    links: Mapping[str, Link] = field(default_factory=dict)
    dmesg: Sequence[str] = ()
    received: Mapping[str, Sequence[Lacpdu]] = field(default_factory=dict)
    watched: frozenset[str] = frozenset()

    @property
    def command(self) -> str:
        """The command that prints the report."""
        return f"cat /proc/net/bonding/{quote(self.bond.name)}"

    @property
    def talking(self) -> tuple[PortReport, ...]:
        """The ports with a link and a partner."""
        return tuple(
            port
            for port in self.bond.ports
            if port.has_link and port.partner is not None and not port.silent
        )

    def log(self, port: str) -> list[str]:
        """Return what the driver said about a port of this bond."""
        words = f"(slave {port}): "
        return [line.partition(words)[2].strip() for line in self.dmesg if words in line]
