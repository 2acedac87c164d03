"""The verbs for somebody who is not root on the NAS: clear words first, and nothing touched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import nas_process
from tests.support.nas_process import PATIENTLY, Nas
from tests.support.paths import ROOT

SPEC = 'name = "lagg0"\nprotocol = "failover"\nports = ["vtnet1", "vtnet2"]\n'
ROOT_IS_NEEDED = (
    r"this needs root on the host, and the session is that of freebsd \(uid 1001\): name root in"
    r" the target, as in ssh://root@HOST, with a key that sshd there takes for root"
)
CHANGING = (["apply", "FILE"], ["confirm"], ["confirm", "t-1"], ["rollback"], ["rollback", "t-1"])


def tool(nas: Nas, *words: str, user: str = "freebsd") -> subprocess.CompletedProcess[str]:
    file = nas.directory / "lagg0.toml"
    file.write_text(SPEC)
    return subprocess.run(
        [
            *(sys.executable, "-m", "lagg_tool"),
            *(str(file) if word == "FILE" else word for word in words),
            *("--target", f"ssh://{user}@{nas.host}:{nas.port}"),
            *("--identity", str(nas.identity), "--host-key", nas.host_key),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize("words", CHANGING)
def test_what_changes_a_host_is_refused_and_nothing_is_touched(nas: Nas, words: list[str]) -> None:
    before = nas.state()

    done = tool(nas, *words)

    assert done.returncode == 2
    assert re.search(ROOT_IS_NEEDED, done.stderr)
    assert "nothing was touched" in done.stderr
    assert re.fullmatch("SIMULATED: .*\n", done.stdout)
    assert nas.state() == before


@pytest.mark.parametrize("words", [*CHANGING, ["plan", "FILE"]])
def test_a_truenas_is_not_even_read_through_its_middleware(truenas: Nas, words: list[str]) -> None:
    before = truenas.state()

    done = tool(truenas, *words)

    assert done.returncode == 2
    assert re.search(f"the middleware answers root alone; {ROOT_IS_NEEDED}", done.stderr)
    assert truenas.state() == before


def test_what_the_kernel_says_is_shown_all_the_same(nas: Nas, truenas: Nas) -> None:
    for each in (nas, truenas):
        done = tool(each, "show", "--json")

        data = json.loads(done.stdout)
        assert done.returncode == 0
        assert data["user"] == "freebsd (uid 1001)"
        assert not data["root"]
        # The middleware answers root alone, whether or not a change is pending in it.
        assert data["pending_hidden"] is (each is truenas)
        assert "middleware" not in data


def test_a_plan_is_made_and_a_pending_change_is_not_denied(nas: Nas) -> None:
    plan = tool(nas, "plan", "FILE")
    held = tool(nas, "apply", "FILE", *PATIENTLY, "--hold", "--json", user="root")
    assert held.returncode == 0, held.stderr
    token = json.loads(held.stdout)["token"]
    try:
        shown, data = tool(nas, "show"), json.loads(tool(nas, "show", "--json").stdout)
        confirmed = tool(nas, "confirm", token)
    finally:
        tool(nas, "rollback", token, user="root")

    assert plan.returncode == 1
    assert "ifconfig lagg0 create" in plan.stdout
    assert (
        "pending: only root can see whether a change is, not freebsd (uid 1001)\n" in shown.stdout
    )
    assert (data["pending"], data["pending_hidden"]) == (None, True)
    assert confirmed.returncode == 2
    assert re.search(ROOT_IS_NEEDED, confirmed.stderr)


def test_a_plan_tells_that_it_may_not_know_what_a_removal_sets_back(nas: Nas) -> None:
    assert tool(nas, "apply", "FILE", *PATIENTLY, user="root").returncode == 0

    mine = tool(nas, "plan", "--remove", "lagg0")
    roots = tool(nas, "plan", "--remove", "lagg0", user="root")
    tool(nas, "rollback", user="root")

    note = "can be read by root only, not by freebsd (uid 1001)"
    assert note in mine.stdout
    assert "note" not in roots.stdout
    assert "ifconfig vtnet1 down" in roots.stdout
    assert "ifconfig vtnet1 down" not in mine.stdout


def test_an_acceptance_run_is_refused_before_its_first_scenario(nas: Nas, truenas: Nas) -> None:
    for each in (nas, truenas):
        done = tool(each, "accept", "features/core/none.feature", "--ports", nas_process.PORTS)

        assert done.returncode == 1
        assert "which keeps two runs apart: mkdir: " in done.stderr
        assert "; log in as root" in done.stderr
        assert "Verdicts" not in done.stdout


@pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's ssh is missing")
def test_opensshs_client_logs_in_as_somebody_else_than_root(nas: Nas, tmp_path: Path) -> None:
    def ssh(user: str) -> subprocess.CompletedProcess[str]:
        options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=accept-new"]
        options.append(f"UserKnownHostsFile={tmp_path}/known_hosts")
        line = "id -u; ifconfig lagg7 create"
        return subprocess.run(
            [
                *("ssh", "-F/dev/null", *(f"-o{option}" for option in options)),
                *(f"-i{nas.identity}", f"-p{nas.port}", f"{user}@{nas.host}", line),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    mine, nobodys = ssh("freebsd"), ssh("nobody")

    assert (mine.returncode, mine.stdout) == (1, "1001\n")
    assert mine.stderr.endswith("SIOCIFCREATE2 (lagg7): Operation not permitted\n")
    assert nobodys.returncode == 255
    assert "Permission denied (publickey)" in nobodys.stderr
