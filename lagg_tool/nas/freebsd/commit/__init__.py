"""The confirmed commit on FreeBSD: the common one, with rc.conf as what boots the host."""

from lagg_tool.nas.freebsd.commit.confirmed import ConfirmedCommit, PendingChange
from lagg_tool.nas.freebsd.commit.layout import requests

__all__ = ["ConfirmedCommit", "PendingChange", "requests"]
