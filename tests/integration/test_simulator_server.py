"""The simulator's SSH server, in front of this machine's /bin/sh; our client and OpenSSH's."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lagg_tool.command import read, script
from lagg_tool.errors import (
    DeadlineError,
    DisconnectedError,
    LoginError,
    UnreachableError,
    UsageError,
)
from lagg_tool.simulator.server.keys import generate_key
from lagg_tool.simulator.server.ssh import SshServer
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.support.shell_machine import ShellExecution
from tests.support.ssh_site import Site, run, running, terminal
from tests.support.waiting import nothing_left, wait_for

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's ssh is missing")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site")) as made:
        yield made


def test_status_streams_and_input_reach_our_client(site: Site) -> None:
    data = bytes(range(256)) * 10_000
    with site.connect() as connection:
        failed = connection.run(script(r"printf 'out\377'; echo err >&2; exit 42"))
        echoed = connection.run(script("cat", stdin=data))
        flood = connection.run(script("head -c 3000000 /dev/zero >&2; echo done"))

    assert (failed.status, failed.stdout, failed.stderr) == (42, "out\udcff", "err\n")
    assert echoed.stdout.encode("utf-8", "surrogateescape") == data
    assert (len(flood.stderr), flood.stdout) == (3_000_000, "done\n")


def test_an_exit_signal_becomes_128_more(site: Site) -> None:
    with site.connect() as connection:
        done = connection.run(script("kill -TERM $PPID"))

    assert done.status == 143


def test_a_reply_never_comes_after_the_output_it_announces(site: Site) -> None:
    with site.connect() as connection:
        for number in range(50):
            assert connection.run(read("echo", str(number))).stdout == f"{number}\n"


def test_twenty_connections_and_twenty_channels_do_not_wait_for_each_other(
    site: Site, tmp_path: Path
) -> None:
    end = tmp_path / "end"
    together = threading.Barrier(20)

    def over_its_own_connection(number: int) -> str:
        with site.connect(seconds=600) as connection:
            together.wait(600)
            return connection.run(script("sleep 0.2; echo $1", str(number))).stdout

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(over_its_own_connection, range(20))) == [f"{n}\n" for n in range(20)]
    with site.connect() as connection, ThreadPoolExecutor(20) as pool:
        slow = pool.submit(connection.run, script("until [ -e $1 ]; do sleep 0.1; done", str(end)))
        calls = [pool.submit(connection.run, read("echo", str(n))) for n in range(19)]

        assert [call.result().stdout for call in calls] == [f"{n}\n" for n in range(19)]
        assert not slow.done()
        end.touch()


def test_other_keys_and_other_users_are_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(generate_key())
    host, port = site.server.address
    keys = HostKeys(fingerprint=site.server.fingerprint)

    with pytest.raises(LoginError, match="not accepted"):
        Connection(Address("root", host, port), keys, identities=[tmp_path / "key"])
    with pytest.raises(LoginError, match="not accepted for nobody"):
        Connection(Address("nobody", host, port), keys, identities=[site.identity])


def has_ended(pid: str) -> bool:
    """Whether a process is gone, or waits for a parent that takes its time."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_closed_connection_ends_its_commands(site: Site, tmp_path: Path) -> None:
    witness = tmp_path / "pid"
    connection = site.connect()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(connection.run, script("echo $$ > $1; exec sleep 60", str(witness)))
        wait_for(lambda: witness.exists() and witness.read_text().endswith("\n"))

        connection.close()

        with pytest.raises(DisconnectedError):
            call.result(60)
    wait_for(lambda: has_ended(witness.read_text().strip()))


def test_a_call_past_its_deadline_ends_its_command(site: Site, tmp_path: Path) -> None:
    witness = tmp_path / "pid"
    with site.connect() as connection:
        with pytest.raises(DeadlineError):
            connection.run(script("echo $$ > $1; exec sleep 60", str(witness)), deadline=5)

        wait_for(lambda: has_ended(witness.read_text().strip()))
        assert connection.run(read("echo", "alive")).stdout == "alive\n"


def test_without_network_sessions_stall_and_nobody_is_answered(tmp_path: Path) -> None:
    with running(tmp_path) as site, site.connect() as connection:
        site.network.clear()

        with pytest.raises(DeadlineError):
            connection.run(read("true"), deadline=0.3)
        with pytest.raises(UnreachableError, match="no SSH server answered"):
            site.connect(seconds=0.3)

        site.network.set()
        with site.connect() as after:
            assert after.run(read("true")).status == 0


def test_a_session_goes_on_when_the_network_comes_back(tmp_path: Path) -> None:
    with running(tmp_path) as site, site.connect() as connection, ThreadPoolExecutor(1) as pool:
        site.network.clear()
        call = pool.submit(connection.run, read("echo", "late"))
        with pytest.raises(TimeoutError):
            call.result(0.3)

        site.network.set()

        assert call.result(60).stdout == "late\n"


def test_closing_the_server_leaves_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    with running(tmp_path) as warm, warm.connect() as connection:
        connection.run(read("true"))

    with nothing_left(), running(tmp_path) as site:
        connection = site.connect()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(connection.run, script("sleep 60"))
            wait_for(lambda: any(t.name.endswith("-out") for t in threading.enumerate()))
            site.server.close()
            with pytest.raises(DisconnectedError):
                call.result(60)
        connection.close()


def test_noise_instead_of_ssh_does_not_stop_the_server(site: Site) -> None:
    for noise in (b"", b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n" + bytes(200), os.urandom(5000)):
        with socket.create_connection(site.server.address) as sock:
            sock.sendall(noise)

    with site.connect() as connection:
        assert connection.run(read("true")).status == 0


def test_a_port_in_use_is_named(site: Site) -> None:
    with pytest.raises(UsageError, match=f"--ssh-port {site.server.address[1]}"):
        SshServer(
            ShellExecution,
            host_key=site.server.host_key,
            authorized=[],
            address=site.server.address,
        )


@needs_ssh
def test_openssh_gets_status_streams_and_input(site: Site) -> None:
    done = run(site.ssh("cat; echo err >&2; exit 3"), b"typed\n")

    assert (done.returncode, done.stdout, done.stderr) == (3, b"typed\n", b"err\n")


@needs_ssh
def test_sftp_and_forwarding_are_refused(site: Site) -> None:
    subsystem = run(site.ssh("sftp", options=("-s",)))
    forward = run(site.ssh("true", options=("-oExitOnForwardFailure=yes", "-R0:127.0.0.1:1")))
    x11_and_agent = run(site.ssh("true", options=("-X", "-A")))
    tunnel = run(site.ssh(options=("-W", "127.0.0.1:22")))

    assert subsystem.returncode == 255
    assert b"subsystem request failed" in subsystem.stderr
    assert forward.returncode == 255
    assert x11_and_agent.returncode == 0
    assert tunnel.returncode == 255
    assert b"administratively prohibited" in tunnel.stderr


@needs_ssh
def test_an_administrator_types_at_a_terminal(site: Site) -> None:
    with terminal(site.ssh(options=("-tt",))) as (write, until):
        assert until(b"# ")
        write(b"echo hellx\x7fo\r")
        assert until(b"echo hellx\b \bo\r\nhello\r\nroot@nas:~ # ")
        write(b"echo begun; sleep 3600\r")
        assert until(b"3600\r\nbegun\r\n")  # what is echoed was not read yet by the shell
        write(b"\x03")
        assert until(b"^C")
        write(b"echo alive\r")
        assert until(b"alive\r\n")
        write(b"\x04")
        assert until(None)
