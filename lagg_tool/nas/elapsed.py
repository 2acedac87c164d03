"""Elapsed time on a host, for a script: a clock that is set does not move it."""

from lagg_tool.command import load_script

# Each defines the function ``elapsed``, which prints seconds.
ELAPSED = load_script("lagg_tool.nas.freebsd.scripts", "elapsed")
LINUX_ELAPSED = load_script("lagg_tool.nas.linux.scripts", "elapsed")
