"""One run at a time on a NAS, no change beside it, and the cleanup after a run that died.

The lock is a directory on the NAS. It names the run that holds it, when that took it and
renewed it last (in seconds since the NAS's boot: a clock may be set), the state of the NAS
before, and the interfaces that the run may have made since. A run that finds it expired, or
its owner's process ended, takes it over, and first takes away what the dead run made.

A change by ``apply`` and a run exclude each other: each announces itself before it looks for
the other (nas/commit/scripts/arm.sh, nas/truenas/session.py).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from lagg_tool.command import Completed, load_script, script
from lagg_tool.errors import HostError, RefusedError, TargetError
from lagg_tool.nas.contract import FollowUpCommand, plain_command
from lagg_tool.nas.opening import open_nas, run_lock_of
from lagg_tool.nas.rendering import pending_text
from lagg_tool.suite import restoring
from lagg_tool.suite.owner import has_ended, own_name
from lagg_tool.target import Target
from lagg_tool.testbed.epair import scripts as epair

# Longer than any scenario takes, so that only a dead run's lock expires.
LEASE_SECONDS = 600
RENEW_SECONDS = 60
POLL_SECONDS = 2.0
REPORT_SECONDS = 60.0

_TAKE = load_script("lagg_tool.suite.scripts", "take")
_RENEW = load_script("lagg_tool.suite.scripts", "renew")
_KEEP = 'cat >"$1/before.new" && mv "$1/before.new" "$1/before"'
# Of several runs, only one can move it: when another was faster, it has another owner. What a dead
# run kept is there until this run has it, which may die as well.
_MOVE = '[ "$(cat "$1/owner" 2>/dev/null)" = "$3" ] && mv "$1" "$1.$2"'
_INHERIT = 'cat "$2/names" 2>/dev/null; echo; cat "$2/before" 2>/dev/null'
_FORGET = 'rm -rf "$2"'
_ADD = 'directory=$1; shift; printf "%s\\n" "$@" >>"$directory/names"'
_END = '[ "$(cat "$1/owner")" = "$2" ] && rm -rf "$1"'
# A lock of our own in which nothing is kept; while it has no owner, take.sh may go on.
_LET_GO = """\
owner=$(cat "$1/owner" 2>/dev/null)
[ "${owner:-$2}" != "$2" ] || { [ -n "$owner" ] && [ ! -e "$1/before" ] && rm -rf "$1"; }
"""
# In the seconds of a boot that has not been long ago, too.
_EXPIRE = f'echo -{LEASE_SECONDS + 1} >"$1/renewed"'
HELD, EXPIRED = 75, 76


def _owner(answer: str) -> str:
    """Return the owner from the answer of take.sh."""
    return answer.partition("\n")[0].strip()


def _holder(answer: str) -> str:
    """Return who has the NAS and since when, from the answer of take.sh."""
    owner, taken, renewed = [*answer.split("\n"), "", "0", "0"][:3]
    return (
        f"the run of {owner or 'somebody, just begun'}, begun {int(taken or 0) / 60:.0f} min ago"
        f" and heard of {int(renewed or 0):.0f} s ago,"
    )


class RunLock:
    """This run's lock of a NAS. All methods raise TargetError and HostError.

    ``force`` takes it from a run that is not known to be dead.
    """

    def __init__(
        self,
        target: Target,
        report: Callable[[str], None],
        pause: Callable[[float], None] | None = None,
        *,
        force: bool = False,
    ) -> None:
        self._target = target
        self._report = report
        self._pause = pause or target.clock.sleep
        self._force = force
        self.owner = own_name()
        self._renewed = 0.0
        self._names: set[str] = set()
        self._beginning = False  # the NAS may have the lock, and the run has not begun
        self._directory = run_lock_of(target.result.facts)
        self._kind = restoring.kind_of(target)
        self._take = self._kind.elapsed + _TAKE

    @property
    def made(self) -> restoring.Made:
        """What this run may have made."""
        return restoring.Made.of(self._names, self._target.ports)

    def take(self, follow_up_command: FollowUpCommand = plain_command) -> None:
        """Wait until no other run has the NAS, and undo what a dead run left.

        Raises RefusedError while a change waits for its confirmation.
        """
        told: float | None = None
        while (done := self._seek()).status != 0:
            if done.status not in (EXPIRED, HELD):
                raise HostError(
                    f"{self._target.result.url}: {self._directory} cannot be made, which keeps two "
                    f"runs apart: {done.stderr.strip()}; log in as root"
                )
            if self._is_dead(done):
                self._take_over(done.stdout)
                continue
            now = self._target.clock.now()
            if told is None or now - told >= REPORT_SECONDS:
                self._report_holder(done.stdout)
                told = now
            self._pause(POLL_SECONDS)
            if self._target.testbed is not None:  # its guard would take it down
                self._target.testbed.synchronise()
        self._renewed = self._target.clock.now()
        self._undo_all(done.stdout)
        self._refuse_pending(follow_up_command)

    def _seek(self) -> Completed:
        self._beginning = True
        done = self._script(self._take, self.owner, str(LEASE_SECONDS))
        self._beginning = done.status == 0
        return done

    def _refuse_pending(self, follow_up_command: FollowUpCommand) -> None:
        pending = open_nas(self._target).pending()
        if pending.change is None:
            return
        self.end()
        text = pending_text(pending, follow_up_command).strip()
        raise RefusedError(
            f"{self._target.result.url}: a change waits for its confirmation, and a run would"
            f" be in its way; nothing was touched:\n{text}"
        )

    def keep(
        self, answers: list[str], rows: restoring.Rows | None, ports: Iterable[str] | None = None
    ) -> None:
        """Store the state before this run on the NAS, for the next run if this one dies.

        ``ports`` are those of a dead run, if the state is the one before that.
        """
        testbed = self._target.testbed
        bench = testbed.run_name if testbed is not None else ""
        lasting = self._target.ports if ports is None else ports
        if bench and ports is None:
            # They go with the testbed. What has such a name later is another interface, and only
            # the variables with its name are to be undone.
            self._script(_ADD, *lasting)
            lasting = ()
        kept = {
            "said": answers,
            "rows": dataclasses.asdict(rows) if rows else None,
            "ports": list(lasting),
            "bench": bench,
        }
        done = self._target.run(script(_KEEP, self._directory, stdin=json.dumps(kept).encode()))
        if done.status != 0:
            raise HostError(f"{self._directory}: {done.stderr.strip()}")
        self._beginning = ports is not None  # else all is ready for the first scenario

    def renew(self) -> None:
        """Renew the lock; costs a round trip once a minute. Raises HostError if it is lost."""
        if self._target.clock.now() < self._renewed + RENEW_SECONDS:
            return
        if self._script(self._kind.elapsed + _RENEW, self.owner).status != 0:
            raise HostError(f"{self._target.result.url}: another run took the NAS over")
        self._renewed = self._target.clock.now()

    def end(self) -> None:
        """Release the lock."""
        self._script(_END, self.owner)
        self._beginning = False

    def let_go(self) -> None:
        """Release the lock of a run that ended before it began, or say that it may be left."""
        if not self._beginning:
            return
        with contextlib.suppress(TargetError):
            self._target.reconnect()
            if self._script(_LET_GO, self.owner).status == 0:
                return
        self._report(
            f"{self._target.result.url}: this run's lock, {self._directory}, may be left on the"
            " NAS: the next run or change from this machine takes it away; from another one,"
            " --take-over does"
        )

    def add(self, texts: Iterable[str]) -> None:
        """Note on the NAS which interfaces a scenario may make, before it begins."""
        new = {self._kind.aggregate, *restoring.names_in(texts)} - self._names
        if not new:
            return
        done = self._script(_ADD, *sorted(new))
        if done.status != 0:
            raise HostError(f"{self._directory}: {done.stderr.strip()}")
        self._names |= new

    def release_dead(self) -> None:
        """Undo what a dead run left, and let go. Raises RefusedError while a run has the NAS."""
        while (done := self._seek()).status != 0:
            if done.status not in (HELD, EXPIRED):
                return  # not root: the next step fails and says so
            if not self._is_dead(done):
                raise RefusedError(
                    f"{self._target.result.url}: {_holder(done.stdout)} has this NAS, and a change"
                    " would be in its way; wait until it ends, or end it; if it is dead,"
                    " --take-over takes away what it made and goes on; nothing was touched"
                )
            self._take_over(done.stdout)
        self._undo_all(done.stdout)
        self.end()

    def _is_dead(self, done: Completed) -> bool:
        return done.status == EXPIRED or self._force or has_ended(_owner(done.stdout))

    def _report_holder(self, answer: str) -> None:
        self._report(
            f"{self._target.result.url}: {_holder(answer)} has this NAS; waiting until it ends,"
            f" or has been silent for {LEASE_SECONDS // 60} minutes; if it is dead, Ctrl-C, and"
            " --take-over does not wait"
        )

    def _take_over(self, answer: str) -> None:
        """Put a dead run's lock out of the way, unless another run was faster."""
        self._report(f"{self._target.result.url}: {_holder(answer)} is dead")
        self._script(_MOVE, secrets.token_hex(4), _owner(answer))

    def _undo_all(self, left: str) -> None:
        """Undo what dead runs left, by the answer of take.sh: the lock is this run's."""
        for directory in left.splitlines():
            self._undo(directory)

    def _undo(self, directory: str) -> None:
        inherited = self._script(_INHERIT, directory).stdout
        *names, record = inherited.split("\n")
        if not record:  # it died before it changed anything
            self._script(_FORGET, directory)
            return
        kept: dict[str, Any] = json.loads(record)
        url = self._target.result.url
        self._report(f"{url}: what the dead run made is taken away first")
        answers, rows = kept["said"], restoring.Rows(**kept["rows"]) if kept["rows"] else None
        if bench := kept.get("bench"):  # its guard would take away what this run makes
            self._target.run(script(epair.END, epair.ROOT, bench), 60.0)
        self.keep(answers, rows, kept["ports"])  # this run may die as well
        self._script(_ADD, *names)
        self._script(_FORGET, directory)
        made = restoring.Made.of(filter(None, names), kept["ports"])
        try:
            restored = restoring.restore_rows(self._target, rows, made)
            restored += restoring.restore(
                self._target, restoring.understand(answers, self._kind), made
            )
        except AssertionError as left:
            self._script(_EXPIRE)  # the next run may try again, and at once
            self._beginning = False
            raise HostError(
                f"{url}: a run died here, and what it left cannot be undone: {left}"
            ) from left
        for line in restored.lines:
            self._report(f"{url}: {line}")

    def _script(self, text: str, *words: str) -> Completed:
        return self._target.run(script(text, self._directory, *words))
