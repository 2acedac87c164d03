"""The gate: red for the right reason, green for what is known until it expires."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

from lagg_tool.claims.gate_rules import GateRules, Kind, load_gate_rules, parse_gate_rules
from lagg_tool.errors import DocumentError, UsageError
from lagg_tool.evidence import Results, Status
from lagg_tool.evidence.gate import Run, gate
from lagg_tool.evidence.matching import match_targets
from lagg_tool.evidence.renames import load_renames, under_present_names
from lagg_tool.suite.gherkin import read_features
from lagg_tool.verbs.gate import run as run_gate
from tests.support.paths import ROOT
from tests.support.synthetic import OBSERVED, synthetic_results, with_status

TODAY = dt.date(2026, 11, 27)
NAME = "Traffic goes through the primary"
SUBJECT = f"features/failover.feature::{NAME}"
HISTORY = ROOT / "docs" / "history"


def passing() -> Results:
    """Return a run without the scenario that the synthetic features leave undefined."""
    return with_status(synthetic_results(), "A step that nobody wrote", Status.PASSED)


def on(results: Results) -> Run:
    return Run(results, results.targets[0])


def known(expires: str, subject: str = SUBJECT) -> GateRules:
    text = f'[[known]]\nsubject = "{subject}"\nexpires = {expires}\nreason = "flaky"\n'
    return parse_gate_rules("gate.toml", f'fails = ["regression", "claim"]\n{text}')


def test_a_scenario_that_passed_before_and_fails_now_makes_the_gate_red() -> None:
    before = passing()
    after = with_status(before, NAME, Status.FAILED)

    found = gate(on(before), on(after), GateRules(), TODAY)

    assert not found.passes
    assert found.sentence.startswith("1 scenario fails that passed on")
    [finding] = [one for one in found.findings if one.kind is Kind.REGRESSION]
    assert (finding.subject, finding.before, finding.after) == (SUBJECT, "passed", "failed")
    assert gate(on(before), on(before), GateRules(), TODAY).passes


def test_without_a_release_before_a_failure_is_red_as_well() -> None:
    after = with_status(passing(), NAME, Status.FAILED)

    found = gate(None, on(after), GateRules(), TODAY)

    assert not found.passes
    assert "1 scenario fails" in found.sentence


def test_nothing_that_ran_is_not_green() -> None:
    empty = dataclasses.replace(passing(), features=(), verdicts=())

    found = gate(None, on(empty), GateRules(), TODAY)

    assert not found.passes
    assert found.sentence == "nothing ran"


def test_what_is_known_does_not_fail_the_gate_until_it_expires() -> None:
    before = passing()
    after = with_status(before, NAME, Status.FAILED)

    green = gate(on(before), on(after), known("2026-11-27"), TODAY)
    red = gate(on(before), on(after), known("2026-11-26"), TODAY)
    other = gate(on(before), on(after), known("2027-01-01", "C-01"), TODAY)

    assert green.passes
    assert "flaky" in green.findings[0].known
    assert not red.passes
    assert "which has passed" in red.findings[0].reason
    assert not other.passes


def test_a_scenario_that_was_not_reached_is_lost() -> None:
    before = passing()

    found = gate(on(before), on(with_status(before, NAME, Status.NOT_RUN)), GateRules(), TODAY)

    assert [one.kind for one in found.findings] == [Kind.LOST]
    assert not found.passes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('fails = ["everything"]', "fails must be a list"),
        ('[[known]]\nsubject = "C-01"\nreason = "x"', "expires must be a date"),
        ('[[known]]\nsubject = "C-01"\nexpires = 2027-01-01', "reason must be"),
        ("unknown = 1", "not known here"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        parse_gate_rules("gate.toml", text)


def test_the_projects_known_failures_name_scenarios_that_exist() -> None:
    rules = load_gate_rules(ROOT / "features" / "gate.toml")
    scenarios = [s for f in read_features(ROOT / "features") for s in f.scenarios]

    assert rules.known
    for entry in rules.known:
        assert any(s.owns(entry.subject) for s in scenarios), entry.subject


def test_the_release_15_1_is_green_with_one_defect_gone() -> None:
    renames = load_renames(ROOT / "features" / "renames.toml")
    old, new = (
        under_present_names(Results.read(HISTORY / f"freebsd-{name}-wires.json.gz"), renames)
        for name in ("13.2", "15.1")
    )

    found = gate(on(old), on(new), load_gate_rules(ROOT / "features" / "gate.toml"), TODAY)

    assert found.passes
    assert found.defects_gone == ("B-04",)
    assert "1 defect gone, none new" in found.sentence
    assert found.ran == 191


def options(before: Path, after: Path, **more: object) -> argparse.Namespace:
    given = {"old": None, "new": None, "claims": [], "rules": None, "json": False, **more}
    return argparse.Namespace(before=before, after=after, **given)


def test_the_command_exits_by_the_decision(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "a.json", tmp_path / "b.json"
    passing().write(good)
    with_status(passing(), NAME, Status.FAILED).write(bad)

    assert run_gate(options(good, good)) == 0
    assert capsys.readouterr().out.startswith("green: ")
    assert run_gate(options(good, bad)) == 1
    assert capsys.readouterr().out.startswith("RED: ")
    assert run_gate(options(good, bad, json=True)) == 1
    assert json.loads(capsys.readouterr().out)["passes"] is False


# --- which targets are compared ---


def of_targets(*targets: tuple[str, str]) -> Results:
    made = tuple(
        dataclasses.replace(OBSERVED, id=name, url=name, release=release)
        for name, release in targets
    )
    return dataclasses.replace(synthetic_results(), targets=made, verdicts=(), features=())


def test_targets_are_matched_by_address_and_else_by_release() -> None:
    two = of_targets(("a", "freebsd-13.2"), ("b", "truenas-13.3"))

    matching = match_targets(two, of_targets(("x", "truenas-13.3")))

    assert [(old.id, new.id) for old, new in matching.pairs] == [("b", "x")]
    assert [target.id for target in matching.only_before] == ["a"]
    assert match_targets(two, two).same
    left = of_targets(("a", "freebsd-13.2"), ("b", "freebsd-13.2"))
    right = of_targets(("b", "freebsd-13.2"), ("c", "freebsd-13.2"))
    pairs = match_targets(left, right).pairs
    assert [(old.id, new.id) for old, new in pairs] == [("b", "b"), ("a", "c")]


def test_targets_that_cannot_be_matched_are_refused_with_the_way_out() -> None:
    two = of_targets(("a", "truenas-13.3"), ("b", "truenas-13.3"))
    three = of_targets(("x", "freebsd-15.1"))

    with pytest.raises(UsageError, match=r"has a counterpart.*--before and --after"):
        match_targets(two, three)
    assert match_targets(two, three, "b", "x").pairs[0][0].id == "b"
    one = of_targets(("c", "freebsd-13.2"), ("d", "truenas-13.3"))
    assert match_targets(one, three, "truenas-13.3").pairs[0][0].id == "d"
    with pytest.raises(UsageError, match="has no target 'c'"):
        match_targets(two, three, "c")


def test_runs_without_a_common_scenario_are_not_compared() -> None:
    """A gate between runs about two articles would be green: nothing that passed fails."""
    core, scale = (
        Results.read(HISTORY / f"{n}.json.gz") for n in ("freebsd-15.1-wires", "linux-6.1-qemu")
    )

    with pytest.raises(UsageError, match="no scenario of A is in B"):
        match_targets(core, scale)
