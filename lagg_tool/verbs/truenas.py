"""The verbs plan, apply, confirm and rollback where the host is a TrueNAS CORE."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lagg_tool.nas.truenas.commit import MiddlewareCommit
from lagg_tool.nas.truenas.observation import MiddlewareState
from lagg_tool.nas.truenas.plan import MiddlewarePlan
from lagg_tool.target import Target


def is_truenas(target: Target) -> bool:
    """Whether the host has a middleware to go through."""
    return "truenas" in target.result.facts


@contextmanager
def middleware(
    target: Target, say: Callable[[str, str], str], who: str = "", within: float = 60.0
) -> Iterator[MiddlewareCommit]:
    """Give the way to the host's middleware, and end its connection."""
    tool = MiddlewareCommit(
        target.connect,
        target.clock,
        who=who,
        within=within,
        say=say,
        tell=lambda line: print(line, file=sys.stderr),
    )
    try:
        yield tool
    finally:
        tool.close()


def standing(state: MiddlewareState) -> dict[str, Any]:
    """Return what is pending in the middleware, and the last change on record, for programs."""
    record = state.record
    return {
        "pending": state.pending,
        "seconds_left": state.waiting,
        "record": {"token": record.token, "lagg": record.name, "who": record.who}
        if record
        else None,
    }


def told(state: MiddlewareState, say: Callable[[str, str], str]) -> list[str]:
    """Return the same as lines for people."""
    lines: list[str] = []
    if state.pending:
        left = "not committed" if state.waiting is None else f"{state.waiting:.0f} s left"
        lines.append(f"pending in the middleware: {left}\n")
    if record := state.record:
        undo = say("rollback", record.token)
        lines.append(f"on record: {record.token} of {record.name} by {record.who}; {undo}\n")
    return lines


def rendered(plan: MiddlewarePlan) -> str:
    """Return the plan as text, every line ended."""
    lines = [f"{plan.name}: nothing to do" if plan.empty else f"{plan.name}: by the middleware"]
    for call in plan.calls:
        words = " ".join(json.dumps(word, ensure_ascii=False) for word in call.arguments)
        lines.append(f"  {call.method} {words}  # {call.why}")
    for title, texts in (
        ("note", plan.notes),
        ("doubt", plan.doubts),
        ("refused", plan.findings),
        ("refused without --allow-management", plan.management),
    ):
        lines += [f"{title}: {text}" for text in texts]
    return "\n".join(lines) + "\n"


def data(plan: MiddlewarePlan) -> dict[str, Any]:
    """Return the plan as JSON takes it."""
    return {
        "name": plan.name,
        "changes": [{"method": call.method, "arguments": call.arguments} for call in plan.calls],
        "findings": list(plan.findings),
        "management": list(plan.management),
        "notes": list(plan.notes),
        "doubts": list(plan.doubts),
    }
