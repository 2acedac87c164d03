"""A Background that is run once: what is handed over to the scenario that follows."""

from __future__ import annotations

import pytest

from lagg_tool.evidence import NoteEvent, Status, StepResult
from lagg_tool.suite.collector import ScenarioItem, SharedSetup
from lagg_tool.suite.gherkin import parse_feature
from lagg_tool.suite.sharing import keep, kept_world, pytest_runtest_teardown
from steps.world import World

TEXT = """Feature: Ports
  @shared-setup
  Rule: One
    Background:
      Given a NAS
      And two ports
    Scenario: A
      Then it is up
    Scenario: B
      Then it is up

  @shared-setup
  Rule: Two
    Scenario: C
      Then it is up
    Scenario: D
      Then it is up

  Rule: Three
    Background:
      Given a NAS
    Scenario: E
      Then it is up
    Scenario: F
      Then it is up
"""
WORLD = World.__new__(World)  # nobody looks into it here


def items(path: str = "features/ports.feature", evidence: str = "a NAS") -> list[ScenarioItem]:
    """Return the scenarios as items of no session; all steps have passed, one has evidence."""
    document = parse_feature(path, TEXT)
    found = []
    for pickle in document.pickles:
        item = ScenarioItem.__new__(ScenarioItem)
        item.stash, item.document, item.pickle = pytest.Stash(), document, pickle
        item.passed = tuple(
            StepResult(
                step.keyword,
                step.text,
                step.line,
                Status.PASSED,
                evidence=(NoteEvent(7.0, evidence),) if step.text == evidence else (),
            )
            for step in pickle.steps
        )
        found.append(item)
    return found


def hand_over(item: ScenarioItem, following: ScenarioItem | None) -> bool:
    pytest_runtest_teardown(item, following)
    return keep(item, WORLD)


def test_the_steps_of_the_background_and_the_nas_are_kept_for_the_next_scenario() -> None:
    first, second, *_ = items()

    assert hand_over(first, second)

    assert second.shared is not None
    assert kept_world(second) is WORLD
    assert kept_world(first) is None
    one, two = second.shared.steps
    assert one.evidence == (
        NoteEvent(7.0, "run once for the scenarios of this rule, by: A"),
        NoteEvent(7.0, "a NAS"),
    )
    assert (one.text, one.line) == ("a NAS", 5)
    assert two == first.passed[1]


def test_a_background_without_evidence_gets_a_note_at_the_start() -> None:
    first, second, *_ = items(evidence="two ports")

    assert hand_over(first, second)

    assert second.shared is not None
    assert [event.at for event in second.shared.steps[0].evidence] == [0.0]


def test_the_note_names_the_scenario_that_ran_the_background() -> None:
    first, second, *_ = items()
    first.shared = SharedSetup(WORLD, first.passed[:2])

    assert hand_over(first, second)

    assert second.shared is not None
    assert second.shared.steps == first.passed[:2]


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (1, 2, "of another rule"),
        (2, 3, "without a Background"),
        (4, 5, "of a rule that does not ask for it"),
    ],
)
def test_nothing_is_kept_for_a_scenario(one: int, other: int, words: str) -> None:
    scenarios = items()

    assert not hand_over(scenarios[one], scenarios[other]), words
    assert scenarios[other].shared is None


def test_nothing_is_kept_for_a_rule_of_the_same_name_in_another_file() -> None:
    first, other = items()[0], items("features/core/more.feature")[1]

    assert not hand_over(first, other)


def test_nothing_is_kept_by_the_last_scenario_or_by_one_that_failed() -> None:
    first, second, *_ = items()
    assert not hand_over(first, None)

    first.passed = ()

    assert not hand_over(first, second)
    assert second.shared is None


def test_what_else_was_kept_is_no_nas() -> None:
    first, *_ = items()
    first.shared = SharedSetup("another", ())

    assert kept_world(first) is None
