"""One command of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from lagg_tool.command import Command, change
from lagg_tool.lagg import Address


@dataclass(frozen=True)
class Step:
    """One command that changes the host, and why it is needed."""

    command: Command
    why: str


def ifconfig_step(why: str, *words: str) -> Step:
    """Return the step that runs ifconfig with these arguments."""
    return Step(change("ifconfig", *words), why)


def family_of(address: Address) -> str:
    """Return ifconfig's word for an address's family."""
    return "inet" if address.version == 4 else "inet6"
