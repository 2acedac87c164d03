"""Looking at the bonds of a host again and again: one round trip for each look."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lagg_tool.bond.links import read_links
from lagg_tool.bond.watching import BondLook
from lagg_tool.clock import Clock
from lagg_tool.command import Runner, read
from lagg_tool.errors import CommandError
from lagg_tool.nas.linux.observation import BONDS, LINKS, read_bonds
from lagg_tool.nas.rounds import rounds

_QUESTIONS = (
    read("date", "+%Y-%m-%dT%H:%M:%S%z"),
    LINKS,
    BONDS,
    read("dmesg"),
)


def looks(
    runner: Runner, clock: Clock, every: float, seconds: float = math.inf
) -> Iterator[BondLook]:
    """Yield what the host shows every so many seconds, for as long as is asked.

    Raises HostError and TargetError.
    """
    for passed in rounds(clock, every, seconds):
        date, links, bonds, dmesg = runner.run_batch(_QUESTIONS)
        if links.status != 0:
            raise CommandError("ip -d -j link", links.status, links.stderr)
        yield BondLook(
            passed,
            date.stdout.strip(),
            read_links(links.stdout),
            read_bonds(bonds.stdout),
            dmesg.stdout.splitlines(),
        )
