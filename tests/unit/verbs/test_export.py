"""``lagg-tool export``: the files that it writes, and what it refuses."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.evidence import CommandEvent, Results
from tests.support.paths import ROOT
from tests.support.synthetic import OBSERVED, synthetic_results

FORMATS = ("junit", "messages", "sarif", "badge")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return results that nobody redacted: the host's name is in a command's output."""
    results = synthetic_results(target=dataclasses.replace(OBSERVED, url="ssh://root@vault9.corp"))
    [first, *others] = results.features
    scenario = first.scenarios[0]
    event = CommandEvent(0.0, "hostname", 0, "vault9.corp at 172.20.30.40\n", "", 0.1)
    step = dataclasses.replace(scenario.steps[0], evidence=(event,))
    scenario = dataclasses.replace(scenario, steps=(step, *scenario.steps[1:]))
    first = dataclasses.replace(first, scenarios=(scenario, *first.scenarios[1:]))
    path = tmp_path / "results.json"
    dataclasses.replace(results, features=(first, *others)).write(path)
    return path


def test_every_format_is_written_and_redacted(secret: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / "out" / name for name in FORMATS}

    status = main(
        ["export", str(secret), *(f"--{name}={path}" for name, path in files.items())],
    )

    assert status == 0
    assert "vault9" in secret.read_text("utf-8")
    for name, path in files.items():
        text = path.read_text("utf-8")
        assert "vault9" not in text, name
        assert "172.20.30.40" not in text, name
        assert "observed" in text, name


def test_sarif_has_the_lines_of_a_copy(tmp_path: Path, article: Path) -> None:
    run = tmp_path / "results.json"
    Results.read(ROOT / "docs" / "history" / "freebsd-15.1-wires.json.gz").write(run)
    log = tmp_path / "article.sarif"

    status = main(["export", str(run), f"--sarif={log}", f"--article={article}"])

    assert status == 0
    [sarif] = json.loads(log.read_text("utf-8"))["runs"]
    [c24] = [one for one in sarif["results"] if one["ruleId"] == "C-24"]
    [location, *_] = c24["locations"]
    assert location["physicalLocation"]["region"]["startLine"] > 1
    assert c24["fixes"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "at least one of"),
        (["--junit={run}"], "the file of the results"),
        (["--junit={dir}/a", "--badge={dir}/a"], "the file of --junit"),
        (["--junit={dir}"], "this is a directory"),
        (["--sarif={dir}/a", "--article={dir}/none"], "there is no such file"),
    ],
)
def test_what_cannot_be_written_is_refused(
    secret: Path, tmp_path: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word.format(run=secret, dir=tmp_path) for word in words]

    assert main(["export", str(secret), *given]) == 2

    assert why in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_accept_refuses_a_report_before_it_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"--results={tmp_path}/r.json", f"--junit={tmp_path}"]

    assert main(["accept", *words]) == 2

    assert "this is a directory" in capsys.readouterr().err
