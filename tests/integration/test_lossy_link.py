"""Runs over a link with 50 ms of delay in each direction, on which 5% of the packets are lost.

``tests.support.lossy_link`` makes the link; the kernel's TCP is the real one. The usual run takes a
few scenarios over it, ``make chaos`` all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lagg_tool.evidence import Results
from tests.support import lossy_link
from tests.support.paths import ROOT

pytestmark = pytest.mark.skipif(bool(lossy_link.missing()), reason=lossy_link.missing() or "here")

DELAY, LOSS = 0.05, 0.05
FEW = (
    "features/core/naming.feature::A LAGG can be renamed to any name",
    "features/core/failover.feature::All traffic leaves by the primary",
    "features/core/lacp.feature::Two ports to one switch form a group within ten seconds",
)
SYSTEMS = ("sim:", "sim:?os=truenas-13.3")


@dataclass(frozen=True)
class Crossing:
    """How a command ended that ran over the link, and what the link did."""

    status: int
    said: str
    packets: int
    lost: int
    connections: int


def cross(*words: str, seconds: float = 600) -> Crossing:
    """Run the tool over the link."""
    command = lossy_link.over(DELAY, LOSS, sys.executable, "-m", "lagg_tool", *words)
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds
    )
    said, _, did = done.stderr.strip().rpartition("\n")
    return Crossing(done.returncode, done.stdout + said, **json.loads(did))


def ended(file: Path) -> dict[str, str]:
    results = Results.read(file)
    scenarios = (s for feature in results.features for s in feature.scenarios)
    return {s.id: s.status.value for s in scenarios if s.status.value != "not run"}


def accept(directory: Path, target: str, *words: str, seconds: float = 600) -> Crossing:
    results = directory / "results.json"
    return cross("accept", "--target", target, "--results", str(results), *words, seconds=seconds)


def test_scenarios_pass_over_a_link_that_loses_packets(tmp_path: Path) -> None:
    crossing = accept(tmp_path, "sim:", *FEW)

    assert crossing.status == 0, crossing.said
    assert set(ended(tmp_path / "results.json").values()) == {"passed"}
    assert crossing.lost > 0
    assert crossing.connections == 1  # none had to be made again


@pytest.mark.slow
@pytest.mark.parametrize("target", SYSTEMS)
def test_the_suite_ends_over_such_a_link_as_without_it(tmp_path: Path, target: str) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    far.mkdir()
    words = ["accept", "--target", target, "--results", str(near / "results.json")]
    subprocess.run(
        [sys.executable, "-m", "lagg_tool", *words],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    crossing = accept(far, target, seconds=1800)

    assert crossing.status == 0, crossing.said
    assert ended(far / "results.json") == ended(near / "results.json")
    assert crossing.lost > 100
