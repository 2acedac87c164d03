"""Debian's OpenSSH server, started as the current user on a free loopback port."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.support.waiting import wait_for

SSHD = "/usr/sbin/sshd"
USER = subprocess.run(["id", "-un"], check=True, capture_output=True).stdout.decode().strip()


def missing() -> str:
    """Return why an OpenSSH server cannot be started here, or nothing."""
    if not Path(SSHD).exists():
        return f"{SSHD} is missing; on Debian install openssh-server"
    if shutil.which("ssh-keygen") is None:
        return "ssh-keygen is missing; on Debian install openssh-client"
    return ""


def free_port() -> int:
    """Return a port that is free, of those that no kernel gives to a connection by itself.

    Of the others any connection of this machine could take it before its server does, even the
    one that looks whether the server is there.
    """
    while True:
        port = secrets.choice(range(10_000, 20_000))
        with contextlib.suppress(OSError), socket.socket() as sock:
            sock.bind(("127.0.0.1", port))
            return port


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def fingerprint(public: Path) -> str:
    listed = subprocess.run(["ssh-keygen", "-lf", str(public)], check=True, capture_output=True)
    return listed.stdout.decode().split()[1]


@dataclass
class OpenSshServer:
    """A running sshd: where it is, its keys, its log, and the process to torment."""

    port: int
    directory: Path
    process: subprocess.Popen[bytes]

    @property
    def host_key(self) -> Path:
        return self.directory / "host_key.pub"

    @property
    def identity(self) -> Path:
        return self.directory / "client_key"

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def sessions(self) -> list[int]:
        """Return the processes that serve connections now: all descendants of the listener."""
        found: list[int] = []
        todo = [self.process.pid]
        while todo:
            children = Path(f"/proc/{todo[0]}/task/{todo.pop(0)}/children")
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                below = [int(child) for child in children.read_text().split()]
                found += below
                todo += below
        return found

    def signal_sessions(self, number: int) -> None:
        for child in self.sessions():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)


@contextlib.contextmanager
def running(directory: Path, extra: str = "") -> Iterator[OpenSshServer]:
    """Start sshd with keys and a configuration of its own, and end it with all its children."""
    port = free_port()
    make_key(directory / "host_key")
    make_key(directory / "client_key")
    shutil.copy(directory / "client_key.pub", directory / "authorized_keys")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's privilege separation
    (directory / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {directory}/host_key\n"
        f"AuthorizedKeysFile {directory}/authorized_keys\nPidFile none\nUsePAM no\n"
        "StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"PermitRootLogin yes\nMaxStartups 100\nLogLevel DEBUG1\n"
        # Debian's bash reads ~/.bashrc for sshd's commands, unless it is a shell in a shell.
        f"SetEnv SHLVL=1\n{extra}"
    )
    process = subprocess.Popen(
        [SSHD, "-D", "-f", f"{directory}/config", "-E", f"{directory}/log"],
        stdin=subprocess.DEVNULL,
    )
    server = OpenSshServer(port, directory, process)
    try:
        wait_for(lambda: _answers(port))
        assert process.poll() is None, server.log  # it is none of another's
        yield server
    finally:
        server.signal_sessions(signal.SIGKILL)
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def connect(server: OpenSshServer, *, read_only: bool = False) -> Connection:
    """Connect as the user that runs the tests."""
    return Connection(
        Address(USER, "127.0.0.1", server.port),
        HostKeys(fingerprint=fingerprint(server.host_key)),
        identities=[server.identity],
        read_only=read_only,
    )


def has_child(server: OpenSshServer, name: str) -> bool:
    """Tell whether a session of the server runs that program."""

    def comm(pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/comm").read_text().strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""

    return any(comm(pid) == name for pid in server.sessions())
