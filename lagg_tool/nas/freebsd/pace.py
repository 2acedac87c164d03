"""The pace of a host: how long a change takes there, told by how long it took to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from lagg_tool.nas.freebsd.plan import Change, Edit

_OBSERVATION = 14  # processes, with the shells
_CHANGE = 30  # from the guard's start to the decision, without the steps
_SYSRC = 30  # a call of sysrc is like so many: 3 s where a process takes 0.1 s
_MARGIN = 1.5


@dataclass(frozen=True)
class Pace:
    """What a process takes on a host, in seconds, with its share of the network's delay."""

    process: float = 0.0

    @classmethod
    def of(cls, seconds: float) -> Self:
        """Return the pace of a host that was observed in so many seconds."""
        return cls(seconds / _OBSERVATION)

    def seconds_for(self, plan: Change) -> float:
        """Return the time in which a change is certain to be decided, unless it is cut off."""
        calls = len({each.edit is Edit.DELETE for each in plan.rc})  # sysrc deletes, or sets
        return _MARGIN * self.process * (_CHANGE + len(plan.steps) + calls * _SYSRC)
