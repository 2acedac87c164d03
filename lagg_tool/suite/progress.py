"""What a person sees while the suite runs: a line per feature, and what went wrong.

With ``--each-scenario``, ``-v`` of the command line, there is a line per scenario as well.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from lagg_tool.evidence import Status
from lagg_tool.output import printable, progress
from lagg_tool.suite.collector import SELECTION
from lagg_tool.suite.lint import Finding, lint
from lagg_tool.suite.plugin import features_directory

# Words beside the signs: neither colour nor a sign alone shows how a scenario ended.
_SIGNS = {
    Status.PASSED: "✓ passed   ",
    Status.FAILED: "✗ failed   ",
    Status.SKIPPED: "- skipped  ",
    Status.UNDEFINED: "? undefined",
    Status.BROKEN: "! broken   ",
    Status.NOT_RUN: "- not run  ",
}
_BAR = {
    Status.FAILED: "✗",
    Status.BROKEN: "!",
    Status.UNDEFINED: "?",
    Status.PASSED: "█",
    Status.SKIPPED: "·",
    Status.NOT_RUN: " ",
}
BAR_WIDTH = 20
_REASONS_SHOWN = 4


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of this printer."""
    parser.addoption("--each-scenario", action="store_true", help="a line for each scenario")


def pytest_configure(config: pytest.Config) -> None:
    """Replace pytest's terminal reporter."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ProgressPrinter(config), "acceptance-progress")


def bar(counts: Counter[Status]) -> str:
    """Return how the scenarios of a feature ended as signs in proportion, one of each at least."""
    total = sum(counts.values())
    cells = {
        status: max(1, counts[status] * BAR_WIDTH // total) for status in _BAR if counts[status]
    }
    most = max(cells, key=lambda status: cells[status])
    cells[most] += BAR_WIDTH - sum(cells.values())
    return "".join(sign * cells.get(status, 0) for status, sign in _BAR.items())


def feature_line(path: str, counts: Counter[Status]) -> str:
    """Return the line of a feature whose scenarios have all ended."""
    ended = ", ".join(f"{counts[status]} {status.value}" for status in _SIGNS if counts[status])
    return f"{path:40} {bar(counts)} {ended}"


class ProgressPrinter:
    """Prints to standard error; standard output is for the verdicts."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._plain = (sys.stderr.encoding or "ascii").lower() not in ("utf-8", "utf8")
        self._verbose = bool(config.getoption("each_scenario"))
        self._left: Counter[str] = Counter()  # scenarios of a feature that have not ended
        self._ended: dict[str, Counter[Status]] = {}
        self._skipped: Counter[str] = Counter()  # by reason

    def _print(self, text: str) -> None:
        print(printable(self._encodable(text)), file=sys.stderr, flush=True)

    def _print_progress(self, text: str) -> None:
        progress(self._encodable(text))

    def _encodable(self, text: str) -> str:
        return text.encode("ascii", "replace").decode() if self._plain else text

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, bool, bool]:
        """Lint the features before they run; findings make the run fail, not stop."""
        findings = [] if session.testsfailed else self._lint()
        for finding in findings:
            self._print(f"lint: {finding}")
        ran = yield
        if findings:
            self._print("lint: what is named above fails the run")
        session.testsfailed += len(findings)
        return ran

    def _lint(self) -> list[Finding]:
        features, every = features_directory(self._config), self._config.stash[SELECTION].every
        return lint(features, [one for one in every if not one.directory.is_relative_to(features)])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the scenarios of each feature."""
        self._expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Count the scenarios that the workers share; each of them has collected all."""
        if not self._left and not self._ended:
            self._expect(ids)

    def _expect(self, ids: Iterable[str]) -> None:
        self._left.update(name.split("::")[0] for name in ids)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Print why the run ended early; collection errors have been printed already."""
        if reason := str(getattr(excinfo.value, "msg", "")):
            self._print(f"lagg-tool: {reason}")
        elif excinfo.type is KeyboardInterrupt:
            self._print("lagg-tool: interrupted")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Print why a feature file could not be read."""
        if report.failed:
            self._print(str(report.longrepr))

    def pytest_sessionfinish(self) -> None:
        """Print the features that did not come to their end, and why scenarios were skipped."""
        for path, counts in self._ended.items():
            if self._left[path]:
                self._print_progress(f"{feature_line(path, counts)}, {self._left[path]} not run")
        for reason, count in self._skipped.most_common(_REASONS_SHOWN):
            self._print_progress(f"{count} skipped: {reason}")
        rest = sum(self._skipped.values()) - sum(
            count for _, count in self._skipped.most_common(_REASONS_SHOWN)
        )
        if rest:
            self._print_progress(f"{rest} skipped for other reasons; -v shows each")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print how a scenario ended, if it matters, and the line of a feature that has ended."""
        carried: dict[str, Any] | None = getattr(report, "acceptance", None)
        if carried is None:
            return
        scenario = carried["scenario"]
        if scenario is None:
            if report.failed and report.when == "teardown":
                self._print(f"✗ failed    {carried['id']}: its clean-up: {carried['shown']}")
            return
        status = Status(scenario["status"])
        if self._verbose or status in (Status.FAILED, Status.UNDEFINED, Status.BROKEN):
            self._print_scenario(scenario, status, carried.get("shown", ""))
        elif status is Status.SKIPPED:
            self._skipped[carried["shown"].strip().partition("\n")[0]] += 1
        self._count(report.nodeid.split("::")[0], scenario["id"].split("::")[0], status)

    def _count(self, collected: str, path: str, status: Status) -> None:
        counts = self._ended.setdefault(collected, Counter())
        counts[status] += 1
        self._left[collected] -= 1
        if not self._left[collected]:
            self._print_progress(feature_line(path, counts))

    def _print_scenario(self, scenario: dict[str, Any], status: Status, shown: str) -> None:
        passed = scenario["protocol_seconds"]
        took = f" ({passed:.0f} s on the NAS's clock)" if passed >= 1 else ""
        self._print(f"{_SIGNS[status]} {scenario['id']}{took}")
        if status is Status.PASSED:
            return
        for line in shown.splitlines():
            self._print(f"            {line}")
        failed = [s for s in scenario["steps"] if s["status"] in ("failed", "undefined", "broken")]
        for step in failed:
            path = scenario["id"].split("::")[0]
            self._print(f"            {path}:{step['line']}: {step['keyword']} {step['text']}")
