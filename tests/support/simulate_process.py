"""``lagg-tool simulate`` as a process, and the way in."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys


@contextlib.contextmanager
def simulate(*words: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Run it on free ports; give the process and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lagg_tool", "simulate", "--wire-base", free_wires(), *words],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def free_wires() -> str:
    base = 20000 + os.getpid() % 2000 * 20
    return f"{base}:{base + 10}"


def connect(said: dict[str, Any]) -> Connection:
    ssh = said["ssh"]
    return Connection(
        Address("root", ssh["host"], ssh["port"]),
        HostKeys(files=(), fingerprint=ssh["host_key"]),
        identities=[Path(ssh["identity"])],
    )
