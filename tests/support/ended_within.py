"""A wait without an end, made to fail: what is tried is interrupted after a time."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from lagg_tool.signals import handling


@contextlib.contextmanager
def ended_within(seconds: int) -> Iterator[None]:
    """Interrupt what waits longer, with an AssertionError. For the main thread."""

    def interrupt(*_: object) -> None:
        raise AssertionError(f"it still waits after {seconds} s")

    with handling({signal.SIGALRM: interrupt}):
        signal.alarm(seconds)
        try:
            yield
        finally:
            signal.alarm(0)
