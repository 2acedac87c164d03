"""The confirmed commit on FreeBSD: the common one, with rc.conf as what boots the host."""

from lagg_tool.nas.freebsd.commit.data import data_of
from lagg_tool.nas.freebsd.commit.layout import FREEBSD, requests
from lagg_tool.nas.freebsd.commit.remainder import left_to_do

__all__ = ["FREEBSD", "data_of", "left_to_do", "requests"]
