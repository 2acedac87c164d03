"""Looking at the bonds of a host: one round trip for each look."""

from __future__ import annotations

from lagg_tool.bond.links import read_links
from lagg_tool.bond.watching import BondLook
from lagg_tool.command import Runner, read
from lagg_tool.errors import CommandError
from lagg_tool.nas.linux.observation import BONDS, LINKS, read_bonds
from lagg_tool.nas.rounds import LOOK_SECONDS

_QUESTIONS = (
    read("date", "+%Y-%m-%dT%H:%M:%S%z"),
    LINKS,
    BONDS,
    read("dmesg"),
)


def look_at(runner: Runner, at: float) -> BondLook:
    """Return what the host shows. Raises HostError and TargetError."""
    date, links, bonds, dmesg = runner.run_batch(_QUESTIONS, LOOK_SECONDS)
    if links.status != 0:
        raise CommandError("ip -d -j link", links.status, links.stderr)
    return BondLook(
        at,
        date.stdout.strip(),
        read_links(links.stdout),
        read_bonds(bonds.stdout),
        dmesg.stdout.splitlines(),
    )
