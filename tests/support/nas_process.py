"""A simulated NAS in a process of its own, in real time, and runs of ``accept`` against it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.command import Command, script
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.support.paths import ROOT
from tests.support.simulate_process import simulate

PATIENCE = 600.0  # seconds for a command of a test's own
# Of apply, which refuses a time that a busy machine may not keep.
PATIENTLY = ("--confirm-within", "10m")
PORTS = "vtnet1,vtnet2,vtnet3,vtnet4,em0,em1"
# All that a run may change; scope numbers and counters are no part of it.
STATE = (
    "ifconfig -a; sysctl net.link.lagg; arp -an | grep permanent; cat /etc/rc.conf; "
    "ls /var/run /var/db; netstat -rn; "
    "command -v midclt && midclt call interface.query && midclt call interface.has_pending_changes"
)


@dataclass(frozen=True)
class Nas:
    """Where the NAS is, and how to log in."""

    host: str
    port: int
    host_key: str
    identity: Path
    directory: Path
    process: subprocess.Popen[bytes]
    wires: str  # their bases, as --wire-base of a run has them

    def connect(self) -> Connection:
        return Connection(
            Address("root", self.host, self.port),
            HostKeys(files=(), fingerprint=self.host_key),
            identities=[self.identity],
        )

    def say(self, line: str) -> str:
        with self.connect() as connection:
            return connection.run(script(line), PATIENCE).stdout

    def state(self, look: str = STATE) -> str:
        return self.say(look)

    def runs(self, command: Command) -> str:
        with self.connect() as connection:
            return connection.run(command, PATIENCE).stdout

    def tool(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another verb against this NAS to its end."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=600)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *words: str, port: int | None = None) -> subprocess.Popen[str]:
        """Start a verb against this NAS, or against what relays to it at another port."""
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "lagg_tool", *words),
                *("--target", f"ssh://root@{self.host}:{port or self.port}"),
                *("--identity", str(self.identity), "--host-key", self.host_key),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTEST_ADDOPTS": ""},
        )

    def accept(
        self, *words: str, name: str = "run", port: int | None = None
    ) -> subprocess.Popen[str]:
        results = str(self.directory / f"{name}.json")
        return self.start("accept", "--ports", PORTS, "--results", results, *words, port=port)


@contextlib.contextmanager
def running(directory: Path, *, system: str = "freebsd-13.2") -> Iterator[Nas]:
    """Start one, with nobody on its wires, which are free ones."""
    with simulate("--os", system) as (process, said):
        ssh = said["ssh"]
        yield Nas(
            *(ssh["host"], ssh["port"], ssh["host_key"], Path(ssh["identity"])),
            *(directory, process, said["wire"]["base"]),
        )
