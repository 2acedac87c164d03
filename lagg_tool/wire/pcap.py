"""Capture files in libpcap's format, link type Ethernet.

Written little-endian with microseconds, read in either order of bytes, with micro- or
nanoseconds, and of Linux's ``-i any`` too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from lagg_tool.errors import UnreadableError
from lagg_tool.wire.cooked import SLL, SLL2, uncooked
from lagg_tool.wire.packet import Packet

_MAGIC_MICRO, _MAGIC_NANO = 0xA1B2C3D4, 0xA1B23C4D
ETHERNET = 1
LINKS = frozenset((ETHERNET, SLL, SLL2))  # those that are read
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


def packets(data: bytes) -> Iterator[Packet]:
    """Yield the packets of a capture; one that is cut off at its end is left out.

    Raises UnreadableError where the data is no capture of Ethernet frames.
    """
    order, fraction = _byte_order(data)
    link = _link(data, order)
    refuse_other_links(link)
    header = struct.Struct(order + "IIII")
    offset = 24
    while offset + header.size <= len(data):
        seconds, part, length, original = header.unpack_from(data, offset)
        offset += header.size
        if offset + length > len(data):
            return
        found = Packet(seconds + part / fraction, data[offset : offset + length], original)
        as_ethernet = found if link == ETHERNET else uncooked(link, found)
        if as_ethernet:
            yield as_ethernet
        offset += length


# Link types that people's captures have (tcpdump.org/linktypes), and where these come from.
_OTHERS = {
    0: "a loopback interface",
    12: "a tunnel",
    101: "a tunnel",
    105: "a wireless interface",
    108: "a loopback interface",
    117: "pflog",
    127: "a wireless interface",
}


def refuse_other_links(link: int, read: frozenset[int] = LINKS) -> None:
    """Raise UnreadableError where a link type is not Ethernet, nor made of it."""
    if link not in read:
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
        """Return the packets that these bytes complete. Raises UnreadableError as ``packets``."""
        self._data += data
        if not self._order:
            if len(self._data) < 24:
                return []
            order, fraction = _byte_order(bytes(self._data[:24]))
            refuse_other_links(_link(self._data, order), frozenset((ETHERNET,)))
            self._order, self._fraction = order, fraction
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


def _link(data: bytes | bytearray, order: str) -> int:
    link: int = struct.unpack_from(order + "I", data, 20)[0]
    return link & 0xFFFF  # above it is how long the FCS is


def _byte_order(data: bytes) -> tuple[str, int]:
    if len(data) >= 24:
        for order in "<>":
            (magic,) = struct.unpack_from(order + "I", data)
            if magic == _MAGIC_MICRO:
                return order, _MILLION
            if magic == _MAGIC_NANO:
                return order, 1000 * _MILLION
    raise UnreadableError("this is not a pcap file; Wireshark saves other captures as one")
