"""A change of a NAS that something befalls at a moment, in real time and with real processes.

As ``tests.support.moments``, with what has no moment on a virtual clock: signals of the verb, a
standstill of either end, a way that is cut. ``python -m tests.support.change_moments --runs 50``
tries many moments of ``apply``, ``confirm`` and ``rollback``, and prints what they said; it takes
half a minute for each.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

from tests.support import moments
from tests.support.campaign import campaign
from tests.support.moments import AGAIN, CHANGES, HOLD
from tests.support.run_moments import (
    LIMIT,
    MISHAPS,
    OTHERS,
    PATIENTLY,
    SCENARIOS,
    SETTLING,
    Scene,
    scene,
    status_of,
)

MORE = 'addresses = ["10.9.6.9/24"]\n'
WITHIN = 60  # seconds, where a change takes a quarter of that or less
BRIEF = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL", "short freeze", "cut", "cut for 8 s", "reboot")
DONE = ("confirmed: ", "rolled back: ")
VERBS = ("apply", "confirm", "rollback", "undo")


class Change:
    """A change by ``apply`` at a NAS, and how that looks with it."""

    def __init__(self, at: Scene) -> None:
        self.at = at
        self.file = at.nas.directory / "change.toml"
        text = OTHERS.format("changed").replace("failover", "loadbalance") + MORE
        self.file.write_text(text, "utf-8")
        self.looks: set[str] = set()
        self.seconds: dict[str, float] = {}
        for name in VERBS:
            change = CHANGES[name]
            for words in change.first:
                self.must(*self.words(words))
            began = at.clock.now()
            self.must(*self.words(change.words))
            self.seconds[name] = at.clock.now() - began
            if change.after:
                self.looks.add(at.look())
                self.must("rollback")
        self.must(*self.words(CHANGES["apply"].words))
        at.reboot()
        for _ in range(SETTLING):
            self.looks.add(at.look())
            at.clock.sleep(1)
        self.must("rollback")
        assert at.is_as_it_was(), at.difference()

    def words(self, words: tuple[str, ...], within: int | None = None) -> list[str]:
        """Return the words of a verb; a change is to be confirmed within so many seconds."""
        made = [str(self.file) if word == "FILE" else word for word in words]
        limit = ("--confirm-within", f"{within}s") if within else PATIENTLY
        return [*made, *limit] if "apply" in words else made

    def must(self, *words: str) -> None:
        """Run a verb, which must succeed."""
        done = self.at.nas.tool(*words)
        assert done.returncode == 0, done.stderr

    @property
    def state(self) -> bool | None:
        """Whether the NAS has the change; None if it is neither as before nor as after."""
        shown = self.at.look()
        return False if shown in self.at.looks else True if shown in self.looks else None

    def settled(self) -> bool | None:
        """Look until the NAS is as before or after; return how it is."""
        for _ in range(SETTLING):
            if (state := self.state) is not None:
                return state
            self.at.clock.sleep(1)
        return None

    def befall(self, mishap: str, verb: str, moment: float) -> list[str]:
        """Have a mishap at a part of a verb; return what is wrong then."""
        at, change = self.at, CHANGES[verb]
        within = max(WITHIN, int(4 * self.seconds["apply"])) // (2 if mishap in BRIEF else 1)
        for each in change.first:
            while "is too short" in (done := at.nas.tool(*self.words(each, within))).stderr:
                within *= 2
            assert done.returncode == 0, done.stderr
        run = at.nas.start(*self.words(change.words, within), port=at.way.port)
        at.run = run
        words: list[str] = []
        reader = threading.Thread(target=lambda: words.extend(run.communicate()))
        reader.start()
        at.clock.sleep(moment * self.seconds[verb])
        MISHAPS[mishap](at)
        reader.join(LIMIT)
        wrong = [] if run.returncode is not None else ["it does not end"]
        run.kill()
        reader.join()
        said = "".join(words)
        # A signal may come when all was done and said.
        over = any(line.startswith(DONE) for line in said.splitlines())
        status = 0 if over else status_of(run)
        if mishap == "killed":
            refused = status == 2 and "nothing was touched" in said  # it is slow
            if (status not in (0, 3, 5) and not refused) or "Traceback" in said:
                wrong.append("a lost NAS has another status, or no words")
        else:
            if status != 0:
                at.clock.sleep(within + 5)  # it is confirmed by nobody
            state = self.settled()
            wrong += self._judged(change, status, said, state)
            wrong += self._followed()
            told = [f"{verb}: status {status}, and the change is there: {state}"]
            print("\n      ".join([*told, *said.splitlines()[-8:]]))
        return [f"{verb}: {each}\n      status {status}: {said}" for each in wrong]

    def _judged(
        self, change: moments.Change, status: int, said: str, state: bool | None
    ) -> list[str]:
        wrong = [said] if "Traceback" in said else []
        left = self.at.truenas and status in (5, 130, -signal.SIGKILL)  # rollback is advised
        if state is None and not left:
            wrong.append(f"a mixture: {self._difference()}")
        if status == 0 and state is not change.after:
            wrong.append("it is done, by its words, and is not")
        if status in (2, 3, 4) and state is not change.before and not self.at.truenas:
            wrong.append("it is reverted, or was not begun, by its status, and it is there")
        # A reboot makes a held change of a TrueNAS permanent (B-13), whatever the verb did.
        held = self.at.truenas and HOLD in change.first and status == 3
        if any(text in said for text in AGAIN) and status and state is not change.before:
            wrong += [] if held else ["nothing was touched, by its words, and something was"]
        begun = said or status not in (-signal.SIGTERM, -signal.SIGHUP)  # Python had not
        if begun and status not in (0, 2, 3, 4, 5, 130, -signal.SIGKILL):
            wrong.append("its status is none of those that are documented")
        if status == 130 and ("armed" in said or "recorded" in said) and "lagg-tool" not in said:
            wrong.append("no word on what is pending")
        return wrong

    def _difference(self) -> str:
        now = self.at.look().splitlines()
        looks = self.looks | self.at.looks
        more = [line for line in now if not any(line in look for look in looks)]
        some = {line for look in looks for line in look.splitlines()}
        less = {line for line in some if all(line in look for look in looks)} - set(now)
        return f"more: {more}; missing: {sorted(less)}"

    def _followed(self) -> list[str]:
        """Undo what is there, and see that the next change works, and its undo."""
        said = []
        if self.settled() is not False:
            done = self.at.nas.tool("rollback")
            said.append(done.stderr)
        if self.settled() is not False:
            return [f"the old configuration does not come back: {self._difference()} {said}"]
        wrong = []
        for words, has in ((("apply", str(self.file), *PATIENTLY), True), (("rollback",), False)):
            done = self.at.nas.tool(*words)
            if done.returncode or self.settled() is not has:
                ends = f"{done.returncode}: {done.stderr}{self._difference()}"
                wrong.append(f"the next {words[0]} does not work: {ends}")
        return wrong


@contextlib.contextmanager
def _change(system: str) -> Iterator[Change]:
    with scene(system, learn=False) as at:
        yield Change(at)


def _befall(change: Change, mishap: str, run: int, moment: float) -> list[str]:
    return change.befall(mishap, VERBS[run // len(BRIEF) % len(VERBS)], moment)


if __name__ == "__main__":
    kinds = [name for name in MISHAPS if name != "held"]
    sys.exit(campaign(SCENARIOS, kinds, _change, _befall, seed="change "))
