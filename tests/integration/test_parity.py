"""The same features on the embedded NAS and on one in another process, in real time.

Slow: protocols take the time that they take. ``pytest -m slow`` runs them.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lagg_tool.evidence import Results
from tests.replay.outside import Simulation

pytestmark = pytest.mark.slow

# A handful: addresses, carriers, floods, an LACP partner's answers, sysctls.
FEATURES = tuple(
    f"features/core/{name}.feature"
    for name in ("failover", "roundrobin", "removal", "none", "naming")
)
FORMED = "features/core/lacp.feature::Two ports to one switch form a group within ten seconds"


@dataclass(frozen=True)
class Run:
    """What ``lagg-tool accept`` made of a target."""

    exit_status: int
    results: Results
    said: str

    @property
    def ended(self) -> dict[str, str]:
        """The status of each scenario that was to run."""
        scenarios = (s for feature in self.results.features for s in feature.scenarios)
        return {s.id: s.status.value for s in scenarios if s.status.value != "not run"}

    @property
    def reasons(self) -> set[str]:
        """Why scenarios were skipped."""
        scenarios = (s for feature in self.results.features for s in feature.scenarios)
        return {s.reason for s in scenarios if s.status.value == "skipped"}


def accept(directory: Path, *words: str) -> Run:
    file = directory / "results.json"
    argv = [sys.executable, "-m", "lagg_tool", "accept", "--results", str(file), *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=550)
    return Run(done.returncode, Results.read(file), done.stderr)


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    running = Simulation()
    yield running
    assert running.stop() == 0


@pytest.fixture
def way(simulation: Simulation) -> list[str]:
    """Return the options for the simulation, without its wires and without others."""
    ssh = simulation.facts["ssh"]
    keys = ["--identity", ssh["identity"], "--host-key", ssh["host_key"]]
    return ["--target", simulation.facts["url"], *keys]


def wires(simulation: Simulation) -> list[str]:
    return ["--wire-base", simulation.facts["wire"]["base"], "--qmp", str(simulation.qmp)]


@pytest.mark.parametrize("features", [FEATURES, (FORMED,)], ids=["features", "lacp"])
def test_statuses_are_the_same_in_real_time(
    tmp_path: Path, simulation: Simulation, way: list[str], features: tuple[str, ...]
) -> None:
    embedded = accept(tmp_path, *features)

    outside = accept(tmp_path, *way, *wires(simulation), *features)

    assert outside.ended == embedded.ended
    assert outside.exit_status == embedded.exit_status == 0
    assert "s waiting for protocol timers" in outside.said


def test_without_wires_what_needs_them_is_skipped_and_nothing_fails(
    tmp_path: Path, way: list[str]
) -> None:
    run = accept(tmp_path, *way, "--bench", "wires", *FEATURES)

    assert run.exit_status == 0
    assert run.reasons == {"a testbed at the ports is needed"}
    assert set(run.ended.values()) == {"passed", "skipped"}


def test_without_a_monitor_what_needs_carriers_is_skipped_with_that_reason(
    tmp_path: Path, simulation: Simulation, way: list[str]
) -> None:
    wire = wires(simulation)[:2]

    run = accept(tmp_path, *way, *wire, "features/core/failover.feature")

    assert run.exit_status == 0
    assert run.reasons == {"the UDP testbed cannot switch the carrier of a port"}
    assert Counter(run.ended.values())["passed"] > 0


def test_with_two_ports_what_needs_more_is_skipped_with_that_reason(
    tmp_path: Path, simulation: Simulation, way: list[str]
) -> None:
    words = (*way, *wires(simulation), "--ports", "vtnet2,vtnet4")

    run = accept(
        tmp_path, *words, FORMED, "features/core/none.feature", "features/core/failover.feature"
    )

    assert run.exit_status == 0
    assert run.reasons == {"port 3 is needed and the target has 2 test ports"}
    assert run.ended
