"""Release notes name what behaves differently, with the evidence of both, and nothing else."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import pytest

from lagg_tool.evidence import (
    ClaimLink,
    CommandEvent,
    Event,
    FeatureResult,
    Provenance,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
    VerdictResult,
    WaitEvent,
)
from lagg_tool.evidence.release_notes import GONE, ReleaseNotes, defect_states, release_notes
from lagg_tool.releases import why_not
from lagg_tool.verbs.diff import add_arguments, run

OLD, NEW = "freebsd-13.2", "freebsd-15"


def scenario(
    name: str,
    *tags: str,
    status: Status = Status.PASSED,
    reason: str = "",
    evidence: tuple[Event, ...] = (),
    claims: tuple[ClaimLink, ...] = (),
) -> ScenarioResult:
    steps = (
        StepResult("When", "something is done", 3, Status.PASSED),
        StepResult(
            "Then", "port1 is shown", 4, status, table=(("enabled", "no"),), evidence=evidence
        ),
    )
    path = f"features/x.feature::{name}"
    return ScenarioResult(path, name, 2, "", tags, "", status, reason, 0.1, 1.0, claims, steps)


def results(release: str, *scenarios: ScenarioResult, **verdicts: str) -> Results:
    """Return a run in which scenarios that do not hold on the release were skipped."""
    target = f"ssh://root@{release}"
    ran = tuple(
        dataclasses.replace(
            one,
            target=target,
            status=Status.SKIPPED if why_not(one.tags, release) else one.status,
        )
        for one in scenarios
    )
    return Results(
        started="2026-11-22T08:00:00+00:00",
        seconds=1.0,
        tool="synthetic",
        command="",
        commit="",
        article_digest="0" * 64,
        targets=(TargetResult(target, target, Provenance.OBSERVED, release, release, "none"),),
        features=(FeatureResult("features/x.feature", "X", "0" * 64, ran),),
        verdicts=tuple(
            VerdictResult(claim.replace("_", "-"), target, verdict, "because", ())
            for claim, verdict in verdicts.items()
        ),
    )


def notes(before: Results, after: Results) -> ReleaseNotes:
    return release_notes(before, after, before.targets[0].id, after.targets[0].id)


def command(stdout: str) -> CommandEvent:
    return CommandEvent(1.0, "ifconfig -v vtnet1", 0, stdout, "", 0.1)


DOWN = scenario(
    "Ports stay down",
    "behaviour.ports-up",
    "not.freebsd-15",
    evidence=(command("vtnet1: flags=8822<BROADCAST> metric 0 mtu 1500\n"),),
)
UP = scenario(
    "A LAGG brings its ports up",
    "behaviour.ports-up",
    "on.freebsd-15",
    evidence=(command("vtnet1: flags=1008843<UP,LOWER_UP> metric 0 mtu 1500\n"),),
)


def test_a_behaviour_that_went_and_the_one_that_came_are_told_together() -> None:
    found = notes(results(OLD, DOWN, UP), results(NEW, DOWN, UP))

    [change] = found.behaviours
    assert change.subject == "ports up"
    assert (change.before, change.after) == ("Ports stay down", "A LAGG brings its ports up")
    assert "vtnet1: flags=8822<BROADCAST> metric 0 mtu 1500" in change.on_before[0].saw
    assert "vtnet1: flags=1008843<UP,LOWER_UP> metric 0 mtu 1500" in change.on_after[0].saw
    assert not found.endings
    assert not found.untried


def test_what_is_only_worded_differently_is_not_reported() -> None:
    one = scenario("It works", evidence=(command("options=80028<LINKSTATE>\n"),))
    two = scenario("It works", evidence=(command("options=880028<LINKSTATE,HWSTATS>\n"),))

    assert not notes(results(OLD, one), results(NEW, two))


def test_a_defect_is_gone_or_comes_back() -> None:
    shows = scenario("It is broken", "defect.B-04", "not.freebsd-15")
    fixed = scenario("It is whole", "fixed.B-04", "on.freebsd-15")
    before, after = results(OLD, shows, fixed), results(NEW, shows, fixed)

    [gone] = notes(before, after).defects
    [come] = notes(after, before).defects

    assert (gone.subject, gone.before, gone.after) == ("B-04", "present", "gone")
    assert (come.subject, come.before, come.after) == ("B-04", "gone", "present")
    assert [one.name for one in gone.on_after] == ["It is whole"]
    assert not notes(before, after).behaviours


def test_a_defect_that_cannot_be_shown_is_gone_and_no_failure() -> None:
    shows = scenario("It is broken", "defect.B-07")
    misses = scenario(
        "It is broken", "defect.B-07", status=Status.SKIPPED, reason=f"{GONE} (B-07): it works"
    )

    found = notes(results(OLD, shows), results(NEW, misses))

    assert [(change.subject, change.after) for change in found.defects] == [("B-07", "gone")]
    assert not found.endings
    assert not found.untried


@pytest.mark.parametrize("defect", ["B-07", "X-05", "FROB-101", "X-05a"])
def test_a_defect_of_any_article_is_found_present(defect: str) -> None:
    found = defect_states([scenario("It is broken", f"defect.{defect}")])

    assert found == {defect: "present"}


def test_a_failure_that_says_that_a_defect_is_gone_counts_as_such() -> None:
    misses = scenario(
        "It is broken", "defect.B-07", status=Status.FAILED, reason=f"{GONE} (B-07): it works"
    )
    other = scenario("It is broken", "defect.B-07", status=Status.FAILED, reason="no answer")

    assert defect_states([misses]) == {"B-07": "gone"}
    assert defect_states([other]) == {}


def test_a_defect_that_nobody_looked_for_is_neither_present_nor_gone() -> None:
    skipped = scenario("It is broken", "defect.B-07", status=Status.SKIPPED, reason="no bench")

    assert defect_states([skipped]) == {}


def test_a_verdict_has_the_scenarios_with_another_result() -> None:
    link = (ClaimLink("P-07", "contradicts"),)
    shows = scenario("It does not", "not.freebsd-15", claims=link)
    same = scenario("It does something else", claims=link)

    found = notes(
        results(OLD, shows, same, P_07="contradicted", C_01="confirmed"),
        results(NEW, shows, same, P_07="confirmed", C_01="confirmed"),
    )

    [change] = found.verdicts
    assert (change.subject, change.before, change.after) == ("P-07", "contradicted", "confirmed")
    assert [one.name for one in change.on_before] == ["It does not"]


@pytest.mark.parametrize(
    ("tag", "seconds", "told"),
    [("lacp", 1.2, False), ("lacp", 1.4, True), ("failover", 0.4, False), ("failover", 0.6, True)],
)
def test_a_wait_is_told_when_it_moved_by_more_than_its_tolerance(
    tag: str, seconds: float, told: bool
) -> None:
    short = scenario("It waits", tag, evidence=(WaitEvent(0.0, 6.5, "until it distributes"),))
    long = scenario(
        "It waits", tag, evidence=(WaitEvent(0.0, 6.5 + seconds, "until it distributes"),)
    )

    found = notes(results(OLD, short), results(NEW, long))

    assert bool(found.timings) == told


def test_a_scenario_without_its_bench_is_not_compared() -> None:
    skipped = scenario("It works", status=Status.SKIPPED, reason="needs a bench")

    found = notes(results(OLD, scenario("It works")), results(NEW, skipped))

    assert not found
    assert found.untried == ("features/x.feature::It works",)
    assert list(found.lines())[-2:] == [
        "Tried on one side only, and not compared: 1",
        "  features/x.feature::It works",
    ]


def test_a_failure_on_one_side_is_told_with_its_reason() -> None:
    failed = scenario("It works", status=Status.FAILED, reason="port 1 is silent")

    found = notes(results(OLD, scenario("It works")), results(NEW, failed))

    [change] = found.endings
    assert (change.before, change.after) == ("passed", "failed")
    assert "port 1 is silent" in "\n".join(found.lines())


def test_diff_of_two_targets_prints_notes_and_says_by_status_that_they_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results(OLD, DOWN, UP).write(tmp_path / "old.json")
    results(NEW, DOWN, UP).write(tmp_path / "new.json")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    files = [str(tmp_path / "old.json"), str(tmp_path / "new.json")]

    status = run(parser.parse_args(files))
    text = capsys.readouterr().out
    run(parser.parse_args([*files, "--json"]))
    data = json.loads(capsys.readouterr().out)

    assert status == 1
    assert text.startswith("From FreeBSD 13.2 to FreeBSD 15\n")
    assert "ports up: Ports stay down -> A LAGG brings its ports up" in text
    assert data["behaviours"][0]["on_after"][0]["status"] == "passed"
