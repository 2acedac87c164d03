"""What every contender shares; the standard library only, since peers run it too.

A warm contender reads how often to do its work, one number a line, and answers each with
the seconds that took. The one clock here is the interpreter's: it measures, nothing waits
on it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

HOST = "127.0.0.1"


def setting(name: str) -> str:
    """Return what the benchmark told this process: PORT, KEY, KNOWN_HOSTS, COMMANDS."""
    return os.environ[f"BENCHMARK_{name}"]


def commands() -> list[str]:
    """Return the ten commands of the job."""
    return list(json.loads(setting("COMMANDS")))


def check(outputs: list[str]) -> None:
    """Fail unless the last answer of the job is what the last command prints."""
    if "laggproto" not in outputs[-1]:
        sys.exit(f"the job's last command said {outputs[-1]!r}")


def text() -> str:
    """Return the text to parse."""
    return Path(setting("TEXT")).read_text(encoding="utf-8")


def serve(work: Callable[[], object]) -> None:
    """Do the work as often as asked, and say how long it took."""
    work()  # what the first call loads or connects is no part of the measurement
    print("ready", flush=True)
    for line in sys.stdin:
        count = int(line)
        began = time.perf_counter()
        for _ in range(count):
            work()
        print(time.perf_counter() - began, flush=True)


def main(**modes: Callable[[], None]) -> None:
    """Run the mode that the command line names."""
    modes[sys.argv[1]]()
