"""Pings that the NAS sent: how many, what the program printed, when they left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from lagg_tool.command import Completed
from lagg_tool.wire.icmp import Type4
from steps.world.dialects import PERIOD
from steps.world.world import World

# "3 packets received" on FreeBSD, "3 received" on Linux.
_SUMMARY = re.compile(r"^(\d+) packets transmitted, (\d+) (?:packets )?received", re.MULTILINE)
_REFUSED = re.compile(r"ping: send(?:to|msg): (.*)")


@dataclass(frozen=True)
class Pings:
    """What an administrator asked for (``count``), and what ping answered."""

    count: int
    answer: Completed

    @property
    def all_answered(self) -> bool:
        """Whether every ping was answered."""
        return self._counted == (self.count, self.count)

    @property
    def none_answered(self) -> bool:
        """Whether no ping was answered."""
        return self._counted == (self.count, 0)

    @property
    def _counted(self) -> tuple[int, int] | None:
        """How many were sent and answered, as ping counts them."""
        found = _SUMMARY.search(self.output)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def output(self) -> str:
        """What ping printed."""
        return self.answer.stdout

    @property
    def refusals(self) -> list[str]:
        """Why the kernel refused pings, one entry for each."""
        lines = self.answer.stderr.splitlines()
        return [found[1] if (found := _REFUSED.fullmatch(line)) else line for line in lines]


def departures(world: World) -> list[tuple[float, int]]:
    """Return when each ping left since the last action, with its number."""
    kind = Type4.ECHO_REQUEST
    left = [(s.at, echo.sequence) for s in world.sent() if (echo := s.echo) and echo.type == kind]
    assert left, "no ping left the NAS"
    return left


def longest_gap(world: World) -> float:
    """Return the longest time without a ping; a ping's number tells when the first was tried."""
    left = departures(world)
    first, number = left[0]
    times = [first - number * PERIOD, *(at for at, _ in left)]
    return max(later - one for one, later in pairwise(times))
