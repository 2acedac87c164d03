"""Captures as tcpdump writes them of Linux's ``-i any`` (tcpdump.org/linktypes)."""

import struct
from collections.abc import Iterable

SLL, SLL2 = 113, 276


def frame(link: int, ethernet: bytes, kind: int, index: int) -> bytes:
    """Return a frame as it is in such a capture; ``kind`` is 2 for multicast, 4 for sent."""
    source, ethertype, rest = ethernet[6:12] + bytes(2), ethernet[12:14], ethernet[14:]
    if link == SLL:
        return struct.pack("!HHH", kind, 1, 6) + source + ethertype + rest
    return ethertype + struct.pack("!HIHBB", 0, index, 1, kind, 6) + source + rest


def capture(
    link: int, packets: Iterable[tuple[float, bytes]], *, order: str = "<", cut: int = 0
) -> bytes:
    """Return a capture in libpcap's format; the last ``cut`` bytes of each frame are not in it."""
    parts = [struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
    head = {SLL: 16, SLL2: 20}.get(link, 0)
    for when, data in packets:
        kept = data[: max(len(data) - cut, head)]
        seconds, part = divmod(round(when * 1_000_000), 1_000_000)
        parts.append(struct.pack(order + "IIII", seconds, part, len(kept), len(data)) + kept)
    return b"".join(parts)
