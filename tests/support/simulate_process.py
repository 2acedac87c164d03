"""``lagg-tool simulate`` as a process, and the way in."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.support.paths import ROOT


@contextlib.contextmanager
def simulate(
    *words: str, neighbour: str = "none"
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Run it on free ports; give what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lagg_tool", "simulate", "--neighbour", neighbour, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)  # it takes away what it made, where it is let
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=60)
        process.kill()
        process.communicate()


def connect(said: dict[str, Any]) -> Connection:
    ssh = said["ssh"]
    return Connection(
        Address("root", ssh["host"], ssh["port"]),
        HostKeys(files=(), fingerprint=ssh["host_key"]),
        identities=[Path(ssh["identity"])],
    )
