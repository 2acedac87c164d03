"""A command loads the modules that it uses, and not those of the other kinds of target or NAS."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from lagg_tool.simulator.release import FREEBSD_13_2, TRUENAS_13_3, Release
from tests.support.paths import ROOT
from tests.support.rig import rig

PROGRAM = """\
import json, sys
from lagg_tool.cli import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted(sys.modules)]), file=sys.stderr)
"""


def loaded(*words: str) -> tuple[int, list[str]]:
    """Run a command; return its exit status and the names of the modules behind it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    status, modules = json.loads(done.stderr.splitlines()[-1])
    return status, modules


def packages(modules: list[str]) -> set[str]:
    """Return the packages of the tool that are among the modules."""
    return {name.split(".")[1] for name in modules if name.startswith("lagg_tool.")}


@pytest.mark.parametrize("release", [FREEBSD_13_2, TRUENAS_13_3], ids=lambda each: each.name)
def test_showing_a_host_behind_ssh_loads_no_simulator_and_no_testbed(release: Release) -> None:
    with rig(release) as nas:
        host, port = nas.wire.address
        way = ["--identity", str(nas.identity), "--host-key", nas.fingerprint]
        status, modules = loaded("show", "--target", f"ssh://root@{host}:{port}", *way)

    assert status == 0
    assert not packages(modules) & {"simulator", "testbed", "wire", "suite", "site"}
    assert ("lagg_tool.nas.truenas.nas" in modules) == bool(release.product)
    assert "lagg_tool.target.remote" in modules
    assert "lagg_tool.target.virtual" not in modules


def test_showing_the_simulated_nas_loads_the_simulator() -> None:
    status, modules = loaded("show", "--target", "sim:")

    assert status == 0
    assert "simulator" in packages(modules)
    assert not packages(modules) & {"suite", "site"}
