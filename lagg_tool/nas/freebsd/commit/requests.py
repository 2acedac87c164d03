"""What a client has the host run: arm the guard, begin, decide, and ask how things are.

Each command is a script of nas/freebsd/scripts, with its words as positional parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.command import Command, Effect, load_script, script
from lagg_tool.nas.freebsd.commit.layout import RC_CONF, RECORDS, ROOT
from lagg_tool.nas.run_lock import DIRECTORY as RUN_LOCK

_PACKAGE = "lagg_tool.nas.freebsd.scripts"
_ARM = load_script(_PACKAGE, "elapsed", "words", "arm")
_START = load_script(_PACKAGE, "words", "start")
_DECIDE = load_script(_PACKAGE, "decide")
_STATUS = load_script(_PACKAGE, "elapsed", "words", "status")
CHANGE = load_script(_PACKAGE, "words", "rcconf", "change")

# Exit status of these: sysexits(3) where one fits.
FULL = 73
BUSY = 75
LOST = 76
NOT_ROOT = 77
NO_GUARD = 78
BAD_SCRIPT = 65
RUN = 79
RUN_TEXT = "a run of lagg-tool accept has the NAS; nothing was touched"


def arm(token: str, seconds: str, who: str, name: str, files: Mapping[str, str]) -> Command:
    """Return the command that writes the files of a change and starts its guard."""
    data = sorted({"change.sh": CHANGE, **files}.items())
    words = [word for each in data for word in each]
    return script(_ARM, ROOT, RECORDS, RC_CONF, RUN_LOCK, token, seconds, who, name, *words)


def start(token: str) -> Command:
    """Return the command that begins the steps of a change, detached."""
    return script(_START, ROOT, RECORDS, RC_CONF, token)


def decide(token: str, part: str) -> Command:
    """Return the command that runs confirm, keep, rollback or undo, detached."""
    return script(_DECIDE, ROOT, RECORDS, RC_CONF, RUN_LOCK, token, part)


def status(token: str = "") -> Command:
    """Return the command that asks about a change, or about the pending one."""
    words = [token] if token else []
    return script(_STATUS, ROOT, RECORDS, RC_CONF, *words, effect=Effect.READ)
