"""Count the round trips of a run: ``python -m tests.support.round_trips URL [FEATURE …]``.

A round trip is one command, or one batch of them, that is sent to the NAS. Prints JSON:
where they were made, and which of them asked again what had just been answered.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Generator, Sequence

import pytest

from lagg_tool import assets
from lagg_tool.command import Command, Completed, Effect
from lagg_tool.suite.running import suite_arguments
from lagg_tool.target import Target

SOON = 0.4  # who waits for a change looks after longer
NOTHING: tuple[float, tuple[Command, ...]] = (0.0, ())


class Counting:
    """A pytest plugin that sees what every target runs, and when."""

    def __init__(self) -> None:
        self.phases: Counter[str] = Counter()
        self.most: Counter[str] = Counter()  # in one phase of one scenario
        self.commands = self.scenarios = 0
        self.repeated: list[str] = []
        self._phase = self._scenario = ""
        self._last: tuple[float, tuple[Command, ...]] = NOTHING

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None]:
        self.scenarios += 1
        return (yield from self._within("setup", item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        return (yield from self._within("steps", item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None]:
        return (yield from self._within("restoring", item))

    def pytest_bdd_before_step(self) -> None:
        self._last = NOTHING

    def _within(self, phase: str, item: pytest.Item) -> Generator[None]:
        before = self.phases[phase]
        self._phase, self._scenario, self._last = phase, item.name, NOTHING
        try:
            return (yield)
        finally:
            if self.scenarios > 1:  # the first one's setup is that of the run
                self.most[phase] = max(self.most[phase], self.phases[phase] - before)

    def see(self, at: float, commands: Sequence[Command]) -> None:
        self.phases[self._phase] += 1
        self.commands += len(commands)
        words = tuple(commands)
        reads = all(each.effect is Effect.READ for each in commands)
        then, before = self._last
        if reads and before == words and at - then < SOON:
            self.repeated.append(f"{self._scenario}: {'; '.join(c.text for c in words)}")
        self._last = (at, words)


def watch(counting: Counting) -> None:
    """Let every target tell what it runs."""
    run, run_batch = Target.run, Target.run_batch

    def one(self: Target, command: Command, deadline: float = 30.0) -> Completed:
        counting.see(self.clock.now(), [command])
        return run(self, command, deadline)

    def several(
        self: Target, commands: Sequence[Command], deadline: float = 60.0
    ) -> list[Completed]:
        counting.see(self.clock.now(), commands)
        return run_batch(self, commands, deadline)

    Target.run, Target.run_batch = one, several  # type: ignore[method-assign]


def main(url: str, *features: str) -> int:
    """Run the features and print what was counted."""
    counting = Counting()
    watch(counting)
    root = assets.root()
    chosen = [str(root / feature) for feature in features or ("features",)]
    status = pytest.main([*suite_arguments(url), *chosen], plugins=[counting])
    found = {
        "scenarios": counting.scenarios,
        "commands": counting.commands,
        "round trips": dict(counting.phases),
        "most in one scenario": dict(counting.most),
        "asked again": counting.repeated,
    }
    print(json.dumps(found))
    return int(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
