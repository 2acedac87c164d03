"""Files that are named on the command line, where ``-`` is standard input."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from lagg_tool.whole_file import read_to_end, read_whole


def read_bytes(name: str) -> bytes:
    """Return the bytes of a file, or of standard input for ``-``. Raises OSError."""
    if name != "-":
        return read_whole(Path(name))
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return read_to_end(sys.stdin.buffer.read, "standard input")
