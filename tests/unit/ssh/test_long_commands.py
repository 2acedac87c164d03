"""A command that is longer than what Dropbear takes is read from standard input."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from lagg_tool.command import read
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.greeting import Finished
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.ssh.way import Way

MAX_CMD_LEN = 9000  # Dropbear's, in sysoptions.h


class Server:
    """A server that runs lines by a real /bin/sh, and keeps what came of each command."""

    alive = True

    def __init__(self, version: str) -> None:
        self.server_version = version
        self.came: list[tuple[int, bytes]] = []

    def execute(
        self, line: str, stdin: bytes, _seconds: float, _begun: Callable[..., bool]
    ) -> Finished:
        self.came.append((len(line.encode()), stdin))
        done = subprocess.run(
            ["/bin/sh", "-c", line], input=stdin, capture_output=True, check=False
        )
        return Finished(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("version", ["SSH-2.0-dropbear_2022.83", "SSH-2.0-OpenSSH_9.3"])
@pytest.mark.parametrize("length", [100, 7600, 7700, *range(8840, 9000, 20), 20000])
def test_a_command_of_any_length_runs(
    monkeypatch: pytest.MonkeyPatch, version: str, length: int
) -> None:
    server, word = Server(version), "é" * (length // 2)
    monkeypatch.setattr(Way, "log_in", lambda *_: server)

    done = Connection(Address("root", "nas.test"), HostKeys()).run(read("printf", "%s", word))

    ((longest, stdin),) = server.came
    assert (done.status, done.stdout, done.stderr) == (0, word, "")
    assert longest < MAX_CMD_LEN or "OpenSSH" in version
    assert not stdin or ("dropbear" in version and length > 7000)
