"""A frame in one line, for evidence and for people.

Total: whatever cannot be understood is said to be so, with its length.
"""

from __future__ import annotations

from lagg_tool.wire import slow
from lagg_tool.wire.arp import Arp, Operation
from lagg_tool.wire.ethernet import Ethernet, EtherType, mac_text
from lagg_tool.wire.icmp import Icmp, Type4, Type6
from lagg_tool.wire.ip import FragmentHeader, Ipv4, Ipv6, Protocol
from lagg_tool.wire.transport import Tcp, Udp

_STATE_WORDS = (
    (slow.State.ACTIVITY, "ACT"),
    (slow.State.TIMEOUT, "TMO"),
    (slow.State.AGGREGATION, "AGG"),
    (slow.State.SYNC, "SYNC"),
    (slow.State.COLLECTING, "COL"),
    (slow.State.DISTRIBUTING, "DIS"),
    (slow.State.DEFAULTED, "DEF"),
    (slow.State.EXPIRED, "EXP"),
)
_ICMP_WORDS = {
    Type4.ECHO_REPLY: "echo reply",
    Type4.UNREACHABLE: "unreachable",
    Type4.ECHO_REQUEST: "echo request",
    Type4.TIME_EXCEEDED: "time exceeded",
}
_ICMP6_WORDS = {kind: kind.name.lower().replace("_", " ") for kind in Type6}
_LSAP_LIMIT = 0x600  # smaller "types" are lengths (802.3 3.2.6)


def state_words(state: slow.State) -> str:
    """Return a state octet as ``ACT AGG SYNC``; ``-`` for none."""
    return " ".join(word for bit, word in _STATE_WORDS if state & bit) or "-"


def summary(frame: bytes) -> str:
    """Return the one line about a frame."""
    ethernet = Ethernet.parse(frame)
    if ethernet is None:
        return f"{len(frame)} bytes, too short for Ethernet"
    tags = "".join(f"VLAN {tag.vid} " for tag in ethernet.tags)
    return tags + _payload(frame, ethernet)


def _payload(frame: bytes, ethernet: Ethernet) -> str:
    match ethernet.ethertype:
        case EtherType.ARP:
            return _arp(ethernet)
        case EtherType.IPV4:
            return _ipv4(ethernet.payload)
        case EtherType.IPV6:
            return _ipv6(ethernet.payload)
        case EtherType.SLOW:
            return _slow(frame, ethernet)
        case length if length < _LSAP_LIMIT:
            return f"802.3 length {length} {_way(ethernet)}"
        case ethertype:
            return f"type 0x{ethertype:04x} {_way(ethernet)}, {len(frame)} bytes"


def _way(ethernet: Ethernet) -> str:
    return f"{mac_text(ethernet.src)} > {mac_text(ethernet.dst)}"


def _arp(ethernet: Ethernet) -> str:
    packet = Arp.parse(ethernet.payload)
    if packet is None:
        return f"ARP, not understood, {_way(ethernet)}"
    sender = f"{packet.sender} ({mac_text(packet.sender_mac)})"
    if packet.operation == Operation.REQUEST:
        if packet.gratuitous:
            return f"ARP announcement {sender}"
        return f"ARP who-has {packet.target} tell {sender}"
    if packet.operation == Operation.REPLY:
        return f"ARP reply {packet.sender} is-at {mac_text(packet.sender_mac)}"
    return f"ARP operation {packet.operation} {sender}"


def _ipv4(data: bytes) -> str:
    packet = Ipv4.parse(data)
    if packet is None:
        return f"IPv4, cut off or with a wrong checksum, {len(data)} bytes"
    way = f"{packet.source} > {packet.destination}"
    if packet.is_fragment:
        return f"IPv4 fragment {way} {_protocol(packet.protocol)} {_piece(packet)}"
    if packet.protocol == Protocol.ICMP:
        return _icmp("ICMP", Icmp.parse(packet.payload), way, _ICMP_WORDS)
    return _transport(packet.protocol, packet.payload, str(packet.source), str(packet.destination))


def _ipv6(data: bytes) -> str:
    packet = Ipv6.parse(data)
    if packet is None:
        return f"IPv6, cut off, {len(data)} bytes"
    way = f"{packet.source} > {packet.destination}"
    header, payload = packet.next_header, packet.payload
    if header == Protocol.FRAGMENT and (piece := FragmentHeader.parse(payload)) is not None:
        return f"IPv6 fragment {way} {_protocol(piece.next_header)} {_piece(piece)}"
    if header == Protocol.HOP_BY_HOP and len(payload) >= 8:
        header, payload = payload[0], payload[8 + 8 * payload[1] :]
    if header == Protocol.ICMPV6:
        message = Icmp.parse(payload, (packet.source, packet.destination))
        return _icmp("ICMPv6", message, way, _ICMP6_WORDS)
    return _transport(header, payload, f"[{packet.source}]", f"[{packet.destination}]")


def _piece(fragment: Ipv4 | FragmentHeader) -> str:
    end = fragment.offset + len(fragment.payload)
    more = "+" if fragment.more_fragments else ""
    return f"id {fragment.identification} bytes {fragment.offset}..{end}{more}"


def _icmp(
    family: str, message: Icmp | None, way: str, words: dict[Type4, str] | dict[Type6, str]
) -> str:
    if message is None:
        return f"{family}, cut off or with a wrong checksum, {way}"
    names: dict[int, str] = {int(kind): word for kind, word in words.items()}
    name = names.get(message.type, f"type {message.type} code {message.code}")
    if name.startswith("echo"):
        return f"{family} {name} {way} id {message.identifier} seq {message.sequence}"
    if name.startswith("neighbour") and message.target is not None:
        return f"{family} {name} {message.target} {way}"
    return f"{family} {name} {way}"


def _transport(protocol: int, payload: bytes, source: str, destination: str) -> str:
    if protocol == Protocol.UDP and (datagram := Udp.parse(payload)) is not None:
        return (
            f"UDP {source}:{datagram.source_port} > {destination}:{datagram.destination_port} "
            f"{len(datagram.payload)} bytes"
        )
    if protocol == Protocol.TCP and (segment := Tcp.parse(payload)) is not None:
        flags = " ".join(flag.name or "" for flag in segment.flags) or "-"
        return (
            f"TCP {source}:{segment.source_port} > {destination}:{segment.destination_port} "
            f"{flags} {len(segment.payload)} bytes"
        )
    return f"{_protocol(protocol)} {source} > {destination} {len(payload)} bytes"


def _protocol(number: int) -> str:
    names = {int(protocol): protocol.name for protocol in Protocol}
    return names.get(number, f"protocol {number}")


def _slow(frame: bytes, ethernet: Ethernet) -> str:
    if not ethernet.tags:
        if (pdu := slow.Lacpdu.parse(frame)) is not None:
            actor, partner = _info(pdu.actor), _info(pdu.partner)
            return f"LACPv{pdu.version} actor {actor} partner {partner}"
        if (marker := slow.Marker.parse(frame)) is not None:
            word = "request" if marker.kind is slow.MarkerKind.INFORMATION else "response"
            return (
                f"marker {word} xid {marker.transaction} "
                f"from ({mac_text(marker.system)}, port {marker.port:04x})"
            )
    number = ethernet.payload[0] if ethernet.payload else None
    names = {slow.Subtype.LACP: "LACPDU", slow.Subtype.MARKER: "marker PDU"}
    if number in names and not ethernet.tags:
        return f"{names[slow.Subtype(number)]} that must be ignored, {len(frame)} bytes"
    return f"slow protocols subtype {number}, {len(frame)} bytes, {_way(ethernet)}"


def _info(info: slow.Info) -> str:
    return (
        f"({info.system_priority:04x}, {mac_text(info.system)}, key {info.key:04x}, "
        f"port {info.port_priority:04x}/{info.port}) {state_words(info.state)}"
    )
