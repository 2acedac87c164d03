"""``lagg-tool vm`` without a machine; tests/integration/test_qemu.py starts some."""

import dataclasses
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool import own_command
from lagg_tool.cli import main
from lagg_tool.testbed.qemu.vm import MachineRecord


@pytest.fixture(autouse=True)
def state(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(short_path))
    return short_path / "lagg_tool" / "vm"


@pytest.fixture
def running(state: Path) -> Iterator[MachineRecord]:
    """Write a record whose control socket has a listener."""
    directory = state / "nas"
    directory.mkdir(parents=True)
    record = MachineRecord(
        "nas", "x.qcow2", 1, "tcg", 4022, "1:20", str(directory / "qmp"), "none", "none"
    )
    (directory / "vm.json").write_text(json.dumps(dataclasses.asdict(record)))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(record.qmp)
        listener.listen()
        yield record


def test_no_machine_is_status_1_and_the_way_to_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vm", "status"]) == 1
    assert "vm up IMAGE starts one" in capsys.readouterr().err


def test_a_running_machine_says_how_to_reach_it(
    running: MachineRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vm", "status"]) == 0

    out = capsys.readouterr().out
    assert "ssh -p 4022 root@127.0.0.1" in out
    assert f"--wire-base 1:20 --qmp {running.qmp}" in out


@pytest.mark.usefixtures("running")
def test_the_ways_to_it_can_be_typed_where_a_shell_does_not_find_the_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = tmp_path / "lagg-tool"
    tool.touch()
    monkeypatch.setattr(own_command, "_OWN", tool)
    monkeypatch.setenv("PATH", "/nowhere")

    main(["vm", "status"])

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["ssh", *[str(tool)] * 3]


@pytest.mark.usefixtures("running")
def test_status_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vm", "status", "--json"]) == 0

    (machine,) = json.loads(capsys.readouterr().out)["machines"]
    assert machine["ssh_port"] == 4022
    assert machine["running"] is True


@pytest.mark.usefixtures("running")
def test_a_name_that_is_taken_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vm", "up", "image.qcow2"]) == 2
    assert "'nas' runs already; lagg-tool vm down --name nas ends it" in capsys.readouterr().err


def test_a_dead_machine_is_said_to_be_dead_and_can_be_forgotten(
    running: MachineRecord, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(running.qmp).unlink()

    assert main(["vm", "status"]) == 1
    assert "nas does not run any more" in capsys.readouterr().out
    assert main(["vm", "down"]) == 0
    assert not (state / "nas").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["up", "none.qcow2"], "no such disk image"),
        (["up", "x", "--name", "../x"], "--name '../x': a machine's name has"),
        (["up", "x", "--wire-base", "5100"], "write two UDP port numbers"),
        (["down"], "no virtual machine named 'nas'"),
        (["console", "--name", "b"], "no virtual machine named 'b'"),
    ],
)
def test_what_is_wrong_is_named(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vm", *words]) == 2
    assert said in capsys.readouterr().err
