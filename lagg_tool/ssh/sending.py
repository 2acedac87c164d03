"""Whether this thread is inside the SSH transport, where no exception may interrupt it.

A lock of paramiko's that an exception from a signal handler left taken would stop every
later command. The transport marks the time in which it uses paramiko; a signal handler asks,
and looks again by SIGALRM until it may.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType


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


@contextlib.contextmanager
def handling(
    handlers: Mapping[signal.Signals, Callable[[int, FrameType | None], None]],
) -> Iterator[None]:
    """Take these signals over, and give them back; outside the main thread there are none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
