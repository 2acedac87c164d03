"""pcapng is read as pcap is, with the names of the interfaces."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import LaggToolError, UnreadableError
from lagg_tool.wire import capture, pcap
from lagg_tool.wire.packet import Direction
from tests.support import pcapng as made

PACKETS = st.lists(
    st.tuples(st.sampled_from(["em0", "em1"]), st.integers(0, 2**50), st.binary(max_size=80)),
    max_size=8,
)


@given(PACKETS, st.sampled_from("<>"))
def test_packets_are_read_with_time_and_interface_in_either_order(
    packets: list[tuple[str, int, bytes]], order: str
) -> None:
    data = (
        made.section(order)
        + made.interface("em0", order=order)
        + made.interface("em1", order=order)
    )
    for name, micros, frame in packets:
        data += made.packet(["em0", "em1"].index(name), micros, frame, order=order)

    read = [(p.interface, round(p.when * 1e6), p.frame) for p in capture.read(data)]

    assert read == packets


@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [(6, 1_500_000), (9, 1_500_000_000), (3, 1500), (0x81, 3), (0x8A, 1536)],
)
def test_the_resolution_of_times_is_that_of_the_interface(resolution: int, ticks: int) -> None:
    data = made.section() + made.interface("em0", resolution=resolution)

    (found,) = capture.read(data + made.packet(0, ticks, b"frame"))

    assert found.when == 1.5


def test_the_direction_is_read_where_it_is_said() -> None:
    data = made.section() + made.interface("em0")
    data += b"".join(made.packet(0, 0, b"x", flags=flags) for flags in (1, 2, 0))

    assert [p.direction for p in capture.read(data)] == [
        *(Direction.IN, Direction.OUT, Direction.UNKNOWN),
    ]


def test_interfaces_without_a_name_are_numbered_and_other_links_left_out() -> None:
    data = made.section() + made.interface("") + made.interface("wg0", link=101)
    data += made.packet(0, 0, b"kept") + made.packet(1, 0, b"left out")

    assert [(p.interface, p.frame) for p in capture.read(data)] == [("interface 0", b"kept")]


def test_simple_packets_and_unknown_blocks_are_read() -> None:
    data = made.section() + made.interface("em0") + made.block(5, bytes(12))
    data += made.block(3, struct.pack("<I", 3) + b"abc")

    assert [p.frame for p in capture.read(data)] == [b"abc"]


def test_a_block_cut_off_at_the_end_is_left_out() -> None:
    data = made.write(["em0"], [("em0", 1.0, b"whole"), ("em0", 2.0, b"cut")])

    assert [p.frame for p in capture.read(data[:-1])] == [b"whole"]


def test_a_pcap_is_read_without_names() -> None:
    data = pcap.write([(1.5, b"frame")])

    assert [(p.when, p.frame, p.original, p.interface) for p in capture.read(data)] == [
        (1.5, b"frame", 5, "")
    ]


def test_a_compressed_capture_is_refused_with_the_way_out() -> None:
    with pytest.raises(UnreadableError, match="gunzip"):
        list(capture.read(b"\x1f\x8b\x08"))


WHOLE = made.write(["em0", "em1"], [("em0", 1.0, bytes(60)), ("em1", 2.0, bytes(61))])


@given(
    st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4), st.integers(0, len(WHOLE))
)
def test_a_damaged_capture_is_read_or_refused(place: int, bytes_: bytes, end: int) -> None:
    damaged = (WHOLE[:place] + bytes_ + WHOLE[place + len(bytes_) :])[: end or None]
    try:
        packets = list(capture.read(damaged))
    except LaggToolError:
        return
    assert all(isinstance(packet.frame, bytes) for packet in packets)
