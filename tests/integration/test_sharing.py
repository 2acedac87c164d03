"""A Background that is run once: what the scenarios of a rule share, and what they do not."""

from pathlib import Path

import pytest

from lagg_tool import cli
from lagg_tool.evidence import NoteEvent, Results, ScenarioResult, Status

TIMING = "features/core/lacp/timing.feature"
SILENT = "A partner that falls silent is given up after ninety seconds"
UNHEARD = "A partner that cannot be heard any more is given up after ninety seconds"
PASSIVE = "A passive partner that answers is kept"
RULE = "A lost partner is given up after ninety seconds"


def run(tmp_path: Path, target: str, *names: str) -> list[ScenarioResult]:
    """Return the scenarios of the rule that ran, in their order."""
    file = tmp_path / "results.json"
    chosen = [f"{TIMING}::{name}" for name in names]
    cli.main(["accept", "--target", target, "--workers", "1", "--results", str(file), *chosen])
    found = (s for feature in Results.read(file).features for s in feature.scenarios)
    return [s for s in found if s.rule == RULE and s.status is not Status.NOT_RUN]


def notes(scenario: ScenarioResult) -> list[str]:
    first = scenario.steps[0].evidence
    return [event.text for event in first if isinstance(event, NoteEvent)]


def test_the_background_of_a_rule_is_run_once_and_shown_with_each_scenario(tmp_path: Path) -> None:
    first, *others = run(tmp_path, "sim:", SILENT, UNHEARD, PASSIVE)

    assert {s.status for s in (first, *others)} == {Status.PASSED}
    assert first.protocol_seconds > 93
    assert sum(other.protocol_seconds for other in others) < 1
    for other in others:
        assert f"run once for the scenarios of this rule, by: {SILENT}" in notes(other)
        assert [s.evidence for s in other.steps[1:13]] == [s.evidence for s in first.steps[1:13]]
        assert all(step.status is Status.PASSED for step in other.steps)


def test_a_scenario_alone_runs_its_background_itself(tmp_path: Path) -> None:
    [alone] = run(tmp_path, "sim:", PASSIVE)

    assert alone.status is Status.PASSED
    assert alone.protocol_seconds > 93
    assert not any("run once" in note for note in notes(alone))


@pytest.mark.slow
def test_a_scenario_that_failed_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    first, second = run(tmp_path, "sim:?fault=lacp-stays-expired", SILENT, UNHEARD)

    assert first.status is Status.FAILED
    assert second.protocol_seconds > 93
    assert not any("run once" in note for note in notes(second))
