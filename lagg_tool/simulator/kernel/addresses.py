"""Addresses of an interface, in the order of the kernel's if_addrhead.

``interface.addresses`` is one list of both families, since ifconfig and netstat print it in
this order. IPv6 addresses of link-local scope are kept as KAME keeps them: with the index
of their interface in the second sixteen bits (netinet6/scope6.c), so that one routing table
holds the links of all interfaces. ``embed`` and ``scope_of`` go in and out of that form.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, IPv6Network

_SCOPE_SHIFT = 96
_SCOPE_MASK = 0xFFFF << _SCOPE_SHIFT
_LINK_LOCAL = IPv6Network("fe80::/10")


@dataclass
class AddressCounters:
    """Packets and bytes (IP headers included) that were received and sent for an address."""

    ipackets: int = 0
    ibytes: int = 0
    opackets: int = 0
    obytes: int = 0

    def received(self, length: int) -> None:
        """Count one packet of ``length`` bytes in."""
        self.ipackets += 1
        self.ibytes += length

    def sent(self, length: int) -> None:
        """Count one packet of ``length`` bytes out."""
        self.opackets += 1
        self.obytes += length


@dataclass(eq=False)
class InetAddress:
    """An IPv4 address of an interface (struct in_ifaddr)."""

    address: IPv4Interface
    broadcast: IPv4Address | None = None
    counters: AddressCounters = field(default_factory=AddressCounters)
    has_route: bool = False  # IFA_ROUTE: the route of its prefix was made for it


class Inet6Flag(enum.IntFlag):
    """States of an IPv6 address, with the kernel's values (netinet6/in6_var.h)."""

    NONE = 0
    ANYCAST = 0x01
    TENTATIVE = 0x02
    DUPLICATED = 0x04
    DETACHED = 0x08
    DEPRECATED = 0x10
    NODAD = 0x20
    AUTOCONF = 0x40


@dataclass(eq=False)
class Inet6Address:
    """An IPv6 address of an interface (struct in6_ifaddr); link-local ones with their scope."""

    address: IPv6Interface
    flags: Inet6Flag = Inet6Flag.NONE
    counters: AddressCounters = field(default_factory=AddressCounters)

    @property
    def usable(self) -> bool:
        """Whether packets for and from the address are handled (IN6_IFF_NOTREADY)."""
        return not self.flags & (Inet6Flag.TENTATIVE | Inet6Flag.DUPLICATED)


InterfaceAddress = InetAddress | Inet6Address


def is_scoped(address: IPv6Address) -> bool:
    """Whether the address means something on one link only (link-local, ff01:: and ff02::)."""
    if address.is_multicast:
        return address.packed[1] & 0xF in (1, 2)
    return address in _LINK_LOCAL


def embed(address: IPv6Address, index: int) -> IPv6Address:
    """Return the kernel's form of an address on the link with interface index ``index``."""
    if not is_scoped(address):
        return address
    return IPv6Address(int(address) & ~_SCOPE_MASK | index << _SCOPE_SHIFT)


def scope_of(address: IPv6Address) -> int:
    """Return the interface index in an address's kernel form; 0 where it has none."""
    return (int(address) & _SCOPE_MASK) >> _SCOPE_SHIFT if is_scoped(address) else 0


def unembed(address: IPv6Address) -> IPv6Address:
    """Return the address as packets carry it."""
    return IPv6Address(int(address) & ~_SCOPE_MASK) if is_scoped(address) else address
