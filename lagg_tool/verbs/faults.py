"""``lagg-tool faults``: try the acceptance suite with each of the simulated NAS's faults."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from lagg_tool import __version__, assets, numbers
from lagg_tool.clock import SystemClock
from lagg_tool.errors import OutcomeUnknownError
from lagg_tool.suite.trials import Trial, try_faults

if TYPE_CHECKING:
    from lagg_tool.simulator.faults import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``faults``."""
    add = parser.add_argument
    add("--only", nargs="+", metavar="NAME", help="try these faults; else all")
    add(
        "--jobs",
        type=numbers.count,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes at once",
    )
    add("--list", action="store_true", help="print the faults and try none")
    add("--json", action="store_true", help="print the table as JSON")
    parser.epilog = "example: lagg-tool faults --list; lagg-tool faults --only failover-all-active"


def run(options: argparse.Namespace) -> int:
    """Try faults; returns 0 when all were caught, 1 when some were not. Raises UsageError."""
    from lagg_tool.simulator.faults import FAULTS, find  # noqa: PLC0415 - heavy

    faults = [find(name) for name in options.only] if options.only else list(FAULTS.values())
    if options.list:
        for fault in faults:
            print(f"{fault.name:32} {fault.claim:12} {fault.text}")
        return 0
    clock = SystemClock()
    began = clock.now()
    trials: dict[str, Trial] = {}
    try:
        for fault, trial in zip(faults, try_faults(faults, options.jobs), strict=True):
            trials[fault.name] = trial
            if not options.json:
                outcome = trial.failed or f"MISSED: {trial.reason}"
                print(f"{fault.name:32} {fault.claim:12} {outcome}", flush=True)
    except BrokenProcessPool as error:
        rest = len(faults) - len(trials)
        message = f"a process ended while {rest} faults were tried: one makes the NAS hang"
        raise OutcomeUnknownError(f"{message}; find it with --only") from error
    missed = [name for name, trial in trials.items() if trial.failed is None]
    if options.json:
        print(json.dumps(_table(faults, trials), indent=1))
    else:
        seconds = clock.now() - began
        print(f"{len(faults) - len(missed)} of {len(faults)} faults caught in {seconds:.0f} s")
    return 1 if missed else 0


def _table(faults: Iterable[Fault], trials: Mapping[str, Trial]) -> dict[str, Any]:
    return {
        "tool": f"lagg-tool {__version__}",
        "commit": assets.commit(),
        "target": "sim:",
        "obtained": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        "faults": [
            {
                "name": fault.name,
                "claim": fault.claim,
                "text": fault.text,
                "caught": trials[fault.name].failed,
                "reason": trials[fault.name].reason,
            }
            for fault in faults
        ],
    }
