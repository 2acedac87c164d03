"""How long a peer was not heard, for those who must know whether it stood still."""

from __future__ import annotations

from collections.abc import Callable

# What is shorter is no standstill: the peer is asked each second, and may be slow.
SHORTEST = 3.0


class Silence:
    """The times in which nothing came, between two packets of a peer that is asked for them.

    They begin before the standstill of either end and end after it. Nothing is known of them
    before ``end`` was called.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._heard = now()
        self._ended: list[tuple[float, float]] = []  # when, and after how many seconds

    def end(self) -> None:
        """Note that something came."""
        now = self._now()
        seconds, self._heard = now - self._heard, now
        if seconds >= SHORTEST:
            self._ended.append((now, seconds))

    def longest(self, since: float) -> float:
        """Return the longest of those that have ended since; 0 if there was none."""
        return max((seconds for end, seconds in self._ended if end >= since), default=0.0)
