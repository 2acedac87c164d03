"""Verbs at a simulated host that is slow: how long they take there, and what they start."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lagg_tool.nas.contract import ApplyOptions, Outcome, Request
from lagg_tool.nas.opening import open_nas
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.target import Target, TargetOptions, TestbedChoice, open_target


@dataclass
class Cost:
    """What something took: simulated seconds, processes, and commands sent (round trips)."""

    seconds: float = 0.0
    processes: int = 0
    round_trips: int = 0


@contextlib.contextmanager
def slow_host(parameters: str = "") -> Iterator[Target]:
    """Open a simulated host with the pace of an emulated one."""
    url = f"sim:?pace=emulated{parameters}"
    with open_target(url, TargetOptions(bench=TestbedChoice.NONE)) as target:
        yield target


@contextlib.contextmanager
def counted(target: Target) -> Iterator[Cost]:
    """Count what is done at a simulated target."""
    nas: SimulatedNas = target.simulated
    cost, began = Cost(), target.clock.now()
    start, opened = nas.processes.start, nas._open

    def starting(*given: Any, **named: Any) -> Any:
        cost.processes += 1
        return start(*given, **named)

    def opening(*given: Any) -> Any:
        cost.round_trips += 1
        return opened(*given)

    for_now: Any = nas
    for_now.processes.start, for_now._open = starting, opening
    try:
        yield cost
    finally:
        for_now.processes.start, for_now._open = start, opened
        cost.seconds = target.clock.now() - began


def apply(target: Target, request: Request, within: float = 60.0) -> Outcome:
    """Observe, plan and apply, as the verb does."""
    nas = open_nas(target, who="tester")
    outcome: Outcome = nas.apply(nas.plan(request, nas.observe()), ApplyOptions(within=within))
    return outcome
