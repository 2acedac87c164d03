"""The libraries that a program asks for, in files made for this test by elf(5)."""

import struct
from pathlib import Path

import pytest

from lagg_tool.errors import HostError
from lagg_tool.testbed.linux_vm.elf import closure, needed

_BASE = 0x400000


def elf(*libraries: str) -> bytes:
    """Return a file with a header, two program headers, a dynamic section and its strings."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in libraries)
    offsets = [strings.index(name.encode()) for name in libraries]
    dynamic_at = 64 + 2 * 56
    entries = [(1, offset) for offset in offsets]
    strings_at = dynamic_at + (len(entries) + 2) * 16
    dynamic = [*entries, (5, _BASE + strings_at), (0, 0)]
    size = strings_at + len(strings)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 4096)
    length = len(dynamic) * 16
    part = struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, 0, 0, length, length, 8)
    return header + load + part + b"".join(struct.pack("<qQ", *e) for e in dynamic) + strings


def test_the_libraries_are_read_in_order() -> None:
    assert needed(elf("libz.so.1", "libc.so.6")) == ["libz.so.1", "libc.so.6"]


def test_a_program_of_its_own_needs_none() -> None:
    assert needed(elf()) == []


def test_what_is_no_such_file_is_named() -> None:
    with pytest.raises(HostError, match="no ELF file"):
        needed(b"#!/bin/sh\n")


def test_libraries_of_libraries_come_along(tmp_path: Path) -> None:
    for name, asks in {
        "ip": ("libbpf.so.1",),
        "libbpf.so.1": ("libelf.so.1", "libc.so.6"),
        "libelf.so.1": ("libc.so.6",),
        "libc.so.6": (),
        "libm.so.6": (),
    }.items():
        (tmp_path / name).write_bytes(elf(*asks))

    found = closure([tmp_path / "ip"], lambda name: tmp_path / name)

    assert set(found) == {"libbpf.so.1", "libelf.so.1", "libc.so.6"}
