"""Every codec: what is encoded is parsed back, and no bytes make a parser raise."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.wire import arp, icmp, ip
from lagg_tool.wire.arp import Arp
from lagg_tool.wire.ethernet import (
    Ethernet,
    EtherType,
    Tag,
    is_multicast,
    mac,
    mac_text,
    same_address,
)
from lagg_tool.wire.icmp import Icmp
from lagg_tool.wire.ip import FragmentHeader, Ipv4, Ipv6, checksum
from lagg_tool.wire.summary import summary
from lagg_tool.wire.transport import Flags, Tcp, Udp

MACS = st.binary(min_size=6, max_size=6)
BYTES = st.integers(0, 0xFF)
WORDS = st.integers(0, 0xFFFF)
LONGS = st.integers(0, 0xFFFFFFFF)
FOUR = st.ip_addresses(v=4)
SIX = st.ip_addresses(v=6)
PAYLOADS = st.binary(max_size=200)
OPTIONS = st.binary(max_size=40).filter(lambda data: len(data) % 4 == 0)
TAGS = st.builds(
    Tag,
    st.integers(0, 0xFFF),
    st.integers(0, 7),
    st.booleans(),
    st.sampled_from((EtherType.VLAN, EtherType.SERVICE_VLAN)),
)
UNTAGGED_TYPES = WORDS.filter(lambda number: number not in (0x8100, 0x88A8))


@given(st.builds(Ethernet, MACS, MACS, UNTAGGED_TYPES, PAYLOADS, st.lists(TAGS).map(tuple)))
def test_an_ethernet_frame_is_parsed_back(frame: Ethernet) -> None:
    assert Ethernet.parse(frame.encode()) == frame


@given(st.builds(Arp, WORDS, MACS, FOUR, MACS, FOUR))
def test_an_arp_packet_is_parsed_back_also_with_padding(packet: Arp) -> None:
    assert Arp.parse(packet.encode() + bytes(18)) == packet


IPV4 = st.builds(
    Ipv4,
    FOUR,
    FOUR,
    BYTES,
    PAYLOADS,
    BYTES,
    WORDS,
    BYTES,
    st.booleans(),
    st.booleans(),
    st.integers(0, 0x1FFF).map(lambda units: units * 8),
    OPTIONS,
)
IPV6 = st.builds(Ipv6, SIX, SIX, BYTES, PAYLOADS, BYTES, BYTES, st.integers(0, 0xFFFFF))


@given(IPV4)
def test_an_ipv4_packet_is_parsed_back_also_with_padding(packet: Ipv4) -> None:
    assert Ipv4.parse(packet.encode() + b"\xff") == packet


@given(IPV4, st.integers(0, 159))
def test_an_ipv4_packet_with_one_wrong_bit_in_its_header_is_dropped(packet: Ipv4, bit: int) -> None:
    wrong = bytearray(packet.encode())
    wrong[bit // 8] ^= 1 << bit % 8

    assert Ipv4.parse(bytes(wrong) + bytes(200)) is None


@given(IPV6)
def test_an_ipv6_packet_is_parsed_back_also_with_padding(packet: Ipv6) -> None:
    assert Ipv6.parse(packet.encode() + b"\xff") == packet


@given(
    st.builds(
        FragmentHeader,
        BYTES,
        LONGS,
        st.integers(0, 0x1FFF).map(lambda units: units * 8),
        st.booleans(),
        PAYLOADS,
    )
)
def test_an_ipv6_fragment_header_is_parsed_back(header: FragmentHeader) -> None:
    assert FragmentHeader.parse(header.encode()) == header


def joined(pieces: Sequence[Ipv4 | FragmentHeader]) -> bytes:
    """Return what pieces make up that follow each other without holes, the last one marked."""
    whole = b""
    for piece in sorted(pieces, key=lambda each: each.offset):
        assert piece.offset == len(whole)
        whole += piece.payload
        assert piece.more_fragments == (len(whole) < sum(len(each.payload) for each in pieces))
    return whole


@given(st.binary(max_size=3000), st.integers(28, 1500))
def test_fragments_fit_the_mtu_and_make_up_the_packet(payload: bytes, mtu: int) -> None:
    packet = Ipv4(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9"), 17, payload)

    pieces = ip.fragment(packet, mtu)

    assert all(len(piece.encode()) <= mtu for piece in pieces)
    assert joined(pieces) == payload


@given(st.binary(max_size=3000), st.integers(56, 1500))
def test_ipv6_fragments_fit_the_mtu_and_make_up_the_packet(payload: bytes, mtu: int) -> None:
    packet = Ipv6(IPv6Address("2001:db8::1"), IPv6Address("2001:db8::9"), 17, payload)

    pieces = ip.fragment6(packet, mtu, 7)

    assert all(len(piece.encode()) <= mtu for piece in pieces)
    headers = [FragmentHeader.parse(piece.payload) for piece in pieces]
    if len(pieces) == 1:
        assert pieces == [packet]
    else:
        assert joined([header for header in headers if header]) == payload


def test_an_mtu_without_room_for_data_is_refused() -> None:
    packet = Ipv4(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9"), 17, bytes(100))

    with pytest.raises(ValueError, match="no room"):
        ip.fragment(packet, 27)


@given(st.builds(Icmp, BYTES, BYTES, st.binary(min_size=4, max_size=4), PAYLOADS), SIX, SIX)
def test_an_icmp_message_is_parsed_back_in_both_families(
    message: Icmp, source: IPv6Address, destination: IPv6Address
) -> None:
    way = (source, destination)

    assert Icmp.parse(message.encode()) == message
    assert Icmp.parse(message.encode(way), way) == message


def test_neighbour_discovery_carries_target_and_link_address() -> None:
    target, link = IPv6Address("fe80::1"), mac("52:54:00:aa:00:01")

    asked = icmp.neighbour_solicitation(target, link)
    told = icmp.neighbour_advertisement(target, link, icmp.Advertised.OVERRIDE)

    assert (asked.target, asked.link_address(icmp.Option.SOURCE_LINK)) == (target, link)
    assert (told.target, told.link_address(icmp.Option.TARGET_LINK)) == (target, link)
    assert told.rest == bytes.fromhex("20000000")


@given(st.builds(Udp, WORDS, WORDS, PAYLOADS), FOUR, FOUR)
def test_a_udp_datagram_is_parsed_back(
    datagram: Udp, source: IPv4Address, destination: IPv4Address
) -> None:
    way = (source, destination)

    assert Udp.parse(datagram.encode(*way), way) == datagram


TCP = st.builds(Tcp, WORDS, WORDS, PAYLOADS, LONGS, LONGS, BYTES.map(Flags), WORDS, WORDS, OPTIONS)


@given(TCP, SIX, SIX)
def test_a_tcp_segment_is_parsed_back(
    segment: Tcp, source: IPv6Address, destination: IPv6Address
) -> None:
    way = (source, destination)

    assert Tcp.parse(segment.encode(*way), way) == segment


@given(st.binary(max_size=300))
def test_the_checksum_over_a_right_checksum_is_zero(data: bytes) -> None:
    even = data + bytes(len(data) % 2)

    assert checksum(even + checksum(even).to_bytes(2, "big")) == 0


PARSERS: tuple[Callable[[bytes], object], ...] = (
    Ethernet.parse,
    Arp.parse,
    Ipv4.parse,
    Ipv6.parse,
    FragmentHeader.parse,
    Icmp.parse,
    Udp.parse,
    Tcp.parse,
    summary,
)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_parser_raise(data: bytes) -> None:
    for parse in PARSERS:
        parse(data)


@given(
    st.sampled_from(tuple(EtherType)),
    st.sampled_from((b"", b"\x45", b"\x60", b"\x01\x01\x01\x14", b"\x02\x01\x01\x10")),
    st.binary(max_size=130),
)
def test_every_frame_has_a_summary(ethertype: EtherType, start: bytes, data: bytes) -> None:
    line = summary(Ethernet(bytes(6), bytes(6), ethertype, start + data).encode())

    assert line
    assert "\n" not in line


def test_mac_addresses_are_read_and_written() -> None:
    address = mac("52:54:00:AA:0:1")

    assert address == b"\x52\x54\x00\xaa\x00\x01"
    assert mac_text(address) == "52:54:00:aa:00:01"
    assert not is_multicast(address)
    assert is_multicast(mac("01:80:c2:00:00:02"))


@pytest.mark.parametrize(
    "text", ["", "52:54:00:aa:00", "52:54:00:aa:00:xx", "52540000aa:0:0:0:0:0"]
)
def test_what_is_no_mac_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a MAC address"):
        mac(text)


def test_an_arp_reply_goes_back_to_who_asked() -> None:
    ours, theirs = mac("02:00:00:00:00:01"), mac("52:54:00:aa:00:01")
    asked = arp.request(theirs, IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9"))
    question = Arp.parse(asked.payload)
    assert question is not None

    answer = arp.reply(question, ours)

    assert answer.dst == theirs
    assert summary(asked.encode()) == ("ARP who-has 192.0.2.9 tell 192.0.2.1 (52:54:00:aa:00:01)")
    assert summary(answer.encode()) == "ARP reply 192.0.2.9 is-at 02:00:00:00:00:01"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("02:00:5e:00:53:01", "02-00-5E-00-53-01", True),
        ("02:00:5e:00:53:01", "02:00:5e:00:53:02", False),
        ("02:00:5e:00:53:01", "xx:xx:xx:xx:xx:xx", False),
        ("xx:xx:xx:xx:xx:xx", "xx:xx:xx:xx:xx:xx", False),
        ("", "", False),
        ("00:00:00:00:00:00", "00:00:00:00:00:00", False),
    ],
)
def test_an_address_that_nobody_has_or_shows_is_the_same_as_no_other(
    one: str, other: str, same: bool
) -> None:
    assert same_address(one, other) is same
