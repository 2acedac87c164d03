"""The counters of an interface (ift_counter, sys/net/if.h)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Counters:
    """Frames and bytes; bytes include the Ethernet header."""

    ipackets: int = 0
    ierrors: int = 0
    ibytes: int = 0
    iqdrops: int = 0
    opackets: int = 0
    oerrors: int = 0
    obytes: int = 0
    oqdrops: int = 0
    collisions: int = 0

    def plus(self, **numbers: int) -> Counters:
        """Return the counters with some of them higher."""
        return replace(self, **{name: getattr(self, name) + n for name, n in numbers.items()})

    def __add__(self, other: Counters) -> Counters:
        return _each(operator.add, self, other)

    def __sub__(self, other: Counters) -> Counters:
        return _each(operator.sub, self, other)


_NAMES = tuple(field.name for field in fields(Counters))


def _each(combine: Callable[[int, int], int], one: Counters, other: Counters) -> Counters:
    return Counters(*(combine(getattr(one, name), getattr(other, name)) for name in _NAMES))
