"""Files in memory: the tree of names, the operations on it, a full disk.

One UFS file system as the recorded hosts had it: 4096-byte fragments, a directory is one
fragment of 512 bytes. On a full disk nothing new can be made (ENOSPC), while a file may
still grow inside its last fragment; that is why the recordings show ``sysrc`` appending a
variable to /etc/rc.conf on a host that cannot make a temporary file.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.system.nodes import (
    EXECUTE,
    READ,
    WRITE,
    Device,
    DeviceKind,
    Directory,
    File,
    FileError,
    Node,
    Symlink,
)

FRAGMENT = 4096
_LINKS_MAX = 32  # MAXSYMLINKS, sys/param.h
_NAME_MAX = 255


def absolute(directory: str, path: str) -> str:
    """Return ``path`` as seen from ``directory``; dots and links are left for the lookup."""
    return path if path.startswith("/") else f"{directory.rstrip('/')}/{path}"


def _fragments(size: int) -> int:
    return -(-size // FRAGMENT)


class FileSystem:
    """The tree, with the operations of the system calls on absolute paths.

    ``now`` gives the wall clock in seconds since the epoch. Every operation takes the
    user's uid, and raises FileError.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._numbers = itertools.count(2)
        self.free_fragments = 200_000
        self.free_inodes = 80_000
        self._reserve = (0, 0)
        self.root = Directory(next(self._numbers), 0o755, 0, 0, now())

    # -- capacity

    def fill(self) -> None:
        """Use up every free fragment and inode, as somebody's log file would."""
        self._reserve = (
            self._reserve[0] + self.free_fragments,
            self._reserve[1] + self.free_inodes,
        )
        self.free_fragments = self.free_inodes = 0

    def free(self) -> None:
        """Give back what ``fill`` took."""
        self.free_fragments += self._reserve[0]
        self.free_inodes += self._reserve[1]
        self._reserve = (0, 0)

    def _take(self, inodes: int, fragments: int) -> None:
        if self.free_inodes < inodes or self.free_fragments < fragments:
            raise FileError(Errno.ENOSPC)
        self.free_inodes -= inodes
        self.free_fragments -= fragments

    def _give_back(self, node: Node) -> None:
        self.free_inodes += 1
        if isinstance(node, File):
            self.free_fragments += _fragments(node.size)
        elif isinstance(node, Directory):
            self.free_fragments += 1

    # -- names

    def lookup(self, path: str, uid: int = 0, *, follow: bool = True) -> Node:
        """Return the node at an absolute path."""
        parent, name, node = self._walk(path, uid, follow=follow)
        del parent, name
        if node is None:
            raise FileError(Errno.ENOENT)
        return node

    def find(self, path: str, uid: int = 0, *, follow: bool = True) -> Node | None:
        """Return the node at an absolute path, or None when there is none to be seen."""
        try:
            return self.lookup(path, uid, follow=follow)
        except FileError:
            return None

    def real_path(self, path: str) -> str:
        """Return the path without dots and double slashes (``cd`` does this, by text)."""
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in {"", "."}:
                parts.append(part)
        return "/" + "/".join(parts)

    def _walk(  # noqa: C901, PLR0912 - namei(9) has its cases
        self, path: str, uid: int, *, follow: bool
    ) -> tuple[Directory, str, Node | None]:
        """Resolve a path to its directory, its last name, and the node there, if any."""
        if not path:
            raise FileError(Errno.ENOENT)
        stack = [self.root]
        parts = [part for part in path.split("/") if part not in {"", "."}]
        want_directory = path.endswith(("/", "/."))
        links = 0
        name = "."
        node: Node | None = self.root
        while parts:
            name = parts.pop(0)
            here = stack[-1]
            if len(name) > _NAME_MAX:
                raise FileError(Errno.ENAMETOOLONG)
            if not here.allows(uid, EXECUTE):
                raise FileError(Errno.EACCES)
            if name == "..":
                if len(stack) > 1:
                    stack.pop()
                node = stack[-1]
                continue
            node = here.entries.get(name)
            if isinstance(node, Symlink) and (parts or follow or want_directory):
                links += 1
                if links > _LINKS_MAX:
                    raise FileError(Errno.ELOOP)
                target = [part for part in node.target.split("/") if part not in {"", "."}]
                if node.target.startswith("/"):
                    stack = [self.root]
                parts = target + parts
                node = stack[-1]
                continue
            if isinstance(node, Directory):
                if not parts:
                    return here, name, node
                stack.append(node)
            elif parts:
                raise FileError(Errno.ENOENT if node is None else Errno.ENOTDIR)
        if want_directory and node is not None and not isinstance(node, Directory):
            raise FileError(Errno.ENOTDIR)
        return stack[-1], name, node

    def _enter(self, path: str, uid: int, *, follow: bool = False) -> tuple[Directory, str]:
        """Return directory and name for a new entry that may be made there."""
        parent, name, node = self._walk(path, uid, follow=follow)
        if node is not None:
            raise FileError(Errno.EEXIST)
        if not parent.allows(uid, WRITE | EXECUTE):
            raise FileError(Errno.EACCES)
        return parent, name

    def _add(self, parent: Directory, name: str, node: Node) -> None:
        parent.entries[name] = node
        parent.modified = self._now()

    # -- operations

    def create(self, path: str, mode: int = 0o644, uid: int = 0) -> File:
        """Make an empty file; the link that the last name may be is followed."""
        parent, name = self._enter(path, uid, follow=True)
        self._take(1, 0)
        file = File(next(self._numbers), mode, uid, parent.gid, self._now())
        self._add(parent, name, file)
        return file

    def make_directory(self, path: str, mode: int = 0o755, uid: int = 0) -> Directory:
        """Make a directory."""
        parent, name = self._enter(path.rstrip("/") or "/", uid)
        self._take(1, 1)
        directory = Directory(next(self._numbers), mode, uid, parent.gid, self._now())
        self._add(parent, name, directory)
        parent.links += 1
        return directory

    def make_symlink(self, target: str, path: str) -> None:
        """Make a symbolic link."""
        parent, name = self._enter(path, 0)
        self._take(1, 0)
        self._add(parent, name, Symlink(next(self._numbers), self._now(), target))

    def make_device(self, path: str, kind: DeviceKind) -> None:
        """Make a character device."""
        parent, name = self._enter(path, 0)
        self._add(parent, name, Device(next(self._numbers), 0o666, self._now(), kind))

    def unlink(self, path: str, uid: int = 0) -> None:
        """Take a name away from a file, and the file with its last name."""
        parent, name, node = self._walk(path, uid, follow=False)
        if node is None:
            raise FileError(Errno.ENOENT)
        if isinstance(node, Directory):
            raise FileError(Errno.EISDIR)
        self._check_removal(parent, node, uid)
        del parent.entries[name]
        parent.modified = self._now()
        node.links -= 1
        if not node.links:
            self._give_back(node)

    def remove_directory(self, path: str, uid: int = 0) -> None:
        """Remove an empty directory."""
        parent, name, node = self._walk(path.rstrip("/") or "/", uid, follow=False)
        if node is None:
            raise FileError(Errno.ENOENT)
        if not isinstance(node, Directory):
            raise FileError(Errno.ENOTDIR)
        if node is self.root or path.rstrip("/").endswith(("/.", "/..")):
            raise FileError(Errno.EINVAL)
        if node.entries:
            raise FileError(Errno.ENOTEMPTY)
        self._check_removal(parent, node, uid)
        del parent.entries[name]
        parent.links -= 1
        parent.modified = self._now()
        self._give_back(node)

    def rename(self, old: str, new: str, uid: int = 0) -> None:
        """Move a name; what had the new name is replaced in the same instant."""
        source, source_name, node = self._walk(old.rstrip("/") or "/", uid, follow=False)
        if node is None:
            raise FileError(Errno.ENOENT)
        target, target_name, other = self._walk(new.rstrip("/") or "/", uid, follow=False)
        if other is node:
            return
        if isinstance(node, Directory):
            inside = self.real_path(new).startswith(self.real_path(old) + "/")
            if node is self.root or inside:
                raise FileError(Errno.EINVAL)
        self._check_removal(source, node, uid)
        if not target.allows(uid, WRITE | EXECUTE):
            raise FileError(Errno.EACCES)
        if other is not None:
            self._replace(node, other, new, uid)
        del source.entries[source_name]
        source.modified = self._now()
        self._add(target, target_name, node)
        if isinstance(node, Directory):
            source.links -= 1
            target.links += 1

    def _replace(self, node: Node, other: Node, path: str, uid: int) -> None:
        if isinstance(other, Directory):
            if not isinstance(node, Directory):
                raise FileError(Errno.EISDIR)
            self.remove_directory(path, uid)
        elif isinstance(node, Directory):
            raise FileError(Errno.ENOTDIR)
        else:
            self.unlink(path, uid)

    def _check_removal(self, parent: Directory, node: Node, uid: int) -> None:
        if not parent.allows(uid, WRITE | EXECUTE):
            raise FileError(Errno.EACCES)
        sticky = bool(parent.mode & 0o1000)
        if sticky and uid not in {0, node.uid, parent.uid}:
            raise FileError(Errno.EPERM)

    def names(self, path: str, uid: int = 0) -> list[str]:
        """Return the entries of a directory in order of their names."""
        node = self.lookup(path, uid)
        if not isinstance(node, Directory):
            raise FileError(Errno.ENOTDIR)
        if not node.allows(uid, READ):
            raise FileError(Errno.EACCES)
        return sorted(node.entries)

    def walk(self, path: str) -> Iterator[str]:
        """Yield a path and, if it is a directory, everything below it, parents first."""
        yield path
        node = self.find(path, follow=False)
        if isinstance(node, Directory):
            for name in sorted(node.entries):
                yield from self.walk(f"{path.rstrip('/')}/{name}")

    # -- contents

    def write_at(self, file: File, position: int, data: bytes) -> None:
        """Put bytes into a file, with zeros in a gap before them."""
        end = max(file.size, position + len(data))
        self._take(0, max(0, _fragments(end) - _fragments(file.size)))
        if position > file.size:
            file.data.extend(bytes(position - file.size))
        file.data[position : position + len(data)] = data
        file.modified = self._now()

    def truncate(self, file: File) -> None:
        """Empty a file."""
        self.free_fragments += _fragments(file.size)
        file.data.clear()
        file.modified = self._now()

    def touch(self, node: Node) -> None:
        """Set the modification time to now."""
        node.modified = self._now()

    def read_text(self, path: str, uid: int = 0) -> str:
        """Return a file's contents; undecodable bytes become surrogate escapes."""
        node = self.lookup(path, uid)
        if isinstance(node, Directory):
            raise FileError(Errno.EISDIR)
        if not node.allows(uid, READ):
            raise FileError(Errno.EACCES)
        return node.data.decode(errors="surrogateescape") if isinstance(node, File) else ""

    def write_text(self, path: str, text: str, mode: int = 0o644, uid: int = 0) -> File:
        """Replace a file's contents, or make the file."""
        node = self.find(path, uid)
        if node is None:
            node = self.create(path, mode, uid)
        if not isinstance(node, File):
            raise FileError(Errno.EISDIR)
        if not node.allows(uid, WRITE):
            raise FileError(Errno.EACCES)
        self.truncate(node)
        self.write_at(node, 0, text.encode(errors="surrogateescape"))
        return node

    def remove_tree(self, path: str, uid: int = 0) -> None:
        """Remove a file, or a directory with everything below it."""
        for inner in reversed(list(self.walk(path))):
            if isinstance(self.lookup(inner, uid, follow=False), Directory):
                self.remove_directory(inner, uid)
            else:
                self.unlink(inner, uid)

    def clear_files(self, path: str) -> None:
        """Remove the files below a directory, and keep all else (cleanvar at boot)."""
        for inner in list(self.walk(path)):
            if isinstance(self.find(inner, follow=False), File):
                self.unlink(inner)
