"""Waiting for what another process does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from lagg_tool.clock import SystemClock


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds. Raises AssertionError after a minute."""
    clock = SystemClock()
    due = clock.now() + 60
    while not condition():
        assert clock.now() < due, "what was waited for did not come"
        clock.sleep(0.01)


def other_threads() -> set[threading.Thread]:
    """Return the threads of this process but those of clocks, which stay."""
    return {thread for thread in threading.enumerate() if thread.name != "clock"}


def open_descriptors() -> int:
    """Return how many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """See that no thread and no descriptor is left of what happens within, or soon will not be.

    What is left of other tests may end meanwhile.
    """
    threads, descriptors = other_threads(), open_descriptors()
    yield
    wait_for(lambda: other_threads() <= threads)
    wait_for(lambda: open_descriptors() <= descriptors)
