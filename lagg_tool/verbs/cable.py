"""``lagg-tool cable N up|down``: pull a cable of a running ``lagg-tool simulate``."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from pathlib import Path

from lagg_tool import numbers
from lagg_tool.errors import UnreachableError, UsageError
from lagg_tool.own_command import own_command
from lagg_tool.testbed.qemu.qmp import QmpClient

# Below a directory that only its user can read, so that nobody finds another's simulation.
DIRECTORY_PREFIX, MONITOR = "lagg-tool-simulate-", "monitor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``cable``."""
    add = parser.add_argument
    add(
        "port",
        type=numbers.cable,
        metavar="N",
        help="1 to 4 are the cables of vtnet1 to vtnet4, 5 and 6 of em0 and em1",
    )
    add("state", choices=["up", "down"], help="down: pull it; up: put it back")
    add("--qmp", type=Path, metavar="PATH", help="of this simulation, if several run")
    parser.epilog = "example: lagg-tool cable 1 down"


def run(options: argparse.Namespace) -> int:
    """Switch the carrier. Returns 0. Raises UsageError and UnreachableError."""
    with contextlib.closing(QmpClient(options.qmp) if options.qmp else _only_one()) as monitor:
        monitor.set_link(options.port, options.state == "up")
    print(f"cable {options.port} is {options.state}")
    return 0


def _only_one() -> QmpClient:
    """Return the monitor of the one simulation that runs. Raises UsageError."""
    found: dict[Path, QmpClient] = {}
    for path in sorted(Path(tempfile.gettempdir()).glob(f"{DIRECTORY_PREFIX}*/{MONITOR}")):
        with contextlib.suppress(UnreachableError):  # left by a simulation that was killed
            found[path] = QmpClient(path)
    if len(found) == 1:
        return next(iter(found.values()))
    for client in found.values():
        client.close()
    if found:
        ways = " or ".join(f"--qmp {path}" for path in found)
        raise UsageError(f"{len(found)} simulations run; say which one: {ways}")
    raise UsageError(f"no simulation runs here; start one with: {own_command('simulate')}")
