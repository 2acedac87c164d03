"""``lagg-tool simulate`` as a stage: another process, UDP cables, QMP, SSH, real time.

This is how recordings that are kept apart are played against the simulated NAS.
"""

from __future__ import annotations

import json
import selectors
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import paramiko

from lagg_tool.clock import SystemClock
from lagg_tool.testbed.qemu.qmp import QmpClient

from .embedded import RELEASE_OF_HOST
from .player import Partners
from .recording import (
    BEFORE_IPV6,
    NO_INODES,
    Frame,
    Recording,
)

PORTS = range(1, 7)

# A reboot ends the SSH session; a disk is filled, and rejecting routes without an IPv6
# address on lo0 are made, from the inside only.
UNPLAYABLE = frozenset(
    {"cmd-reboot", "cmd-observe-batch", *(key.split("/")[1] for key in NO_INODES)}
)


class Simulation:
    """A ``lagg-tool simulate`` process, and what it printed of itself."""

    def __init__(self, *options: str) -> None:
        argv = [sys.executable, "-m", "lagg_tool", "simulate", "--neighbour", "none", *options]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.facts: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.near, self.far = map(int, self.facts["wire"]["base"].split(":"))
        self.qmp = Path(self.facts["qmp"])

    def stop(self) -> int:
        """Interrupt it; return its exit status."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(60)


class Pinned(paramiko.MissingHostKeyPolicy):
    """Accepts the one host key that the simulation printed."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        del client
        if key.fingerprint != self._fingerprint:
            raise paramiko.SSHException(f"{hostname} has the host key {key.fingerprint}")


class OutsideStage:
    """A simulation with the recording's partners at the far ends of its cables."""

    def __init__(self, recording: Recording, partners: Partners) -> None:
        release = RELEASE_OF_HOST[recording.host]
        self._simulation = Simulation("--os", release)
        self._partners = partners
        self._clock = SystemClock()
        self._frames: list[Frame] = []
        self._cables = {port: self._cable(port) for port in PORTS}
        self._qmp = QmpClient(self._simulation.qmp)
        self._ssh = self._connect()
        self._prepare(recording)
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._start = self._clock.now()
        self._thread.start()

    def _cable(self, port: int) -> socket.socket:
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.bind(("127.0.0.1", self._simulation.far + port))
        end.connect(("127.0.0.1", self._simulation.near + port))
        return end

    def _connect(self) -> paramiko.SSHClient:
        facts = self._simulation.facts
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(Pinned(facts["ssh"]["host_key"]))
        client.connect(
            facts["ssh"]["host"],
            facts["ssh"]["port"],
            "root",
            key_filename=facts["ssh"]["identity"],
            allow_agent=False,
            look_for_keys=False,
        )
        return client

    def _prepare(self, recording: Recording) -> None:
        """Bring the NAS to where the host was: its gateway known, its dmesg read."""
        if recording.key in BEFORE_IPV6:
            self.run("ifconfig lo0 inet6 fe80::1%lo0 -alias; ifconfig lo0 inet6 ::1 -alias")
        self.run("ping -c 1 -t 1 10.0.2.2; dmesg -c")

    def _listen(self) -> None:
        selector = selectors.DefaultSelector()
        for port, end in self._cables.items():
            selector.register(end, selectors.EVENT_READ, port)
        while self._open:
            for key, _ in selector.select(0.05):
                frame = self._cables[key.data].recv(65535)
                self._frames.append(Frame(self.now(), key.data, True, frame))
                for answer in self._partners.answer(key.data, frame):
                    self.send(key.data, answer)

    def now(self) -> float:
        return self._clock.now() - self._start

    def wait_till(self, at: float) -> None:
        self._clock.sleep(max(0.0, at - self.now()))

    def run(self, line: str) -> tuple[str, str, int]:
        _, out, err = self._ssh.exec_command(line)
        texts = out.read().decode(), err.read().decode()
        return *texts, out.channel.recv_exit_status()

    def set_link(self, port: int, up: bool) -> None:
        self._qmp.set_link(port, up)

    def send(self, port: int, frame: bytes) -> None:
        self._cables[port].send(frame)

    def reboot(self) -> None:
        raise NotImplementedError("a reboot ends the SSH session; it is played in memory")

    def append(self, path: str, text: str) -> None:
        raise NotImplementedError("rc.conf of the next boot; it is played in memory")

    def frames(self) -> list[Frame]:
        return self._frames

    def close(self) -> int:
        """End everything; return the simulation's exit status."""
        self._open = False
        self._thread.join()
        self._ssh.close()
        self._qmp.close()
        for end in self._cables.values():
            end.close()
        return self._simulation.stop()
