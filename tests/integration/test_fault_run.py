"""``lagg-tool faults``: the suite catches faults of what it is about."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from lagg_tool.errors import UsageError
from lagg_tool.simulator.faults import find
from lagg_tool.suite.trials import failures, scenarios_of, try_fault
from lagg_tool.target import open_target

SAMPLE = ("failover-does-not-divert", "lacp-is-deaf", "description-stays", "rc-loses-mtu")


def faults(*words: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "lagg_tool", "faults", "--json", *words]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout or b"{}")


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_is_caught_by_a_scenario_of_its_claim_that_passes_without_it(name: str) -> None:
    scenarios = scenarios_of([find(name).claim])[find(name).claim]

    trial = try_fault(name, scenarios)

    assert trial.failed in scenarios
    assert trial.reason
    assert failures("sim:", [str(trial.failed)]) == []


def test_what_only_other_scenarios_notice_is_missed() -> None:
    unrelated = scenarios_of(["C-11"])["C-11"]

    trial = try_fault("failover-does-not-divert", unrelated)

    assert trial.failed is None
    assert "pass" in trial.reason


def test_scenarios_with_any_name_can_be_chosen() -> None:
    prefixes = [name for name in scenarios_of(["O-10"])["O-10"] if "/64" in name]

    assert prefixes
    assert failures("sim:", prefixes) == []


def test_the_target_says_which_faults_it_has() -> None:
    with open_target("sim:?fault=none-sends&fault=lacp-is-deaf") as target:
        assert target.result.url == "sim:?fault=none-sends&fault=lacp-is-deaf"
        assert target.result.facts["faults"] == "none-sends, lacp-is-deaf"


def test_an_unknown_fault_is_refused_with_its_neighbours() -> None:
    with pytest.raises(UsageError, match="did you mean none-sends"):
        open_target("sim:?fault=none-send")


def test_the_command_prints_a_table() -> None:
    status, table = faults("--only", "none-sends", "name-in-any-case", "--jobs", "1")

    assert status == 0
    caught = {fault["name"]: (fault["claim"], fault["caught"]) for fault in table["faults"]}
    none, naming = "features/core/none.feature", "features/core/naming.feature"
    nothing = f"{none}::With the protocol none, nothing leaves the NAS"
    assert caught["none-sends"] == ("C-28", nothing)
    refused = f"{naming}::A name of another form is refused[LAGG0"
    assert caught["name-in-any-case"][1].startswith(refused)
    assert all(fault["text"] for fault in table["faults"])
    assert table["target"] == "sim:"


@pytest.mark.slow
def test_every_fault_is_caught() -> None:
    status, table = faults()

    assert [fault["name"] for fault in table["faults"] if fault["caught"] is None] == []
    assert status == 0
