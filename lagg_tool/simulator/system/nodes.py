"""What a file system holds: files, directories, symbolic links, devices; and how one refuses."""

from __future__ import annotations

import enum

from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.system.users import is_member

READ, WRITE, EXECUTE = 4, 2, 1


class FileError(KernelError):
    """A file operation failed; ``errno`` says why, ``str()`` is the strerror(3) text."""


class Node:
    """An inode: owner, mode (permission bits), modification time, number of links."""

    letter = "-"

    def __init__(self, number: int, mode: int, uid: int, gid: int, when: float) -> None:
        self.number = number
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.modified = when
        self.links = 1

    @property
    def size(self) -> int:
        """Size in bytes, as stat(2) tells it."""
        return 0

    def allows(self, uid: int, access: int) -> bool:
        """Whether the user may do ``access`` (a sum of READ, WRITE and EXECUTE)."""
        if uid == 0:
            return access != EXECUTE or isinstance(self, Directory) or bool(self.mode & 0o111)
        shift = 6 if uid == self.uid else 3 if is_member(uid, self.gid) else 0
        return (self.mode >> shift) & access == access


class File(Node):
    """A regular file with its bytes."""

    def __init__(self, number: int, mode: int, uid: int, gid: int, when: float) -> None:
        super().__init__(number, mode, uid, gid, when)
        self.data = bytearray()

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.data)


class Directory(Node):
    """A directory with its entries."""

    letter = "d"

    def __init__(self, number: int, mode: int, uid: int, gid: int, when: float) -> None:
        super().__init__(number, mode, uid, gid, when)
        self.entries: dict[str, Node] = {}
        self.links = 2

    @property
    def size(self) -> int:
        """UFS keeps a small directory in one block of 512 bytes."""
        return 512


class Symlink(Node):
    """A symbolic link."""

    letter = "l"

    def __init__(self, number: int, when: float, target: str) -> None:
        super().__init__(number, 0o755, 0, 0, when)
        self.target = target

    @property
    def size(self) -> int:
        """Length of the target."""
        return len(self.target)


class DeviceKind(enum.Enum):
    """The devices that exist."""

    NULL = "null"
    ZERO = "zero"
    RANDOM = "random"
    CONSOLE = "console"


class Device(Node):
    """A character device."""

    letter = "c"

    def __init__(self, number: int, mode: int, when: float, kind: DeviceKind) -> None:
        super().__init__(number, mode, 0, 0, when)
        self.kind = kind
