"""Recorded output in hand-written pages."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lagg_tool.site.assembly import Sources, make_site
from lagg_tool.site.directive import fill_in
from lagg_tool.testbed.memory import MemoryTestbed
from tests.support.synthetic import article_of_core, synthetic_features, synthetic_results

MISSING = (
    "{{ evidence('features/loadbalance.feature::Sixty-four flows use every port', 'nothing') }}"
)


def warnings(directory: Path, testbed: str) -> list[str]:
    """Build a page with an exhibit that no command of the run gives; return the warnings."""
    run = synthetic_results(synthetic_features(directory / "features"))
    targets = tuple(dataclasses.replace(target, testbed=testbed) for target in run.targets)
    article_of_core(directory / "features")
    results = directory / "results.json"
    dataclasses.replace(run, targets=targets).write(results)
    found: list[str] = []
    site = make_site(Sources(directory / "features", (results,), None, (), None))
    fill_in(MISSING, "tutorial.html", site, found.append)
    return found


@pytest.mark.parametrize("testbed", ["epair", "UDP", "loop"])
def test_an_exhibit_that_was_not_run_on_this_testbed_is_no_warning(
    tmp_path: Path, testbed: str
) -> None:
    assert warnings(tmp_path, testbed) == []


def test_an_exhibit_that_the_simulated_nas_does_not_give_is_a_warning(tmp_path: Path) -> None:
    [warning] = warnings(tmp_path, MemoryTestbed.kind)

    assert "ran no command with 'nothing'" in warning
