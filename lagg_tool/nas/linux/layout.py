"""Where a confirmed commit keeps its files on a Linux host.

nas/freebsd/commit/layout.py names them. Below /run, which is a file system in memory, nothing
is left after a reboot, as of the configuration that was never confirmed.
"""

from __future__ import annotations

from lagg_tool.command import load_script
from lagg_tool.nas.commit import Host, Requests

ROOT = "/run/lagg_tool"
RECORDS = "/var/lib/lagg_tool"
ETC = "/etc"

_SCRIPTS = "lagg_tool.nas.linux.scripts"
LINUX = Host(
    root=ROOT,
    records=RECORDS,
    config=ETC,
    session=load_script(_SCRIPTS, "elapsed", "detach", "filewords"),
    change=load_script(_SCRIPTS, "filewords", "files"),
    boot="boot configuration",
    the_boot="the boot configuration",
    room="its disk is full, or /run cannot be written",
)
requests = Requests(LINUX)
