"""The time that programs take on a host: next to none, or as on a machine that is emulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Pace:
    """Seconds that a host takes to begin what it runs.

    ``fork`` and ``execute`` together begin a program; a subshell is a fork. ``programs`` are
    long scripts, and programs that need an interpreter: what they take beyond that, by name.
    """

    name: str
    fork: float
    execute: float
    programs: Mapping[str, float]

    @property
    def process(self) -> float:
        """What it takes to begin a program in a process of its own."""
        return self.fork + self.execute

    def beyond(self, name: str) -> float:
        """Return what a program takes beyond a process."""
        return self.programs.get(name, 0.0)


USUAL = Pace("usual", 0.0, 0.002, MappingProxyType({"sysrc": 0.25}))

# A FreeBSD 15.1 on a processor that QEMU translates: 0.1 s for a process, 3 s for sysrc, 0.2 s
# for sysctl, measured. midclt, which loads Python, was not measured there: its 2 s are assumed.
EMULATED = Pace(
    "emulated",
    0.05,
    0.05,
    MappingProxyType({"sysrc": 2.9, "sysctl": 0.1, "midclt": 1.9}),
)

PACES: Mapping[str, Pace] = MappingProxyType({each.name: each for each in (USUAL, EMULATED)})
