"""The simulated NAS behind its SSH server: what an administrator does with OpenSSH's ssh."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import pytest

from lagg_tool.clock import SystemClock, VirtualClock
from lagg_tool.command import read, script
from lagg_tool.errors import DeadlineError, DisconnectedError, UnreachableError
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable
from lagg_tool.simulator.server.execution import machine
from tests.support.ssh_site import Site, run, running
from tests.support.waiting import wait_for

ENDLESS = "while :; do :; done"
needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's ssh is missing")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a NAS that runs in real time."""
    nas = SimulatedNas(SystemClock())
    directory = tmp_path_factory.mktemp("nas")
    with running(directory, machine(nas), lambda: reachable(nas)) as made:
        yield made


def test_a_command_runs_inside_the_model(site: Site) -> None:
    with site.connect() as connection:
        done = connection.run(script("echo $SSH_CONNECTION; pwd; echo out; echo err >&2; exit 42"))

    assert done.status == 42
    assert re.fullmatch(r"10\.0\.2\.2 \d+ 10\.0\.2\.15 22\n/root\nout\n", done.stdout)
    assert done.stderr == "err\n"


def test_a_batch_of_fragile_words_arrives(site: Site) -> None:
    words = ["a!b", "it's", "a\nb\n", "\\", "$HOME", "ü", ""]
    with site.connect() as connection:
        done = connection.run_batch([read("echo", f"[{word}]") for word in words])

    assert [c.stdout for c in done] == [f"[{word}]\n" for word in words]


def test_input_is_streamed(site: Site) -> None:
    with site.connect() as connection:
        done = connection.run(script('while read -r x; do echo "<$x>"; done', stdin=b"a\nb\n"))

    assert done.stdout == "<a>\n<b>\n"


def test_a_call_past_its_deadline_ends_and_others_go_on(site: Site) -> None:
    with site.connect() as connection:
        with pytest.raises(DeadlineError):
            connection.run(script(ENDLESS), deadline=0.3)

        assert connection.run(read("echo", "alive")).stdout == "alive\n"


@needs_ssh
def test_virtual_time_stands_still_for_a_client_that_thinks(tmp_path: Path) -> None:
    clock = VirtualClock()
    with running(tmp_path, machine(SimulatedNas(clock))) as site, site.connect() as connection:
        thinking = subprocess.Popen(
            site.ssh("echo ready; read -r x; echo $x"), stdin=PIPE, stdout=PIPE
        )
        assert thinking.stdout is not None
        assert thinking.stdout.readline() == b"ready\n"
        before = clock.now()

        assert connection.run(read("echo", "other")).stdout == "other\n"

        assert clock.now() - before < 1
        assert thinking.communicate(b"typed\n")[0] == b"typed\n"


def test_a_closed_connection_ends_what_ran(site: Site) -> None:
    connection = site.connect()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(connection.run, script(ENDLESS))
        wait_for(lambda: any(t.name.endswith("-out") for t in threading.enumerate()))
        connection.close()
        with pytest.raises(DisconnectedError):
            call.result(60)

    wait_for(lambda: not any(t.name.endswith("-out") for t in threading.enumerate()))


@needs_ssh
def test_twenty_openssh_clients_at_once(site: Site) -> None:
    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(lambda n: run(site.ssh(f"echo {n}; exit {n}")), range(20)))

    assert [(d.returncode, d.stdout) for d in done] == [(n, b"%d\n" % n) for n in range(20)]
    assert [d.stderr for d in done] == [b""] * 20


@needs_ssh
def test_a_script_on_standard_input_runs(site: Site) -> None:
    done = run(site.ssh(options=("-T",)), b"x=4\nif true; then\necho $((x+1))\nfi\nexit 5\n")

    assert (done.returncode, done.stdout) == (5, b"5\n")


def test_a_session_stalls_while_its_interface_is_down_and_then_goes_on(tmp_path: Path) -> None:
    nas = SimulatedNas(SystemClock())
    with (
        running(tmp_path, machine(nas), lambda: reachable(nas)) as site,
        site.connect() as connection,
        ThreadPoolExecutor(1) as pool,
    ):
        until_asked = "until [ -e /tmp/up ]; do sleep 0.1; done"
        line = f"ifconfig vtnet0 down; {until_asked}; ifconfig vtnet0 up; echo back"
        call = pool.submit(connection.run, script(line))
        wait_for(lambda: not site.server.reachable())
        with pytest.raises(UnreachableError, match="no SSH server answered"):
            site.connect(seconds=0.3)

        nas.run(": > /tmp/up")

        assert call.result(60).stdout == "back\n"
        with site.connect() as after:
            assert after.run(read("true")).status == 0


def test_a_reboot_loses_every_connection_and_then_answers_again(tmp_path: Path) -> None:
    nas = SimulatedNas(SystemClock())
    with (
        running(tmp_path, machine(nas), lambda: reachable(nas)) as site,
        site.connect() as connection,
        ThreadPoolExecutor(1) as pool,
    ):
        nas.on_reboot = site.server.drop_connections
        call = pool.submit(connection.run, script(ENDLESS))
        wait_for(lambda: any(t.name.endswith("-out") for t in threading.enumerate()))

        nas.reboot()

        with pytest.raises(DisconnectedError):
            call.result(60)
        with site.connect() as after:
            assert after.run(read("echo", "up")).stdout == "up\n"
