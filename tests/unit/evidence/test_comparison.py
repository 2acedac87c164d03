"""The difference of two runs: nothing that changed stays unsaid, nothing else is said."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import pytest

from lagg_tool.evidence import Results, Status
from lagg_tool.evidence.comparison import (
    Renamed,
    StatusChange,
    VerdictChange,
    difference,
)
from lagg_tool.verbs.diff import add_arguments, run
from tests.support.synthetic import OBSERVED, synthetic_results, with_status

PRIMARY = "features/failover.feature::Traffic goes through the primary"


def without(results: Results, identifier: str) -> Results:
    features = tuple(
        dataclasses.replace(f, scenarios=tuple(s for s in f.scenarios if s.id != identifier))
        for f in results.features
    )
    return dataclasses.replace(results, features=features)


def renamed(results: Results, identifier: str, name: str) -> Results:
    features = tuple(
        dataclasses.replace(
            f,
            scenarios=tuple(
                dataclasses.replace(s, id=f"{f.path}::{name}", name=name)
                if s.id == identifier
                else s
                for s in f.scenarios
            ),
        )
        for f in results.features
    )
    return dataclasses.replace(results, features=features)


def test_a_run_does_not_differ_from_itself() -> None:
    results = synthetic_results()

    found = difference(results, results)

    assert not found
    assert list(found.lines()) == []


def test_a_scenario_that_vanished_is_told_from_one_that_is_new() -> None:
    results = synthetic_results()
    fewer = without(results, PRIMARY)

    assert difference(results, fewer).removed == (PRIMARY,)
    assert difference(fewer, results).added == (PRIMARY,)


def test_a_scenario_with_another_name_and_the_same_steps_is_renamed() -> None:
    results = synthetic_results()

    found = difference(results, renamed(results, PRIMARY, "The primary carries it all"))

    assert found.renamed == (
        Renamed(PRIMARY, "features/failover.feature::The primary carries it all"),
    )
    assert (found.added, found.removed) == ((), ())


def test_a_changed_status_is_told_with_its_reason() -> None:
    results = synthetic_results()
    broken = with_status(results, "Traffic goes through the primary", Status.FAILED)

    found = difference(results, broken)

    assert found.statuses == (StatusChange(PRIMARY, Status.PASSED, Status.FAILED),)
    assert list(found.lines()) == [f"status: {PRIMARY}: passed -> failed"]


def test_a_changed_verdict_and_a_newly_covered_claim_are_told() -> None:
    later = synthetic_results()
    verdicts = tuple(
        dataclasses.replace(v, verdict={"C-18": "changed", "C-19": "not covered"}[v.claim])
        if v.claim in {"C-18", "C-19"}
        else v
        for v in later.verdicts
    )
    earlier = dataclasses.replace(later, verdicts=verdicts)

    found = difference(earlier, later)

    assert found.newly_covered == ("C-19",)
    assert found.verdicts[0] == VerdictChange(
        "C-18", "changed", "confirmed", "as its scenarios show"
    )


def test_runs_on_different_targets_compare_by_scenario() -> None:
    found = difference(synthetic_results(), synthetic_results(target=OBSERVED))

    assert not found


def test_the_verb_prints_what_changed_and_exits_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "a.json", tmp_path / "b.json"
    synthetic_results().write(before)
    changed = with_status(synthetic_results(), "Traffic goes through the primary", Status.FAILED)
    changed.write(after)
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    same = run(parser.parse_args([str(before), str(before)]))
    different = run(parser.parse_args([str(before), str(after), "--json"]))

    assert (same, different) == (0, 1)
    found = json.loads(capsys.readouterr().out)
    now = PRIMARY.replace("features/", "features/core/")  # the file has moved since
    assert found["statuses"][0]["scenario"] == now


def test_what_fails_now_is_told_first_and_what_one_run_left_out_last() -> None:
    run = synthetic_results()
    first, second, third, *_ = [s.id for f in run.features for s in f.scenarios]
    names = [identifier.split("::", 1)[1] for identifier in (first, second, third)]
    before = with_status(run, names[0], Status.NOT_RUN)
    before = with_status(before, names[1], Status.FAILED)
    after = with_status(run, names[2], Status.FAILED)

    found = difference(before, after)

    assert [change.scenario for change in found.statuses] == [third, second, first]
    assert [change.scenario for change in found.changed_results] == [third, second]
    assert [change.scenario for change in found.tried_once] == [first]
