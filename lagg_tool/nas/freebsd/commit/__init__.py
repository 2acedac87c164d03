"""The confirmed commit: arm a guard on the host, apply, probe, then confirm or be reverted."""

from lagg_tool.nas.freebsd.commit.confirmed import ConfirmedCommit
from lagg_tool.nas.freebsd.commit.pending import PendingChange

__all__ = ["ConfirmedCommit", "PendingChange"]
