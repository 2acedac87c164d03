"""The confirmed commit: arm a guard on the host, apply, probe, then confirm or be reverted."""

from lagg_tool.nas.freebsd.commit.confirmed import ConfirmedCommit, Outcome, refuse_unless_allowed
from lagg_tool.nas.freebsd.commit.pending import Changes
from lagg_tool.nas.freebsd.commit.status import Status
from lagg_tool.nas.states import TRANSITIONS, Event, State

__all__ = [
    "TRANSITIONS",
    "Changes",
    "ConfirmedCommit",
    "Event",
    "Outcome",
    "State",
    "Status",
    "refuse_unless_allowed",
]
