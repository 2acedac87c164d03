"""An SSH server of the simulator with keys of its own, and ways to talk to it."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lagg_tool.clock import SystemClock
from lagg_tool.simulator.server.keys import generate_key, load_key, public_line
from lagg_tool.simulator.server.session import Machine
from lagg_tool.simulator.server.ssh import SshServer
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.support.shell_machine import ShellExecution


@dataclass
class Site:
    """A server with its keys and a switch for its network."""

    server: SshServer
    directory: Path
    network: threading.Event = field(default_factory=threading.Event)

    @property
    def identity(self) -> Path:
        return self.directory / "key"

    def connect(self, fingerprint: str | None = None, seconds: float = 60.0) -> Connection:
        host, port = self.server.address
        keys = HostKeys(fingerprint=fingerprint or self.server.fingerprint)
        return Connection(
            Address("root", host, port), keys, identities=[self.identity], seconds=seconds
        )

    def ssh(self, *words: str, options: tuple[str, ...] = ()) -> list[str]:
        host, port = self.server.address
        return [
            "ssh",
            "-F/dev/null",
            f"-oUserKnownHostsFile={self.directory}/known_hosts",
            "-oIdentitiesOnly=yes",
            "-oBatchMode=yes",
            f"-i{self.identity}",
            f"-p{port}",
            *options,
            f"root@{host}",
            *words,
        ]


@contextlib.contextmanager
def running(
    directory: Path,
    machine: Machine = ShellExecution,
    reachable: Callable[[], bool] = lambda: True,
) -> Iterator[Site]:
    client_key = generate_key()
    (directory / "key").write_text(client_key)
    (directory / "key").chmod(0o600)
    network = threading.Event()
    network.set()
    with SshServer(
        machine,
        host_key=load_key(generate_key()),
        authorized=[public_line(load_key(client_key))],
        reachable=lambda: network.is_set() and reachable(),
    ) as server:
        host, port = server.address
        known = f"[{host}]:{port} {public_line(server.host_key)}\n"
        (directory / "known_hosts").write_text(known)
        yield Site(server, directory, network)


def run(argv: list[str], data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(argv, input=data, capture_output=True, check=False, timeout=600)


@contextlib.contextmanager
def terminal(
    argv: list[str],
) -> Iterator[tuple[Callable[[bytes], None], Callable[[bytes | None], bool]]]:
    """Run a program on a pseudo-terminal; write to it, read until some text or its end."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)  # noqa: S606
    seen = bytearray()
    clock = SystemClock()

    def until(text: bytes | None) -> bool:
        due = clock.now() + 60
        while clock.now() < due:
            if text is not None and text in seen:
                del seen[: seen.index(text) + len(text)]
                return True
            if not select.select([fd], [], [], 0.1)[0]:
                continue
            try:
                seen.extend(os.read(fd, 4096))
            except OSError:  # Linux: the other side has closed
                return text is None
        raise AssertionError(bytes(seen))

    try:
        yield lambda data: _write(fd, data), until
    finally:
        os.close(fd)
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def _write(fd: int, data: bytes) -> None:
    os.write(fd, data)
