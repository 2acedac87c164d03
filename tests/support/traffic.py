"""Flows to send, and what can be counted of flows that were seen.

A flow is what the NAS's hash may look at: addresses, VLAN, ports. A probe is a frame of a
flow that carries a number, so that copies and overtaking can be told.
"""

from __future__ import annotations

import enum
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from lagg_tool.testbed.contract import Direction, Frame, LinkChange
from lagg_tool.wire import icmp
from lagg_tool.wire.ethernet import Ethernet, EtherType, Tag, is_multicast
from lagg_tool.wire.icmp import Icmp, Type4, Type6
from lagg_tool.wire.ip import Ipv4, Ipv6, Protocol
from lagg_tool.wire.transport import Flags, Tcp, Udp

_EXPERIMENTAL = 0x88B5  # 802 table 9-1: Local Experimental EtherType 1
_PROBE = struct.Struct("!8sII")
_MAGIC = b"lagg-flo"
_FIRST_PORT, _SERVICE = 20_000, 9
_SOURCE4, _NAS4 = IPv4Address("192.0.2.100"), IPv4Address("192.0.2.1")
_SOURCE6, _NAS6 = IPv6Address("fe80::100"), IPv6Address("fe80::1")


class FlowKind(enum.Enum):
    """In what the flows of a set differ."""

    MAC = "source MAC address"
    IPV4 = "source IPv4 address"
    IPV6 = "source IPv6 address"
    TCP = "TCP source port"
    UDP = "UDP source port"
    VLAN = "VLAN identifier"


@dataclass(frozen=True)
class Ends:
    """Where probes come from and go to: a host on the bench, and the NAS.

    Flow n differs from flow 0 by n in the place that the kind names.
    """

    source_mac: bytes
    nas_mac: bytes
    source4: IPv4Address = _SOURCE4
    nas4: IPv4Address = _NAS4
    source6: IPv6Address = _SOURCE6
    nas6: IPv6Address = _NAS6
    first_vlan: int = 1


def probes(kind: FlowKind, ends: Ends, flows: int, each: int = 1) -> Iterator[bytes]:
    """Yield ``each`` probes of every flow, flow after flow within each round.

    IPV4 and IPV6 are echo requests, so that the NAS sends as many flows back; TCP and UDP
    go to the discard port.
    """
    for number in range(each):
        for flow in range(flows):
            yield _probe(kind, ends, flow, number).encode()


def _probe(kind: FlowKind, ends: Ends, flow: int, number: int) -> Ethernet:
    payload = _PROBE.pack(_MAGIC, flow, number)
    match kind:
        case FlowKind.MAC:
            source = int.from_bytes(ends.source_mac, "big") + flow
            return Ethernet(ends.nas_mac, source.to_bytes(6, "big"), _EXPERIMENTAL, payload)
        case FlowKind.VLAN:
            tag = Tag(ends.first_vlan + flow)
            return Ethernet(ends.nas_mac, ends.source_mac, _EXPERIMENTAL, payload, (tag,))
        case FlowKind.IPV6:
            way = (ends.source6 + flow, ends.nas6)
            message = icmp.echo(Type6.ECHO_REQUEST, flow & 0xFFFF, number & 0xFFFF, payload)
            packet6 = Ipv6(*way, Protocol.ICMPV6, message.encode(way))
            return Ethernet(ends.nas_mac, ends.source_mac, EtherType.IPV6, packet6.encode())
        case _:
            packet = _probe4(kind, ends, flow, number, payload)
            return Ethernet(ends.nas_mac, ends.source_mac, EtherType.IPV4, packet.encode())


def _probe4(kind: FlowKind, ends: Ends, flow: int, number: int, payload: bytes) -> Ipv4:
    way = (ends.source4, ends.nas4)
    if kind is FlowKind.IPV4:
        message = icmp.echo(Type4.ECHO_REQUEST, flow & 0xFFFF, number & 0xFFFF, payload)
        return Ipv4(ends.source4 + flow, ends.nas4, Protocol.ICMP, message.encode())
    if kind is FlowKind.TCP:
        segment = Tcp(_FIRST_PORT + flow, _SERVICE, payload, sequence=number, flags=Flags.SYN)
        return Ipv4(*way, Protocol.TCP, segment.encode(*way))
    datagram = Udp(_FIRST_PORT + flow, _SERVICE, payload)
    return Ipv4(*way, Protocol.UDP, datagram.encode(*way))


Flow = tuple[object, ...]


def flow_of(data: bytes) -> Flow | None:
    """Return what tells a frame's flow from others: VLAN, addresses, protocol, ports."""
    ethernet = Ethernet.parse(data)
    if ethernet is None:
        return None
    flow: Flow = (tuple(tag.vid for tag in ethernet.tags), ethernet.src, ethernet.dst)
    if ethernet.ethertype == EtherType.IPV4 and (four := Ipv4.parse(ethernet.payload)):
        flow += (four.source, four.destination, four.protocol)
        return flow if four.is_fragment else flow + _ports(four.protocol, four.payload)
    if ethernet.ethertype == EtherType.IPV6 and (six := Ipv6.parse(ethernet.payload)):
        flow += (six.source, six.destination, six.next_header)
        return flow + _ports(six.next_header, six.payload)
    return (*flow, ethernet.ethertype)


def _ports(protocol: int, payload: bytes) -> Flow:
    if protocol == Protocol.UDP and (datagram := Udp.parse(payload)):
        return (datagram.source_port, datagram.destination_port)
    if protocol == Protocol.TCP and (segment := Tcp.parse(payload)):
        return (segment.source_port, segment.destination_port)
    return ()


def number_of(data: bytes) -> int | None:
    """Return a frame's number within its flow: a probe's, or an echo's sequence number."""
    where = data.find(_MAGIC)
    if where >= 0 and where + _PROBE.size <= len(data):
        number: int = _PROBE.unpack_from(data, where)[2]
        return number
    ethernet = Ethernet.parse(data)
    if ethernet is None or ethernet.ethertype != EtherType.IPV4:
        return None
    packet = Ipv4.parse(ethernet.payload)
    if packet is None or packet.protocol != Protocol.ICMP or packet.is_fragment:
        return None
    message = Icmp.parse(packet.payload)
    echoes = (Type4.ECHO_REQUEST, Type4.ECHO_REPLY)
    return message.sequence if message is not None and message.type in echoes else None


def count_by_port(frames: Iterable[Frame]) -> Counter[int]:
    """Return how many frames each port carried."""
    return Counter(frame.port for frame in frames)


def ports_by_flow(frames: Iterable[Frame]) -> dict[Flow, tuple[int, ...]]:
    """Return the ports of each flow, each once, in the order of their first frame."""
    ports: dict[Flow, dict[int, None]] = defaultdict(dict)
    for frame in frames:
        flow = flow_of(frame.data)
        if flow is not None:
            ports[flow][frame.port] = None
    return {flow: tuple(seen) for flow, seen in ports.items()}


def duplicates(frames: Iterable[Frame]) -> int:
    """Return how many frames are copies of an earlier one that went the same way."""
    seen = Counter((frame.direction, frame.data) for frame in frames)
    return sum(count - 1 for count in seen.values())


def reordered(frames: Iterable[Frame]) -> int:
    """Return how many frames came after one of their flow with a higher number."""
    highest: dict[tuple[Direction, Flow], int] = {}
    late = 0
    for frame in sorted(frames, key=lambda one: one.at):
        flow, number = flow_of(frame.data), number_of(frame.data)
        if flow is None or number is None:
            continue
        known = highest.setdefault((frame.direction, flow), number)
        if number < known:
            late += 1
        highest[frame.direction, flow] = max(known, number)
    return late


def gap(frames: Sequence[Frame], loss: LinkChange) -> float | None:
    """Return milliseconds from a link's loss to the first data frame on another port.

    Slow protocols frames and other groups' frames are no data; None where none came.
    """
    for frame in frames:
        if (
            frame.direction is Direction.FROM_NAS
            and frame.at >= loss.at
            and frame.port != loss.port
            and not is_multicast(frame.data)
        ):
            return (frame.at - loss.at) * 1000
    return None
