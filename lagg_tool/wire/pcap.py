"""Capture files in libpcap's format, link type Ethernet.

Written little-endian with microseconds, read in either order of bytes, with micro- or
nanoseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from lagg_tool.errors import UnreadableError

_MAGIC_MICRO, _MAGIC_NANO = 0xA1B2C3D4, 0xA1B23C4D
ETHERNET = 1
_SNAPLEN = 0x40000
_MILLION = 1_000_000


def write(packets: Iterable[tuple[float, bytes]]) -> bytes:
    """Return a capture of packets, each with its time in seconds since the epoch."""
    parts = [struct.pack("<IHHiIII", _MAGIC_MICRO, 2, 4, 0, 0, _SNAPLEN, ETHERNET)]
    for when, frame in packets:
        seconds, micros = divmod(round(when * _MILLION), _MILLION)
        parts.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)))
        parts.append(frame)
    return b"".join(parts)


def read(data: bytes) -> Iterator[tuple[float, bytes]]:
    """Yield time in seconds and bytes of each packet; a packet cut off at the end is left out.

    Raises UnreadableError where the data is no capture of Ethernet frames.
    """
    for when, frame, _ in read_with_length(data):
        yield when, frame


def read_with_length(data: bytes) -> Iterator[tuple[float, bytes, int]]:
    """Yield what ``read`` yields, and the length that each packet had on the wire."""
    order, fraction = _byte_order(data)
    refuse_other_links(struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF)
    header = struct.Struct(order + "IIII")
    offset = 24
    while offset + header.size <= len(data):
        seconds, part, length, original = header.unpack_from(data, offset)
        offset += header.size
        if offset + length > len(data):
            return
        yield seconds + part / fraction, data[offset : offset + length], original
        offset += length


# Link types that people's captures have (tcpdump.org/linktypes), and where these come from.
_OTHERS = {
    0: "a loopback interface",
    12: "a tunnel",
    101: "a tunnel",
    105: "a wireless interface",
    108: "a loopback interface",
    113: 'Linux\'s "-i any"',
    117: "pflog",
    127: "a wireless interface",
    276: 'Linux\'s "-i any"',
}


def refuse_other_links(link: int) -> None:
    """Raise UnreadableError where a link type is not Ethernet."""
    if link != ETHERNET:
        what = f", but that of {_OTHERS[link]}" if link in _OTHERS else ""
        raise UnreadableError(
            f"the capture's link type ({link}) is not Ethernet{what}; capture on a port itself, "
            "such as tcpdump -i em0"
        )


class Reader:
    """Reads a capture of Ethernet frames that is still being written."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._order = ""
        self._fraction = 1

    def feed(self, data: bytes) -> list[tuple[float, bytes]]:
        """Return the packets that these bytes complete. Raises UnreadableError as ``read``."""
        self._data += data
        if not self._order:
            if len(self._data) < 24:
                return []
            next(read(bytes(self._data[:24])), None)  # is it of Ethernet frames?
            self._order, self._fraction = _byte_order(bytes(self._data[:24]))
            del self._data[:24]
        header = struct.Struct(self._order + "IIII")
        packets = []
        while len(self._data) >= header.size:
            seconds, part, length, _ = header.unpack_from(self._data)
            if len(self._data) < header.size + length:
                break
            frame = bytes(self._data[header.size : header.size + length])
            packets.append((seconds + part / self._fraction, frame))
            del self._data[: header.size + length]
        return packets


def _byte_order(data: bytes) -> tuple[str, int]:
    if len(data) >= 24:
        for order in "<>":
            (magic,) = struct.unpack_from(order + "I", data)
            if magic == _MAGIC_MICRO:
                return order, _MILLION
            if magic == _MAGIC_NANO:
                return order, 1000 * _MILLION
    raise UnreadableError("this is no pcap file; Wireshark saves other captures as one")
