"""Capture files: written for Wireshark, read back from anybody."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import UnreadableError
from lagg_tool.wire import pcap
from lagg_tool.wire.packet import Packet

PACKETS = st.lists(st.tuples(st.integers(0, 2**51), st.binary(max_size=80)), max_size=10)


@given(PACKETS)
def test_what_is_written_is_read_back_to_the_microsecond(packets: list[tuple[int, bytes]]) -> None:
    data = pcap.write((micros / 1e6, frame) for micros, frame in packets)

    read = [(round(packet.when * 1e6), packet.frame) for packet in pcap.packets(data)]

    assert read == packets


def test_big_endian_nanoseconds_are_read() -> None:
    data = struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    data += struct.pack(">IIII", 7, 500_000_000, 2, 60) + b"ab"

    assert list(pcap.packets(data)) == [Packet(7.5, b"ab", 60)]


def test_a_packet_cut_off_at_the_end_is_left_out() -> None:
    data = pcap.write([(1.0, b"whole"), (2.0, b"cut")])

    assert list(pcap.packets(data[:-1])) == [Packet(1.0, b"whole", 5)]


@given(st.binary(max_size=60))
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="pcap"):
        list(pcap.packets(data))


def test_captures_of_other_links_are_refused() -> None:
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)

    with pytest.raises(UnreadableError, match="not Ethernet"):
        list(pcap.packets(data))


@pytest.mark.parametrize("link", [101, 113, 276])
def test_a_capture_that_is_being_written_is_of_ethernet_itself(link: int) -> None:
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)

    with pytest.raises(UnreadableError, match="not Ethernet"):
        pcap.Reader().feed(data)
