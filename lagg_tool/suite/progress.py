"""What a person sees while the suite runs: a line per scenario, and what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from lagg_tool.evidence import Status
from lagg_tool.output import printable
from lagg_tool.suite.lint import lint
from lagg_tool.suite.plugin import features_directory

# Words beside the signs: neither colour nor a sign alone shows how a scenario ended.
_SIGNS = {
    Status.PASSED: "✓ passed   ",
    Status.FAILED: "✗ failed   ",
    Status.SKIPPED: "- skipped  ",
    Status.UNDEFINED: "? undefined",
    Status.BROKEN: "! broken   ",
}


def pytest_configure(config: pytest.Config) -> None:
    """Replace pytest's terminal reporter."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ProgressPrinter(config), "lagg-progress")


class ProgressPrinter:
    """Prints to standard error; standard output is for the verdicts."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._plain = (sys.stderr.encoding or "ascii").lower() not in ("utf-8", "utf8")

    def _print(self, text: str) -> None:
        if self._plain:
            text = text.encode("ascii", "replace").decode()
        print(printable(text), file=sys.stderr, flush=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, bool, bool]:
        """Lint the features before they run; findings make the run fail, not stop."""
        findings = [] if session.testsfailed else lint(features_directory(self._config))
        for finding in findings:
            self._print(f"lint: {finding}")
        ran = yield
        session.testsfailed += len(findings)
        return ran

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Print why the run ended early; collection errors have been printed already."""
        if reason := str(getattr(excinfo.value, "msg", "")):
            self._print(reason)
        elif excinfo.type is KeyboardInterrupt:
            self._print("interrupted")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Print why a feature file could not be read."""
        if report.failed:
            self._print(str(report.longrepr))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print how a scenario ended."""
        carried: dict[str, Any] | None = getattr(report, "lagg", None)
        if carried is None:
            return
        scenario = carried["scenario"]
        if scenario is None:
            if report.failed:
                self._print(f"✗ failed    {carried['id']}: its clean-up: {carried['shown']}")
            return
        passed = scenario["protocol_seconds"]
        took = f" ({passed:.0f} s on the NAS's clock)" if passed >= 1 else ""
        self._print(f"{_SIGNS[Status(scenario['status'])]} {scenario['id']}{took}")
        if scenario["status"] not in (Status.PASSED,):
            for line in carried["shown"].splitlines():
                self._print(f"            {line}")
            failed = [
                s for s in scenario["steps"] if s["status"] in ("failed", "undefined", "broken")
            ]
            for step in failed:
                path = scenario["id"].split("::")[0]
                self._print(f"            {path}:{step['line']}: {step['keyword']} {step['text']}")
