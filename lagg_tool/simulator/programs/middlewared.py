"""middlewared as a daemon of the simulated TrueNAS, and its rc.d script."""

from __future__ import annotations

import math

from lagg_tool.simulator.middleware.daemon import Middlewared
from lagg_tool.simulator.middleware.netif import Netif
from lagg_tool.simulator.system.process import Pause, Process, Program
from lagg_tool.simulator.system.signals import Signal

ARGV = ("/usr/local/bin/python3.9", "/usr/local/bin/middlewared")
USAGE = "Usage: /usr/local/etc/rc.d/middlewared [fast|force|one|quiet](start|stop|restart|status)\n"


async def middlewared(process: Process) -> int:
    """Answer calls until it is ended; then a snapshot and a timer that it held are gone."""
    system, table = process.system, process.table

    def start_worker(program: Program) -> Process:
        worker = table.start(("middlewared (worker)",), program, {}, process)
        table.wake()
        return worker

    daemon = Middlewared(Netif(system.kernel), table.clock, system.filesystem, start_worker)
    system.middlewared = daemon
    try:
        while True:
            await Pause(None, math.inf)
    finally:
        daemon.stop()
        system.middlewared = None


def _running(process: Process) -> Process | None:
    return next((other for other in process.table if other.argv == ARGV), None)


async def _stop(process: Process) -> None:
    if daemon := _running(process):
        process.out("Stopping middlewared.\n")
        daemon.kill(Signal.TERM)
        await process.wait(daemon)


async def script(process: Process) -> int:
    """Run /usr/local/etc/rc.d/middlewared."""
    command = process.argv[1] if len(process.argv) > 1 else ""
    for prefix in ("fast", "force", "one", "quiet"):
        command = command.removeprefix(prefix)
    if command not in {"start", "stop", "restart", "status"}:
        process.err(USAGE)
        return 1
    if command == "status":
        daemon = _running(process)
        state = f"running as pid {daemon.pid}" if daemon else "not running"
        process.out(f"middlewared is {state}.\n")
        return 0 if daemon else 1
    if command in {"stop", "restart"}:
        await _stop(process)
    if command in {"start", "restart"}:
        if _running(process):
            process.out("middlewared already running?\n")
            return 1
        process.out("Starting middlewared.\n")
        process.table.start(ARGV, middlewared, {}, None)
        await process.wait_until(lambda: process.system.middlewared is not None)
    return 0
