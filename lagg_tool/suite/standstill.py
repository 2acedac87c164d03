"""A NAS that stood still: what a scenario did not see then says nothing about it.

A virtual machine that is paused, a cable that is pulled and put back, this very process
stopped: timers of protocols run out at the other end, without an error of any command.
"""

from __future__ import annotations

from lagg_tool.command import read
from lagg_tool.errors import HostError
from lagg_tool.target import Target


def check_awake(target: Target, since: float, failure: AssertionError) -> None:
    """Raise HostError if the NAS was not heard for some seconds in what has failed.

    Raises TargetError if it does not answer now. A NAS on a virtual clock does not stand still.
    """
    if target.simulated is not None:
        return
    target.connection.run(read("true"))  # so that a silence which lasts has ended
    seconds = target.connection.longest_silence(since)
    if seconds:
        raise HostError(
            f"nothing was heard of the NAS for {seconds:.0f} s, so it says nothing that then"
            f" {failure}; run the scenario again"
        ) from failure
