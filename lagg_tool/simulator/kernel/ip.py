"""IPv4 packets in and out (netinet/ip_output.c, ip_input.c, ip_reass.c, ip_icmp.c).

The path of a packet out: the longest route, the source address of its interface, the
identification, fragments, the neighbour. Every refusal is a KernelError with the errno
that sendto(2) returns.
"""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Address

from lagg_tool.clock import Timer
from lagg_tool.simulator.kernel.addresses import InetAddress
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.inet import ANY, Inet
from lagg_tool.simulator.kernel.link import Link, is_loopback
from lagg_tool.simulator.kernel.routes import Route, RouteFlag
from lagg_tool.simulator.kernel.sockets import Datagram, Sockets
from lagg_tool.simulator.kernel.timers import Timers
from lagg_tool.wire.ethernet import BROADCAST, Ethernet, EtherType
from lagg_tool.wire.icmp import Icmp, Type4
from lagg_tool.wire.ip import IPV4_HEADER, Ipv4, Protocol, fragment, reassemble
from lagg_tool.wire.transport import Flags, Tcp, Udp

DEFAULT_TTL = 64  # net.inet.ip.ttl
FRAGMENT_LIFETIME = 30.0  # IPFRAGTTL, 60 half seconds
FRAGMENT_PACKETS = 64  # packets under reassembly at most (maxfragpackets, scaled down)
LOOP_DELAY = 30e-6  # a turn through netisr
PORT_UNREACHABLE = 3
QUOTED_BYTES = 8  # of the offending payload (net.inet.icmp.quotelen)

_Key = tuple[IPv4Address, IPv4Address, int, int]


class Ip:
    """The IPv4 packet path of one network stack."""

    def __init__(self, timers: Timers, inet: Inet, sockets: Sockets, first_id: int) -> None:
        self._timers = timers
        self._inet = inet
        self._sockets = sockets
        self._identification = first_id
        self._fragments: dict[_Key, list[Ipv4]] = {}
        self._fragment_timers: dict[_Key, Timer] = {}

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
        if packet.is_fragment:
            whole = self._reassemble(packet)
            if whole is None:
                return
            packet = whole
        self._deliver(packet)

    def _is_ours(self, link: Link, packet: Ipv4) -> bool:
        own = self._inet.own(packet.destination)
        if own is not None:
            own[1].counters.received(_length(packet))
            return True
        if packet.destination.is_multicast:
            return True
        return self._inet.is_broadcast(link, packet.destination)

    def _reassemble(self, packet: Ipv4) -> Ipv4 | None:
        key = (packet.source, packet.destination, packet.protocol, packet.identification)
        pieces = self._fragments.get(key)
        if pieces is None:
            if len(self._fragments) >= FRAGMENT_PACKETS:
                self._forget_fragments(next(iter(self._fragments)))
            pieces = self._fragments[key] = []
            self._fragment_timers[key] = self._timers.after(
                FRAGMENT_LIFETIME, lambda: self._forget_fragments(key)
            )
        if all(known.offset != packet.offset for known in pieces):
            pieces.append(packet)
        whole = reassemble(pieces)
        if whole is not None:
            self._forget_fragments(key)
        return whole

    def _forget_fragments(self, key: _Key) -> None:
        self._fragments.pop(key, None)
        timer = self._fragment_timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _deliver(self, packet: Ipv4) -> None:
        if packet.protocol == Protocol.ICMP:
            self._icmp(packet)
        elif packet.protocol == Protocol.UDP:
            self._udp(packet)
        elif packet.protocol == Protocol.TCP:
            self._tcp(packet)

    # ICMP

    def _icmp(self, packet: Ipv4) -> None:
        message = Icmp.parse(packet.payload)
        if message is None:
            return
        if message.type == Type4.ECHO_REQUEST:
            if self.answers_echo(packet):
                self._reflect(packet, message)
            return
        if message.type == Type4.UNREACHABLE:
            self._unreachable(message)
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

    def _unreachable(self, message: Icmp) -> None:
        quoted = Ipv4.parse(_completed(message.payload))
        if quoted is None or quoted.protocol != Protocol.UDP or len(quoted.payload) < 4:
            return
        source, destination = (
            int.from_bytes(quoted.payload[:2], "big"),
            int.from_bytes(quoted.payload[2:4], "big"),
        )
        for socket in self._sockets.datagram:
            if socket.local_port == source and socket.peer == (quoted.destination, destination):
                socket.error = Errno.ECONNREFUSED

    # UDP and TCP

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

    def _udp(self, packet: Ipv4) -> None:
        datagram = Udp.parse(packet.payload, (packet.source, packet.destination))
        if datagram is None:
            return
        for socket in self._sockets.datagram:
            if socket.wants(
                packet.source,
                datagram.source_port,
                packet.destination,
                datagram.destination_port,
            ):
                socket.received.append(
                    Datagram(packet.source, datagram.source_port, datagram.payload)
                )
                return
        if self.answers_echo(packet):
            self._port_unreachable(packet)

    def _port_unreachable(self, packet: Ipv4) -> None:
        quoted = packet.encode()[: IPV4_HEADER + len(packet.options) + QUOTED_BYTES]
        message = Icmp(Type4.UNREACHABLE, PORT_UNREACHABLE, bytes(4), quoted)
        self._quietly(
            Ipv4(packet.destination, packet.source, Protocol.ICMP, message.encode(), DEFAULT_TTL)
        )

    def _tcp(self, packet: Ipv4) -> None:
        """Refuse a connection: nothing here listens (tcp_dropwithreset)."""
        segment = Tcp.parse(packet.payload, (packet.source, packet.destination))
        if segment is None or segment.flags & Flags.RST or not self.answers_echo(packet):
            return
        if segment.flags & Flags.ACK:
            sequence, acknowledgment, flags = segment.acknowledgment, 0, Flags.RST
        else:
            length = len(segment.payload) + bool(segment.flags & Flags.SYN)
            acknowledgment = (segment.sequence + length) & 0xFFFFFFFF
            sequence, flags = 0, Flags.RST | Flags.ACK
        reset = Tcp(
            segment.destination_port,
            segment.source_port,
            b"",
            sequence,
            acknowledgment,
            flags,
            window=0,
        )
        payload = reset.encode(packet.destination, packet.source)
        self._quietly(
            Ipv4(
                packet.destination,
                packet.source,
                Protocol.TCP,
                payload,
                DEFAULT_TTL,
                dont_fragment=True,
            )
        )

    def _quietly(self, packet: Ipv4) -> None:
        try:
            self.output(packet)
        except KernelError:
            return  # nobody asked for this packet


def multicast_mac(group: IPv4Address) -> bytes:
    """Return the MAC address of an IPv4 group (RFC 1112 6.4)."""
    return (0x01005E000000 | int(group) & 0x7FFFFF).to_bytes(6, "big")


def _length(packet: Ipv4) -> int:
    return IPV4_HEADER + len(packet.options) + len(packet.payload)


def _completed(quoted: bytes) -> bytes:
    """Fill up a packet that an ICMP message quotes only in part."""
    if len(quoted) < IPV4_HEADER:
        return quoted
    return quoted + bytes(max(0, int.from_bytes(quoted[2:4], "big") - len(quoted)))
