"""Whether this thread is inside the SSH transport, where no exception may interrupt it.

A lock of paramiko's that an exception from a signal handler left taken would stop every
later command. The transport marks the time in which it uses paramiko; a signal handler asks,
and looks again by SIGALRM until it may.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class _Here(threading.local):
    depth = 0


_here = _Here()


@contextlib.contextmanager
def sending() -> Iterator[None]:
    """Mark what is done within as not to be interrupted, on this thread; may be nested."""
    _here.depth += 1
    try:
        yield
    finally:
        _here.depth -= 1


def is_sending() -> bool:
    """Return whether this thread is within ``sending``."""
    return _here.depth > 0
