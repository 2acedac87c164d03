"""Every verb that looks at a NAS, on Linux, from the command line; a real host's answers.

There is no simulated Linux: what a host answered to the same commands is played back. What
changes a host is tried in tests/integration/test_commit_linux.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from lagg_tool.cli import main
from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed
from lagg_tool.evidence import Provenance, TargetResult
from lagg_tool.nas.linux.layout import requests
from lagg_tool.nas.linux.observation import observe_commands
from tests.replay.recording import Step, load
from tests.support.paths import RECORDINGS

LAGG = 'name = "bond0"\nprotocol = "failover"\nports = ["eth1", "eth2"]\n'
STEPS = [
    step
    for step in load(RECORDINGS / "linux-6.1" / "cmd-observe-json.json").steps
    if step.kind == "run" and not step.value.startswith("ip link ")
]
SIZE = len(observe_commands())
FACTS = {"system": "Linux 6.1.0-56-cloud-amd64"}


class Host:
    """A Linux host that answers as a real one did; it refuses whatever would change it."""

    server_version = "SSH-2.0-dropbear_2022.83"

    def __init__(self, steps: Sequence[Step]) -> None:
        commands = [command.text for command in observe_commands()]
        self.answers = dict(zip(commands, steps, strict=True))
        self.clock = VirtualClock()
        self.result = TargetResult(
            "ssh://nas", "ssh://nas", Provenance.OBSERVED, FACTS["system"], "", "none", FACTS
        )

    @property
    def connection(self) -> Host:
        return self

    @property
    def connect(self) -> Callable[[], Host]:
        return lambda: self

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        assert deadline > 0
        if command.text == requests.status().text:
            return Completed(command, 0, "pending \ntoken \nlast \nlapsed \nnow 7\n", "")
        if command.argv[0] == "date":
            return Completed(command, 0, "2026-11-27T22:37:00+0000\n", "")
        if command.text.startswith("/bin/sh -c '[ -d "):
            return Completed(command, 1, "", "")
        step = self.answers[command.text]
        return Completed(command, step.rc, step.stdout, step.stderr)

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        return [self.run(command, deadline) for command in commands]

    def close(self) -> None:
        """There is nothing to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Host:
    return _played(monkeypatch, STEPS[:SIZE])


@pytest.fixture
def bonded(monkeypatch: pytest.MonkeyPatch) -> Host:
    return _played(monkeypatch, STEPS[SIZE:])


def _played(monkeypatch: pytest.MonkeyPatch, steps: Sequence[Step]) -> Host:
    host = Host(steps)
    monkeypatch.setattr("lagg_tool.verbs.common.open_target", lambda *_: host)
    return host


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main([*words, "--target", "ssh://nas"])
    said = capsys.readouterr()
    return status, said.out, said.err


def file(directory: Path, text: str = LAGG) -> str:
    path = directory / "bond0.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_show_lists_the_interfaces_and_the_way_in(
    bonded: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "show")

    assert (status, err) == (0, "")
    assert "port eth2, up, 1000 Mb/s full, aggregator 2" in out
    assert "this session: from 10.0.2.2 to 10.0.2.15 over eth0\n" in out
    assert bonded.result.provenance is Provenance.OBSERVED


def test_show_gives_programs_everything(bonded: Host, capsys: pytest.CaptureFixture[str]) -> None:
    data: dict[str, Any] = json.loads(run(capsys, "show", "--json")[1])

    assert bonded.answers
    assert data["provenance"] == "observed"
    assert "bond0" in [each["name"] for each in data["interfaces"]]
    assert data["bonds"][0]["ports"][0]["actor"]["state_words"][0] == "ACT"
    assert (data["pending"], data["pending_hidden"]) == (None, False)


def test_plan_says_what_apply_would_do(
    idle: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "plan", file(tmp_path))
    data = json.loads(run(capsys, "plan", file(tmp_path), "--json")[1])

    assert idle.answers
    assert (status, out.splitlines()[0]) == (1, "bond0: create")
    assert "/etc/network/interfaces.d/lagg_tool-bond0:" in out
    assert data["changes"][0].startswith("ip link add name bond0 type bond mode active-backup")
    assert data["inverse"] == ["ip link del dev bond0"]
    assert data["findings"] == []


def test_every_reason_against_a_change_is_given_at_once(
    idle: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = LAGG.replace("eth1", "eth9").replace("eth2", "eth0")

    status, _, err = run(capsys, "apply", file(tmp_path, text))

    assert idle.answers
    assert status == 2
    assert "bond0: nothing was touched:\n  port eth9: there is no such interface" in err
    assert "\n  port eth0: it has addresses (10.0.2.15/24" in err
    assert "\n  eth0 carries this session; --allow-management would allow it" in err


def test_diagnose_finds_the_causes_or_no_lagg(
    bonded: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "diagnose", "bond0", "bond1")
    missing, _, err = run(capsys, "diagnose", "bond7")

    assert bonded.answers
    assert status == 1
    assert "bond0: no partner, and yet traffic (X-04)\n" in out
    assert "eth6: a port knows no speed, and so sends no LACPDU (X-21)\n" in out
    assert "bond1: the bond looks at no link (X-01)\n" in out
    assert missing == 2
    assert "bond7: no such interface; the LAGGs of this host: bond0, bond1" in err


def test_watch_shows_the_bond_and_its_ports(
    bonded: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "watch", "bond0", "--for", "3")

    assert bonded.clock.now() >= 3
    assert status == 0
    assert "bond0 802.3ad: 1 of 3 ports active, MII up" in out
    assert "nothing was disturbed" in out


def test_confirm_without_a_change_is_wrong_usage(
    idle: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "confirm")

    assert idle.answers
    assert status == 2
    assert "no confirmed change is kept; to return to an older state, apply its file" in err


def test_a_pasted_report_is_parsed_and_diagnosed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = load(RECORDINGS / "linux-6.1" / "wire-lacp-silent-slow.json").steps
    text = next(step.stdout for step in steps if "Ethernet Channel" in step.stdout)
    path = tmp_path / "pasted.txt"
    path.write_text(f"nas# cat /proc/net/bonding/bond3\n{text}", encoding="utf-8")

    parsed = main(["parse", str(path)]), capsys.readouterr().out
    back = main(["parse", str(path), "--text"]), capsys.readouterr().out
    programs = main(["parse", str(path), "--json"]), json.loads(capsys.readouterr().out)
    found = main(["diagnose", str(path)]), capsys.readouterr().out
    named = main(["diagnose", str(path), "bond9"]), capsys.readouterr().out

    assert parsed[0] == back[0] == programs[0] == 0
    assert parsed[1].startswith("bond3 ")
    assert back[1] == path.read_text(encoding="utf-8")
    assert programs[1]["bonds"][0]["mode"] == "802.3ad"
    assert (found[0], named[0]) == (1, 1)
    assert found[1].startswith("bond3: no partner, and yet traffic (X-04)\n")
    assert named[1].startswith("bond9: no partner")


def test_a_bond_option_that_no_driver_knows_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, f'{LAGG}[bond]\nmiimon = 100\nmode = "balance-tlb"\n')

    status = main(["plan", path, "--target", "ssh://nas"])

    said = capsys.readouterr().err
    assert status == 2
    assert f"{path}:6: bond[mode] = 'balance-tlb': the field protocol says the mode" in said
