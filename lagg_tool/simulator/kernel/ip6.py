"""IPv6 packets in and out (netinet6/ip6_output.c, ip6_input.c, icmp6.c, nd6_nbr.c, mld6.c)."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv6Address
from random import Random

from lagg_tool.simulator.kernel.addresses import Inet6Address, embed, is_scoped, scope_of, unembed
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import ND6
from lagg_tool.simulator.kernel.inet6 import ALL_NODES, ANY, Inet6, solicited_group
from lagg_tool.simulator.kernel.link import Link, is_loopback
from lagg_tool.simulator.kernel.nd6 import Neighbour, NeighbourCache
from lagg_tool.simulator.kernel.routes import Route, RouteFlag
from lagg_tool.simulator.kernel.sockets import Sockets
from lagg_tool.simulator.kernel.timers import Timers
from lagg_tool.wire.ethernet import Ethernet, EtherType
from lagg_tool.wire.icmp import (
    Advertised,
    Icmp,
    Option,
    Type6,
    neighbour_advertisement,
    neighbour_solicitation,
)
from lagg_tool.wire.ip import IPV6_HEADER, Ipv6, Protocol, fragment6

DEFAULT_HOP_LIMIT = 64
ND_HOP_LIMIT = 255
LOOP_DELAY = 30e-6
REPORT_GROUP = IPv6Address("ff02::16")
NONCE_OPTION = 14
CHANGE_TO_EXCLUDE = 4
ROUTER_ALERT = bytes.fromhex("010005020000")  # padding, then the alert for MLD


class Ip6:
    """The IPv6 packet path of one network stack. Addresses are in the kernel's form."""

    def __init__(self, timers: Timers, random: Random, inet6: Inet6, sockets: Sockets) -> None:
        self._timers = timers
        self._random = random
        self._inet6 = inet6
        self._sockets = sockets
        self.neighbours = NeighbourCache(timers, self._solicit)
        inet6.probe = self.send_probe
        inet6.report = self.send_report

    # Out

    def output(self, packet: Ipv6) -> None:
        """Send a packet with scoped addresses. Raises KernelError."""
        destination = packet.destination
        if destination.is_multicast:
            link = self._link_of(destination)
            if link is None:
                raise KernelError(Errno.EHOSTUNREACH)
            self._emit(link, packet, multicast_mac(destination))
            return
        route = self.route(destination)
        entry = route.source
        if isinstance(entry, Inet6Address):
            entry.counters.sent(IPV6_HEADER + len(packet.payload))
        if is_loopback(route.interface):
            self._loop(route.interface, packet)
            return
        next_hop = route.gateway if isinstance(route.gateway, IPv6Address) else destination
        link = route.interface
        if link.nd6 & ND6.IFDISABLED:
            raise KernelError(Errno.ENETDOWN)
        self.neighbours.resolve(link, next_hop, lambda mac: self._emit(link, packet, mac))

    def route(self, destination: IPv6Address) -> Route:
        """Return the route to a destination. Raises EHOSTUNREACH."""
        route = self._inet6.routes.lookup(destination)
        if route is None or route.flags & (RouteFlag.REJECT | RouteFlag.BLACKHOLE):
            raise KernelError(Errno.EHOSTUNREACH)
        return route

    def source_for(self, destination: IPv6Address) -> IPv6Address:
        """Choose a source address (in6_selectsrc). Raises EHOSTUNREACH, EADDRNOTAVAIL."""
        own = self._inet6.own(destination)
        if own is not None:
            return destination
        if destination.is_multicast:
            link = self._link_of(destination)
        else:
            link = self.route(destination).interface
        if link is None:
            raise KernelError(Errno.EHOSTUNREACH)
        usable = [entry.address.ip for entry in self._inet6.addresses(link) if entry.usable]
        scoped = is_scoped(destination)
        fitting = [address for address in usable if is_scoped(address) == scoped] or usable
        if not fitting:
            raise KernelError(Errno.EADDRNOTAVAIL)
        return min(fitting, key=lambda address: int(address) ^ int(destination))

    def _link_of(self, address: IPv6Address) -> Link | None:
        scope = scope_of(address)
        for link, _ in self._inet6.all_addresses():
            if link.index == scope:
                return link
        return None

    def _emit(self, link: Link, packet: Ipv6, mac: bytes) -> None:
        for piece in fragment6(packet, link.mtu, self._random.getrandbits(32)):
            data = on_the_wire(piece).encode()
            link.output(Ethernet(mac, link.lladdr, EtherType.IPV6, data).encode())

    def _loop(self, link: Link, packet: Ipv6) -> None:
        length = IPV6_HEADER + len(packet.payload)
        link.count(ipackets=1, ibytes=length, opackets=1, obytes=length)
        self._timers.after(LOOP_DELAY, lambda: self._deliver(link, packet))

    # In

    def input(self, link: Link, data: bytes) -> None:
        """Take a packet from a link; addresses get the link's scope."""
        parsed = Ipv6.parse(data)
        if parsed is None or link.nd6 & ND6.IFDISABLED:
            return
        packet = dataclasses.replace(
            parsed,
            source=embed(parsed.source, link.index),
            destination=embed(parsed.destination, link.index),
        )
        if self._is_ours(link, packet):
            self._deliver(link, packet)

    def _is_ours(self, link: Link, packet: Ipv6) -> bool:
        destination = unembed(packet.destination)
        if destination.is_multicast:
            return destination == ALL_NODES or destination in self._inet6.groups(link)
        own = self._inet6.own(packet.destination)
        return own is not None and own[1].usable

    def _deliver(self, link: Link, packet: Ipv6) -> None:
        own = self._inet6.own(packet.destination)
        if own is not None:
            own[1].counters.received(IPV6_HEADER + len(packet.payload))
        if packet.next_header == Protocol.ICMPV6:
            wire = on_the_wire(packet)
            message = Icmp.parse(packet.payload, (wire.source, wire.destination))
            if message is not None:
                self._icmp(link, packet, message)

    # ICMPv6

    def _icmp(self, link: Link, packet: Ipv6, message: Icmp) -> None:
        if message.type == Type6.ECHO_REQUEST:
            self._answer_echo(packet, message)
            return
        if packet.hop_limit == ND_HOP_LIMIT and message.target is not None:
            if message.type == Type6.NEIGHBOUR_SOLICITATION:
                self._solicited(link, packet, message)
                return
            if message.type == Type6.NEIGHBOUR_ADVERTISEMENT:
                self._advertised(link, message)
                return
        for socket in self._sockets.raw6:
            socket.deliver(self._timers.now(), packet)

    def _answer_echo(self, packet: Ipv6, message: Icmp) -> None:
        source = packet.destination
        if source.is_multicast:
            try:
                source = self.source_for(packet.source)
            except KernelError:
                return
        answer = Icmp(Type6.ECHO_REPLY, 0, message.rest, message.payload)
        self.send_icmp(source, packet.source, answer, DEFAULT_HOP_LIMIT)

    def send_icmp(
        self, source: IPv6Address, destination: IPv6Address, message: Icmp, hop_limit: int
    ) -> None:
        """Send a message of the stack itself: errors are dropped."""
        try:
            self.output(icmp_packet(source, destination, message, hop_limit))
        except KernelError:
            return

    # Neighbour discovery

    def _solicited(self, link: Link, packet: Ipv6, message: Icmp) -> None:
        """Answer who asks for one of our addresses (nd6_ns_input)."""
        target = message.target
        assert target is not None  # noqa: S101 -- the caller looked
        entry = next(
            (
                each
                for each in self._inet6.addresses(link)
                if each.address.ip == embed(target, link.index)
            ),
            None,
        )
        if entry is None:
            return
        probing = packet.source == ANY
        if not entry.usable:
            return
        mac = message.link_address(Option.SOURCE_LINK)
        if mac is not None and not probing:
            self.neighbours.heard(link, packet.source, mac)
        flags = Advertised.OVERRIDE if probing else Advertised.SOLICITED | Advertised.OVERRIDE
        answer = neighbour_advertisement(target, link.lladdr, flags)
        destination = embed(ALL_NODES, link.index) if probing else packet.source
        self.send_icmp(entry.address.ip, destination, answer, ND_HOP_LIMIT)

    def _advertised(self, link: Link, message: Icmp) -> None:
        """Learn from an advertisement (nd6_na_input)."""
        target = message.target
        assert target is not None  # noqa: S101 -- the caller looked
        inside = embed(target, link.index)
        flags = Advertised(int.from_bytes(message.rest) & 0xE0000000)
        self.neighbours.advertised(
            link,
            inside,
            message.link_address(Option.TARGET_LINK),
            solicited=bool(flags & Advertised.SOLICITED),
            override=bool(flags & Advertised.OVERRIDE),
        )

    def _solicit(self, neighbour: Neighbour) -> None:
        """Ask for a neighbour: everybody, or itself to see whether it is still there."""
        link, target = neighbour.link, neighbour.address
        sources = [e.address.ip for e in self._inet6.addresses(link) if e.usable]
        if not sources:
            return
        source = min(sources, key=lambda address: int(address) ^ int(target))
        message = neighbour_solicitation(unembed(target), link.lladdr)
        group = embed(solicited_group(target), link.index)
        destination, mac = (
            (target, neighbour.mac) if neighbour.mac else (group, multicast_mac(group))
        )
        self._quietly(link, icmp_packet(source, destination, message, ND_HOP_LIMIT), mac)

    def send_probe(self, link: Link, target: IPv6Address, nonce: bytes) -> None:
        """Send a duplicate detection's solicitation (nd6_ns_output with a nonce, RFC 7527)."""
        message = neighbour_solicitation(target, None)
        option = bytes((NONCE_OPTION, 1)) + nonce
        message = Icmp(message.type, 0, message.rest, message.payload + option)
        group = solicited_group(target)
        self._quietly(link, icmp_packet(ANY, group, message, ND_HOP_LIMIT), multicast_mac(group))

    def send_report(self, link: Link, groups: list[IPv6Address]) -> None:
        """Send an MLDv2 report that groups were joined (mld_v2_dispatch_queue)."""
        records = b"".join(bytes((CHANGE_TO_EXCLUDE, 0, 0, 0)) + group.packed for group in groups)
        rest = bytes(2) + len(groups).to_bytes(2)
        message = Icmp(Type6.MULTICAST_REPORT_V2, 0, rest, records)
        own = (e.address.ip for e in self._inet6.addresses(link) if e.usable)
        source = unembed(next((each for each in own if each.is_link_local), ANY))
        body = message.encode((source, REPORT_GROUP))
        payload = bytes((Protocol.ICMPV6, 0)) + ROUTER_ALERT + body
        packet = Ipv6(source, REPORT_GROUP, Protocol.HOP_BY_HOP, payload, hop_limit=1)
        self._quietly(link, packet, multicast_mac(REPORT_GROUP))

    def _quietly(self, link: Link, packet: Ipv6, mac: bytes) -> None:
        try:
            self._emit(link, packet, mac)
        except KernelError:
            return  # a packet of the stack's own: no program gets the error


def icmp_packet(
    source: IPv6Address, destination: IPv6Address, message: Icmp, hop_limit: int
) -> Ipv6:
    """Return a packet with the message, its checksum made over the addresses as sent."""
    body = message.encode((unembed(source), unembed(destination)))
    return Ipv6(source, destination, Protocol.ICMPV6, body, hop_limit)


def on_the_wire(packet: Ipv6) -> Ipv6:
    """Return a packet without the scopes in its addresses."""
    return dataclasses.replace(
        packet, source=unembed(packet.source), destination=unembed(packet.destination)
    )


def multicast_mac(group: IPv6Address) -> bytes:
    """Return the MAC address of an IPv6 group (RFC 2464 7)."""
    return b"\x33\x33" + group.packed[12:]
