# ruff: noqa: D102 - the methods mean what they mean in Stream
"""What a file descriptor can refer to: files, pipes, devices, the two ends of a session.

A Stream is an open file description: descriptors share it, it is closed with the last of
them. ``ready`` tells whether ``read`` would give something (or the end) at once.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from lagg_tool.clock import Clock
from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.system.filesystem import FileSystem
from lagg_tool.simulator.system.nodes import Device, DeviceKind, Directory, File, FileError

PIPE_CAPACITY = 65536
# zero_read(), sys/dev/null/null.c, gives all that was asked for; this host's memory has an end.
LARGEST_READ = 16 << 20


class Stream:
    """An open file description with a count of the descriptors that refer to it."""

    outside = False  # whether what it gives comes from outside the NAS
    endless = False  # whether what it gives has no end
    refusal = Errno.EBADF  # why it is not read

    def __init__(self) -> None:
        self._references = 0

    def acquire(self) -> Stream:
        """Count one more descriptor."""
        self._references += 1
        return self

    def release(self) -> None:
        """Count one descriptor less, and close with the last one."""
        self._references -= 1
        if self._references == 0:
            self.close()

    @property
    def references(self) -> int:
        """How many descriptors refer to it."""
        return self._references

    def close(self) -> None:
        """Take the loss of the last descriptor."""

    def ready(self) -> bool:
        """Whether a read returns at once."""
        return True

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes, nothing at the end. Raises FileError."""
        del size
        raise FileError(self.refusal)

    def read_line(self) -> bytes | None:
        """Return a whole line, or the rest at the end; None while neither is there."""
        raise FileError(self.refusal)

    def write(self, data: bytes) -> None:
        """Take all the bytes. Raises FileError."""
        del data
        raise FileError(Errno.EBADF)

    def drained(self) -> bool:
        """Whether a polite writer may go on writing."""
        return True


class _Buffered(Stream):
    """A stream that is read from a buffer which somebody else fills."""

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytearray()
        self._ended = False

    def ready(self) -> bool:
        return bool(self._buffer) or self._ended

    def read(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def read_line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0 and not self._ended and len(self._buffer) < PIPE_CAPACITY:
            return None  # a line longer than a pipe comes in pieces
        return self.read(end + 1 if end >= 0 else len(self._buffer))


class PipeReader(_Buffered):
    """The reading end of a pipe; it owns the buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def put(self, data: bytes) -> None:
        """Take what the other end wrote."""
        if self.closed:
            raise FileError(Errno.EPIPE)
        self._buffer += data

    def end(self) -> None:
        """Nobody will write any more."""
        self._ended = True

    @property
    def at_end(self) -> bool:
        """Whether all was read and nothing more can come."""
        return self._ended and not self._buffer

    @property
    def has_room(self) -> bool:
        """Whether the buffer is below its capacity."""
        return self.closed or len(self._buffer) < PIPE_CAPACITY


class PipeWriter(Stream):
    """The writing end of a pipe."""

    def __init__(self, reader: PipeReader) -> None:
        super().__init__()
        self._reader = reader

    def close(self) -> None:
        self._reader.end()

    def write(self, data: bytes) -> None:
        self._reader.put(data)

    def drained(self) -> bool:
        return self._reader.has_room


def pipe() -> tuple[PipeReader, PipeWriter]:
    """Return both ends of a new pipe."""
    reader = PipeReader()
    return reader, PipeWriter(reader)


class InputStream(_Buffered):
    """Standard input of a session: bytes that come from outside, at their own pace.

    ``feed`` and ``end`` may be called from any thread; they wake every reader that waits.
    """

    outside = True

    def __init__(self, clock: Clock, data: bytes | None = None) -> None:
        super().__init__()
        self._clock = clock
        self.changed = threading.Condition(clock.lock)
        if data is not None:
            self._buffer += data
            self._ended = True

    def feed(self, data: bytes) -> None:
        """Hand over bytes that have arrived."""
        with self._clock.lock:
            self._buffer += data
            self.wake()

    def end(self) -> None:
        """Say that nothing more will come."""
        with self._clock.lock:
            self._ended = True
            self.wake()

    def wake(self) -> None:
        """Let every reader of this session look again."""
        with self._clock.lock:
            self.changed.notify_all()
            self._clock.notify()


class OutputStream(Stream):
    """Standard output or error of a session: bytes go to a function of the server."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        super().__init__()
        self._sink = sink

    def write(self, data: bytes) -> None:
        self._sink(data)


class FileStream(Stream):
    """An open regular file with its position."""

    def __init__(
        self,
        filesystem: FileSystem,
        file: File,
        *,
        readable: bool,
        writable: bool,
        append: bool = False,
    ) -> None:
        super().__init__()
        self._filesystem = filesystem
        self.file = file
        self._readable = readable
        self._writable = writable
        self._append = append
        self.position = 0

    def read(self, size: int) -> bytes:
        if not self._readable:
            raise FileError(Errno.EBADF)
        data = bytes(self.file.data[self.position : self.position + size])
        self.position += len(data)
        return data

    def read_line(self) -> bytes:
        end = self.file.data.find(b"\n", self.position)
        return self.read((end + 1 if end >= 0 else self.file.size) - self.position)

    def write(self, data: bytes) -> None:
        if not self._writable:
            raise FileError(Errno.EBADF)
        if self._append:
            self.position = self.file.size
        self._filesystem.write_at(self.file, self.position, data)
        self.position += len(data)


class DeviceStream(Stream):
    """An open device: nothing, zeros, or random bytes."""

    def __init__(self, kind: DeviceKind, rng: random.Random) -> None:
        super().__init__()
        self._kind = kind
        self._rng = rng
        self.endless = kind in (DeviceKind.ZERO, DeviceKind.RANDOM)

    def read(self, size: int) -> bytes:
        if self._kind is DeviceKind.ZERO:
            return bytes(min(size, LARGEST_READ))
        if self._kind is DeviceKind.RANDOM:
            return self._rng.randbytes(min(size, LARGEST_READ))
        return b""

    def read_line(self) -> bytes:
        return self.read(1024)

    def write(self, data: bytes) -> None:
        """Everything written to a device is gone."""


class DirectoryStream(Stream):
    """A directory opened for reading; reading it as bytes is an error."""

    refusal = Errno.EISDIR


class Opener:
    """open(2): turns a path into a Stream."""

    def __init__(self, filesystem: FileSystem, rng: random.Random) -> None:
        self._filesystem = filesystem
        self._rng = rng

    def open(self, path: str, mode: str, uid: int = 0, permissions: int = 0o666) -> Stream:
        """Open an absolute path. ``mode``: r, w, a, or + (read and write)."""
        node = self._filesystem.find(path, uid)
        if node is None:
            if mode == "r":
                self._filesystem.lookup(path, uid)
            node = self._filesystem.create(path, permissions, uid)
        else:
            needed = {"r": 4, "w": 2, "a": 2, "+": 6}[mode]
            if not node.allows(uid, needed):
                raise FileError(Errno.EACCES)
        if isinstance(node, Directory):
            if mode != "r":
                raise FileError(Errno.EISDIR)
            return DirectoryStream()
        if isinstance(node, Device):
            return DeviceStream(node.kind, self._rng)
        if not isinstance(node, File):
            raise FileError(Errno.ENOENT)
        if mode == "w":
            self._filesystem.truncate(node)
        return FileStream(
            self._filesystem,
            node,
            readable=mode in {"r", "+"},
            writable=mode != "r",
            append=mode == "a",
        )
