"""IPv4 packets in and out (netinet/ip_output.c, ip_input.c, ip_icmp.c).

The path of a packet out: the longest route, the source address of its interface, the
identification, fragments, the neighbour. In, only ICMP is heard, and no fragments: nothing
else listens here. Every refusal is a KernelError with the errno
that sendto(2) returns.
"""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Address

from lagg_tool.simulator.kernel.addresses import InetAddress
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.inet import ANY, Inet
from lagg_tool.simulator.kernel.link import Link, is_loopback
from lagg_tool.simulator.kernel.routes import Route, RouteFlag
from lagg_tool.simulator.kernel.sockets import Sockets
from lagg_tool.simulator.kernel.timers import Timers
from lagg_tool.wire.ethernet import BROADCAST, Ethernet, EtherType
from lagg_tool.wire.icmp import Icmp, Type4
from lagg_tool.wire.ip import IPV4_HEADER, Ipv4, Protocol, fragment
from lagg_tool.wire.transport import Udp

DEFAULT_TTL = 64  # net.inet.ip.ttl
LOOP_DELAY = 30e-6  # a turn through netisr


class Ip:
    """The IPv4 packet path of one network stack."""

    def __init__(self, timers: Timers, inet: Inet, sockets: Sockets, first_id: int) -> None:
        self._timers = timers
        self._inet = inet
        self._sockets = sockets
        self._identification = first_id

    # Out

    def output(self, packet: Ipv4) -> None:
        """Send a packet; an unset source is filled in. Raises KernelError."""
        route = self.route(packet.destination)
        link, entry = route.interface, route.source
        if packet.source == ANY and isinstance(entry, InetAddress):
            packet = dataclasses.replace(packet, source=entry.address.ip)
        packet = dataclasses.replace(packet, identification=self.next_identification(packet))
        if isinstance(entry, InetAddress):
            entry.counters.sent(_length(packet))
        if _length(packet) > link.mtu and packet.dont_fragment:
            raise KernelError(Errno.EMSGSIZE)
        for piece in fragment(packet, link.mtu):
            self._transmit(route, piece)

    def route(self, destination: IPv4Address) -> Route:
        """Return the route to a destination. Raises EHOSTUNREACH."""
        route = self._inet.routes.lookup(destination)
        if route is None or route.flags & (RouteFlag.REJECT | RouteFlag.BLACKHOLE):
            raise KernelError(Errno.EHOSTUNREACH)
        return route

    def source_for(self, destination: IPv4Address) -> IPv4Address:
        """Return the source address of a connected socket (in_pcbladdr). Raises EHOSTUNREACH."""
        route = self.route(destination)
        own = self._inet.own(destination)
        if is_loopback(route.interface) and own is not None:
            return own[1].address.ip
        entry = route.source
        return entry.address.ip if isinstance(entry, InetAddress) else ANY

    def next_identification(self, packet: Ipv4) -> int:
        """Count a packet that may be fragmented; the others need no number (RFC 6864)."""
        if packet.dont_fragment:
            return 0
        self._identification = (self._identification + 1) & 0xFFFF
        return self._identification

    def _transmit(self, route: Route, packet: Ipv4) -> None:
        link = route.interface
        if is_loopback(link):
            self._loop(link, packet)
            return
        gateway = route.gateway
        next_hop = gateway if isinstance(gateway, IPv4Address) else packet.destination
        data = packet.encode()

        def send(destination: bytes) -> None:
            link.output(Ethernet(destination, link.lladdr, EtherType.IPV4, data).encode())

        if packet.destination.is_multicast:
            send(multicast_mac(packet.destination))
        elif gateway is None and self._inet.is_broadcast(link, packet.destination):
            send(BROADCAST)
        else:
            self._inet.arp.resolve(link, next_hop, send, gateway=gateway is not None)

    def _loop(self, link: Link, packet: Ipv4) -> None:
        length = _length(packet)
        link.count(ipackets=1, ibytes=length, opackets=1, obytes=length)
        data = packet.encode()
        self._timers.after(LOOP_DELAY, lambda: self.input(link, data))

    # In

    def input(self, link: Link, data: bytes) -> None:
        """Take a packet from a link; what is not for this host is dropped, never forwarded."""
        packet = Ipv4.parse(data)
        if packet is None or not self._is_ours(link, packet):
            return
        if packet.protocol == Protocol.ICMP and not packet.is_fragment:
            self._icmp(packet)

    def _is_ours(self, link: Link, packet: Ipv4) -> bool:
        own = self._inet.own(packet.destination)
        if own is not None:
            own[1].counters.received(_length(packet))
            return True
        if packet.destination.is_multicast:
            return True
        return self._inet.is_broadcast(link, packet.destination)

    # ICMP

    def _icmp(self, packet: Ipv4) -> None:
        message = Icmp.parse(packet.payload)
        if message is None:
            return
        if message.type == Type4.ECHO_REQUEST:
            if self.answers_echo(packet):
                self._reflect(packet, message)
            return
        for socket in self._sockets.raw4:
            if socket.protocol == Protocol.ICMP:
                socket.deliver(self._timers.now(), packet)

    def answers_echo(self, packet: Ipv4) -> bool:
        """Whether an echo request is answered: not one to everybody (icmp.bmcastecho)."""
        return self._inet.own(packet.destination) is not None

    def _reflect(self, packet: Ipv4, message: Icmp) -> None:
        """Send an echo request back with the same payload (icmp_reflect)."""
        answer = dataclasses.replace(message, type=Type4.ECHO_REPLY)
        self._quietly(
            dataclasses.replace(
                packet,
                source=packet.destination,
                destination=packet.source,
                payload=answer.encode(),
                ttl=DEFAULT_TTL,
                options=b"",
            )
        )

    # UDP

    def send_udp(
        self,
        source: IPv4Address,
        source_port: int,
        destination: IPv4Address,
        destination_port: int,
        data: bytes,
    ) -> None:
        """Send a datagram. Raises KernelError, EMSGSIZE for more than IP can carry."""
        if len(data) > 0xFFFF - IPV4_HEADER - 8:
            raise KernelError(Errno.EMSGSIZE)
        if source == ANY:
            source = self.source_for(destination)
        payload = Udp(source_port, destination_port, data).encode(source, destination)
        self.output(Ipv4(source, destination, Protocol.UDP, payload, DEFAULT_TTL))

    def _quietly(self, packet: Ipv4) -> None:
        try:
            self.output(packet)
        except KernelError:
            return  # a packet of the stack's own: no program gets the error


def multicast_mac(group: IPv4Address) -> bytes:
    """Return the MAC address of an IPv4 group (RFC 1112 6.4)."""
    return (0x01005E000000 | int(group) & 0x7FFFFF).to_bytes(6, "big")


def _length(packet: Ipv4) -> int:
    return IPV4_HEADER + len(packet.options) + len(packet.payload)
