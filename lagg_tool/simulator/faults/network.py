"""Faults of the network stack above a LAGG: addresses, ARP, routes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv6Interface

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.addresses import Inet6Flag
from lagg_tool.simulator.kernel.arp import ArpTable
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.inet import Inet
from lagg_tool.simulator.kernel.inet6 import Inet6
from lagg_tool.simulator.kernel.ip import Ip
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.routes import Route
from lagg_tool.wire.ip import Ipv4, Protocol


class _AliasReplaces(Inet):
    def add_address(
        self,
        link: Link,
        address: IPv4Interface,
        broadcast: IPv4Address | None = None,
        alias: bool = False,
    ) -> None:
        del alias
        super().add_address(link, address, broadcast, alias=False)


class _RemovesFirst(Inet):
    def delete_address(self, link: Link, address: IPv4Address | None = None) -> None:
        del address
        super().delete_address(link, None)


class _NoHostPrefix(Inet):
    def add_address(
        self,
        link: Link,
        address: IPv4Interface,
        broadcast: IPv4Address | None = None,
        alias: bool = False,
    ) -> None:
        if address.network.prefixlen > 30:
            raise KernelError(Errno.EINVAL)
        super().add_address(link, address, broadcast, alias)


class _Inet6UpTo64(Inet6):
    def add_address(
        self, link: Link, address: IPv6Interface, flags: Inet6Flag = Inet6Flag.NONE
    ) -> None:
        if address.network.prefixlen > 64:
            raise KernelError(Errno.EINVAL)
        super().add_address(link, address, flags)


class _Silent(Inet):
    def _announce(self, link: Link, address: IPv4Address) -> None:
        del link, address


class _AnnouncesOldAddress(Inet):
    def lladdr_changed(self, link: Link) -> None:
        self.arp.update_own(link, link.lladdr)


class _ForgetsStatic(ArpTable):
    def set_static(self, link: Link, address: IPv4Address, mac: bytes) -> None:
        super().set_static(link, address, mac)
        self._drop(link, address)


class _NoEcho(Ip):
    def input(self, link: Link, data: bytes) -> None:
        packet = Ipv4.parse(data)
        if packet is None or packet.protocol != Protocol.ICMP:
            super().input(link, data)


class _OneAnswer(Ip):
    _last = b""

    def input(self, link: Link, data: bytes) -> None:
        if data[20:] != self._last[20:]:
            super().input(link, data)
        self._last = data


class _IgnoresCarrier(Ip):
    def route(self, destination: IPv4Address) -> Route:
        found = self._inet.routes.match(destination)
        if found is None:
            raise KernelError(Errno.EHOSTUNREACH)
        return found


FAULTS = (
    Fault(
        "alias-replaces",
        "O-09",
        "a further address takes the place of the first",
        part(_AliasReplaces),
    ),
    Fault(
        "alias-removes-the-first",
        "O-09",
        "removing an address removes the first one",
        part(_RemovesFirst),
    ),
    Fault(
        "prefix-32-is-refused",
        "O-10",
        "an address with a prefix of 31 or 32 bits is refused",
        part(_NoHostPrefix),
    ),
    Fault(
        "prefix-128-is-refused",
        "O-10",
        "an IPv6 address with a prefix above 64 bits is refused",
        part(_Inet6UpTo64),
    ),
    Fault(
        "address-is-not-announced",
        "O-09",
        "a new address is not announced by gratuitous ARP",
        part(_Silent),
    ),
    Fault(
        "new-mac-is-not-announced",
        "P-02",
        "a LAGG that takes another MAC address does not tell its neighbours",
        part(_AnnouncesOldAddress),
    ),
    Fault(
        "arp-forgets-static",
        "C-18",
        "a neighbour that was entered for good is forgotten",
        part(_ForgetsStatic),
    ),
    Fault("echo-is-not-answered", "C-21", "echo requests are not answered", part(_NoEcho)),
    Fault("copies-are-dropped", "C-04", "a packet that arrives again is dropped", part(_OneAnswer)),
    Fault(
        "routes-ignore-link",
        "C-17",
        "routes over an interface without a link are used",
        part(_IgnoresCarrier),
    ),
)
