"""What the other tests of the transport leave of docs/explanation/chaos.md's list."""

from __future__ import annotations

import gc
import signal
import socket
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lagg_tool.command import change, read, script
from lagg_tool.errors import (
    DeadlineError,
    DisconnectedError,
    LaggToolError,
    UnreachableError,
    UnreadableError,
)
from lagg_tool.ssh import transport as ssh_transport
from lagg_tool.ssh.connection import Connection
from tests.support import openssh, ssh_site
from tests.support.openssh import connect, has_child
from tests.support.waiting import wait_for

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(bool(openssh.missing()), reason=openssh.missing() or "present"),
]


@pytest.mark.parametrize(
    ("number", "deadline", "error"),
    [(signal.SIGSTOP, 5.0, DeadlineError), (signal.SIGKILL, 60.0, DisconnectedError)],
)
def test_a_peer_that_goes_in_the_middle_of_a_change_is_not_asked_again(
    server: openssh.OpenSshServer,
    tmp_path: Path,
    number: signal.Signals,
    deadline: float,
    error: type[LaggToolError],
) -> None:
    log = tmp_path / "log"
    with connect(server) as connection, ThreadPoolExecutor(1) as pool:
        words = change("sh", "-c", 'echo done >>"$1"; sleep 60', "sh", str(log))
        call = pool.submit(connection.run, words, deadline)
        wait_for(lambda: has_child(server, "sleep"))

        server.signal_sessions(number)

        with pytest.raises(error, match=r"may have run|may still be running"):
            call.result(60)
        server.signal_sessions(signal.SIGCONT)
    assert log.read_text() == "done\n"


def test_three_megabytes_in_both_directions_at_once(connection: Connection) -> None:
    text = "head -c 3000000 /dev/zero >&2 & cat; wait"

    done = connection.run(script(text, stdin=bytes(3_000_000)))

    assert (len(done.stdout), len(done.stderr)) == (3_000_000, 3_000_000)


def test_output_without_an_end_is_cut_and_the_connection_goes_on(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_transport, "OUTPUT_LIMIT", 1 << 20)

    with pytest.raises(UnreadableError, match="more than 1 MiB"):
        connection.run(read("cat", "/dev/zero"))

    assert connection.run(read("echo", "alive")).stdout == "alive\n"


@pytest.mark.parametrize("only", ["Ciphers aes256-cbc", "Ciphers 3des-cbc", "MACs hmac-sha1-96"])
def test_a_server_with_nothing_but_weak_algorithms_is_refused(tmp_path: Path, only: str) -> None:
    only += "\nCiphers aes128-ctr" if only.startswith("MACs") else ""

    with (
        openssh.running(tmp_path, f"{only}\n") as server,
        pytest.raises(UnreachableError, match="no algorithm in common"),
    ):
        connect(server)


def test_neither_end_gathers_small_packets(tmp_path: Path) -> None:
    """Nagle's algorithm and delayed acknowledgements would cost 40 ms for each command."""

    def at_once(end: Any) -> bool:
        return bool(end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    with ssh_site.running(tmp_path) as site, site.connect() as connection:
        assert at_once(connection._client._sock)
        assert [at_once(each.sock) for each in site.server._connections] == [True]


@pytest.mark.slow
def test_a_thousand_commands_leave_no_memory_behind(connection: Connection) -> None:
    def used_after(commands: int) -> int:
        for number in range(commands):
            assert connection.run(read("echo", str(number))).stdout == f"{number}\n"
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = used_after(100)
        after = used_after(1000)
    finally:
        tracemalloc.stop()

    assert after - before < 100_000
