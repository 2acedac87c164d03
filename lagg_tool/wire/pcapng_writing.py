"""Capture files in the pcapng format (draft-ietf-opsawg-pcapng): names, directions, comments.

One section with an interface for each port. Times count from 0, as on the page that offers the
capture.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_MAGIC = 0x1A2B3C4D
_ETHERNET = 1
_UNKNOWN_LENGTH = 0xFFFFFFFFFFFFFFFF
# Options: numbers of the draft.
_END, _COMMENT, _APPLICATION, _NAME, _RESOLUTION, _FLAGS = 0, 1, 4, 2, 9, 2
_MICROSECONDS = 6
_MILLION = 1_000_000


class Direction(enum.IntEnum):
    """Which way a packet went, seen from the NAS; the values are those of epb_flags."""

    INBOUND = 1
    OUTBOUND = 2


@dataclass(frozen=True)
class Packet:
    """A frame at a port; ``at`` is seconds from the beginning of the capture."""

    at: float
    port: str
    direction: Direction
    frame: bytes


def write(packets: Sequence[Packet], comment: str, application: str) -> bytes:
    """Return a capture of ``packets``; ``comment`` says where it comes from."""
    ports = sorted({packet.port for packet in packets})
    head = struct.pack("<IHHQ", _MAGIC, 1, 0, _UNKNOWN_LENGTH)
    named = _option(_COMMENT, comment.encode()) + _option(_APPLICATION, application.encode())
    parts = [_block(_SECTION, head + named + _option(_END))]
    parts += [_interface(port) for port in ports]
    parts += [_packet(packet, ports.index(packet.port)) for packet in packets]
    return b"".join(parts)


def _interface(port: str) -> bytes:
    options = _option(_NAME, port.encode()) + _option(_RESOLUTION, bytes([_MICROSECONDS]))
    return _block(_INTERFACE, struct.pack("<HHI", _ETHERNET, 0, 0) + options + _option(_END))


def _packet(packet: Packet, interface: int) -> bytes:
    when = round(max(packet.at, 0.0) * _MILLION)
    length = len(packet.frame)
    head = struct.pack("<IIIII", interface, when >> 32, when & 0xFFFFFFFF, length, length)
    flags = _option(_FLAGS, struct.pack("<I", packet.direction))
    return _block(_PACKET, head + _padded(packet.frame) + flags + _option(_END))


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _option(code: int, value: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
