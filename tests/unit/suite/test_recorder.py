"""What is kept of a scenario that runs, and what a run makes of its scenarios."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lagg_tool.claims import Verdict, load_claims
from lagg_tool.clock import VirtualClock
from lagg_tool.evidence import (
    CommandEvent,
    Event,
    Journal,
    NoteEvent,
    Provenance,
    Results,
    Status,
    TargetResult,
    WaitEvent,
)
from lagg_tool.suite.features import Feature
from lagg_tool.suite.gherkin import parse_feature
from lagg_tool.suite.recorder import Collection, Recording, scenario_result, verdicts

CLAIMS = load_claims(Path(__file__).parents[1] / "claims" / "data" / "bonding.toml")
CONFIRMED = next(claim for claim in CLAIMS.claims if claim.expected is Verdict.CONFIRMED)
TEXT = f"""Feature: Ports
  @confirms.{CONFIRMED.id}
  Scenario: A port joins
    Given a port
    When it joins
    Then it is there
  Scenario: A port leaves
    Given a port
"""
TARGET = TargetResult("nas", "ssh://nas", Provenance.OBSERVED, "FreeBSD", "freebsd-14.3", "none")


@pytest.fixture(name="feature")
def of_text() -> Feature:
    return parse_feature("ports.feature", TEXT)


class Running:
    """A recording of the first scenario, with its clock and its journal."""

    def __init__(self, feature: Feature) -> None:
        self.clock = VirtualClock()
        self.journal = Journal()
        self.clock.sleep(50.0)
        self.recording = Recording(feature.pickles[0], self.journal, self.clock.now)

    def step(self, seconds: float, *events: Event) -> None:
        self.recording.begin_step()
        self.clock.sleep(seconds)
        for event in events:
            self.journal.emit(event)


def command(words: str) -> CommandEvent:
    return CommandEvent(0.0, words, 0, "", "", 0.1)


def report(
    feature: Feature, number: int, status: Status, target: str = TARGET.id
) -> dict[str, object]:
    result = scenario_result(feature, feature.pickles[number], target, status, "")
    return dataclasses.asdict(result)


def test_every_step_has_its_own_time_and_evidence(feature: Feature) -> None:
    running = Running(feature)
    for seconds, words in ((2.0, "one"), (3.0, "two"), (4.0, "three")):
        running.step(seconds, command(words))
        running.recording.end_step(Status.PASSED)

    steps = running.recording.steps()

    assert [step.seconds for step in steps] == [2.0, 3.0, 4.0]
    assert [step.evidence for step in steps] == [
        (command("one"),),
        (command("two"),),
        (command("three"),),
    ]


def test_what_ends_a_scenario_ends_the_step_under_way_and_no_other(feature: Feature) -> None:
    running = Running(feature)
    running.recording.abandon(Status.BROKEN, "before the first")
    running.step(1.0)
    running.recording.end_step(Status.PASSED)
    running.recording.abandon(Status.BROKEN, "between two steps")
    running.step(5.0, command("two"))

    running.recording.abandon(Status.BROKEN, "the NAS was lost")

    first, second, third = running.recording.steps()
    assert (first.status, first.reason) == (Status.PASSED, "")
    assert (second.status, second.reason) == (Status.BROKEN, "the NAS was lost")
    assert (second.seconds, second.evidence) == (5.0, (command("two"),))
    assert (third.status, third.seconds, third.evidence) == (Status.SKIPPED, None, ())


def test_a_scenario_that_ends_in_its_first_step_says_so_there(feature: Feature) -> None:
    running = Running(feature)
    running.step(1.0)

    running.recording.abandon(Status.FAILED, "no such port")

    first = running.recording.steps()[0]
    assert (first.status, first.reason, first.seconds) == (Status.FAILED, "no such port", 1.0)


@pytest.mark.parametrize(
    ("event", "shows"),
    [
        (command("ifconfig"), True),
        (NoteEvent(0.0, "the port is there"), True),
        (WaitEvent(0.0, 9.0, "a while"), False),
    ],
)
def test_waiting_is_no_evidence(feature: Feature, event: Event, *, shows: bool) -> None:
    running = Running(feature)
    running.step(1.0, event)
    running.recording.end_step(Status.PASSED)

    assert running.recording.has_evidence is shows


def test_steps_that_another_scenario_ran_count_with_their_evidence(feature: Feature) -> None:
    running = Running(feature)
    running.step(1.0, command("shared"))
    running.recording.end_step(Status.PASSED)
    done = running.recording.steps()[:1]

    other = Recording(feature.pickles[0], running.journal, running.clock.now, done)
    other.undefined_step("no definition")

    assert other.has_evidence
    assert other.undefined == "no definition"
    assert [step.text for step in other.steps()] == ["a port", "it joins", "it is there"]
    assert [step.status for step in other.steps()] == [
        Status.PASSED,
        Status.UNDEFINED,
        Status.SKIPPED,
    ]


@pytest.mark.parametrize(
    ("status", "after"),
    [
        (Status.PASSED, Status.BROKEN),
        (Status.FAILED, Status.FAILED),
        (Status.SKIPPED, Status.SKIPPED),
    ],
)
def test_a_clean_up_that_fails_takes_back_only_that_a_scenario_passed(
    feature: Feature, status: Status, after: Status
) -> None:
    collection = Collection()
    added = collection.add(report(feature, 0, status), dataclasses.asdict(TARGET))

    collection.unclean(added.id, "it left a mess")
    collection.unclean("ports.feature::nobody", "it left a mess")

    [found] = collection.features([feature])
    assert found.scenarios[0].status is after
    assert found.scenarios[0].reason == ("it left a mess" if after is Status.BROKEN else "")
    assert collection.is_broken is (after is Status.BROKEN)


@pytest.mark.parametrize(("ended", "reason"), [("", "was not run"), ("lost", "was not run: lost")])
def test_what_never_ran_is_in_the_results_with_why_the_run_ended(
    feature: Feature, ended: str, reason: str
) -> None:
    collection = Collection()
    collection.add(report(feature, 0, Status.PASSED), dataclasses.asdict(TARGET))
    collection.ended = ended

    results: Results = collection.results([feature], CLAIMS, started="", seconds=1.0, command="")

    ran, not_run = results.features[0].scenarios
    assert ran.status is Status.PASSED
    assert (not_run.status, not_run.reason, not_run.target) == (Status.NOT_RUN, reason, TARGET.id)
    assert {step.status for step in not_run.steps} == {Status.NOT_RUN}
    assert results.targets == (TARGET,)
    assert results.article_digest == CLAIMS.digest
    assert {verdict.target for verdict in results.verdicts} == {TARGET.id}


def test_a_run_that_reached_no_nas_has_no_verdicts(feature: Feature) -> None:
    results = Collection().results([feature], CLAIMS, started="", seconds=1.0, command="")

    assert (results.targets, results.verdicts) == ((), ())


@pytest.mark.parametrize(("reason", "words"), [("the NAS was lost", "lost"), ("", "broken")])
def test_a_verdict_says_why_its_scenarios_did_not_end(
    feature: Feature, reason: str, words: str
) -> None:
    collection = Collection()
    collection.add(report(feature, 0, Status.BROKEN) | {"reason": reason}, None)

    found = {v.claim: v for v in verdicts(CLAIMS, collection.features([feature]), TARGET.id)}

    assert words in found[CONFIRMED.id].reason


@pytest.mark.parametrize(
    ("status", "target", "expected"),
    [
        (Status.PASSED, TARGET.id, Verdict.CONFIRMED),
        (Status.FAILED, TARGET.id, Verdict.CHANGED),
        (Status.BROKEN, TARGET.id, Verdict.NOT_RUN),
        (Status.NOT_RUN, TARGET.id, Verdict.NOT_RUN),
        (Status.SKIPPED, TARGET.id, Verdict.NOT_COVERED),
        (Status.UNDEFINED, TARGET.id, Verdict.NOT_COVERED),
        (Status.PASSED, "another", Verdict.NOT_COVERED),
        (Status.FAILED, "another", Verdict.NOT_COVERED),
    ],
)
def test_a_verdict_on_a_target_is_of_the_scenarios_that_ran_there(
    feature: Feature, status: Status, target: str, expected: Verdict
) -> None:
    collection = Collection()
    collection.add(report(feature, 0, status, target), None)

    found = {v.claim: v for v in verdicts(CLAIMS, collection.features([feature]), TARGET.id)}

    assert set(found) == CLAIMS.ids
    assert found[CONFIRMED.id].verdict == expected
    here = ("ports.feature::A port joins",) if target == TARGET.id else ()
    assert found[CONFIRMED.id].scenarios == here
