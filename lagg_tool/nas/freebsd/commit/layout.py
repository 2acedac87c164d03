"""Where a confirmed commit keeps its files on the host.

Below /var/run/lagg_tool (0700, and gone after a reboot, as is the configuration that was
never confirmed):

    pending/token    whose change it is; the directory is the lock: one change at a time
    last             the token of the last change that was confirmed
    lapsed           the token of a change that the guard reverted, until the next is armed
    TOKEN/
      change.sh      what the host runs, in parts: see scripts/change.sh
      steps inverse edits edits.back laggs record.* removal.*   the plan: see data.py
      who name seconds when    who changes which LAGG, for how long, since when (seconds
                     since the boot)
      started/       made by the client that begins the change, or clears it away before that
      decided/by     made by what decides: guard, confirm or rollback. mkdir is the arbiter;
                     a directory of that name beside it says the same after a reboot
      decided/pid    of the process that does it, as in confirming/, keeping/ and undone/
      kept/          rc.conf has the change
      early.pid           of what makes rc.after of rc.before, for the confirmation
      *.rc *.log     exit status of each part, and what it printed; made empty beforehand,
                     since sh runs no command whose output file a full disk keeps it from
                     making; those of an undo, which has no reserve, hold a line that gives way
      reserve        room that is given up for the decision when the disk is full

A reboot deletes the files below /var/run and keeps the directories (rc.d/cleanvar), so that a
change without change.sh is from before one: its directories tell what became of it.

A confirmed change that wrote rc.conf is kept below /var/db/lagg_tool as well, the last one
only, so that it can be rolled back after a reboot:

    NAME             what the creation of a lagg changed, for its removal (observation.py)
    TOKEN/           what its directory below /var/run had that is needed to undo it
"""

from __future__ import annotations

from lagg_tool.command import load_script
from lagg_tool.nas.commit import Host, Requests

ROOT = "/var/run/lagg_tool"
RECORDS = "/var/db/lagg_tool"
RC_CONF = "/etc/rc.conf"

_SCRIPTS = "lagg_tool.nas.freebsd.scripts"
FREEBSD = Host(
    root=ROOT,
    records=RECORDS,
    config=RC_CONF,
    session=load_script(_SCRIPTS, "elapsed", "detach", "took"),
    change=load_script(_SCRIPTS, "rcconf"),
    boot="rc.conf",
    the_boot="rc.conf",
    room="its disk is full, or /var/run cannot be written",
)
requests = Requests(FREEBSD)
