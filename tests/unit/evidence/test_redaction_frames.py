"""Frames are redacted where they carry addresses: their checksums follow, the rest stays."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.evidence.redaction import Redactor
from lagg_tool.wire.ip import Protocol, checksum, pseudo_header
from tests.support.secret_frames import PRIVATE, VENDOR_MAC, ping_frame, udp6_frame


def test_checksums_that_were_right_are_right_afterwards() -> None:
    redactor = Redactor()
    redactor.learn("root@vault7:~")

    ping, udp = redactor.frame(ping_frame()), redactor.frame(udp6_frame())

    assert checksum(ping[14:34]) == 0
    assert checksum(ping[34:]) == 0
    source, destination = IPv6Address(udp[22:38]), IPv6Address(udp[38:54])
    assert source != IPv6Address("2a02:8070:1234:5678::42")
    assert checksum(pseudo_header(source, destination, 17, len(udp) - 54) + udp[54:]) == 0


def test_a_name_in_other_bytes_than_those_of_utf_8_is_hidden_in_frames() -> None:
    redactor = Redactor()
    redactor.learn("FreeBSD nas.b\udcfcro.de 13.2-RELEASE")

    frame = redactor.frame(ethernet(0x88CC, b"\nsysname nas.b\xfcro.de", ""))

    assert b"ro.de" not in frame
    assert b"sysname host-" in frame


def ipv4_frame(protocol: int, data: bytes, *, flags: int = 0) -> bytes:
    """Return a packet from a secret address, padded as Ethernet pads short frames."""
    length = (20 + len(data)).to_bytes(2, "big")
    header = b"\x45\0" + length + b"\0\1" + flags.to_bytes(2, "big") + bytes([64, protocol, 0, 0])
    header += PRIVATE.packed + OPEN_ADDRESS.packed
    header = header[:10] + checksum(header).to_bytes(2, "big") + header[12:]
    return (b"\x52\x54\0\0\0\1" * 2 + b"\x08\0" + header + data).ljust(60, b"\xee")


def summed(protocol: int, data: bytes, place: int, source: IPv4Address = PRIVATE) -> bytes:
    """Put the checksum in, computed for a packet from ``source``."""
    pseudo = pseudo_header(source, OPEN_ADDRESS, protocol, len(data))
    total = checksum(pseudo + data[:place] + b"\0\0" + data[place + 2 :])
    return data[:place] + total.to_bytes(2, "big") + data[place + 2 :]


OPEN_ADDRESS = IPv4Address("192.0.2.9")
STAND_IN = IPv4Address("198.18.0.23")  # of PRIVATE, if it is the first
SEGMENT = bytes(range(1, 25))
CHECKSUMS = {"udp": (17, SEGMENT, 6), "tcp": (6, SEGMENT, 16), "empty udp": (17, SEGMENT[:8], 6)}


@pytest.mark.parametrize("kind", CHECKSUMS)
def test_a_checksum_over_the_addresses_follows_them(kind: str) -> None:
    protocol, data, place = CHECKSUMS[kind]

    frame = Redactor().frame(ipv4_frame(protocol, summed(protocol, data, place)))

    assert frame == ipv4_frame(protocol, summed(protocol, data, place, STAND_IN)).replace(
        *header_of(frame)
    )


def header_of(frame: bytes) -> tuple[bytes, bytes]:
    """Return the header of ``ipv4_frame``, and that of a frame, whose sum is right."""
    assert checksum(frame[14:34]) == 0
    plain = ipv4_frame(frame[23], b"\0" * (int.from_bytes(frame[16:18], "big") - 20))[14:34]
    assert frame[26:34] == STAND_IN.packed + OPEN_ADDRESS.packed
    assert frame[14:24] == plain[:10]
    return plain, frame[14:34]


@pytest.mark.parametrize(("protocol", "place", "sent"), [(17, 6, b"\xff\xff"), (6, 16, b"\0\0")])
def test_a_checksum_of_zero_is_sent_as_the_protocol_sends_it(
    protocol: int, place: int, sent: bytes
) -> None:
    zero = b"\0" * 24
    word = summed(protocol, zero, place, STAND_IN)[place : place + 2]
    data = zero[:2] + word + zero[4:]  # with it, the sum over the stand-in is zero

    frame = Redactor().frame(ipv4_frame(protocol, summed(protocol, data, place)))

    assert frame[34 + place : 36 + place] == sent


@pytest.mark.parametrize(
    ("protocol", "data", "flags"),
    [
        (17, SEGMENT, 0),  # the sum is wrong, and that may be what is shown
        (6, SEGMENT[:12], 0),  # too short for its sum
        (17, summed(17, SEGMENT[:4], 2), 0),  # the same, and another word makes it look right
        (17, summed(17, SEGMENT, 6), 0x2000),  # the first fragment: the sum covers them all
        (89, SEGMENT, 0),  # OSPF: no checksum that is known
    ],
)
def test_a_packet_without_a_right_checksum_is_left_as_it_is_but_for_addresses(
    protocol: int, data: bytes, flags: int
) -> None:
    before = ipv4_frame(protocol, data, flags=flags)

    after = Redactor().frame(before)

    assert after[26:34] == STAND_IN.packed + OPEN_ADDRESS.packed
    assert (after[:24], after[34:]) == (before[:24], before[34:])
    assert checksum(after[14:34]) == 0


def test_a_packet_that_was_cut_short_keeps_its_length() -> None:
    whole = ipv4_frame(17, summed(17, SEGMENT, 6))

    for length in range(len(whole)):
        assert len(Redactor().frame(whole[:length])) == length


def ethernet(kind: int, payload: bytes, tags: str) -> bytes:
    """Return a frame between open addresses."""
    return b"\x52\x54\0\0\0\1" * 2 + bytes.fromhex(tags) + kind.to_bytes(2, "big") + payload


OPEN_MAC = bytes.fromhex("525400aa0001")
REQUEST = bytes.fromhex("0001080006040001")
OPEN6 = IPv6Address("2001:db8::9").packed


def neighbour(kind: int, destination: bytes, asked: bytes) -> bytes:
    """Return a message of neighbour discovery (RFC 4861, 4.3 and 4.4) from an open address."""
    message = bytes([kind]) + bytes(7) + asked
    total = checksum(
        pseudo_header(IPv6Address(OPEN6), IPv6Address(destination), Protocol.ICMPV6, len(message))
        + message
    )
    message = message[:2] + total.to_bytes(2, "big") + message[4:]
    header = bytes.fromhex("60000000") + bytes([0, len(message), 58, 255])
    return header + OPEN6 + destination + message


# Frames with one secret in one place (RFC 826, 802.1AX-2014 6.4.2.3 and 6.5.3.3, RFC 4861):
# Ethertype, payload, the secret and its stand-in.
MAC_PAIR = (VENDOR_MAC, bytes.fromhex("025ed0000001"))
PAIR4 = (PRIVATE.packed, IPv4Address("198.18.0.23").packed)
PAIR6 = (
    IPv6Address("2a02:8070:1234:5678::42").packed,
    IPv6Address("2001:db8:ffff:1::42").packed,
)
EUI64_PAIR = (
    IPv6Address("fe80::5a9c:fcff:fe10:ffb6").packed,
    IPv6Address("fe80::5e:d0ff:fe00:1").packed,
)
PLACES: dict[str, tuple[int, Callable[[bytes], bytes], tuple[bytes, bytes]]] = {
    "ARP, sender's MAC": (0x806, lambda it: REQUEST + it + bytes(14), MAC_PAIR),
    "ARP, target's MAC": (0x806, lambda it: REQUEST + bytes(10) + it + bytes(4), MAC_PAIR),
    "ARP, sender": (0x806, lambda it: REQUEST + OPEN_MAC + it + bytes(10), PAIR4),
    "ARP, target": (0x806, lambda it: REQUEST + OPEN_MAC + bytes(10) + it, PAIR4),
    "LACP, actor": (0x8809, lambda it: b"\1\1\1\x14\x80\0" + it + bytes(98), MAC_PAIR),
    "LACP, partner": (
        0x8809,
        lambda it: b"\1\1\1\x14" + bytes(18) + b"\2\x14\x80\0" + it + bytes(78),
        MAC_PAIR,
    ),
    "marker": (0x8809, lambda it: b"\2\1\1\x16\0\1" + it + bytes(98), MAC_PAIR),
    "solicited": (0x86DD, lambda it: neighbour(135, OPEN6, it), PAIR6),
    "advertised": (0x86DD, lambda it: neighbour(136, OPEN6, it), PAIR6),
    "EUI-64": (0x86DD, lambda it: neighbour(136, OPEN6, it), EUI64_PAIR),
    "IPv6, destination": (0x86DD, lambda it: neighbour(135, it, OPEN6), PAIR6),
}


@pytest.mark.parametrize(
    "tags", ["", "81000007", "88a8000981000007"], ids=["untagged", "in a VLAN", "in a service VLAN"]
)
@pytest.mark.parametrize("place", PLACES)
def test_a_frame_is_as_if_the_stand_in_had_sent_it(place: str, tags: str) -> None:
    kind, payload, (secret, stand_in) = PLACES[place]

    frame = Redactor().frame(ethernet(kind, payload(secret), tags))

    assert frame == ethernet(kind, payload(stand_in), tags)


@given(st.lists(st.binary(min_size=6, max_size=6), max_size=5, unique=True))
def test_mac_addresses_of_cards_are_replaced_and_stay_different(addresses: list[bytes]) -> None:
    redactor = Redactor()
    cards = [bytes([it[0] & 0xFC]) + it[1:] for it in addresses]
    secret = {it for it in cards if any(it) and it[:3] != b"\x52\x54\0"}

    found = {redactor.mac(it) for it in secret}

    assert len(found) == len(secret)
    assert all(it.startswith(b"\x02\x5e\xd0") for it in found)


@given(st.binary(max_size=120))
def test_any_bytes_are_redacted_to_as_many(frame: bytes) -> None:
    redactor = Redactor()

    assert len(redactor.frame(frame)) == len(frame)
