"""A cpio archive of the newc format, which the kernel unpacks as its first root. Pure.

The format is that of the kernel's Documentation/driver-api/early-userspace/buffer-format.rst:
a header of thirteen hexadecimal fields, the name, the content, each filled up to four bytes.
Archives may follow each other; later files replace earlier ones.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field

_MAGIC = "070701"
_TRAILER = "TRAILER!!!"


@dataclass
class Archive:
    """Files, directories, links and devices, all of root; directories come by themselves."""

    _records: list[bytes] = field(default_factory=list)
    _directories: set[str] = field(default_factory=set)

    def directory(self, name: str, mode: int = 0o755) -> None:
        """Add a directory, and those above it, unless it is there."""
        if not name or name in self._directories:
            return
        self.directory(name.rpartition("/")[0])
        self._directories.add(name)
        self._add(name, stat.S_IFDIR | mode)

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        """Add a file."""
        self.directory(name.rpartition("/")[0])
        self._add(name, stat.S_IFREG | mode, data)

    def link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        self.directory(name.rpartition("/")[0])
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name: str, major: int, minor: int, mode: int = 0o600) -> None:
        """Add a character device."""
        self.directory(name.rpartition("/")[0])
        self._add(name, stat.S_IFCHR | mode, device=(major, minor))

    @property
    def data(self) -> bytes:
        """The whole archive."""
        return b"".join((*self._records, _record(_TRAILER, 0, 0, b"", (0, 0))))

    def _add(
        self, name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)
    ) -> None:
        self._records.append(_record(name, len(self._records) + 1, mode, data, device))


def _record(name: str, inode: int, mode: int, data: bytes, device: tuple[int, int]) -> bytes:
    text = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    # inode, mode, uid, gid, links, mtime, size, device (2), its own number (2), name's size, check
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(text), 0)
    header = (_MAGIC + "".join(f"{value:08x}" for value in fields)).encode()
    return _filled(header + text) + _filled(data)


def _filled(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
