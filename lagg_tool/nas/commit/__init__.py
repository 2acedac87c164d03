"""The confirmed commit: arm a guard on the host, apply, probe, then confirm or be reverted.

The same for every host whose own commands change it; ``functions`` says what a system adds.
"""

from lagg_tool.nas.commit.confirmed import ConfirmedCommit
from lagg_tool.nas.commit.functions import Host
from lagg_tool.nas.commit.pending import PendingChange
from lagg_tool.nas.commit.requests import Requests

__all__ = ["ConfirmedCommit", "Host", "PendingChange", "Requests"]
