"""Files that are read whole, and written whole or not at all.

A full disk costs nobody the file that was there. What never ends is not read, and a pipe that
has no other end is not waited for without a word.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from lagg_tool.errors import UsageError
from lagg_tool.output import progress

# Of a directory that takes no new file, and of a file that a container mounts by itself.
_NO_NEIGHBOUR = frozenset([errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY])
# Of what has no size, such as a pipe: more than anything of use has.
LARGEST = 256 * 1024 * 1024
_PIECE = 1024 * 1024


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file, a pipe or a device. Raises OSError, and where they do not end."""
    _tell_of_pipe(path, "writes to")
    with path.open("rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file.read()
        return read_to_end(file.read, str(path))


def read_to_end(read: Callable[[int], bytes], name: str) -> bytes:
    """Return what a stream has, piece by piece. Raises OSError where that does not end."""
    data = bytearray()
    while len(data) <= LARGEST:
        piece = read(_PIECE)
        if not piece:
            return bytes(data)
        data += piece
    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), name)


def _tell_of_pipe(path: Path, other_end: str) -> None:
    """Say that a pipe is waited for; /dev/stdin and <(...) of a shell have their other end."""
    if path.is_fifo() and Path(os.path.realpath(path)).is_fifo():
        progress(f"{path}: it is a pipe; waiting for what {other_end} it")


def write_whole(path: Path, data: bytes, *, mode: int = 0o666, new: bool = False) -> None:
    """Write a file, and the directories above it.

    What is at the end of a symbolic link is written, and keeps its mode; a device or a pipe
    stays what it is. With ``new`` there must be no file of this name. Raises OSError with the
    name of the file.
    """
    missing: list[Path] = []
    try:
        real = Path(os.path.realpath(path))
        missing = [each for each in real.parents if not each.exists()]
        real.parent.mkdir(parents=True, exist_ok=True)
        if new:
            _create(real, data, mode)
        elif path.exists() and not path.is_file():
            _tell_of_pipe(path, "reads from")
            path.write_bytes(data)
        else:
            _replace(real, data, mode)
    except OSError as error:
        for each in missing:
            with contextlib.suppress(OSError):  # it was not made, or somebody else uses it
                each.rmdir()
        # mkdir says of a file in its way that it exists.
        below = isinstance(error, FileExistsError) and not path.parent.is_dir()
        number = errno.ENOTDIR if below else error.errno
        raise OSError(number, os.strerror(number or 0), str(path)) from error


def _create(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        try:
            file.write(data)
            file.flush()
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _replace(path: Path, data: bytes, mode: int) -> None:
    kept = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    if kept is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "")  # what nobody may write is not replaced
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        _create(partial, data, mode)
        if kept is not None:
            partial.chmod(kept)
        partial.replace(path)
    except OSError as error:
        if kept is None or error.errno not in _NO_NEIGHBOUR:
            raise
        path.write_bytes(data)
    finally:
        partial.unlink(missing_ok=True)


def check_writable(option: str, path: Path) -> None:
    """Raise UsageError for a name that cannot be written, before there is something to write."""
    if not path.name or os.path.isdir(path):  # noqa: PTH112 - Path's fails for a long name
        raise UsageError(f"{option} {path}: this is a directory; name a file")
    real = Path(os.path.realpath(path))
    place = next(each for each in (real, *real.parents) if os.path.exists(each))  # noqa: PTH110
    reason = "it is a symbolic link to itself" if os.path.islink(real) else ""  # noqa: PTH114
    if place != real and not place.is_dir():
        reason = f"{place} is no directory"
    elif not os.access(place, os.W_OK if place == real else os.W_OK | os.X_OK):
        reason = f"{place} may not be written"
    elif place == real.parent and len(os.fsencode(real.name)) > os.pathconf(place, "PC_NAME_MAX"):
        reason = "the name is too long"
    if reason:
        raise UsageError(f"{option} {path}: {reason}; name another file")
