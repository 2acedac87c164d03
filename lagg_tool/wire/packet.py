"""A packet of a capture file: its time, its bytes, and where it was captured."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Direction(enum.IntEnum):
    """Which way a packet went at the machine that captured it, by the numbers of pcapng."""

    UNKNOWN = 0
    IN = 1
    OUT = 2


class Packet(NamedTuple):
    """``when`` in seconds since the epoch; ``original`` is the frame's length on the wire.

    ``interface`` is empty where the format has no names.
    """

    when: float
    frame: bytes
    original: int
    interface: str = ""
    direction: Direction = Direction.UNKNOWN
