"""The acceptance suite as a pytest plugin: ``pytest -p lagg_tool.suite.plugin``.

It collects feature files, records every step with its evidence, and writes results.json
when asked to. The fixture ``target`` is what is tested.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shlex
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import parser as bdd

from lagg_tool import assets, releases
from lagg_tool.claims.sets import claims_of
from lagg_tool.clock import SystemClock
from lagg_tool.errors import DocumentError, LaggToolError, TargetError
from lagg_tool.evidence import Status
from lagg_tool.evidence.redaction import redacted
from lagg_tool.evidence.release_notes import GONE
from lagg_tool.suite import step_package
from lagg_tool.suite.collector import SELECTION, FeatureFile, ScenarioItem
from lagg_tool.suite.ending import cause_of, status_of, words_of
from lagg_tool.suite.exit_status import BROKEN_EXIT, NoWayError, exit_code
from lagg_tool.suite.interruption import Interruption
from lagg_tool.suite.options import add_run_options
from lagg_tool.suite.outage import OUTAGE
from lagg_tool.suite.recorder import (
    NO_EVIDENCE,
    RECEIVE,
    Collection,
    Recording,
    scenario_result,
)
from lagg_tool.suite.redactor import ReportRedactor
from lagg_tool.suite.selection import read_documents, select
from lagg_tool.suite.standstill import check_awake, check_seen
from lagg_tool.suite.tags import mark_expression
from lagg_tool.target import Target

# What asserts outside the modules of step definitions.
pytest.register_assert_rewrite("steps.world")
pytest_plugins = [
    "lagg_tool.suite.sharing",
    "lagg_tool.suite.fixtures",
    *step_package.register(),
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for what to run and where to put the results."""
    group = parser.getgroup("acceptance", "acceptance of a NAS")
    add_run_options(group.addoption)
    group.addoption("--target", default="sim:", help="sim:, ssh://user@host or qemu:IMAGE")
    group.addoption("--take-over", action="store_true", help="the run that has the NAS is dead")
    group.addoption("--results", type=Path, metavar="FILE", help="write results.json here")
    group.addoption("--tags", default="", help="as in '@failover and not @slow'")
    group.addoption("--claims", action="append", metavar="SET", help="its name or its directory")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the claim sets, and set up what gathers the results."""
    get = config.getoption
    try:
        selection = select(features_directory(config), get("claims") or (), get("target"))
    except LaggToolError as error:
        pytest.exit(str(error), returncode=exit_code(error))
    config.stash[SELECTION] = selection
    for one in selection.every:
        for module in step_package.modules_of(one):
            config.pluginmanager.register(module, module.__name__)
    config.pluginmanager.register(Recorder(config), "acceptance-recorder")
    tags = mark_expression(config.getoption("tags"))
    if tags:
        marks = config.option.markexpr
        config.option.markexpr = f"({marks}) and ({tags})" if marks else tags


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> FeatureFile | None:
    """Collect the feature files of the sets that this run is about."""
    if file_path.suffix != ".feature":
        return None
    selection = parent.config.stash[SELECTION]
    one = selection.set_of(file_path)
    if one not in selection.concerned():
        return None
    return FeatureFile.from_parent(parent, path=file_path)


class Recorder:
    """Records items in the process that runs them, gathers reports in the one that leads."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._collection = Collection()
        self._redactor = ReportRedactor()
        self._wall = SystemClock()
        self._recording: Recording | None = None
        self._target: Target | None = None
        self._began = 0.0
        self._looked_since = 0.0  # when the scenario began whose NAS it is
        self._gone = ""  # what a defect's scenario found instead of the defect
        self._references: tuple[str, ...] = ()  # the releases that its defect was seen on
        self._ended = ""  # why the run ends, and what it exits with
        self._end_code = 0
        self._started: float | None = None
        self._first = 0.0  # when the first scenario began, and the last report came
        self._last = 0.0

    # --- in the process that runs the scenarios ---

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Run a scenario; fail one that passed without evidence."""
        if not isinstance(item, ScenarioItem):
            return (yield)
        target: Target = item.funcargs["target"]  # type: ignore[assignment]
        self._target = target
        target.journal.take()  # what setting up the NAS left
        self._gone = ""
        one = item.config.stash[SELECTION].owner(item.document.path)
        self._references = one.header.references if one else ()
        self._began = target.clock.now()
        if item.shared is None:
            self._looked_since = self._began
        done = item.shared.steps if item.shared else ()
        self._recording = Recording(item.pickle, target.journal, self._wall.now, done)
        if elsewhere := releases.why_not(item.pickle.tags, target.result.release):
            pytest.skip(elsewhere)
        try:
            yield
        except AssertionError:
            if self._gone:
                pytest.skip(self._gone)
            raise
        if not self._recording.has_evidence:
            pytest.fail(NO_EVIDENCE, pytrace=False)
        check_seen(target, self._looked_since, self._recording.evidence)
        item.passed = self._recording.steps()

    def pytest_bdd_before_step(self, request: pytest.FixtureRequest) -> None:
        """Begin a step, unless the run ends before it."""
        if "world" in request.fixturenames:
            interruption: Interruption = request.getfixturevalue("interruption")
            interruption.check()
        if self._recording is not None:
            self._recording.begin_step()

    def pytest_bdd_after_step(self) -> None:
        """End a step that passed."""
        if self._recording is not None:
            self._recording.end_step(Status.PASSED)

    def pytest_bdd_step_error(self, step: bdd.Step, exception: Exception) -> None:
        """End a step that failed; the "But" of a defect's scenario asserts the defect.

        Raises HostError if the NAS stood still, and TargetError if it does not answer now.
        """
        if self._recording is None:
            return
        if self._target is not None and isinstance(exception, AssertionError):
            try:
                check_awake(self._target, self._looked_since, exception)
            except LaggToolError as error:
                self._recording.end_step(Status.BROKEN, cause_of(error))
                raise
        defects = self._recording.pickle.defects
        if defects and step.keyword == "But" and isinstance(exception, AssertionError):
            gone = f"{GONE} ({' and '.join(defects)}): {words_of(exception)}"
            exception.args = (gone,)
            # On another release than the one it was seen on, that is news and no failure.
            if self._target is not None and self._target.result.release not in self._references:
                self._gone = gone
        status = Status.SKIPPED if self._gone else status_of(exception)
        self._recording.end_step(status, words_of(exception))

    def pytest_bdd_step_func_lookup_error(self, step: bdd.Step) -> None:
        """Note a step that has no definition."""
        if self._recording is not None:
            self._recording.undefined_step(
                f"no step definition for: {step.keyword} {step.name};"
                " the site's page steps.html lists them all"
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put what was recorded on the report, as plain data: that survives xdist."""
        report = yield
        if isinstance(item, ScenarioItem):
            if call.excinfo is not None:
                self._notice(item.config, call.excinfo.value, in_steps=report.when == "call")
            record = self._record(item, call, report)
            # Plain values only: execnet carries no enums and no tuples of ours.
            report.acceptance = json.loads(json.dumps(record))  # type: ignore[attr-defined]
            if not report.passed or report.sections:
                target = self._target.result if self._target else None
                return self._redactor.report(report, target, item.config)
        return report

    def _record(
        self, item: ScenarioItem, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> dict[str, Any]:
        target = self._target
        about = dataclasses.asdict(target.result) if target else None
        identifier = f"{item.document.path}::{item.pickle.id}"
        reason = words_of(call.excinfo.value) if call.excinfo else ""
        without = call.excinfo is not None and isinstance(call.excinfo.value, NoWayError)
        if without or report.when == "teardown" or (report.when == "setup" and report.passed):
            return self._carried(identifier, reason, None, about)
        status = Status.SKIPPED if report.skipped else Status.PASSED
        if report.failed and call.excinfo is not None:
            status = status_of(call.excinfo.value)
            reason = reason if status is Status.FAILED else cause_of(call.excinfo.value)
        recording, protocol_seconds = self._recording, 0.0
        if report.when == "setup":
            recording = None
        elif target is not None:
            protocol_seconds = target.clock.now() - self._began
        if recording is not None:
            recording.abandon(status, reason)
            if recording.undefined:
                status, reason = Status.UNDEFINED, recording.undefined
        scenario = scenario_result(
            item.document,
            item.pickle,
            target.result.id if target else "",
            status,
            reason,
            seconds=report.duration,
            protocol_seconds=protocol_seconds,
            steps=recording.steps() if recording else None,
        )
        self._recording = None
        return self._carried(identifier, reason, dataclasses.asdict(scenario), about)

    def _carried(
        self,
        identifier: str,
        reason: str,
        scenario: dict[str, Any] | None,
        target: dict[str, Any] | None,
    ) -> dict[str, Any]:
        """Return what a report carries; ``ended`` says why the run ends with it, if it does."""
        return {
            "id": identifier,
            "reason": reason,
            "scenario": scenario,
            "target": target,
            "ended": self._ended,
            "end_code": self._end_code,
        }

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Note what keeps every scenario from running, so that the run ends with the first."""
        try:
            return (yield)
        except NoWayError as no_way:
            self._ended, self._end_code = str(no_way), exit_code(no_way.error)
            raise
        except Exception as error:
            if fixturedef.scope == "session" and not self._ended:
                self._ended, self._end_code = cause_of(error), exit_code(error)
            raise

    def _notice(self, config: pytest.Config, error: BaseException, *, in_steps: bool) -> None:
        """Wait for a NAS that was lost in a step; end the run if it stays lost."""
        outage = config.stash.get(OUTAGE, None)
        if outage is None or self._ended:
            return
        if in_steps and isinstance(error, TargetError):
            outage.wait(error)
        if outage.over:
            self._ended, self._end_code = outage.over, BROKEN_EXIT

    def pytest_runtest_logfinish(self) -> None:
        """End the run where going on makes no sense; what follows is not run."""
        if self._collection.ended and not hasattr(self._config, "workerinput"):
            pytest.exit(self._collection.ended, returncode=self._end_code)

    # --- in the process that leads the run ---

    @property
    def seconds(self) -> float:
        """How long the run has taken, by a monotonic clock."""
        return self._last - self._first

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what a report carries."""
        self._last = self._wall.now()
        if self._started is None:  # the only date: the system's clock may be set during a run
            self._started = report.start
            self._first = self._last - report.duration
        carried: dict[str, Any] | None = getattr(report, "acceptance", None)
        if carried is None:
            return
        if carried["ended"] and not self._collection.ended:
            self._collection.ended, self._end_code = carried["ended"], carried["end_code"]
        if carried["scenario"] is not None:
            self._collection.add(carried["scenario"], carried["target"])
        elif report.failed and not carried["ended"]:  # a lost NAS takes back no assertion
            self._collection.unclean(carried["id"], f"its clean-up failed: {carried['reason']}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Give the results away, with every scenario of every feature file in them."""
        if self._collection.is_broken and session.exitstatus == pytest.ExitCode.TESTS_FAILED:
            session.exitstatus = BROKEN_EXIT
        path: Path | None = self._config.getoption("results")
        receive = self._config.stash.get(RECEIVE, None)
        if (path is None and receive is None) or hasattr(self._config, "workerinput"):
            return
        target = self._collection.target
        product = releases.system(target.release) if target else ""
        sets = self._config.stash[SELECTION].concerned(product)
        try:
            documents = read_documents(sets)
        except DocumentError:
            return  # reported when it was collected; results of a part would mislead
        results = self._collection.results(
            documents,
            claims_of(sets),
            started=_timestamp(self._started or 0.0),
            seconds=self.seconds,
            command=shlex.join(["pytest", *self._config.invocation_params.args]),
        )
        results = redacted(results)
        if path is not None:
            results.write(path)
        if receive is not None:
            receive(results)


def features_directory(config: pytest.Config) -> Path:
    """Return the directory of the feature files that belong to a run."""
    beside = config.rootpath / "features"
    return beside if beside.is_dir() else assets.features()


def _timestamp(epoch: float) -> str:
    return dt.datetime.fromtimestamp(epoch, tz=dt.UTC).isoformat(timespec="seconds")
