"""Pings that the NAS sent: how many, what the program printed, when they left."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lagg_tool.command import Completed
from lagg_tool.wire.icmp import Type4
from steps.world.world import World

PERIOD = 0.05  # seconds between the pings of a stream; root may send so fast


@dataclass(frozen=True)
class Pings:
    """What an administrator asked for (``count``), and what ping answered."""

    count: int
    answer: Completed

    @property
    def all_answered(self) -> bool:
        """Whether every ping was answered."""
        return f"{self.count} packets transmitted, {self.count} packets received" in self.output

    @property
    def none_answered(self) -> bool:
        """Whether no ping was answered."""
        return f"{self.count} packets transmitted, 0 packets received" in self.output

    @property
    def output(self) -> str:
        """What ping printed."""
        return self.answer.stdout

    @property
    def refusals(self) -> list[str]:
        """Why the kernel refused pings, one entry for each."""
        lines = self.answer.stderr.splitlines()
        return [line.removeprefix("ping: sendto: ") for line in lines]


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
