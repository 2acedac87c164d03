"""Signals that end what runs, as Ctrl-C does: so nothing of it is left behind.

A hangup that the caller ignores stays ignored, which is what nohup(1) is for.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType


@contextlib.contextmanager
def handling(
    handlers: Mapping[signal.Signals, Callable[[int, FrameType | None], None]],
) -> Iterator[None]:
    """Take these signals over, and give them back; outside the main thread there are none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heeded = {number: handler for number, handler in handlers.items() if _is_heeded(number)}
    before = {number: signal.signal(number, handler) for number, handler in heeded.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def ending_as_ctrl_c() -> contextlib.AbstractContextManager[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, until the end of the block."""
    return handling(dict.fromkeys((signal.SIGTERM, signal.SIGHUP), signal.default_int_handler))


def _is_heeded(number: signal.Signals) -> bool:
    return number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
