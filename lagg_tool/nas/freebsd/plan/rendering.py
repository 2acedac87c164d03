"""A plan for people: what changes, by which commands, and why."""

from __future__ import annotations

from typing import Any

from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.plan import Plan
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange
from lagg_tool.nas.freebsd.plan.steps import Step


def _fields(config: LaggConfig | None) -> dict[str, str]:
    if config is None:
        return {}
    return {
        "protocol": config.protocol.value,
        "ports": " ".join(config.ports),
        "mtu": str(config.mtu),
        "description": config.description,
        "addresses": " ".join(str(address) for address in config.addresses),
        "dhcp": "yes" if config.dhcp else "",
        "ipv6_auto": "yes" if config.ipv6_auto else "",
        "lagghash": ",".join(config.layers),
        "lagg options": " ".join(sorted(config.switches)),
        "flowid_shift": "" if config.flowid_shift is None else str(config.flowid_shift),
        "rr_limit": "" if config.rr_limit is None else str(config.rr_limit),
        "offloading": " ".join(sorted(config.enabled or ())),
        "state": "up" if config.up else "down",
    }


def _changed(plan: Plan) -> list[str]:
    before, after = _fields(plan.before), _fields(plan.after)
    lines: list[str] = []
    for field in dict.fromkeys((*before, *after)):
        old, new = before.get(field, ""), after.get(field, "")
        if old == new or (field == "offloading" and not (plan.before and plan.after)):
            continue
        if not plan.before:
            lines.append(f"  + {field}: {new}")
        elif not plan.after:
            lines.append(f"  - {field}: {old}")
        else:
            lines.append(f"  ~ {field}: {old or '(none)'} -> {new or '(none)'}")
    return lines


def _rc_line(change: RcChange) -> str:
    if change.edit is Edit.DELETE:
        return f'  - {change.variable}="{change.before}"'
    if change.before is None:
        return f'  + {change.variable}="{change.after}"'
    return f'  ~ {change.variable}="{change.before}" -> "{change.after}"'


def render(plan: Plan, *, refusals: bool = True) -> str:
    """Return the plan as text, every line ended; without ``refusals`` if they are said apart."""
    if plan.empty:
        return f"{plan.name}: nothing to do\n"
    verb = "create" if not plan.before else "change" if plan.after else "remove"
    lines = [f"{plan.name}: {verb if plan.steps else 'keep, and have it at boot'}"]
    if plan.steps:
        lines += _changed(plan)
        lines.append("commands:")
        width = min(60, max(len(step.command.text) for step in plan.steps))
        lines += [f"  {_shown(step):{width}}  # {step.why}" for step in plan.steps]
    if plan.rc:
        lines += ["rc.conf, once it is confirmed:", *(_rc_line(change) for change in plan.rc)]
    remarks = [("note", plan.notes), ("doubt", plan.doubts)]
    if refusals:
        remarks.append(("refused", plan.findings))
        remarks.append(("refused without --allow-management", plan.management))
    for title, texts in remarks:
        lines += [f"{title}: {text}" for text in texts]
    return "\n".join(lines) + "\n"


def _shown(step: Step) -> str:
    first, *rest = step.command.text.split("\n")
    return f"{first} …" if rest else first


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON takes it."""
    return {
        "name": plan.name,
        "changes": [step.command.text for step in plan.steps],
        "inverse": [step.command.text for step in plan.inverse],
        "rc_conf": [
            {"variable": each.variable, "before": each.before, "after": each.after}
            for each in plan.rc
        ],
        "findings": list(plan.findings),
        "management": list(plan.management),
        "notes": list(plan.notes),
        "doubts": list(plan.doubts),
    }
