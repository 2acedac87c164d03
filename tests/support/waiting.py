"""Waiting for what another process does."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.clock import SystemClock


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds. Raises AssertionError after a minute."""
    clock = SystemClock()
    due = clock.now() + 60
    while not condition():
        assert clock.now() < due, "what was waited for did not come"
        clock.sleep(0.01)
