"""The observed state of a host: HostState and its parts. Only facts, no text, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lagg_tool.lagg.specification import Address, Protocol


@dataclass(frozen=True)
class PortState:
    """A port of a lagg as the kernel sees it; flags as ifconfig names them."""

    name: str
    flags: frozenset[str] = frozenset()

    @property
    def primary(self) -> bool:
        """Whether this is the primary: only failover marks it (MASTER)."""
        return "MASTER" in self.flags


@dataclass(frozen=True)
class LaggState:
    """A lagg's own part; ports in the kernel's order, which is that of if_index."""

    protocol: Protocol
    ports: tuple[PortState, ...] = ()
    layers: tuple[str, ...] = ()
    switches: frozenset[str] = frozenset()  # USE_NUMA, LACP_STRICT, …
    flowid_shift: int | None = None
    rr_limit: int | None = None


@dataclass(frozen=True)
class AddressState:
    """An address; ``made`` ones, autoconf or link-local, were not configured.

    ``vhid`` is the group of CARP that it belongs to; empty if none.
    """

    address: Address
    made: bool = False
    vhid: str = ""


@dataclass(frozen=True)
class InterfaceState:
    """One interface. ``enabled`` and ``capable`` hold names such as TXCSUM; MTU in octets."""

    name: str
    up: bool = False
    mtu: int = 1500
    ether: str = ""
    hwaddr: str = ""
    description: str = ""
    enabled: frozenset[str] = frozenset()
    capable: frozenset[str] = frozenset()
    addresses: tuple[AddressState, ...] = ()
    nd6: frozenset[str] = frozenset()
    lagg: LaggState | None = None
    vlan_parent: str = ""
    vlan_tag: int | None = None
    vlan_words: str = ""  # of ifconfig, for a protocol or a priority that is not the usual one
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    media: str = ""

    @property
    def own_mac(self) -> str:
        """The MAC address of the NIC itself, whatever it uses now."""
        return self.hwaddr or self.ether


@dataclass(frozen=True)
class Management:
    """The way that this session comes in, which no change may cut without permission."""

    client: str = ""
    address: str = ""
    interface: str = ""

    @property
    def lines(self) -> list[str]:
        """The way in for people: a line, or none for a session that came otherwise."""
        way = f"this session: from {self.client} to {self.address} over {self.interface}"
        return [way] if self.client else []


@dataclass(frozen=True)
class JailState:
    """A jail that runs; one with ``vnet`` has interfaces of its own, else it has ``addresses``."""

    jid: int
    name: str
    vnet: bool = False
    addresses: tuple[str, ...] = ()


class Route(NamedTuple):
    """A line of the routing table; what a person or a program has set is ``static``."""

    destination: str
    gateway: str
    interface: str
    static: bool = True

    @property
    def by_interface(self) -> bool:
        """Whether the interface alone is the way (route add -interface)."""
        return self.gateway.startswith("link#") and self.destination != "default"


@dataclass(frozen=True)
class Record:
    """What the creation of a lagg changed, kept on the host for its removal.

    ``variables`` were unset before and were written; ``ports`` were down before, and
    ``mtus`` are the ports' own before. ``addresses`` were a port's, by port, and moved onto the
    lagg; ``leases`` are the ports that had one; ``values`` are variables of such ports before,
    and ``routes`` the ports that a route named, by its destination.
    """

    variables: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    mtus: Mapping[str, int] = field(default_factory=dict)
    addresses: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)
    leases: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HostState:
    """A host at one moment, from one round trip.

    ``rc_conf`` is what sysrc has; ``rc_files`` are those read after rc.conf, by path.
    ``start_scripts`` are the interfaces with a command in their /etc/start_if.IF.
    ``user`` is who looked: another than root does not see everything.
    """

    interfaces: Mapping[str, InterfaceState]
    rc_conf: Mapping[str, str] = field(default_factory=dict)
    management: Management = Management()
    records: Mapping[str, Record] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)
    user: str = "root"
    root: bool = True
    dhclients: frozenset[str] = frozenset()  # the interfaces that have one
    records_hidden: bool = False  # there are some, and only root may read them
    sysrc: str = ""  # what is wrong with sysrc; empty if it works
    system: str = ""
    boot: str = ""
    routes: tuple[Route, ...] = ()
    rc_files: Mapping[str, str] = field(default_factory=dict)
    rc_text: str = ""  # of rc.conf itself
    start_scripts: frozenset[str] = frozenset()
    jail_files: Mapping[str, str] = field(default_factory=dict)  # of jail.conf(5), by path
    jails: tuple[JailState, ...] = ()  # that run

    @property
    def laggs(self) -> dict[str, InterfaceState]:
        """The laggs by name."""
        return {name: found for name, found in self.interfaces.items() if found.lagg}

    def lagg_of(self, port: str) -> str:
        """Return the name of the lagg that has this port, or nothing."""
        for name, interface in self.laggs.items():
            if interface.lagg and any(each.name == port for each in interface.lagg.ports):
                return name
        return ""

    def vlans_on(self, parent: str) -> tuple[str, ...]:
        """Return the VLANs whose parent is this interface."""
        return tuple(name for name, found in self.interfaces.items() if found.vlan_parent == parent)

    def vlans_above(self, parent: str) -> tuple[str, ...]:
        """Return the VLANs on this interface and those on them (QinQ), the lower ones first."""
        found = list(self.vlans_on(parent))
        for each in found:
            found += [one for one in self.vlans_on(each) if one not in found]
        return tuple(found)

    def bridge_of(self, member: str) -> str:
        """Return the bridge that has this member, or nothing."""
        return next(
            (name for name, found in self.interfaces.items() if member in found.members), ""
        )
