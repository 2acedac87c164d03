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
_START = load_script(_PACKAGE, "elapsed", "words", "start", "status")
_DECIDE = load_script(_PACKAGE, "elapsed", "words", "decide", "status")
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
LOOKS = 20  # five a second, on a host whose sleep takes no time to begin
RUN_TEXT = "a run of lagg-tool accept has the NAS; nothing was touched"


def arm(token: str, seconds: str, who: str, name: str, files: Mapping[str, str]) -> Command:
    """Return the command that writes the files of a change and starts its guard."""
    data = sorted({"change.sh": CHANGE, **files}.items())
    words = [word for each in data for word in each]
    return script(_ARM, ROOT, RECORDS, RC_CONF, RUN_LOCK, token, seconds, who, name, *words)


def start(token: str, *files: str) -> Command:
    """Return the command that begins the steps of a change, detached.

    It answers as ``status`` does, which waits for ``files``.
    """
    return script(_START, ROOT, RECORDS, RC_CONF, token, *_awaited(files))


def decide(token: str, part: str, *files: str) -> Command:
    """Return the command that runs confirm, keep, rollback or undo, detached.

    With ``files`` it answers as ``status`` does, which waits for them.
    """
    return script(_DECIDE, ROOT, RECORDS, RC_CONF, RUN_LOCK, token, part, *_awaited(files))


def status(token: str = "", *files: str) -> Command:
    """Return the command that asks about a change, or about the pending one.

    With ``files`` of the change, the host waits some seconds until one of them has a line.
    """
    words = [*([token] if token else []), *_awaited(files)]
    return script(_STATUS, ROOT, RECORDS, RC_CONF, *words, effect=Effect.READ)


def _awaited(files: tuple[str, ...]) -> tuple[str, ...]:
    return (str(LOOKS), *files) if files else ()
