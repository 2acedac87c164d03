"""``lagg-tool simulate`` as a process: SSH, wires, QMP, and its end."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.command import read
from lagg_tool.errors import HostError
from lagg_tool.testbed.qemu.qmp import QmpClient
from tests.support import openssh
from tests.support.simulate_process import connect, simulate


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_ssh_and_ends_cleanly_when_interrupted(number: signal.Signals) -> None:
    with simulate() as (process, said):
        identity = Path(said["ssh"]["identity"])
        assert identity.stat().st_mode & 0o777 == 0o600
        with connect(said) as connection:
            assert connection.run(read("echo", "x")).stdout == "x\n"

        process.send_signal(number)

        assert process.wait(10) == 0
        assert not identity.exists()


def test_it_ends_whichever_thread_the_signal_comes_to() -> None:
    """The kernel may choose any; the main thread, which handles it, sleeps then."""
    with simulate() as (process, said):
        with connect(said) as connection:  # meanwhile the main thread has gone to sleep
            assert connection.run(read("true")).status == 0
        tasks = sorted(int(path.name) for path in Path(f"/proc/{process.pid}/task").iterdir())
        others = [task for task in tasks if task != process.pid]

        ctypes.CDLL(None).tgkill(process.pid, others[0], signal.SIGINT)

        assert process.wait(10) == 0


def test_links_are_switched_and_it_quits_over_qmp(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with simulate("--qmp", str(path)) as (process, _):
        client = QmpClient(path)
        client.set_link(1, False)
        with pytest.raises(HostError, match="Device 'n7' not found"):
            client.set_link(7, True)
        client.execute("quit")
        client.close()

        assert process.wait(10) == 0
    assert not path.exists()


def test_garbage_and_floods_on_the_wires_do_not_stop_it() -> None:
    with simulate() as (process, said), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for address in said["wire"]["nas"]:
            host, _, port = address.partition(":")
            for frame in (b"", b"x", bytes(13), bytes(14), os.urandom(100), os.urandom(60000)):
                sock.sendto(frame, (host, int(port)))
            for _ in range(2000):
                sock.sendto(os.urandom(64), (host, int(port)))

        with connect(said) as connection:
            assert connection.run(read("echo", "alive")).stdout == "alive\n"
        assert process.poll() is None


def test_keys_that_are_given_are_used(tmp_path: Path) -> None:
    key = openssh.make_key(tmp_path / "key")
    options = (
        *("--authorized-key", f"{key}.pub"),
        *("--host-key", str(tmp_path / "host")),
        *("--ssh-port", str(openssh.free_port())),
    )
    with simulate(*options) as (_, first):
        pass
    with simulate(*options) as (_, second):
        second["ssh"]["identity"] = str(key)
        with connect(second) as connection:
            assert connection.run(read("true")).status == 0

    assert first["ssh"]["host_key"] == second["ssh"]["host_key"]
    assert first["ssh"]["port"] == second["ssh"]["port"]


def test_wrong_options_are_named_and_nothing_is_left(tmp_path: Path) -> None:
    with simulate() as (_, said):
        taken = subprocess.run(
            [sys.executable, "-m", "lagg_tool", "simulate", "--wire-base", said["wire"]["base"]],
            capture_output=True,
            check=False,
            timeout=20,
        )
    missing = subprocess.run(
        [sys.executable, "-m", "lagg_tool", "simulate", f"--authorized-key={tmp_path}/none"],
        capture_output=True,
        check=False,
        timeout=20,
    )

    assert (taken.returncode, missing.returncode) == (2, 2)
    assert b"choose other ports" in taken.stderr
    assert b"No such file" in missing.stderr
