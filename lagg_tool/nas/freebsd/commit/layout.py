"""Where a confirmed commit keeps its files on the host, and how each of them begins and ends.

Layout on the host, below /var/run/lagg_tool (0700, and gone after a reboot, as is the
configuration that was never confirmed):

    pending/token    whose change it is; the directory is the lock: one change at a time
    last             the token of the last change that was confirmed
    lapsed           the token of a change that the guard reverted, until the next is armed
    TOKEN/           apply.sh revert.sh prepare.sh persist.sh restore.sh guard.sh …
      meta           who, when (seconds since the boot), how long, which lagg
      started/       made by whoever begins the change, or clears it away before that
      decided/by     made by whoever decides: guard, confirm or rollback. mkdir is the arbiter
      *.rc *.log     exit status of each part, and what it said; made empty beforehand, since
                     sh runs no command whose output file a full disk keeps it from making;
                     those of an undo, which has no reserve, hold a line that gives way
      reserve        room that is given up for the decision when the disk is full

A confirmed change that wrote rc.conf is kept below /var/db/lagg_tool as well, the last one
only, so that it can be rolled back after a reboot:

    NAME             what the creation of a lagg changed, for its removal (hosts/freebsd.py)
    TOKEN/           what its directory below /var/run had that is needed to undo it

Every file ends in a line that says so: a script that a full disk cut short is not run.
"""

from __future__ import annotations

ROOT = "/var/run/lagg_tool"
RECORDS = "/var/db/lagg_tool"
RC_CONF = "/etc/rc.conf"
RC_NEW = "/etc/rc.conf.lagg_tool"
END = "# end"

_HEAD = """\
#!/bin/sh
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
umask 077
root=$1 token=$2
t=$root/$token
"""


def file_text(*lines: str) -> str:
    """Return a script with these lines, whole, as every file of a change is."""
    return _HEAD + "\n".join(lines) + f"\n{END}\n"


# Away with what prepare.sh made, and nothing else.
UNPREPARE = (
    f'rm -rf {RC_NEW} "{RECORDS}/$(cat "$t/name").new" "{RECORDS}/$token.new"',
    f"rmdir {RECORDS} 2>/dev/null",
)
