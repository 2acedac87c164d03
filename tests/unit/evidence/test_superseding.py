"""Several runs as one: what ran last is in force, scenario by scenario."""

from __future__ import annotations

import dataclasses

import pytest

from lagg_tool.evidence import Results, ScenarioResult, Status, StepResult
from lagg_tool.evidence.reasons import in_words, what_failed
from lagg_tool.evidence.superseding import in_force
from lagg_tool.site.target_runs import targets_of
from tests.support.paths import ROOT
from tests.support.synthetic import synthetic_results, with_status

NAME = "Traffic goes through the primary"
SUBJECT = f"features/failover.feature::{NAME}"
EARLIER, LATER = "2026-11-19T08:00:00Z", "2026-11-20T08:00:00Z"


def all_but(results: Results, name: str) -> Results:
    """Return a run that reached the scenario of one name only."""
    for feature in results.features:
        for scenario in feature.scenarios:
            if scenario.name != name:
                results = with_status(results, scenario.name, Status.NOT_RUN)
    return results


def status(results: Results, identifier: str) -> Status:
    return next(s.status for f in results.features for s in f.scenarios if s.id == identifier)


def test_a_later_run_of_a_part_supersedes_scenario_by_scenario() -> None:
    whole = with_status(synthetic_results(started=EARLIER), NAME, Status.FAILED)
    part = all_but(synthetic_results(started=LATER), NAME)

    found = in_force([whole, part], "sim:")

    assert status(found.results, SUBJECT) is Status.PASSED
    others = [s for f in found.results.features for s in f.scenarios if s.id != SUBJECT]
    assert Status.NOT_RUN not in {one.status for one in others}
    assert found.started[SUBJECT] == LATER
    assert found.parts == ((LATER, 1), (EARLIER, len(others)))


def test_runs_of_one_address_with_another_release_or_testbed_are_other_targets() -> None:
    run = synthetic_results()
    [target] = run.targets
    other = dataclasses.replace(
        synthetic_results(started=LATER),
        targets=(dataclasses.replace(target, testbed="epair"),),
    )

    found = targets_of([run, other])

    assert len({one.result.id for one in found}) == 2
    assert len({one.label for one in found}) == 2
    assert all(one.statuses[SUBJECT] is Status.PASSED for one in found)


def test_the_real_host_passes_what_it_missed_in_its_first_run() -> None:
    history = ROOT / "docs" / "history"
    runs = [
        Results.read(history / f"freebsd-13.2-wires{part}.json.gz") for part in ("", "-removal")
    ]
    [target] = targets_of(runs)

    assert Status.FAILED not in target.statuses.values()
    assert sum(one is Status.PASSED for one in target.statuses.values()) == 192


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("assert 3 == 2", "expected 2, observed 3"),
        ("assert not [1]", "expected nothing, observed [1]"),
        ("assert 'a' in ('b',)", "expected 'a' among ('b',), observed that it is not"),
        ("announced: []\nassert [] == [1]\n  Right contains", "observed announced: []"),
        ("port 1 is 'MASTER', not ''", "port 1 is 'MASTER', not ''"),
    ],
)
def test_a_reason_is_told_in_words(reason: str, words: str) -> None:
    assert in_words(reason) == words


def test_a_bare_assertion_says_that_nothing_was_recorded() -> None:
    step = StepResult("Then", "every client is answered", 3, Status.FAILED, reason="assert False")
    scenario = ScenarioResult(
        "a::b", "b", 1, "", (), "sim:", Status.FAILED, "assert False", 0, 0, (), (step,)
    )

    found = what_failed(scenario)

    assert found is not None
    assert found[0] == "every client is answered"
    assert "assert" not in found[1]
