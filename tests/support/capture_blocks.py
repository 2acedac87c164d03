"""The blocks of a pcapng file, read by their lengths: an oracle for what is written."""

from __future__ import annotations

import struct
from collections.abc import Iterator


def blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, body) of every block; both lengths of a block must agree."""
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, at + size - 4) == (size,)
        yield kind, data[at + 8 : at + size - 4]
        at += size
    assert at == len(data)


def options(body: bytes) -> dict[int, bytes]:
    """Return the options at the end of a block."""
    found, at = {}, 0
    while at < len(body):
        code, size = struct.unpack_from("<HH", body, at)
        if code == 0:
            break
        found[code] = body[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
    return found


def packets_of(data: bytes) -> list[tuple[str, float, int, bytes]]:
    """Return (interface, seconds, direction, frame) of every packet."""
    names: list[str] = []
    packets = []
    for kind, body in blocks(data):
        if kind == 1:
            names.append(options(body[8:])[2].decode())
        if kind == 6:
            interface, high, low, size, _ = struct.unpack_from("<IIIII", body)
            end = 20 + size + -size % 4
            (flags,) = struct.unpack("<I", options(body[end:])[2])
            when = (high << 32 | low) / 1e6
            packets.append((names[interface], when, flags, body[20 : 20 + size]))
    return packets
