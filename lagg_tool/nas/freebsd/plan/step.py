"""The steps of a plan that run ifconfig."""

from __future__ import annotations

from lagg_tool.command import change
from lagg_tool.lagg import Address
from lagg_tool.nas.step import Step


def ifconfig_step(why: str, *words: str) -> Step:
    """Return the step that runs ifconfig with these arguments."""
    return Step(change("ifconfig", *words), why)


def family_of(address: Address) -> str:
    """Return ifconfig's word for an address's family."""
    return "inet" if address.version == 4 else "inet6"
