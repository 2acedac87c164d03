"""``lagg-tool faults`` on made trials; tests/integration/test_fault_run.py tries real ones."""

from __future__ import annotations

import json

import pytest

from lagg_tool.cli import main
from lagg_tool.suite.trials import Trial
from lagg_tool.verbs import faults

TWO = ("failover-all-active", "failover-does-not-divert")


@pytest.mark.parametrize(
    ("second", "status", "line"),
    [
        (Trial("Ports of two keys", "expected one port"), 0, "Ports of two keys"),
        (Trial(None, "12 scenarios passed"), 1, "MISSED: 12 scenarios passed"),
    ],
)
def test_a_fault_that_is_missed_is_named_and_is_the_exit_status(
    second: Trial,
    status: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trials = [Trial("One port is active", "expected one"), second]
    monkeypatch.setattr(faults, "try_faults", lambda *_: iter(trials))

    assert main(["faults", "--only", *TWO]) == status
    *lines, count = capsys.readouterr().out.splitlines()
    assert main(["faults", "--json", "--only", *TWO]) == status
    table = json.loads(capsys.readouterr().out)["faults"]

    assert [each.split()[0] for each in lines] == list(TWO)
    assert lines[1].endswith(line)
    assert count.startswith(f"{2 - status} of 2 faults caught in ")
    assert [(each["name"], each["caught"]) for each in table] == [
        (name, trial.failed) for name, trial in zip(TWO, trials, strict=True)
    ]
