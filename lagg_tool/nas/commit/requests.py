"""What a client has the host run: arm the guard, begin, decide, and ask how things are.

Each command is a script of nas/commit/scripts, with its words as positional parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.command import Command, Effect, load_script, script
from lagg_tool.nas.commit.functions import Host
from lagg_tool.nas.run_lock import DIRECTORY as RUN_LOCK

_PACKAGE = "lagg_tool.nas.commit.scripts"
_ARM = load_script(_PACKAGE, "words", "arm")
_START = load_script(_PACKAGE, "words", "start", "status")
_DECIDE = load_script(_PACKAGE, "words", "decide", "status")
_STATUS = load_script(_PACKAGE, "words", "status")
_CHANGE = (load_script(_PACKAGE, "words", "undo"), load_script(_PACKAGE, "change"))

# Exit status of these: sysexits(3) where one fits.
FULL = 73
BUSY = 75
NOT_ROOT = 77
NO_GUARD = 78
BAD_SCRIPT = 65
RUN = 79
LOOKS = 20  # five a second, on a host whose sleep takes no time to begin
RUN_TEXT = "a run of lagg-tool accept has the NAS; wait until it ends; nothing was touched"


class Requests:
    """The commands for one kind of host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    @property
    def change(self) -> str:
        """The text of change.sh."""
        return _CHANGE[0] + self.host.change + _CHANGE[1]

    def arm(
        self, token: str, seconds: str, who: str, name: str, files: Mapping[str, str]
    ) -> Command:
        """Return the command that writes the files of a change and starts its guard."""
        data = sorted({"change.sh": self.change, **files}.items())
        words = [word for each in data for word in each]
        return script(
            self.host.session + _ARM, *self._places, RUN_LOCK, token, seconds, who, name, *words
        )

    def start(self, token: str, *files: str) -> Command:
        """Return the command that begins the steps of a change, detached.

        It answers as ``status`` does, which waits for ``files``.
        """
        return script(self.host.session + _START, *self._places, token, *_awaited(files))

    def decide(self, token: str, part: str, *files: str) -> Command:
        """Return the command that runs confirm, keep, rollback or undo, detached.

        With ``files`` it answers as ``status`` does, which waits for them.
        """
        words = (RUN_LOCK, token, part, *_awaited(files))
        return script(self.host.session + _DECIDE, *self._places, *words)

    def status(self, token: str = "", *files: str) -> Command:
        """Return the command that asks about a change, or about the pending one.

        With ``files`` of the change, the host waits some seconds until one of them has a line.
        """
        words = [*([token] if token else []), *_awaited(files)]
        return script(self.host.session + _STATUS, *self._places, *words, effect=Effect.READ)

    @property
    def _places(self) -> tuple[str, str, str]:
        return self.host.root, self.host.records, self.host.config


def _awaited(files: tuple[str, ...]) -> tuple[str, ...]:
    return (str(LOOKS), *files) if files else ()
