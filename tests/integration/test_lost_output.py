"""A commit does not depend on who listens, and its exit status is that of its outcome."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.rig import Rig, rig

LAGG = """\
name = "lagg0"
protocol = "failover"
ports = ["vtnet1", "vtnet2"]
"""
LISTENERS = {
    "the reader ends after a line": "2>&1 | head -1",
    "all closed": "<&- >&- 2>&-",
    "full": ">/dev/full 2>&1",
}


@pytest.fixture
def host() -> Iterator[Rig]:
    with rig() as made:
        yield made


def status_of(host: Rig, words: str, listener: str) -> int:
    host_name, port = host.wire.address
    command = (
        f"{sys.executable} -m lagg_tool {words} --target ssh://root@{host_name}:{port}"
        f" --identity {host.identity} --host-key {host.fingerprint} {listener};"
        " exit ${PIPESTATUS[0]}"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C"},
        timeout=600,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize("listener", LISTENERS.values(), ids=LISTENERS)
def test_a_change_is_confirmed_and_undone_whoever_listens(
    listener: str, host: Rig, tmp_path: Path
) -> None:
    file = tmp_path / "lagg0.toml"
    file.write_text(LAGG, "utf-8")
    before = host.said()

    status = status_of(host, f"apply {file}", listener)

    assert status == 0
    assert b'cloned_interfaces="lagg0"' in host.nas.run("cat /etc/rc.conf").stdout
    assert host.nas.run("ls /var/run/lagg_tool/pending").status != 0  # nothing will revert it

    assert status_of(host, "rollback", listener) == 0
    assert host.said()[1] == before[1]


def test_the_status_of_a_change_that_was_reverted_is_told_whoever_listens(
    host: Rig, tmp_path: Path
) -> None:
    listener = LISTENERS["full"]
    file = tmp_path / "lagg0.toml"
    file.write_text(LAGG, "utf-8")
    status_of(host, f"apply {file} --hold --confirm-within 60s", listener)
    host.clock.sleep(70)

    assert status_of(host, "confirm", listener) == 4


@pytest.mark.parametrize(("listener", "status"), [(">/dev/full", 1), (">&-", 1), ("| true", 0)])
def test_output_that_is_the_purpose_of_a_verb_must_be_written(
    listener: str, status: int, host: Rig
) -> None:
    assert status_of(host, "show", listener) == status


@pytest.mark.parametrize(
    "words", ["manual", "completion bash", "faults --list", "--help", "--version", "apply -h"]
)
def test_a_text_for_other_programs_must_be_written(words: str) -> None:
    command = f"{sys.executable} -m lagg_tool {words} >/dev/full"

    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, timeout=600, check=False
    )

    assert done.returncode == 1
    assert b"standard output: No space left" in done.stderr
