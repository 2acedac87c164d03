"""The shared libraries that an ELF file for 64-bit little-endian machines asks for. Pure."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

from lagg_tool.errors import HostError

_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB = 0, 1, 5


def needed(data: bytes) -> list[str]:
    """Return the names of the libraries that a program or library needs, in order.

    The tables are those of elf(5): program headers, of which PT_DYNAMIC has pairs of tag and
    value, of which DT_NEEDED is an offset into the strings at DT_STRTAB.
    """
    if not data.startswith(_MAGIC):
        raise HostError("no ELF file for a 64-bit little-endian machine")
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQ", data, offset + i * size) for i in range(count)]
    loads = [
        (at, address, length) for kind, _, at, address, _, length in headers if kind == _PT_LOAD
    ]
    entries: list[tuple[int, int]] = []
    for kind, _, at, _, _, length in headers:
        if kind == _PT_DYNAMIC:
            entries += struct.iter_unpack("<qQ", data[at : at + length])
    strings = next((value for tag, value in entries if tag == _DT_STRTAB), 0)
    start = next((at + strings - a for at, a, n in loads if a <= strings < a + n), 0)
    ends = [data.index(b"\0", start + value) for tag, value in entries if tag == _DT_NEEDED]
    begins = [start + value for tag, value in entries if tag == _DT_NEEDED]
    return [data[begin:end].decode() for begin, end in zip(begins, ends, strict=True)]


def closure(programs: Iterable[Path], find: Callable[[str], Path]) -> dict[str, Path]:
    """Return all libraries that programs need, and those that these need, by their names."""
    found: dict[str, Path] = {}
    waiting = list(programs)
    while waiting:
        for name in needed(waiting.pop().read_bytes()):
            if name not in found:
                found[name] = find(name)
                waiting.append(found[name])
    return found
