"""What passed on the cables: frames that the NAS sent, and questions that hosts ask it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from lagg_tool.testbed.contract import Direction, Frame, Question
from lagg_tool.wire import icmp, ip
from lagg_tool.wire.arp import Arp
from lagg_tool.wire.ethernet import Ethernet, EtherType, mac

# Documentation addresses (RFC 5737); the neighbour does not exist unless a step plays it.
NAS_ADDRESS = "192.0.2.1/24"
NAS = IPv4Address("192.0.2.1")
NEIGHBOUR = IPv4Address("192.0.2.9")
NEIGHBOUR_MAC = mac("02:11:22:33:44:55")


@dataclass(frozen=True)
class Sent:
    """A frame that the NAS sent on a port."""

    port: int
    ethernet: Ethernet
    data: bytes
    at: float

    @property
    def packet(self) -> ip.Ipv4 | None:
        """The IPv4 packet in it, if there is one."""
        if self.ethernet.ethertype != EtherType.IPV4:
            return None
        return ip.Ipv4.parse(self.ethernet.payload)

    @property
    def arp(self) -> Arp | None:
        """The ARP packet in it, if there is one."""
        return (
            Arp.parse(self.ethernet.payload) if self.ethernet.ethertype == EtherType.ARP else None
        )

    @property
    def echo(self) -> icmp.Icmp | None:
        """The ICMP message in it, if there is one."""
        packet = self.packet
        if packet is None or packet.protocol != ip.Protocol.ICMP:
            return None
        return icmp.Icmp.parse(packet.payload)


def sent_by_nas(frames: Iterable[Frame]) -> list[Sent]:
    """Return the frames that the NAS sent, in order."""
    return [
        Sent(frame.port, ethernet, frame.data, frame.at)
        for frame in frames
        if frame.direction is Direction.FROM_NAS
        and (ethernet := Ethernet.parse(frame.data)) is not None
    ]


def is_ipv4(frame: Frame) -> bool:
    """Whether a frame carries IPv4; LACPDUs and ARP do not."""
    ethernet = Ethernet.parse(frame.data)
    return ethernet is not None and ethernet.ethertype == EtherType.IPV4


def question(
    to: bytes,
    port: int,
    source: IPv4Address = NEIGHBOUR,
    hardware: bytes = NEIGHBOUR_MAC,
    sequence: int = 0,
) -> Question:
    """Return the echo request of a host on the NAS's network."""
    return Question(port, source, hardware, NAS, to, sequence)
