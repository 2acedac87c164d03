"""How a scenario that runs ends: what passed, failed, was skipped, or says nothing of the NAS."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Generator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lagg_tool.claims import Claims
from lagg_tool.claims.header import Header
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import DisconnectedError, HostError, UsageError
from lagg_tool.evidence import (
    CommandEvent,
    Event,
    Provenance,
    Results,
    Status,
    TargetResult,
    WaitEvent,
)
from lagg_tool.ssh.connection import Connection
from lagg_tool.suite.collector import SELECTION, ScenarioItem
from lagg_tool.suite.exit_status import BROKEN_EXIT, NoWayError, exit_code
from lagg_tool.suite.gherkin import parse_feature
from lagg_tool.suite.plugin import Recorder
from lagg_tool.suite.recorder import RECEIVE
from lagg_tool.suite.selection import Selection
from lagg_tool.target import Target

TEXT = """Feature: Ports
  @defect.B-01
  Scenario: A port joins
    Given a port
    But it is lost
"""
SHOWN = CommandEvent(0.0, "ifconfig", 0, "", "", 0.1)


class Host:
    """Answers every command, and was silent for some seconds."""

    def __init__(self, silence: float) -> None:
        self._silence = silence

    def run(self, command: Command, _: float = 30.0) -> Completed:
        return Completed(command, 0, "", "")

    def longest_silence(self, _: float) -> float:
        return self._silence

    def close(self) -> None:
        pass


@contextlib.contextmanager
def unskipped() -> Iterator[None]:
    """Fail where the scenario is skipped; else it would skip the test."""
    try:
        yield
    except pytest.skip.Exception as skipped:
        raise AssertionError(str(skipped)) from skipped


class Run:
    """A run of the one scenario, whose defect was seen on FreeBSD 14.3."""

    def __init__(self, release: str = "freebsd-14.3", silence: float = 0.0) -> None:
        host = cast("Connection", Host(silence))
        self.nas = Target(lambda: host, VirtualClock(), ())
        about = ("nas", "ssh://nas", Provenance.OBSERVED, "FreeBSD", release, "")
        self.nas.describe(TargetResult(*about, {"system": "FreeBSD"}))
        claims = Claims((), (), {}, "", header=Header(name="a", references=("freebsd-14.3",)))
        one = ClaimSet(Path("a"), "features/a", claims)
        stash = pytest.Stash()
        stash[SELECTION] = Selection((one,), (one,))
        hook = SimpleNamespace(
            pytest_report_to_serializable=lambda report, **_: report._to_json(),
            pytest_report_from_serializable=lambda data, **_: pytest.TestReport._from_json(data),
        )
        self.config = cast("pytest.Config", SimpleNamespace(stash=stash, hook=hook))
        self.recorder = Recorder(self.config)
        document = parse_feature("features/a/ports.feature", TEXT)
        item = ScenarioItem.__new__(ScenarioItem)
        item.document, item.pickle = document, document.pickles[0]
        item.funcargs, item.config = {"target": self.nas}, self.config
        self.item = item
        self._call: Generator[None] = self.recorder.pytest_runtest_call(item)
        with unskipped():
            next(self._call)

    def step(self, *events: Event) -> None:
        request = cast("pytest.FixtureRequest", SimpleNamespace(fixturenames=[]))
        self.recorder.pytest_bdd_before_step(request)
        for event in events:
            self.nas.journal.emit(event)

    def passes(self) -> None:
        self.recorder.pytest_bdd_after_step()

    def fails(self, error: Exception, keyword: str = "But") -> None:
        """End the step and the scenario with an error."""
        step = cast("Any", SimpleNamespace(keyword=keyword))
        self.recorder.pytest_bdd_step_error(step, error)
        self._call.throw(error)

    def ends(self) -> None:
        """End a scenario that has passed."""
        with unskipped(), pytest.raises(StopIteration):
            self._call.send(None)

    def report(self, error: BaseException | None, when: str = "call") -> dict[str, Any]:
        """Return what the report of the scenario carries."""

        def act() -> None:
            if error is not None:
                raise error

        call = pytest.CallInfo.from_call(act, cast("Any", when))
        outcome = "passed" if error is None else "failed"
        if isinstance(error, pytest.skip.Exception):
            outcome = "skipped"
        made = pytest.TestReport(
            "a", ("a", 1, "a"), {}, cast("Any", outcome), None, cast("Any", when)
        )
        making = self.recorder.pytest_runtest_makereport(self.item, call)
        next(making)
        with pytest.raises(StopIteration) as stopped:
            making.send(made)
        return cast("dict[str, Any]", stopped.value.value.acceptance)


def statuses(carried: dict[str, Any]) -> list[str]:
    return [carried["scenario"]["status"], *(s["status"] for s in carried["scenario"]["steps"])]


def test_a_scenario_with_evidence_passes_and_its_steps_are_kept() -> None:
    run = Run()
    for events in ((SHOWN,), ()):
        run.step(*events)
        run.passes()
    run.ends()

    assert [step.status for step in run.item.passed] == [Status.PASSED, Status.PASSED]
    carried = run.report(None)
    assert statuses(carried) == ["passed", "passed", "passed"]
    assert carried["id"] == "features/a/ports.feature::A port joins"
    assert (carried["ended"], carried["end_code"], carried["reason"]) == ("", 0, "")
    assert carried["target"]["release"] == "freebsd-14.3"


def test_a_scenario_without_evidence_fails_though_its_steps_passed() -> None:
    run = Run()
    for _ in range(2):
        run.step()
        run.passes()

    with pytest.raises(pytest.fail.Exception, match="evidence") as failed:
        run.ends()

    assert run.item.passed == ()
    assert statuses(run.report(failed.value))[0] == "failed"


@pytest.mark.parametrize(
    ("release", "keyword", "raised", "words", "status"),
    [
        ("freebsd-15", "But", pytest.skip.Exception, "the defect is gone (B-01): it is", "skipped"),
        ("freebsd-14.3", "But", AssertionError, "the defect is gone (B-01): it is", "failed"),
        ("freebsd-15", "Then", AssertionError, "it is", "failed"),
    ],
)
def test_a_defect_that_is_gone_fails_only_on_the_release_that_it_was_seen_on(
    release: str, keyword: str, raised: type[BaseException], words: str, status: str
) -> None:
    run = Run(release)
    run.step(SHOWN)
    run.passes()
    run.step()

    with pytest.raises(raised) as ended:
        run.fails(AssertionError("it is there"), keyword)

    assert str(ended.value).startswith(words)
    carried = run.report(ended.value)
    assert statuses(carried) == [status, "passed", status]
    assert carried["scenario"]["steps"][1]["reason"].startswith(words)


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (AssertionError("no\nassert 1 == 2"), "failed", "the defect is gone (B-01): no"),
        (DisconnectedError("lost"), "broken", "the connection to the NAS was lost: lost"),
        (HostError("disk"), "broken", "disk"),
        (KeyError("x"), "broken", "an error outside the NAS: KeyError: 'x'"),
        (ValueError(), "broken", "an error outside the NAS: ValueError: ValueError"),
    ],
)
def test_only_an_assertion_says_something_about_the_nas(
    error: Exception, status: str, reason: str
) -> None:
    run = Run()
    run.step(SHOWN)
    error = copy.copy(error)  # the hook adds to its words

    with pytest.raises(type(error)):
        run.fails(error)

    carried = run.report(error)
    assert statuses(carried) == [status, status, "skipped"]
    assert carried["scenario"]["reason"] == reason


def test_a_nas_that_stood_still_makes_a_failure_say_nothing() -> None:
    run = Run(silence=9.0)
    run.step(SHOWN)

    with pytest.raises(HostError, match="nothing was heard of the NAS for 9 s") as ended:
        run.fails(AssertionError("it is there"))

    assert statuses(run.report(ended.value))[:2] == ["broken", "broken"]


def test_a_nas_that_stood_still_makes_what_was_waited_for_say_nothing() -> None:
    run = Run(silence=9.0)
    for events in ((SHOWN,), (WaitEvent(0.0, 9.0, "for nothing"),)):
        run.step(*events)
        run.passes()

    with pytest.raises(HostError, match="nothing was heard of the NAS for 9 s") as ended:
        run.ends()

    assert statuses(run.report(ended.value)) == ["broken", "passed", "passed"]


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_what_is_no_run_of_the_scenario_carries_none(when: str) -> None:
    assert Run().report(None, when)["scenario"] is None


def test_a_scenario_whose_nas_cannot_be_set_up_is_broken_with_all_its_steps_not_run() -> None:
    carried = Run().report(DisconnectedError("lost"), "setup")

    assert statuses(carried) == ["broken", "not run", "not run"]


def test_a_worker_without_a_way_to_its_target_reports_no_scenario() -> None:
    assert Run().report(NoWayError(UsageError("x")), "setup")["scenario"] is None


@pytest.mark.parametrize(
    ("error", "scope", "ended", "code"),
    [
        (NoWayError(UsageError("no target")), "session", "no target", exit_code(UsageError("x"))),
        (HostError("disk"), "session", "disk", exit_code(HostError("x"))),
        (KeyError("x"), "session", "an error outside the NAS: KeyError: 'x'", BROKEN_EXIT),
        (HostError("disk"), "function", "", 0),
    ],
)
def test_what_keeps_every_scenario_from_running_ends_the_run_with_the_first(
    error: Exception, scope: str, ended: str, code: int
) -> None:
    run = Run()
    setup = run.recorder.pytest_fixture_setup(cast("Any", SimpleNamespace(scope=scope)))
    next(setup)
    with pytest.raises(type(error)):
        setup.throw(error)

    carried = run.report(error, "setup")
    assert (carried["ended"], carried["end_code"]) == (ended, code)

    report = cast("Any", SimpleNamespace(start=1.0, duration=2.0, failed=True, acceptance=carried))

    leading = Recorder(run.config)
    leading.pytest_runtest_logreport(report)
    if not ended:
        leading.pytest_runtest_logfinish()
        return
    with pytest.raises(pytest.exit.Exception) as exited:
        leading.pytest_runtest_logfinish()
    assert (exited.value.msg, exited.value.returncode) == (ended, code)


def reported(carried: object, *, failed: bool = False, start: float = 86400.0) -> Any:
    return SimpleNamespace(start=start, duration=2.0, failed=failed, acceptance=carried)


def passed() -> dict[str, Any]:
    """Return what the report of a scenario that passed carries."""
    run = Run()
    for _ in range(2):
        run.step(SHOWN)
        run.passes()
    run.ends()
    return run.report(None)


class Leading:
    """The process that leads a run of one set, whose features are in a directory."""

    def __init__(self, features: Path) -> None:
        (features / "ports.feature").write_text(TEXT, encoding="utf-8")
        one = ClaimSet(features, "features/a", Claims((), (), {}, ""))
        self.received: list[Results] = []
        stash = pytest.Stash()
        stash[SELECTION] = Selection((one,), (one,))
        stash[RECEIVE] = self.received.append
        self.config: Any = SimpleNamespace(
            stash=stash,
            getoption={"results": None}.get,
            invocation_params=SimpleNamespace(args=("-k", "a b")),
        )
        self.recorder = Recorder(cast("pytest.Config", self.config))

    def finish(self, status: int = pytest.ExitCode.OK) -> int:
        """End the session; return what pytest exits with."""
        session: Any = SimpleNamespace(exitstatus=status)
        self.recorder.pytest_sessionfinish(session)
        return int(session.exitstatus)


def test_the_results_have_what_the_reports_carried_and_when_the_first_began(
    tmp_path: Path,
) -> None:
    leading = Leading(tmp_path)
    for report in (reported(None), reported(passed(), start=90000.0)):
        leading.recorder.pytest_runtest_logreport(report)
    leading.recorder.pytest_runtest_logreport(SimpleNamespace(start=1.0, duration=1.0))  # type: ignore[arg-type]

    assert leading.finish() == 0

    [results] = leading.received
    assert [s.status for f in results.features for s in f.scenarios] == [Status.PASSED]
    assert (results.started, results.command) == ("1970-01-02T00:00:00+00:00", "pytest -k 'a b'")
    assert [target.release for target in results.targets] == ["freebsd-14.3"]
    assert results.seconds >= 2.0


def test_a_scenario_whose_clean_up_failed_is_broken_and_so_is_the_run(tmp_path: Path) -> None:
    leading = Leading(tmp_path)
    carried = passed()
    leading.recorder.pytest_runtest_logreport(reported(carried))
    unclean = {**carried, "scenario": None, "reason": "it stays"}
    leading.recorder.pytest_runtest_logreport(reported(unclean, failed=True))

    assert leading.finish(pytest.ExitCode.TESTS_FAILED) == BROKEN_EXIT

    [results] = leading.received
    [scenario] = (s for f in results.features for s in f.scenarios)
    assert (scenario.status, scenario.reason) == (Status.BROKEN, "its clean-up failed: it stays")


@pytest.mark.parametrize(
    ("ended", "failed"), [("the NAS is lost", True), ("", False)], ids=["lost", "clean"]
)
def test_a_lost_nas_and_a_clean_up_that_worked_take_nothing_back(
    ended: str, failed: bool, tmp_path: Path
) -> None:
    leading = Leading(tmp_path)
    carried = passed()
    leading.recorder.pytest_runtest_logreport(reported(carried))
    after = {**carried, "scenario": None, "ended": ended, "end_code": 7}
    leading.recorder.pytest_runtest_logreport(reported(after, failed=failed))
    leading.finish()

    [results] = leading.received
    assert [s.status for f in results.features for s in f.scenarios] == [Status.PASSED]


def test_the_first_reason_to_end_a_run_is_the_one_that_counts(tmp_path: Path) -> None:
    leading = Leading(tmp_path)
    for reason, code in (("first", 5), ("second", 6)):
        carried = {**passed(), "ended": reason, "end_code": code}
        leading.recorder.pytest_runtest_logreport(reported(carried))

    with pytest.raises(pytest.exit.Exception) as ended:
        leading.recorder.pytest_runtest_logfinish()
    leading.config.workerinput = {}
    leading.recorder.pytest_runtest_logfinish()
    leading.finish()

    assert (ended.value.msg, ended.value.returncode) == ("first", 5)
    assert leading.received == [], "a worker gives no results away"


def test_there_are_no_results_of_features_that_cannot_be_read(tmp_path: Path) -> None:
    leading = Leading(tmp_path)
    (tmp_path / "more.feature").write_text("Scenario\n", encoding="utf-8")

    leading.finish()

    assert leading.received == []


def test_the_results_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    leading, path = Leading(tmp_path), tmp_path / "results.json"
    del leading.config.stash[RECEIVE]
    leading.recorder.pytest_runtest_logreport(reported(passed()))
    leading.finish()
    assert not path.exists()

    leading.config.getoption = {"results": path}.get
    assert leading.finish(pytest.ExitCode.TESTS_FAILED) == pytest.ExitCode.TESTS_FAILED

    assert json.loads(path.read_text(encoding="utf-8"))["command"] == "pytest -k 'a b'"
    assert leading.received == []
