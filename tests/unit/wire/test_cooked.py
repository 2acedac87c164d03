"""Captures of Linux's ``-i any``, whose frames have another header than Ethernet's."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.lagg.frames import lacpdu_of
from lagg_tool.wire import capture
from lagg_tool.wire.packet import Direction, Packet
from lagg_tool.wire.slow import GROUP, NOBODY, Lacpdu
from tests.support import cooked, pcapng

NAS = bytes.fromhex("02005e005301")
LACPDU = Lacpdu(NOBODY, NOBODY).encode(NAS)
LINKS = st.sampled_from([cooked.SLL, cooked.SLL2])
FRAMES = st.builds(lambda head, rest: head + rest, st.binary(min_size=14, max_size=14), st.binary())


@given(LINKS, st.sampled_from("<>"), FRAMES, st.sampled_from([0, 1, 2, 3, 4]), st.integers(0, 40))
def test_all_but_the_destination_is_what_was_on_the_wire(
    link: int, order: str, frame: bytes, kind: int, cut: int
) -> None:
    data = cooked.capture(link, [(7.5, cooked.frame(link, frame, kind, 3))], order=order, cut=cut)

    (packet,) = capture.read(data)

    kept = frame[: max(len(frame) - cut, 14)]
    assert (packet.when, packet.frame[6:], packet.original) == (7.5, kept[6:], len(frame))
    assert packet.direction is (Direction.OUT if kind == 4 else Direction.IN)
    assert packet.interface == ("interface 3" if link == cooked.SLL2 else "any")


@pytest.mark.parametrize("link", [cooked.SLL, cooked.SLL2])
@pytest.mark.parametrize("kind", [2, 4])
def test_a_lacpdu_of_any_interface_is_one(link: int, kind: int) -> None:
    data = cooked.capture(link, [(1.0, cooked.frame(link, LACPDU, kind, 2))])

    (packet,) = capture.read(data)

    assert packet.frame == LACPDU
    assert lacpdu_of(packet) == Lacpdu.parse(LACPDU)


def test_a_slow_frame_to_one_address_alone_is_no_lacpdu() -> None:
    data = cooked.capture(cooked.SLL2, [(1.0, cooked.frame(cooked.SLL2, LACPDU, 0, 2))])

    (packet,) = capture.read(data)

    assert packet.frame[:6] != GROUP


@given(LINKS, st.binary(max_size=60))
def test_what_is_no_frame_of_ethernet_is_left_out(link: int, data: bytes) -> None:
    header = {cooked.SLL: 16, cooked.SLL2: 20}[link]
    place = {cooked.SLL: 2, cooked.SLL2: 8}[link]
    is_ethernet = len(data) >= header and data[place : place + 2] == b"\0\1"

    packets = list(capture.read(cooked.capture(link, [(1.0, data)])))

    assert len(packets) == is_ethernet


def test_a_pcapng_of_any_beside_a_port() -> None:
    ether = cooked.frame(cooked.SLL2, LACPDU, 2, 5)
    data = (
        pcapng.section()
        + pcapng.interface("any", link=cooked.SLL2)
        + pcapng.interface("em0")
        + pcapng.packet(0, 1_000_000, ether)
        + pcapng.packet(1, 2_000_000, LACPDU)
    )

    assert list(capture.read(data)) == [
        Packet(1.0, LACPDU, len(LACPDU), "interface 5", Direction.IN),
        Packet(2.0, LACPDU, len(LACPDU), "em0"),
    ]


def test_loopback_in_a_capture_of_any_is_none_of_ethernet() -> None:
    loopback = struct.pack("!HHIHBB8s", 0x0800, 0, 1, 772, 0, 6, bytes(8)) + bytes(20)

    assert list(capture.read(cooked.capture(cooked.SLL2, [(1.0, loopback)]))) == []
