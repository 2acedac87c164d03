"""``accept`` with several targets at once, one of which hangs, dies or is not there."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.errors import INTERRUPTED
from lagg_tool.evidence import Results, Status
from tests.support import nas_process, openssh
from tests.support.paths import ROOT
from tests.support.rig import Wire

NONE = "features/core/none.feature"
SLOW = "features/core/naming.feature"


KEY = "SHA256:" + 43 * "A"  # of nobody


def accept(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lagg_tool", "accept", "--results", str(path), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        timeout=600,
    )


def ended(results: Results, target: str, feature: str = NONE) -> set[tuple[Status, str]]:
    found = (s for f in results.features for s in f.scenarios if s.target == target)
    return {(s.status, s.reason) for s in found if s.id.startswith(feature)}


def test_two_targets_are_run_side_by_side_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "r.json"

    done = accept(path, "--target", "sim:", "--target", "sim:?seed=1", NONE)

    results = Results.read(path)
    assert done.returncode == 0, done.stderr
    assert [target.id for target in results.targets] == ["sim:", "sim:?seed=1"]
    for target in results.targets:
        assert ended(results, target.id) == {(Status.PASSED, "")}
        assert f"{target.url.rstrip(':')}: {NONE}" in done.stderr


def test_one_target_that_is_not_there_does_not_hold_up_the_other(tmp_path: Path) -> None:
    path, inventory = tmp_path / "r.json", tmp_path / "nas.toml"
    identity = openssh.make_key(tmp_path / "key")
    inventory.write_text(
        f'[[target]]\nurl = "ssh://root@127.0.0.1:1"\nhost_key = "{KEY}"\nidentity = "{identity}"\n'
    )

    done = accept(path, "--target", "sim:", "--inventory", str(inventory), NONE)

    results = Results.read(path)
    [(status, reason)] = ended(results, "ssh://root@127.0.0.1:1")
    assert done.returncode == 3
    assert ended(results, "sim:") == {(Status.PASSED, "")}
    assert status is Status.NOT_RUN
    assert "no connection" in reason


@pytest.mark.parametrize("how", ["stops", "dies"])
def test_one_target_that_falls_silent_ends_at_its_deadline(tmp_path: Path, how: str) -> None:
    path, inventory = tmp_path / "r.json", tmp_path / "nas.toml"
    with nas_process.running(tmp_path) as nas:
        url = f"ssh://root@127.0.0.1:{nas.port}"
        inventory.write_text(
            f'[[target]]\nurl = "{url}"\nhost_key = "{nas.host_key}"\nports = ["vtnet1"]\n'
            f'identity = "{nas.identity}"\ndeadline = 4\n'
        )
        nas.process.send_signal(signal.SIGSTOP if how == "stops" else signal.SIGKILL)

        done = accept(path, "--target", "sim:", "--inventory", str(inventory), SLOW)

        nas.process.send_signal(signal.SIGCONT)
    results = Results.read(path)
    assert done.returncode == 3
    assert {status for status, _ in ended(results, "sim:", SLOW)} == {Status.PASSED}
    assert {status for status, _ in ended(results, url, SLOW)} == {Status.NOT_RUN}
    assert all(reason for _, reason in ended(results, url, SLOW))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_keeps_what_every_target_has_so_far(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "r.json"
    targets = ("--target", "sim:", "--target", "sim:?seed=1", "--workers", "1")
    with subprocess.Popen(
        [sys.executable, "-m", "lagg_tool", "accept", "--results", str(path), *targets],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
    ) as process:
        assert process.stderr is not None
        seen: set[str] = set()
        while len(seen) < 2:
            line = process.stderr.readline()
            assert line
            if "passed" in line:
                seen.add(line.split(" ")[0])
        process.send_signal(number)
        out, _ = process.communicate(timeout=600)

    results = Results.read(path)
    assert process.returncode == INTERRUPTED
    for target in ("sim:", "sim:?seed=1"):
        statuses = {s.status for f in results.features for s in f.scenarios if s.target == target}
        assert statuses >= {Status.PASSED, Status.NOT_RUN}
        assert f"{target} is a simulated" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_apply_says_what_is_pending(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "lagg0.toml"
    file.write_text('name = "lagg0"\nprotocol = "failover"\nports = ["vtnet1"]\n', "utf-8")
    with nas_process.running(tmp_path) as nas:
        # It is confirmed over a third connection: never, however late the signal comes.
        wire = Wire((nas.host, nas.port), connections=2)
        with (
            contextlib.closing(wire),
            nas.start("apply", str(file), *nas_process.PATIENTLY, port=wire.address[1]) as process,
        ):
            assert process.stderr is not None
            while "armed:" not in (line := process.stderr.readline()):
                assert line
            process.send_signal(number)
            said = process.stderr.read()

    token = line.split()[1].rstrip(",")
    assert process.returncode == INTERRUPTED
    assert f"{token} is not confirmed: the host reverts it by itself" in said
    assert f"lagg-tool rollback {token} --target" in said
