"""The confirmed commit: arm a guard on the host, apply, probe, then confirm or be reverted."""

from lagg_tool.commit.confirmed import ConfirmedCommit, Outcome, refuse_unless_allowed
from lagg_tool.commit.later import Changes
from lagg_tool.commit.states import TRANSITIONS, Event, State
from lagg_tool.commit.status import Status

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
