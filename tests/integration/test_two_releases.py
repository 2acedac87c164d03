"""The suite on two releases, and what is told of the difference, from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool import cli
from lagg_tool.evidence import Results, Status
from lagg_tool.evidence.release_notes import defect_states

WORDS = ["--tags", "releases or options"]


def accept(release: str, file: Path, *words: str) -> Results:
    status = cli.main(["accept", "--target", f"sim:?os={release}", "--results", str(file), *words])
    assert status == 0
    return Results.read(file)


def test_the_whole_suite_passes_on_the_later_release(tmp_path: Path) -> None:
    results = accept("freebsd-15", tmp_path / "new.json")

    scenarios = [scenario for feature in results.features for scenario in feature.scenarios]
    assert {scenario.status for scenario in scenarios} == {Status.PASSED, Status.SKIPPED}
    assert defect_states(scenarios)["B-04"] == "gone"
    assert defect_states(scenarios)["B-01"] == "present"


def test_the_difference_of_two_releases_names_the_ports_up_and_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accept("freebsd-13.2", tmp_path / "old.json", *WORDS)
    accept("freebsd-15", tmp_path / "new.json", *WORDS)
    capsys.readouterr()

    status = cli.main(["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")])

    told = capsys.readouterr().out
    changes = [line.strip() for line in told.splitlines() if line[:4].strip() and "->" in line]
    assert status == 1
    assert [change.partition(":")[0] for change in changes] == [
        "ports up",
        "ports after destroy",
        "none refuses",
        "B-04",
        "P-07",
    ]
