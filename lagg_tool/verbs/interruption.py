"""Ctrl-C in a verb that has a NAS: not while a command is being sent, if the NAS answers.

An exception from a signal handler may leave a lock of paramiko's taken (see ``ssh.sending``),
and whatever sends next on that connection waits for it without an end.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterable, Iterator
from types import FrameType

from lagg_tool.clock import SystemClock
from lagg_tool.signals import handling
from lagg_tool.ssh.sending import is_sending

PATIENCE_SECONDS = 2.0  # for an answer of the NAS; one that is frozen gives none
AGAIN_SECONDS = 0.02


@contextlib.contextmanager
def interruptible(
    numbers: Iterable[signal.Signals], patience: float = PATIENCE_SECONDS
) -> Iterator[None]:
    """Have these signals raise KeyboardInterrupt between two commands, or after ``patience``.

    A second signal does not wait. Outside the main thread there are none to take.
    """
    clock = SystemClock()
    until = None  # a signal waits, at most until then

    def arrived(number: int, frame: FrameType | None) -> None:
        nonlocal until, patience
        until, patience = clock.now() + patience, 0.0
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
        look(number, frame)

    def look(number: int, frame: FrameType | None) -> None:
        nonlocal until
        if until is None or (is_sending() and clock.now() < until):
            return
        until = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.default_int_handler(number, frame)

    with handling({**dict.fromkeys(numbers, arrived), signal.SIGALRM: look}):
        yield
