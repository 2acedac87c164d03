"""Plans and pending changes, for people and for programs, the same for every kind of NAS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lagg_tool.nas.contract import FollowUpCommand, Pending, Plan
from lagg_tool.nas.step import Step


def field_lines(was: Mapping[str, str], will_be: Mapping[str, str]) -> list[str]:
    """Return what differs between the fields of a LAGG; it has none before it is made."""
    lines: list[str] = []
    for field in dict.fromkeys((*was, *will_be)):
        old, new = was.get(field, ""), will_be.get(field, "")
        if old == new:
            continue
        if not was:
            lines.append(f"  + {field}: {new}")
        elif not will_be:
            lines.append(f"  - {field}: {old}")
        else:
            lines.append(f"  ~ {field}: {old or '(none)'} -> {new or '(none)'}")
    return lines


def command_lines(steps: Sequence[Step]) -> list[str]:
    """Return the commands with their reasons."""
    width = min(60, max((len(step.command.text) for step in steps), default=0))
    return [f"  {_shown(step):{width}}  # {step.why}" for step in steps]


def _shown(step: Step) -> str:
    first, *rest = step.command.text.split("\n")
    return f"{first} …" if rest else first


def plan_text(plan: Plan, *, refusals: bool = True, undecided: bool = False) -> str:
    """Return a plan as text, every line ended; ``refusals`` are the reasons against it.

    What is there already is so only for now while a change is ``undecided``.
    """
    nothing = "nothing to do, if the pending change is kept" if undecided else "nothing to do"
    lines = [f"{plan.name}: {nothing if plan.empty else plan.summary}", *plan.lines]
    remarks = [("note", plan.notes), ("doubt", plan.doubts)]
    if refusals:
        remarks.append(("refused", plan.findings))
        remarks.append(("refused without --allow-management", plan.management))
    lines += [f"{title}: {text}" for title, texts in remarks for text in texts]
    return "\n".join(lines) + "\n"


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON takes it."""
    return {
        "name": plan.name,
        **plan.data,
        "findings": list(plan.findings),
        "management": list(plan.management),
        "notes": list(plan.notes),
        "doubts": list(plan.doubts),
    }


def pending_text(pending: Pending, follow_up_command: FollowUpCommand) -> str:
    """Return the pending change as text, every line ended; empty if there is none."""
    lines: list[str] = []
    left = "" if pending.left is None else f"{pending.left:.0f} s left"
    if pending.hidden_from:
        lines.append(f"pending: only root can see whether a change is, not {pending.hidden_from}")
    elif pending.change:
        change = pending.change
        guard = left if pending.guarded else "its guard is gone"
        lines += [
            f"pending: {change.token} of {change.name} by {change.who}, {guard}",
            f"  keep it: {follow_up_command('confirm', change.token)}",
            f"  undo it: {follow_up_command('rollback', change.token)}",
        ]
    elif pending.foreign:
        lines.append(f"pending: changes made by other means, {left or 'not committed'}")
        lines.append("  keep or undo them in the web interface")
    if pending.last:
        last = pending.last
        lines += [
            f"last confirmed: {last.token} of {last.name} by {last.who}",
            f"  undo it: {follow_up_command('rollback', last.token)}",
        ]
    return "".join(f"{line}\n" for line in lines)


def pending_data(pending: Pending) -> dict[str, Any]:
    """Return the pending change as JSON takes it."""
    change = pending.change
    found = change and {
        "token": change.token,
        "lagg": change.name,
        "who": change.who,
        "guard": pending.guarded,
        "seconds_left": pending.left,
    }
    return {"pending": found, "pending_hidden": bool(pending.hidden_from)}
