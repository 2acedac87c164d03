"""One run at a time on a NAS, and the cleanup after a run that died.

The lock is a directory on the NAS. It names the run that holds it, when that run renewed it
last (in seconds since the NAS's boot: a clock may be set), and the state of the NAS before. A
run that finds the lock expired takes it over, and first restores the NAS as the run that died
would have done.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
from collections.abc import Callable
from typing import Any

from lagg_tool.command import Completed, load_script, script
from lagg_tool.errors import HostError
from lagg_tool.nas.elapsed import ELAPSED
from lagg_tool.suite import restoring
from lagg_tool.target import Target
from lagg_tool.user import local_user

# It survives a reboot, which scenarios may need; TrueNAS keeps nothing but /data.
DIRECTORY = "/var/db/lagg_tool_accept"
TRUENAS_DIRECTORY = "/data/lagg_tool_accept"
# Longer than any scenario takes, so that only a dead run's lock expires.
LEASE_SECONDS = 600
RENEW_SECONDS = 60
POLL_SECONDS = 2.0

_TAKE = ELAPSED + load_script("lagg_tool.suite.scripts", "take")
_RENEW = ELAPSED + load_script("lagg_tool.suite.scripts", "renew")
_KEEP = 'cat >"$1/before.new" && mv "$1/before.new" "$1/before"'
# Of several runs, only one can move it.
_TAKE_OVER = 'mv "$1" "$1.$2" && { cat "$1.$2/before" 2>/dev/null; rm -rf "$1.$2"; }'
_END = '[ "$(cat "$1/owner")" = "$2" ] && rm -rf "$1"'
# In the seconds of a boot that has not been long ago, too.
_EXPIRE = f'echo -{LEASE_SECONDS + 1} >"$1/renewed"'
HELD, EXPIRED = 75, 76


class RunLock:
    """This run's lock of a NAS. All methods raise TargetError and HostError."""

    def __init__(
        self,
        target: Target,
        report: Callable[[str], None],
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self._target = target
        self._report = report
        self._pause = pause or target.clock.sleep
        user = local_user()
        self.owner = f"{user}, process {os.getpid()}, {secrets.token_hex(4)}"
        self._renewed = 0.0
        truenas = "truenas" in target.result.facts
        self._directory = TRUENAS_DIRECTORY if truenas else DIRECTORY

    def take(self) -> None:
        """Wait until no other run has the NAS, and undo what a dead run left."""
        told, inherited = False, ""
        while (done := self._script(_TAKE, self.owner, str(LEASE_SECONDS))).status != 0:
            if done.status == EXPIRED:
                inherited = self._take_over()
            elif done.status == HELD:
                if not told:
                    self._report_owner(done.stdout)
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

    def keep(self, answers: list[str], rows: restoring.Rows | None) -> None:
        """Store the state before this run on the NAS, for the next run if this one dies."""
        kept = {"said": answers, "rows": dataclasses.asdict(rows) if rows else None}
        done = self._target.run(script(_KEEP, self._directory, stdin=json.dumps(kept).encode()))
        if done.status != 0:
            raise HostError(f"{self._directory}: {done.stderr.strip()}")

    def renew(self) -> None:
        """Renew the lock; costs a round trip once a minute. Raises HostError if it is lost."""
        if self._target.clock.now() < self._renewed + RENEW_SECONDS:
            return
        if self._script(_RENEW, self.owner).status != 0:
            raise HostError(f"{self._target.result.url}: another run took the NAS over")
        self._renewed = self._target.clock.now()

    def end(self) -> None:
        """Release the lock."""
        self._script(_END, self.owner)

    def _report_owner(self, owner: str) -> None:
        self._report(
            f"{self._target.result.url}: another run ({owner.strip() or 'just begun'}) has this "
            f"NAS; waiting until it ends, or has been silent for {LEASE_SECONDS // 60} minutes"
        )

    def _take_over(self) -> str:
        """Take over a stale lock; return the state before the dead run, if that is known."""
        done = self._script(_TAKE_OVER, secrets.token_hex(4))
        return done.stdout if done.status == 0 else ""  # another run was faster

    def _undo(self, kept: dict[str, Any]) -> None:
        url = self._target.result.url
        self._report(f"{url}: a run died here; the NAS is restored first")
        answers, rows = kept["said"], restoring.Rows(**kept["rows"]) if kept["rows"] else None
        self.keep(answers, rows)  # this run may die as well
        try:
            restoring.restore_rows(self._target, rows)
            restoring.restore(self._target, restoring.understand(answers))
        except AssertionError as left:
            self._script(_EXPIRE)  # the next run may try again, and at once
            raise HostError(
                f"{url}: a run died here, and what it left cannot be undone: {left}"
            ) from left

    def _script(self, text: str, *words: str) -> Completed:
        return self._target.run(script(text, self._directory, *words))
