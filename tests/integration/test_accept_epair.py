"""``accept`` on a host that is its own bench, and the host afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lagg_tool.claims import Level, Verdict, load_claims
from lagg_tool.clock import SystemClock
from lagg_tool.command import script
from lagg_tool.evidence import Provenance, Results, Status
from lagg_tool.ssh.connection import Connection
from tests.support.paths import ROOT
from tests.support.simulate_process import connect, simulate

LOOK = (
    "ifconfig -a; jls; cat /etc/rc.conf; sysctl net security kern.features; ls /var/run; "
    "arp -an | cut -d' ' -f1-6; netstat -rn | grep -v vtnet0; "
    "ps -ax -o command= | grep -v sshd: | grep -v 'ps -ax'"
)
# Run accept in this process, and look at the simulated NAS before and after.
DRIVER = """\
import json, sys
from lagg_tool import target
from lagg_tool.cli import main
from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import FREEBSD_13_2
look, *words = sys.argv[1:]
opened, open_target = [], target.open_target
def remember(*arguments):
    opened.append(open_target(*arguments))
    return opened[-1]
target.open_target = remember  # before the suite imports it
status = main(["accept", *words])
before = SimulatedNas(VirtualClock(), FREEBSD_13_2, 0).run(look)
after = opened[0].simulated.run(look)
print(json.dumps([status, before.stdout.decode(), after.stdout.decode()]), file=sys.stderr)
"""
# A client that works on a bench until it is killed; the guard waits five seconds.
CLIENT = """\
import itertools, sys
from lagg_tool.testbed.epair.testbed import EpairTestbed
from lagg_tool.clock import SystemClock
from lagg_tool.testbed.partner import Settings
from tests.support.simulate_process import connect
import json
said = json.loads(sys.argv[1])
with EpairTestbed(lambda: connect(said), SystemClock(), limit=5) as bench:
    print("ready", flush=True)
    for _ in itertools.count():
        bench.lacp((1, 2), Settings())
        bench.lacp((3,), Settings())
        bench.unplug_switch()
"""


def python(*words: str, code: str) -> Sequence[str]:
    return [sys.executable, "-c", code, *words]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}


def accept(results: Path) -> tuple[int, list[str], list[str]]:
    """Run accept on a slow host; return its status and the NAS before and after."""
    words = ["--target", "sim:?pace=emulated", "--bench", "epair", "--results", str(results)]
    done = subprocess.run(
        python(LOOK, *words, code=DRIVER), env=environment(), capture_output=True, check=False
    )
    lines = done.stderr.decode().splitlines()
    assert lines[-1].startswith("["), done.stderr.decode()
    status, before, after = json.loads(lines[-1])
    return status, before.splitlines(), after.splitlines()


def test_most_claims_about_frames_are_checked_and_the_host_is_as_it_was(tmp_path: Path) -> None:
    """All features: some are right with the built-in testbed only, or on a fast host."""
    file = tmp_path / "results.json"

    status, before, after = accept(file)

    results = Results.read(file)
    scenarios = [scenario for feature in results.features for scenario in feature.scenarios]
    passed = {Status.PASSED, Status.SKIPPED}
    assert {s.name: s.reason for s in scenarios if s.status not in passed} == {}
    assert status == 0
    assert after == before
    found = {one.claim: one.verdict for one in results.verdicts}
    claims = load_claims(ROOT / "features/core/article.toml").claims
    wire = [claim.id for claim in claims if claim.level is Level.WIRE]
    unchecked = {Verdict.NOT_COVERED, Verdict.CHANGED}
    checked = [claim for claim in wire if found[claim] not in unchecked]
    assert len(checked) >= 0.75 * len(wire)
    assert results.targets[0].testbed == "epair"
    reasons = {s.reason for s in scenarios if s.status is Status.SKIPPED}
    assert "the epair testbed cannot switch the carrier of a port" in reasons


def looked(connection: Connection) -> list[str]:
    return connection.run(script(LOOK)).stdout.splitlines()


@pytest.mark.slow
def test_it_is_what_a_host_without_wires_gets_in_real_time(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    with simulate() as (_, said), connect(said) as connection:
        before = looked(connection)
        ssh = said["ssh"]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "lagg_tool", "accept", "--results", str(file)),
                *("--target", f"ssh://root@{ssh['host']}:{ssh['port']}"),
                *("--identity", ssh["identity"], "--host-key", ssh["host_key"]),
                *(f"features/core/{name}.feature" for name in ("none", "roundrobin", "lacp")),
            ],
            env=environment(),
            capture_output=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr.decode()
        assert looked(connection) == before
    results = Results.read(file)
    assert results.targets[0].testbed == "epair"
    assert results.targets[0].provenance is Provenance.SIMULATED


def killed_after(seconds: float, said: dict[str, Any]) -> None:
    client = subprocess.Popen(
        python(json.dumps(said), code=CLIENT), env=environment(), stdout=subprocess.PIPE
    )
    assert client.stdout is not None
    assert client.stdout.readline() == b"ready\n"
    SystemClock().sleep(seconds)
    client.send_signal(signal.SIGKILL)
    client.communicate()


@pytest.mark.slow
def test_a_client_that_is_killed_leaves_nothing_after_the_guards_time() -> None:
    with simulate() as (_, said), connect(said) as connection:
        before = looked(connection)
        for tenths in range(0, 20, 5):
            killed_after(tenths / 10, said)
        during = looked(connection)

        clock = SystemClock()
        due = clock.now() + 30
        while looked(connection) != before and clock.now() < due:
            clock.sleep(0.5)

        assert during != before
        assert looked(connection) == before
