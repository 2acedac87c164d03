"""``lagg-tool simulate`` as a process: SSH, wires, QMP, and its end."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.command import change, read
from lagg_tool.errors import HostError
from lagg_tool.testbed.qemu.qmp import QmpClient
from tests.support import openssh
from tests.support.simulate_process import connect, simulate
from tests.support.waiting import wait_for


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_ssh_and_ends_cleanly_when_interrupted(number: signal.Signals) -> None:
    with simulate() as (process, said):
        identity = Path(said["ssh"]["identity"])
        assert identity.stat().st_mode & 0o777 == 0o600
        with connect(said) as connection:
            assert connection.run(read("echo", "x")).stdout == "x\n"

        process.send_signal(number)

        assert process.wait(60) == 0
        assert not identity.exists()


def test_it_ends_whichever_thread_the_signal_comes_to() -> None:
    """The kernel may choose any; the main thread, which handles it, sleeps then."""
    with simulate() as (process, said):
        with connect(said) as connection:  # meanwhile the main thread has gone to sleep
            assert connection.run(read("true")).status == 0
        tasks = sorted(int(path.name) for path in Path(f"/proc/{process.pid}/task").iterdir())
        others = [task for task in tasks if task != process.pid]

        ctypes.CDLL(None).tgkill(process.pid, others[0], signal.SIGINT)

        assert process.wait(60) == 0


def test_links_are_switched_and_it_quits_over_qmp(short_path: Path) -> None:
    path = short_path / "qmp"
    with simulate("--qmp", str(path)) as (process, _):
        client = QmpClient(path)
        client.set_link(1, False)
        with pytest.raises(HostError, match="Device 'n7' not found"):
            client.set_link(7, True)
        client.execute("quit")
        client.close()

        assert process.wait(60) == 0
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


def lagg_tool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lagg_tool", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture
def own_temporary_directory(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide other simulations."""
    monkeypatch.setenv("TMPDIR", str(short_path))


@pytest.mark.usefixtures("own_temporary_directory")
def test_a_cable_is_pulled_and_put_back_by_hand() -> None:
    show = read("ifconfig", "vtnet2")
    with simulate() as (_, said), connect(said) as connection:
        connection.run(change("ifconfig", "vtnet2", "up"))
        assert "status: active" in connection.run(show).stdout

        down = lagg_tool("cable", "2", "down")
        pulled = connection.run(show).stdout
        up = lagg_tool("cable", "2", "up")

        assert (down.stdout, up.stdout) == ("cable 2 is down\n", "cable 2 is up\n")
        assert "status: no carrier" in pulled
        assert "status: active" in connection.run(show).stdout


@pytest.mark.usefixtures("own_temporary_directory")
def test_a_cable_of_none_or_of_two_simulations_is_a_question() -> None:
    none = lagg_tool("cable", "1", "down")
    with simulate(neighbour="host") as (_, one), simulate(neighbour="host") as (_, two):
        several = lagg_tool("cable", "1", "down")
        this = lagg_tool("cable", "1", "down", "--qmp", two["qmp"])

        assert one["wire"]["base"] != two["wire"]["base"]
    assert none.returncode == several.returncode == 2
    assert "start one with: lagg-tool simulate" in none.stderr
    assert f"--qmp {one['qmp']}" in several.stderr
    assert f"--qmp {two['qmp']}" in several.stderr
    assert this.returncode == 0


def test_a_neighbour_answers_until_a_bench_sends_something() -> None:
    ping = read("ping", "-c", "1", "-t", "2", "192.0.2.254")
    with simulate(neighbour="host") as (_, said), connect(said) as connection:
        connection.run(change("ifconfig", "vtnet1", "inet", "192.0.2.1/24", "up"))
        wait_for(lambda: "1 packets received" in connection.run(ping).stdout)
        host, _, port = said["wire"]["nas"][3].partition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bench:
            bench.sendto(bytes(60), (host, int(port)))
        wait_for(lambda: "0 packets received" in connection.run(ping).stdout)


def test_a_lacp_partner_is_there_on_request() -> None:
    group = "laggproto lacp laggport vtnet1 laggport vtnet2 192.0.2.1/24 up"
    with simulate(neighbour="lacp") as (_, said), connect(said) as connection:
        for words in ("lagg0 create", "vtnet1 up", "vtnet2 up", f"lagg0 {group}"):
            connection.run(change("ifconfig", *words.split()))

        def distributing() -> int:
            shown = connection.run(read("ifconfig", "lagg0")).stdout
            return shown.count("<ACTIVE,COLLECTING,DISTRIBUTING>")

        wait_for(lambda: distributing() == 2)
        ping = connection.run(read("ping", "-c", "3", "192.0.2.254"))

    assert "bytes from 192.0.2.254" in ping.stdout


def test_a_person_gets_lines_that_work_as_they_are_printed() -> None:
    """At a terminal; the tools are on the path as in an installation."""
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lagg_tool", "simulate"], stdout=follower, close_fds=True
    )
    os.close(follower)
    try:
        printed = ""
        while "answer on every cable" not in printed:
            printed += os.read(leader, 4096).decode()
        lines = [shlex.split(line) for line in printed.splitlines() if line.startswith("  ")]
        show, ssh, cable, (dot, environment) = lines
        shown, pulled = lagg_tool(*show[1:]), lagg_tool(*cable[1:])

        ports = printed.partition("lead to\r\n")[2].partition(";")[0].split()
        assert len(ports) == 6
        assert [port for port in ports if f"\n{port} " not in shown.stdout] == []
        assert pulled.stdout == "cable 1 is down\n"
        assert (dot, Path(environment).is_file()) == (".", True)
        if shutil.which("ssh"):
            done = subprocess.run(
                [*ssh, "hostname"], capture_output=True, text=True, check=True, timeout=600
            )
            assert done.stdout == "nas.test\n"
    finally:
        process.terminate()
        process.wait(60)
        os.close(leader)


def test_wrong_options_are_named_and_nothing_is_left(tmp_path: Path) -> None:
    with simulate() as (_, said):
        taken = subprocess.run(
            [sys.executable, "-m", "lagg_tool", "simulate", "--wire-base", said["wire"]["base"]],
            capture_output=True,
            check=False,
            timeout=600,
        )
    missing = subprocess.run(
        [sys.executable, "-m", "lagg_tool", "simulate", f"--authorized-key={tmp_path}/none"],
        capture_output=True,
        check=False,
        timeout=600,
    )

    assert (taken.returncode, missing.returncode) == (2, 2)
    assert b"choose other ports" in taken.stderr
    assert b"No such file" in missing.stderr
