"""Before a real NAS is touched: the notice, the question and the answer."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.evidence import Provenance, TargetResult
from lagg_tool.testbed.memory import MemoryTestbed
from lagg_tool.verbs.consent import EPAIR, WIRES, duration, notice
from tests.support import openssh
from tests.support.paths import ROOT
from tests.support.simulate_process import simulate

REFUSED, UNREACHABLE, SUCCESS = 2, 3, 0
FEATURE = "features/core/none.feature"
# What a NAS that stood still for some seconds has answered holds: a busy machine may do so.
COMMANDS = "features/core/naming.feature"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def way(server: openssh.OpenSshServer, tmp_path: Path) -> list[str]:
    """Return the words for a run on a host that is no simulated one, and no NAS either."""
    login = ["--identity", str(server.identity)]
    login += ["--host-key", openssh.fingerprint(server.host_key)]
    target = f"ssh://{openssh.USER}@127.0.0.1:{server.port}"
    return ["accept", "--target", target, *login, "--results", str(tmp_path / "r.json"), FEATURE]


@pytest.mark.sshd
def test_without_a_terminal_and_without_yes_a_real_host_is_not_touched(
    server: openssh.OpenSshServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(way(server, tmp_path))

    said = capsys.readouterr().err
    assert status == REFUSED
    assert "a real NAS. The run\n  changes   every network card but that of this session" in said
    assert "nothing was touched, since nobody has agreed" in said
    assert "--yes agrees, --read-only only looks" in said
    assert not (tmp_path / "r.json").exists()


@pytest.mark.sshd
@pytest.mark.parametrize("answer", ["n\n", "", "what?\n"])
def test_an_answer_at_a_terminal_that_is_not_yes_touches_nothing(
    server: openssh.OpenSshServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    status = main(way(server, tmp_path))

    said = capsys.readouterr().err
    assert status == REFUSED
    assert f"Go on with ssh://{openssh.USER}@127.0.0.1:{server.port}? [y/N] " in said
    assert said.endswith(": the answer was no; nothing was touched; --read-only only looks\n")


@pytest.mark.sshd
@pytest.mark.parametrize("way_on", ["an answer", "--yes", "--read-only"])
def test_a_run_goes_on_with_yes_or_if_it_only_looks(
    server: openssh.OpenSshServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    way_on: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n" if way_on == "an answer" else ""))
    words = ["--bench", "epair"] + ([] if way_on == "an answer" else [way_on])

    status = main([*way(server, tmp_path), *words])

    said = capsys.readouterr().err
    assert "nothing was touched" not in said
    assert status == REFUSED  # by the run, which began: this host is no FreeBSD
    assert "--bench epair: only FreeBSD has epair(4)" in said
    assert ("Go on with" in said) == (way_on == "an answer")
    assert ("a real NAS" in said) == (way_on == "an answer")


@pytest.mark.parametrize("further", [[], ["--target", "sim:"]], ids=["alone", "of two"])
def test_a_host_that_cannot_be_looked_at_is_not_touched_either(
    tmp_path: Path, further: list[str]
) -> None:
    nobody = f"ssh://root@127.0.0.1:{openssh.free_port()}"
    words = ["--identity", str(openssh.make_key(tmp_path / "key")), FEATURE]
    words += ["--target", nobody, *further, "--results", str(tmp_path / "r.json")]

    done = subprocess.run(
        [sys.executable, "-m", "lagg_tool", "accept", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == UNREACHABLE
    assert "Connection refused" in done.stderr


def test_a_simulated_nas_is_not_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with simulate() as (_, said):
        ssh = said["ssh"]
        login = ["--host-key", ssh["host_key"], "--identity", ssh["identity"]]
        words = ["--target", said["url"], *login, "--ports", "vtnet1,vtnet2"]

        status = main(["accept", *words, "--results", str(tmp_path / "r.json"), COMMANDS])

    assert status == SUCCESS
    assert "real NAS" not in capsys.readouterr().err


def test_the_notice_names_ports_database_and_measured_time() -> None:
    nas = TargetResult(
        "nas", "ssh://root@nas", Provenance.OBSERVED, "TrueNAS-13.3", "truenas-13.3", "", {}
    )
    truenas = TargetResult(
        "nas", nas.url, nas.provenance, nas.os, nas.release, "", {"truenas": "TrueNAS-13.3"}
    )

    assert "  changes   em1,em2: takes them up and down" in notice(nas, WIRES, "em1,em2")
    assert "middleware" not in notice(nas, EPAIR, "")
    assert "database" in notice(truenas, WIRES, "em1")
    linux = dataclasses.replace(nas, facts={"system": "Linux 6.1.0"})
    assert "epair" not in notice(linux, EPAIR, "every card")
    assert "makes bonds" in notice(linux, EPAIR, "every card")
    assert "for all scenarios 28 minutes on freebsd-13.2;" in duration(EPAIR)
    assert "23 minutes on freebsd-15.1" in duration(WIRES)
    assert "not measured yet" in duration(MemoryTestbed.kind)
    assert all(len(line) < 100 for line in notice(truenas, WIRES, "em1,em2").splitlines())
