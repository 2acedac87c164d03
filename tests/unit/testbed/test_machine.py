"""The command line of a virtual machine: any directory can hold its sockets, or is refused."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.errors import UsageError
from lagg_tool.testbed.qemu.machine import Machine, MachineOptions, Wiring, command_line
from tests.support.full_disk import full_disk


def options_in(directory: Path) -> MachineOptions:
    return MachineOptions(directory, 2222, Wiring(20000, 21000))


def test_a_comma_in_the_name_of_the_directory_is_no_further_option() -> None:
    argv = command_line((), options_in(Path("/srv/a,b")), "tcg")

    assert "unix:/srv/a,,b/qmp.sock,server=on,wait=off" in argv
    console = "path=/srv/a,,b/console.sock,server=on,wait=off,logfile=/srv/a,,b/console.log"
    assert f"socket,id=console,{console}" in argv


@pytest.mark.parametrize("letter", ["d", "ü"])
def test_a_path_too_long_for_a_socket_is_refused_with_the_way_out(letter: str) -> None:
    room = 107 - len("/" + "/console.sock")
    fits = Path("/" + letter * (room // len(letter.encode())))

    assert options_in(fits).directory == fits
    with pytest.raises(UsageError, match=r"console\.sock: .* 107 bytes.*XDG_STATE_HOME.*TMPDIR"):
        options_in(fits.with_name(fits.name + letter * 2))


def test_a_full_disk_is_named_before_qemu_is_started(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    options = dataclasses.replace(options_in(short_path / "vm"), accelerator="tcg")

    with full_disk(0), pytest.raises(OSError, match=r"vm/qemu\.log"):
        Machine((), options, VirtualClock())


def test_a_qemu_that_cannot_be_started_is_named(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setenv("PATH", "/nowhere")
    options = dataclasses.replace(options_in(short_path / "vm"), accelerator="tcg")

    with pytest.raises(OSError, match="qemu-system-x86_64"):
        Machine((), options, VirtualClock())
