"""A NAS that stood still: what a scenario did not see then says nothing about it.

A virtual machine that is paused, a cable that is pulled and put back, this very process
stopped: timers of protocols run out at the other end, without an error of any command.
"""

from __future__ import annotations

from collections.abc import Iterable

from lagg_tool.command import read
from lagg_tool.errors import HostError
from lagg_tool.evidence import CommandEvent, Event
from lagg_tool.target import Target


def check_awake(target: Target, since: float, failure: AssertionError) -> None:
    """Raise HostError if the NAS was not heard for some seconds in what has failed.

    Raises TargetError if it does not answer now.
    """
    if seconds := _silence(target, since):
        raise HostError(
            f"nothing was heard of the NAS for {seconds:.0f} s, so it says nothing that then"
            f" {failure}; run the scenario again"
        ) from failure


def check_seen(target: Target, since: float, evidence: Iterable[Event]) -> None:
    """Raise HostError if a scenario passed, and the NAS was not heard for some seconds of it.

    What the NAS has answered holds all the same, if nothing else is the evidence. That nothing
    came does not, nor what was waited for: a standstill brings it about as well. Raises
    TargetError if the NAS does not answer now.
    """
    if all(isinstance(event, CommandEvent) for event in evidence):
        return
    if seconds := _silence(target, since):
        raise HostError(
            f"nothing was heard of the NAS for {seconds:.0f} s, so it says nothing that the"
            " scenario passed: what came, or did not, may be due to that; run it again"
        )


def _silence(target: Target, since: float) -> float:
    """Return for how many seconds the NAS was not heard; one on a virtual clock always is."""
    if target.simulated is not None:
        return 0.0
    target.connection.run(read("true"))  # so that a silence which lasts has ended
    return target.connection.longest_silence(since)
