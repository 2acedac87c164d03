"""Looking at a LAGG again and again: one round trip for each look."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lagg_tool.clock import Clock
from lagg_tool.command import Runner, read
from lagg_tool.errors import CommandError
from lagg_tool.ifconfig import parse
from lagg_tool.lagg.watching import Look
from lagg_tool.nas.rounds import rounds

_QUESTIONS = (read("date", "+%Y-%m-%dT%H:%M:%S%z"), read("ifconfig", "-v"), read("dmesg"))


def looks(runner: Runner, clock: Clock, every: float, seconds: float = math.inf) -> Iterator[Look]:
    """Yield what the host shows every so many seconds, for as long as is asked.

    Raises CommandError and TargetError.
    """
    for passed in rounds(clock, every, seconds):
        date, ifconfig, dmesg = runner.run_batch(_QUESTIONS)
        if ifconfig.status != 0:
            raise CommandError("ifconfig -v", ifconfig.status, ifconfig.stderr)
        yield Look(passed, date.stdout.strip(), parse(ifconfig.stdout), dmesg.stdout.splitlines())
