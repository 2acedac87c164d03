"""Whether the suite catches a fault of the simulated NAS.

A fault is caught when a scenario on its claim fails with it, and passes without it. Only
such scenarios run, so that a fault that merely breaks something on the way to another
assertion does not count.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import multiprocessing
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lagg_tool import assets
from lagg_tool.evidence import Status
from lagg_tool.suite.features import claim_links
from lagg_tool.suite.selection import read_documents, select

if TYPE_CHECKING:
    import pytest

    from lagg_tool.simulator.faults import Fault

_SOUND = "sim:"
_REASON_LENGTH = 200
_DEADLINE = 600.0  # real seconds; a run takes a few. One that hangs ends the process


@dataclass(frozen=True)
class Trial:
    """How scenarios ended on one target.

    ``failed`` is the first scenario of which a step failed, ``reason`` its message.
    """

    failed: str | None = None
    reason: str = ""


def is_about(tags: Collection[str], claim: str) -> bool:
    """Whether a scenario's tags name a claim or, with the word before it, a requirement."""
    return claim in tags or any(link.id == claim for link in claim_links(tags))


def scenarios_of(claims: Iterable[str]) -> dict[str, list[str]]:
    """Return the scenarios on each claim, in the features' order."""
    chosen: dict[str, list[str]] = {claim: [] for claim in claims}
    for document in read_documents(select(assets.features(), (), _SOUND).concerned()):
        for pickle in document.pickles:
            for claim, scenarios in chosen.items():
                if is_about(pickle.tags, claim):
                    scenarios.append(f"{document.path}::{pickle.id}")
    return chosen


def try_faults(faults: Sequence[Fault], jobs: int) -> Iterator[Trial]:
    """Try faults in processes of their own; yield their trials in order.

    Without a fault the same scenarios must pass: one that does not catches nothing.
    """
    scenarios = scenarios_of({fault.claim for fault in faults})
    sound = sorted({scenario for some in scenarios.values() for scenario in some})
    context = multiprocessing.get_context("spawn")  # the target's threads forbid forking
    with ProcessPoolExecutor(jobs, context) as pool:
        checks = [pool.submit(failures, _SOUND, part) for part in _by_file(sound)]
        broken = {name for check in checks for name in check.result()}
        for name in sorted(broken):
            print(f"fails without any fault, so that it catches none: {name}", file=sys.stderr)
        trials: list[Future[Trial]] = []
        for fault in faults:
            usable = [name for name in scenarios[fault.claim] if name not in broken]
            trials.append(pool.submit(try_fault, fault.name, usable))
        for trial in trials:
            yield trial.result()


def _by_file(scenarios: Iterable[str]) -> list[list[str]]:
    """Group scenarios by their files."""
    files: dict[str, list[str]] = {}
    for scenario in scenarios:
        files.setdefault(scenario.partition("::")[0], []).append(scenario)
    return list(files.values())


def try_fault(name: str, scenarios: Sequence[str]) -> Trial:
    """Run scenarios on a NAS with a fault until one fails."""
    if not scenarios:
        return Trial(reason="no scenario is about its claim")
    left = list(scenarios)
    while left:
        watcher = _suite(f"sim:?fault={name}", left, first_only=True)
        if watcher.failed:
            return Trial(*watcher.failed[0])
        if not watcher.unclean:
            break
        # The fault hinders cleaning up after a scenario: go on with a new NAS.
        left = left[left.index(watcher.unclean) + 1 :] if watcher.unclean in left else []
    # What one scenario leaves on the NAS can hide the fault from the next: run each on its own.
    for scenario in scenarios:
        watcher = _suite(f"sim:?fault={name}", [scenario], first_only=True)
        if watcher.failed:
            return Trial(*watcher.failed[0])
    return Trial(reason="all scenarios about its claim pass")


def failures(target: str, scenarios: Sequence[str]) -> list[str]:
    """Return the scenarios that do not pass on a target, without those for other targets."""
    watcher = _suite(target, scenarios)
    return [name for name in scenarios if name not in watcher.passed | watcher.skipped]


class _Watcher:
    """Notes how scenarios end, and ends the run when the outcome is known."""

    def __init__(self, chosen: Iterable[str], *, first_only: bool) -> None:
        self._chosen = set(chosen)
        self.passed: set[str] = set()
        self.skipped: set[str] = set()
        self.failed: list[tuple[str, str]] = []
        self.unclean = ""
        self._first_only = first_only
        self._decided = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of how a phase of a scenario ended."""
        if report.skipped:
            self.skipped.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)
        elif report.when == "call" and report.failed and not _is_broken(report):
            self.failed.append((report.nodeid, _words(report)))
            self._decided = self._first_only
        elif report.failed:
            self.passed.discard(report.nodeid)
            self.unclean = report.nodeid
            self._decided = True

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen scenarios; names with colons cannot be arguments of pytest."""
        items[:] = [item for item in items if item.nodeid in self._chosen]

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Run no scenario after the last one that matters."""
        if self._decided:
            item.session.shouldstop = "the outcome is known"


def _suite(target: str, scenarios: Sequence[str], *, first_only: bool = False) -> _Watcher:
    """Run scenarios on a target in this process, without output."""
    import pytest  # noqa: PLC0415 - heavy

    from lagg_tool.suite.running import suite_arguments  # noqa: PLC0415 - imports pytest

    root = assets.root()
    watcher = _Watcher(scenarios, first_only=first_only)
    files = dict.fromkeys(scenario.partition("::")[0] for scenario in scenarios)
    chosen = [str(root / file) for file in files]
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        faulthandler.dump_traceback_later(_DEADLINE, exit=True, file=2)
        pytest.main([*suite_arguments(target), *chosen], plugins=[watcher])
        faulthandler.cancel_dump_traceback_later()
    return watcher


def _is_broken(report: pytest.TestReport) -> bool:
    """Whether an error ended the scenario that says nothing about the NAS."""
    scenario = getattr(report, "acceptance", {}).get("scenario") or {}
    return scenario.get("status") == Status.BROKEN


def _words(report: pytest.TestReport) -> str:
    """Return the first line of a failure's message."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(getattr(crash, "message", report.longrepr))
    first = re.sub(r"^AssertionError: ", "", text.strip().splitlines()[0] if text.strip() else "")
    return first[:_REASON_LENGTH]
