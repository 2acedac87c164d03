"""Looking at a LAGG: one round trip for each look."""

from __future__ import annotations

from lagg_tool.command import Runner, read
from lagg_tool.errors import CommandError
from lagg_tool.ifconfig import parse
from lagg_tool.lagg.watching import Look
from lagg_tool.nas.rounds import LOOK_SECONDS

_QUESTIONS = (read("date", "+%Y-%m-%dT%H:%M:%S%z"), read("ifconfig", "-v"), read("dmesg"))


def look_at(runner: Runner, at: float) -> Look:
    """Return what the host shows. Raises CommandError and TargetError."""
    date, ifconfig, dmesg = runner.run_batch(_QUESTIONS, LOOK_SECONDS)
    if ifconfig.status != 0:
        raise CommandError("ifconfig -v", ifconfig.status, ifconfig.stderr)
    return Look(at, date.stdout.strip(), parse(ifconfig.stdout), dmesg.stdout.splitlines())
