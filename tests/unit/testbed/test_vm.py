"""A machine for people is gone when its process is."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.testbed.qemu import vm


def test_a_machine_is_waited_for_until_its_process_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    answers = iter([True])  # then its control socket is closed
    monkeypatch.setattr(vm, "_alive", lambda _: next(answers, False))
    directory = vm.state_directory() / "nas"
    directory.mkdir(parents=True)
    clock = VirtualClock()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        socket = str(directory / "no.sock")
        record = vm.MachineRecord("nas", "none", process.pid, "tcg", 22, "1:2", socket, "", "")
        (directory / "vm.json").write_text(json.dumps(dataclasses.asdict(record)))

        def end() -> None:
            process.communicate()

        clock.call_at(1.0, end)

        vm.down("nas", clock)

        assert process.returncode == 0
    assert not directory.exists()
