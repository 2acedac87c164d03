"""tcpdump's line for a frame (tcpdump 4.9.3, as in FreeBSD 13.2)."""

from __future__ import annotations

from lagg_tool.simulator.programs.tcpdump.filter import Seen
from lagg_tool.wire.arp import Arp, Operation
from lagg_tool.wire.ethernet import BROADCAST, HEADER_LENGTH, EtherType, mac_text
from lagg_tool.wire.icmp import Icmp, Type4, Type6
from lagg_tool.wire.ip import Ipv4, Ipv6, Protocol
from lagg_tool.wire.transport import Flags, Tcp, Udp

NAMES = {
    EtherType.IPV4: "IPv4",
    EtherType.ARP: "ARP",
    EtherType.IPV6: "IPv6",
    EtherType.VLAN: "802.1Q",
    EtherType.SLOW: "Slow Protocols",
}
SLOW_NAMES = {1: "LACP", 2: "MARKER", 3: "OAM"}
_TCP_LETTERS = ((Flags.FIN, "F"), (Flags.SYN, "S"), (Flags.RST, "R"), (Flags.PSH, "P"))
_NO_MAC = bytes(6)


def line(seen: Seen, *, link: bool = False) -> str:
    """Return the text behind the time; with ``link`` the Ethernet header first (-e)."""
    return (link_header(seen) if link else "") + _body(seen, link=link)


def link_header(seen: Seen) -> str:
    """Return what -e prints of the Ethernet header."""
    ethernet = seen.ethernet
    to = "Broadcast" if ethernet.dst == BROADCAST else mac_text(ethernet.dst)
    outer = EtherType.VLAN if ethernet.tags else ethernet.ethertype
    text = (
        f"{mac_text(ethernet.src)} > {to}, ethertype {_name(outer)} (0x{outer:04x}), "
        f"length {len(seen.frame)}: "
    )
    for tag in ethernet.tags:
        text += f"vlan {tag.vid}, p {tag.priority}, ethertype {_name(ethernet.ethertype)}, "
    return text


def _name(ethertype: int) -> str:
    return {int(kind): name for kind, name in NAMES.items()}.get(ethertype, "Unknown")


def _body(seen: Seen, *, link: bool) -> str:  # noqa: PLR0911 - one for each kind
    ethernet = seen.ethernet
    payload = ethernet.payload
    if ethernet.ethertype == EtherType.ARP:
        return _arp(payload)
    if isinstance(seen.ip, Ipv4):
        return f"{'' if link else 'IP '}{_ipv4(seen.ip)}"
    if isinstance(seen.ip, Ipv6):
        return f"{'' if link else 'IP6 '}{_ipv6(seen.ip)}"
    if ethernet.ethertype == EtherType.SLOW and len(payload) >= 2:
        name = SLOW_NAMES.get(payload[0])
        if name is not None:
            return f"{name}v{payload[1]}, length {len(payload)}"
        return f"unknown ({payload[0]}), length {len(payload)}"
    if link:
        return ""
    return (
        f"{mac_text(ethernet.src)} > {mac_text(ethernet.dst)}, "
        f"ethertype Unknown (0x{ethernet.ethertype:04x}), length {len(seen.frame)}: "
    )


def _arp(payload: bytes) -> str:
    packet = Arp.parse(payload)
    if packet is None:
        return "[|ARP]"
    if packet.operation == Operation.REPLY:
        what = f"Reply {packet.sender} is-at {mac_text(packet.sender_mac)}"
    else:
        to = "" if packet.target_mac == _NO_MAC else f" ({mac_text(packet.target_mac)})"
        what = f"Request who-has {packet.target}{to} tell {packet.sender}"
    return f"ARP, {what}, length {len(payload)}"


def _ipv4(packet: Ipv4) -> str:
    source, destination, data = str(packet.source), str(packet.destination), packet.payload
    if packet.offset:
        names = {Protocol.ICMP: "icmp", Protocol.UDP: "udp", Protocol.TCP: "tcp"}
        known = {int(number): name for number, name in names.items()}
        return f"{source} > {destination}: {known.get(packet.protocol, 'ip-proto')}"
    if packet.protocol == Protocol.ICMP:
        return f"{source} > {destination}: {_icmp(data)}"
    return _transport(packet.protocol, source, destination, data)


def _icmp(data: bytes) -> str:
    if len(data) < 8:
        return "[|icmp]"
    kind, length = data[0], len(data)
    if kind in {Type4.ECHO_REQUEST, Type4.ECHO_REPLY}:
        what = "request" if kind == Type4.ECHO_REQUEST else "reply"
        number, sequence = int.from_bytes(data[4:6], "big"), int.from_bytes(data[6:8], "big")
        return f"ICMP echo {what}, id {number}, seq {sequence}, length {length}"
    if kind == Type4.UNREACHABLE:
        return f"ICMP unreachable - #{data[1]}, length {length}"
    return f"ICMP type-#{kind}, length {length}"


def _ipv6(packet: Ipv6) -> str:
    source, destination, data = str(packet.source), str(packet.destination), packet.payload
    prefix, number = "", packet.next_header
    if number == Protocol.HOP_BY_HOP and len(data) >= 8:
        prefix, number, data = "HBH ", data[0], data[8 * (data[1] + 1) :]
    if number == Protocol.FRAGMENT:
        return f"{source} > {destination}: frag ({len(data)})"
    if number == Protocol.ICMPV6 and len(data) >= 8:
        return f"{source} > {destination}: {prefix}{_icmp6(data)}"
    return _transport(number, source, destination, data)


def _icmp6(data: bytes) -> str:
    message, length = Icmp(data[0], data[1], data[4:8], data[8:]), len(data)
    texts = {
        Type6.ECHO_REQUEST: f"echo request, seq {message.sequence}",
        Type6.ECHO_REPLY: f"echo reply, seq {message.sequence}",
        Type6.NEIGHBOUR_SOLICITATION: f"neighbor solicitation, who has {message.target}",
        Type6.NEIGHBOUR_ADVERTISEMENT: f"neighbor advertisement, tgt is {message.target}",
        Type6.ROUTER_SOLICITATION: "router solicitation",
        Type6.ROUTER_ADVERTISEMENT: "router advertisement",
        Type6.MULTICAST_REPORT_V2: (
            f"multicast listener report v2, {message.sequence} group record(s)"
        ),
    }
    by_number = {int(kind): text for kind, text in texts.items()}
    text = by_number.get(message.type, f"type-#{message.type}")
    return f"ICMP6, {text}, length {length}"


def _transport(protocol: int, source: str, destination: str, data: bytes) -> str:
    if protocol == Protocol.UDP and len(data) >= 8:
        datagram = Udp.parse(data)
        ports = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        length = len(datagram.payload) if datagram else int.from_bytes(data[4:6], "big") - 8
        what = "BOOTP/DHCP, Request" if set(ports) == {67, 68} else "UDP"
        return f"{source}.{ports[0]} > {destination}.{ports[1]}: {what}, length {length}"
    segment = Tcp.parse(data) if protocol == Protocol.TCP else None
    if segment is not None:
        letters = "".join(letter for flag, letter in _TCP_LETTERS if segment.flags & flag)
        letters += "." if segment.flags & Flags.ACK else ""
        return (
            f"{source}.{segment.source_port} > {destination}.{segment.destination_port}: "
            f"Flags [{letters or 'none'}], seq {segment.sequence}, "
            f"win {segment.window}, length {len(segment.payload)}"
        )
    return f"{source} > {destination}: ip-proto-{protocol} {len(data)}"


def hex_dump(data: bytes) -> str:
    """Return the lines of -x: sixteen bytes each, in pairs."""
    lines = []
    for offset in range(0, len(data), 16):
        row = data[offset : offset + 16]
        pairs = " ".join(row[at : at + 2].hex() for at in range(0, len(row), 2))
        lines.append(f"\t0x{offset:04x}:  {pairs}\n")
    return "".join(lines)


def dumped(seen: Seen, *, link: bool) -> str:
    """Return the dump of a frame, with its Ethernet header (-xx) or without (-x)."""
    return hex_dump(seen.frame if link else seen.frame[HEADER_LENGTH:])
