"""A host behind the switch: it answers ARP, neighbour solicitations and echo requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from lagg_tool.wire import arp, icmp
from lagg_tool.wire.arp import Arp, Operation
from lagg_tool.wire.ethernet import Ethernet, EtherType, Tag, is_multicast
from lagg_tool.wire.icmp import Advertised, Icmp, Option, Type4, Type6
from lagg_tool.wire.ip import Ipv4, Ipv6, Protocol


@dataclass(frozen=True)
class Endpoint:
    """One host: a MAC address, IP addresses, perhaps a VLAN."""

    mac: bytes
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    vlan: int | None = None

    def wants(self, ethernet: Ethernet) -> bool:
        """Whether the frame is for this host: its VLAN, and its MAC or a group's."""
        vlan = ethernet.tags[0].vid if ethernet.tags else None
        return vlan == self.vlan and (ethernet.dst == self.mac or is_multicast(ethernet.dst))

    def receive(self, frame: bytes, send: Callable[[bytes], None]) -> None:
        """Take a frame; what is to be answered is answered through ``send``."""
        ethernet = Ethernet.parse(frame)
        if ethernet is None or ethernet.src == self.mac or not self.wants(ethernet):
            return
        answer = self._answer(ethernet)
        if answer is not None:
            send(self._tagged(answer).encode())

    def echo_request(self, mac: bytes, target: IPv4Address, identifier: int, number: int) -> bytes:
        """Return an echo request to a host whose MAC address is known."""
        message = icmp.echo(Type4.ECHO_REQUEST, identifier, number, bytes(range(56)))
        packet = Ipv4(self._own4(), target, Protocol.ICMP, message.encode())
        frame = Ethernet(mac, self.mac, EtherType.IPV4, packet.encode())
        return self._tagged(frame).encode()

    def _own4(self) -> IPv4Address:
        if self.ipv4 is None:
            raise ValueError("the endpoint has no IPv4 address")
        return self.ipv4

    def _tagged(self, frame: Ethernet) -> Ethernet:
        tags = () if self.vlan is None else (Tag(self.vlan),)
        return Ethernet(frame.dst, frame.src, frame.ethertype, frame.payload, tags)

    def _answer(self, ethernet: Ethernet) -> Ethernet | None:
        match ethernet.ethertype:
            case EtherType.ARP:
                return self._answer_arp(ethernet.payload)
            case EtherType.IPV4:
                return self._answer_ipv4(ethernet)
            case EtherType.IPV6:
                return self._answer_ipv6(ethernet)
        return None

    def _answer_arp(self, payload: bytes) -> Ethernet | None:
        packet = Arp.parse(payload)
        if packet is None or packet.operation != Operation.REQUEST or packet.target != self.ipv4:
            return None
        return arp.reply(packet, self.mac)

    def _answer_ipv4(self, ethernet: Ethernet) -> Ethernet | None:
        packet = Ipv4.parse(ethernet.payload)
        if packet is None or packet.destination != self.ipv4 or packet.is_fragment:
            return None
        message = Icmp.parse(packet.payload) if packet.protocol == Protocol.ICMP else None
        if message is None or message.type != Type4.ECHO_REQUEST:
            return None
        answer = Icmp(Type4.ECHO_REPLY, 0, message.rest, message.payload)
        back = Ipv4(packet.destination, packet.source, Protocol.ICMP, answer.encode())
        return Ethernet(ethernet.src, self.mac, EtherType.IPV4, back.encode())

    def _answer_ipv6(self, ethernet: Ethernet) -> Ethernet | None:
        packet = Ipv6.parse(ethernet.payload)
        if packet is None or packet.next_header != Protocol.ICMPV6 or self.ipv6 is None:
            return None
        message = Icmp.parse(packet.payload, (packet.source, packet.destination))
        if message is None:
            return None
        if message.type == Type6.NEIGHBOUR_SOLICITATION and message.target == self.ipv6:
            link = message.link_address(Option.SOURCE_LINK) or ethernet.src
            flags = Advertised.SOLICITED | Advertised.OVERRIDE
            answer = icmp.neighbour_advertisement(self.ipv6, self.mac, flags)
        elif message.type == Type6.ECHO_REQUEST and packet.destination == self.ipv6:
            link = ethernet.src
            answer = Icmp(Type6.ECHO_REPLY, 0, message.rest, message.payload)
        else:
            return None
        way = (self.ipv6, packet.source)
        back = Ipv6(*way, Protocol.ICMPV6, answer.encode(way), hop_limit=255)
        return Ethernet(link, self.mac, EtherType.IPV6, back.encode())
