"""A NAS that is lost during a run, and an error of this machine: neither changes a verdict."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lagg_tool.command import script
from lagg_tool.errors import TargetError
from lagg_tool.evidence import Results, ScenarioResult, Status
from tests.support import nas_process
from tests.support.paths import ROOT

SCENARIOS = (
    "features/core/naming.feature",
    "features/core/description.feature",
    "features/core/ports.feature",
)
LOST = 3


def after_passes(process: subprocess.Popen[str], count: int) -> list[str]:
    """Read what a run says until so many scenarios have passed."""
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if sum("passed" in one for one in said) == count:
            return said
    raise AssertionError("".join(said))


def rest(process: subprocess.Popen[str]) -> str:
    """Read to the end; ``communicate`` would miss what the stream has read ahead."""
    with process:
        assert process.stderr is not None
        return process.stderr.read()


def scenarios_of(results: Results) -> list[ScenarioResult]:
    return [scenario for feature in results.features for scenario in feature.scenarios]


def statuses(results: Results) -> Counter[Status]:
    return Counter(scenario.status for scenario in scenarios_of(results))


def test_a_nas_that_is_lost_ends_the_run_and_changes_no_verdict(tmp_path: Path) -> None:
    with nas_process.running(tmp_path) as nas:
        process = nas.accept(*SCENARIOS, "-v", "--wait-for-nas", "3")
        after_passes(process, 3)
        nas.process.kill()
        said = rest(process)
    results = Results.read(tmp_path / "run.json")

    assert process.returncode == LOST, said
    assert "waiting up to 3 s for it, once" in said
    assert "is not back after 3 s" in said
    ended = statuses(results)
    assert ended[Status.PASSED] >= 3
    assert ended[Status.BROKEN] <= 1
    assert not ended[Status.FAILED]
    assert not [v for v in results.verdicts if v.verdict == "changed"]
    assert [s for s in scenarios_of(results) if "is not back" in s.reason]


def test_a_nas_that_is_back_after_a_crash_is_used_again(tmp_path: Path) -> None:
    with nas_process.running(tmp_path) as nas:
        boot = nas.say("sysctl kern.boottime")
        with nas.connect() as connection:  # made before, so that the run does not end first
            process = nas.accept(*SCENARIOS, "features/core/removal.feature", "-v")
            after_passes(process, 3)
            with contextlib.suppress(TargetError):
                connection.run(script("reboot"))
        said = rest(process)
        assert nas.say("sysctl kern.boottime") != boot
    results = Results.read(tmp_path / "run.json")

    assert "it was booted meanwhile. The run goes on" in said, said
    ended = statuses(results)
    assert ended[Status.BROKEN] <= 1
    assert ended[Status.PASSED] > 10
    assert not ended[Status.FAILED], said
    assert process.returncode == (LOST if ended[Status.BROKEN] else 0)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_this_machine_changes_no_verdict(tmp_path: Path, workers: int) -> None:
    """The name of this machine, which the lock of a run carries, cannot be had."""
    file = tmp_path / "run.json"
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "def nameless(): raise OSError('this machine has no name')\n"
        "socket.gethostname = nameless\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    words = ["accept", "--target", "sim:", "--results", str(file)]

    done = subprocess.run(
        [sys.executable, "-m", "lagg_tool", *words, f"--workers={workers}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTEST_ADDOPTS": "", "HOME": str(tmp_path), "PYTHONPATH": path},
    )

    assert done.returncode == LOST, done.stderr
    results = Results.read(file)
    assert not statuses(results)[Status.FAILED]
    assert not [v for v in results.verdicts if v.verdict == "changed"]
    assert len(done.stderr.splitlines()) < 12 * workers, done.stderr
