"""A packet of a capture file: its time, its bytes, and where it was captured."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Direction(enum.Enum):
    """Which way a packet went at the machine that captured it, where the file says so."""

    UNKNOWN = ""
    IN = "in"
    OUT = "out"


class Packet(NamedTuple):
    """``when`` in seconds since the epoch; ``original`` is the frame's length on the wire.

    ``interface`` is empty where the format has no names.
    """

    when: float
    frame: bytes
    original: int
    interface: str = ""
    direction: Direction = Direction.UNKNOWN
