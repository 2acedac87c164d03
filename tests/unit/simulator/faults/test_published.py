"""The table of faults that the site shows: complete, and nothing in it is missed.

``lagg-tool faults --json > docs/faults.json`` renews it, in ten minutes.
"""

from __future__ import annotations

import json

from lagg_tool.simulator.faults import FAULTS
from lagg_tool.suite.gherkin import read_features
from tests.support.paths import ROOT

TABLE = json.loads((ROOT / "docs" / "faults.json").read_text(encoding="utf-8"))
CAUGHT_BY = {fault["name"]: fault["caught"] for fault in TABLE["faults"]}


def test_every_fault_was_tried() -> None:
    assert CAUGHT_BY.keys() == FAULTS.keys()


def test_every_fault_was_caught_by_a_scenario_that_there_is() -> None:
    there = {
        f"{feature.path}::{pickle.id}"
        for feature in read_features(ROOT / "features")
        for pickle in feature.pickles
    }

    assert {name: by for name, by in CAUGHT_BY.items() if by not in there} == {}
