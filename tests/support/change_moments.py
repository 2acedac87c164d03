"""A change of a NAS that something befalls at a moment, in real time and with real processes.

As ``tests.support.moments``, with what has no moment on a virtual clock: signals of the verb, a
standstill of either end, a way that is cut. ``python -m tests.support.change_moments --runs 50``
tries many moments of ``apply``; it takes a minute for each.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

from tests.support.campaign import campaign
from tests.support.moments import AGAIN
from tests.support.run_moments import LIMIT, MISHAPS, OTHERS, SCENARIOS, SETTLING, Scene, scene

MORE = 'addresses = ["10.9.6.9/24"]\n'
WITHIN = 60
CHANGES = [name for name in MISHAPS if name != "held"]


class Change:
    """A change by ``apply`` at a NAS, and how that looks with it."""

    def __init__(self, at: Scene) -> None:
        self.at = at
        self.file = at.nas.directory / "change.toml"
        text = OTHERS.format("changed").replace("failover", "loadbalance") + MORE
        self.file.write_text(text, "utf-8")
        self.looks: set[str] = set()
        began = at.clock.now()
        self.must("apply", str(self.file))
        self.seconds = at.clock.now() - began
        self.looks.add(at.look())
        at.reboot()
        for _ in range(SETTLING):
            self.looks.add(at.look())
            at.clock.sleep(1)
        self.must("rollback")
        assert at.is_as_it_was(), at.difference()

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

    def befall(self, mishap: str, moment: float) -> list[str]:
        """Have a mishap at a part of the change; return what is wrong then."""
        at = self.at
        run = at.nas.start(
            *("apply", str(self.file), "--confirm-within", f"{WITHIN}s"), port=at.way.port
        )
        at.run = run
        words: list[str] = []
        reader = threading.Thread(target=lambda: words.extend(run.communicate()))
        reader.start()
        at.clock.sleep(moment * self.seconds)
        MISHAPS[mishap](at)
        reader.join(LIMIT)
        wrong = [] if run.returncode is not None else ["it does not end"]
        run.kill()
        reader.join()
        status, said = run.returncode or 0, "".join(words)
        if mishap == "killed":
            refused = status == 2 and "nothing was touched" in said  # it is slow
            if (status not in (0, 3, 5) and not refused) or "Traceback" in said:
                wrong.append("a lost NAS has another status, or no words")
        else:
            wrong += self._judged(status, said)
            wrong += self._followed()
        told = "\n      ".join([f"status {status}", *said.splitlines()[-8:]])
        return [f"{each}\n      {told}" for each in wrong]

    def _judged(self, status: int, said: str) -> list[str]:
        if status != 0:
            self.at.clock.sleep(WITHIN + 5)  # it is confirmed by nobody
        state = self.settled()
        wrong = [said] if "Traceback" in said else []
        left = self.at.truenas and status in (5, 130, -signal.SIGKILL)  # rollback is advised
        if state is None and not left:
            wrong.append(f"a mixture: {self._difference()}")
        if status == 0 and state is not True:
            wrong.append("it is done, by its words, and is not")
        if status in (2, 3, 4) and state is not False and not self.at.truenas:
            wrong.append("it is reverted, or was not begun, by its status, and it is there")
        if any(text in said for text in AGAIN) and status and state is not False:
            wrong.append("nothing was touched, by its words, and something was")
        if status not in (0, 2, 3, 4, 5, 130, -signal.SIGKILL):
            wrong.append("its status is none of those that are documented")
        if status == 130 and "armed" in said and "lagg-tool" not in said:
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
        for words, has in ((("apply", str(self.file)), True), (("rollback",), False)):
            done = self.at.nas.tool(*words)
            if done.returncode or self.settled() is not has:
                ends = f"{done.returncode}: {done.stderr}{self._difference()}"
                wrong.append(f"the next {words[0]} does not work: {ends}")
        return wrong


@contextlib.contextmanager
def _change(system: str) -> Iterator[Change]:
    with scene(system, learn=False) as at:
        yield Change(at)


def _befall(change: Change, mishap: str, _run: int, moment: float) -> list[str]:
    return change.befall(mishap, moment)


if __name__ == "__main__":
    sys.exit(campaign(SCENARIOS, CHANGES, _change, _befall, seed="change "))
