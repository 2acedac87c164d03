"""The lines that evidence shows."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from lagg_tool.wire import icmp, slow
from lagg_tool.wire.ethernet import Ethernet, EtherType, Tag, mac
from lagg_tool.wire.ip import FragmentHeader, Ipv4, Ipv6, Protocol
from lagg_tool.wire.slow import Info, Lacpdu, Marker, MarkerKind, State
from lagg_tool.wire.summary import summary
from lagg_tool.wire.transport import Flags, Tcp, Udp

NAS, PEER = mac("52:54:00:aa:00:01"), mac("02:00:00:00:00:01")
NAS4, PEER4 = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9")
NAS6, PEER6 = IPv6Address("fe80::1"), IPv6Address("fe80::9")
ECHO = icmp.echo(icmp.Type4.ECHO_REQUEST, 17, 3)


def ip4(protocol: int, payload: bytes) -> bytes:
    packet = Ipv4(NAS4, PEER4, protocol, payload)
    return Ethernet(PEER, NAS, EtherType.IPV4, packet.encode()).encode()


def ip6(header: int, payload: bytes) -> bytes:
    packet = Ipv6(NAS6, PEER6, header, payload)
    return Ethernet(PEER, NAS, EtherType.IPV6, packet.encode()).encode()


ACTOR = Info(0x8000, NAS, 0x132, 0x8000, 2, State.ACTIVITY | State.AGGREGATION)
SOLICITATION = icmp.neighbour_solicitation(PEER6, NAS).encode((NAS6, PEER6))
FRAGMENT = Ipv4(
    NAS4, PEER4, Protocol.UDP, bytes(8), identification=5, more_fragments=True, offset=16
)


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (
            Lacpdu(ACTOR, slow.NOBODY).encode(NAS),
            (
                "LACPv1 actor (8000, 52:54:00:aa:00:01, key 0132, port 8000/2) ACT AGG "
                "partner (0000, 00:00:00:00:00:00, key 0000, port 0000/0) -"
            ),
        ),
        (
            Marker(MarkerKind.INFORMATION, 2, NAS, 1).encode(NAS),
            "marker request xid 1 from (52:54:00:aa:00:01, port 0002)",
        ),
        (
            Marker(MarkerKind.RESPONSE, 2, NAS, 1).encode(PEER),
            "marker response xid 1 from (52:54:00:aa:00:01, port 0002)",
        ),
        (Lacpdu(ACTOR, ACTOR).encode(NAS)[:-1], "LACPDU that must be ignored, 123 bytes"),
        (
            ip4(Protocol.ICMP, ECHO.encode()),
            "ICMP echo request 192.0.2.1 > 192.0.2.9 id 17 seq 3",
        ),
        (
            ip4(Protocol.UDP, Udp(5001, 53, b"abc").encode(NAS4, PEER4)),
            "UDP 192.0.2.1:5001 > 192.0.2.9:53 3 bytes",
        ),
        (
            ip4(Protocol.TCP, Tcp(1, 22, b"", flags=Flags.SYN | Flags.ACK).encode(NAS4, PEER4)),
            "TCP 192.0.2.1:1 > 192.0.2.9:22 SYN ACK 0 bytes",
        ),
        (ip4(47, b"gre"), "protocol 47 192.0.2.1 > 192.0.2.9 3 bytes"),
        (
            Ethernet(PEER, NAS, EtherType.IPV4, FRAGMENT.encode()).encode(),
            "IPv4 fragment 192.0.2.1 > 192.0.2.9 UDP id 5 bytes 16..24+",
        ),
        (
            ip6(Protocol.ICMPV6, SOLICITATION),
            "ICMPv6 neighbour solicitation fe80::9 fe80::1 > fe80::9",
        ),
        (
            ip6(Protocol.FRAGMENT, FragmentHeader(17, 5, 16, False, bytes(8)).encode()),
            "IPv6 fragment fe80::1 > fe80::9 UDP id 5 bytes 16..24",
        ),
        (
            Ethernet(
                PEER, NAS, EtherType.IPV4, Ipv4(NAS4, PEER4, 1, ECHO.encode()).encode(), (Tag(10),)
            ).encode(),
            "VLAN 10 ICMP echo request 192.0.2.1 > 192.0.2.9 id 17 seq 3",
        ),
        (b"short", "5 bytes, too short for Ethernet"),
        (
            Ethernet(PEER, NAS, 0x88B5, b"x").encode(),
            "type 0x88b5 52:54:00:aa:00:01 > 02:00:00:00:00:01, 15 bytes",
        ),
    ],
)
def test_a_frame_is_told_in_one_line(frame: bytes, line: str) -> None:
    assert summary(frame) == line
