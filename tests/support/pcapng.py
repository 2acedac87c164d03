"""Captures in the pcapng format, as dumpcap and Wireshark write them."""

import struct
from collections.abc import Iterable, Sequence


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    length = struct.pack(order + "I", 12 + len(_padded(body)))
    return struct.pack(order + "I", kind) + length + _padded(body) + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + _padded(value)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(
    name: str, *, order: str = "<", resolution: int | None = None, link: int = 1
) -> bytes:
    options = option(2, name.encode(), order) if name else b""
    if resolution is not None:
        options += option(9, bytes([resolution]), order)
    return block(1, struct.pack(order + "HHI", link, 0, 0) + options + bytes(4), order)


def packet(
    number: int, ticks: int, frame: bytes, *, order: str = "<", flags: int | None = None
) -> bytes:
    head = struct.pack(
        order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)
    )
    options = b"" if flags is None else option(2, struct.pack(order + "I", flags), order) + bytes(4)
    return block(6, head + _padded(frame) + options, order)


def write(names: Sequence[str], packets: Iterable[tuple[str, float, bytes]]) -> bytes:
    """Return a capture of packets, each with its interface and its time in seconds."""
    described = b"".join(interface(name) for name in names)
    return (
        section()
        + described
        + b"".join(
            packet(names.index(name), round(when * 1e6), frame) for name, when, frame in packets
        )
    )
