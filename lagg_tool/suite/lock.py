"""One run at a time on a NAS, and what a run that died has left there.

The hold is a directory on the NAS: mkdir(1) makes it or fails, nothing is in between. It
says who holds it, when that was said last (in seconds since the NAS's boot: a clock may be
set), and how the NAS was before; a run that lives renews it. Whoever finds it expired
restores the NAS first, as the run that made it would have done.
"""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
import secrets
import socket
from collections.abc import Callable
from typing import Any

from lagg_tool.command import Completed, script
from lagg_tool.errors import HostError
from lagg_tool.nas.elapsed import ELAPSED
from lagg_tool.suite import restoring
from lagg_tool.target import Target

# It survives a reboot, which scenarios may need; TrueNAS keeps nothing but /data.
DIRECTORY = "/var/db/lagg_tool_accept"
TRUENAS_DIRECTORY = "/data/lagg_tool_accept"
# Longer than any scenario takes, so that only a dead run's hold expires.
LEASE_SECONDS = 600
RENEW_SECONDS = 60
POLL_SECONDS = 2.0

# Exit status 0: it is ours; 75: somebody's; else it cannot be had. The owner is written to
# the side and moved, so that nobody reads half of it.
_TAKE = f"""\
{ELAPSED}now=$(elapsed)
mkdir "$1" 2>/dev/null || {{
    [ -d "$1" ] || exit 1
    cat "$1/owner" 2>/dev/null
    renewed=$(cat "$1/renewed" 2>/dev/null)
    # The NAS was rebooted if that is to come: then the silence is as old as the boot at least.
    [ "${{renewed:=0}}" -le "$now" ] || renewed=0
    [ $((now - renewed)) -gt $3 ] && exit 76
    exit 75
}}
umask 077
echo "$now" >"$1/renewed" && printf '%s\\n' "$2" >"$1/owner"
"""
_RENEW = f"""\
{ELAPSED}[ "$(cat "$1/owner")" = "$2" ] || exit 75
elapsed >"$1/renewed.new" && mv "$1/renewed.new" "$1/renewed"
"""
_KEEP = 'cat >"$1/before.new" && mv "$1/before.new" "$1/before"'
# Moving is what only one of several can do.
_INHERIT = 'mv "$1" "$1.$2" && { cat "$1.$2/before" 2>/dev/null; rm -rf "$1.$2"; }'
_END = '[ "$(cat "$1/owner")" = "$2" ] && rm -rf "$1"'
# In the seconds of a boot that has not been long ago, too.
_EXPIRE = f'echo -{LEASE_SECONDS + 1} >"$1/renewed"'
HELD, EXPIRED = 75, 76


class Hold:
    """This run's hold of a NAS. Raises TargetError, HostError."""

    def __init__(
        self,
        target: Target,
        say: Callable[[str], None],
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self._target = target
        self._say = say
        self._pause = pause or target.clock.sleep
        user = f"{getpass.getuser()}@{socket.gethostname()}"
        self.owner = f"{user}, process {os.getpid()}, {secrets.token_hex(4)}"
        self._renewed = 0.0
        truenas = "truenas" in target.result.facts
        self._directory = TRUENAS_DIRECTORY if truenas else DIRECTORY

    def take(self) -> None:
        """Wait until nobody else runs here, and say so; undo what a dead run left."""
        told, inherited = False, ""
        while (done := self._script(_TAKE, self.owner, str(LEASE_SECONDS))).status != 0:
            if done.status == EXPIRED:
                inherited = self._inherit()
            elif done.status == HELD:
                if not told:
                    self._tell(done.stdout)
                told = True
                self._pause(POLL_SECONDS)
            else:
                raise HostError(
                    f"{self._target.result.url}: {self._directory} cannot be made, which keeps two "
                    f"runs apart: {done.stderr.strip() or 'mkdir failed'}; log in as root"
                )
        self._renewed = self._target.clock.now()
        if inherited:
            self._undo(json.loads(inherited))

    def keep(self, said: list[str], rows: restoring.Rows | None) -> None:
        """Leave at the NAS how it was, for whoever comes when this run has died."""
        kept = {"said": said, "rows": dataclasses.asdict(rows) if rows else None}
        done = self._target.run(script(_KEEP, self._directory, stdin=json.dumps(kept).encode()))
        if done.status != 0:
            raise HostError(f"{self._directory}: {done.stderr.strip()}")

    def renew(self) -> None:
        """Say that this run lives; costs a round trip once a minute. Raises HostError."""
        if self._target.clock.now() < self._renewed + RENEW_SECONDS:
            return
        if self._script(_RENEW, self.owner).status != 0:
            raise HostError(f"{self._target.result.url}: another run took the NAS over")
        self._renewed = self._target.clock.now()

    def end(self) -> None:
        """Let the next one begin."""
        self._script(_END, self.owner)

    def _tell(self, owner: str) -> None:
        self._say(
            f"{self._target.result.url}: another run ({owner.strip() or 'just begun'}) has this "
            f"NAS; waiting until it ends, or has been silent for {LEASE_SECONDS // 60} minutes"
        )

    def _inherit(self) -> str:
        """Take a dead run's hold away; return how the NAS was before it, if that is known."""
        done = self._script(_INHERIT, secrets.token_hex(4))
        return done.stdout if done.status == 0 else ""  # somebody else was faster

    def _undo(self, kept: dict[str, Any]) -> None:
        url = self._target.result.url
        self._say(f"{url}: a run died here; the NAS is restored first")
        said, rows = kept["said"], restoring.Rows(**kept["rows"]) if kept["rows"] else None
        self.keep(said, rows)  # this run may die as well
        try:
            restoring.restore_rows(self._target, rows)
            restoring.restore(self._target, restoring.understand(said))
        except AssertionError as left:
            self._script(_EXPIRE)  # the next run may try again, and at once
            raise HostError(
                f"{url}: a run died here, and what it left cannot be undone: {left}"
            ) from left

    def _script(self, text: str, *words: str) -> Completed:
        return self._target.run(script(text, self._directory, *words))
