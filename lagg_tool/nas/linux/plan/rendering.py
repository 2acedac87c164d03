"""The lines of a plan for people: what changes, by which commands, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lagg_tool.nas.linux.config import BondConfig
from lagg_tool.nas.linux.steps import Step


def _fields(config: BondConfig | None) -> dict[str, str]:
    if config is None:
        return {}
    return {
        "mode": config.mode,
        **config.options,
        "ports": " ".join(config.ports),
        "mtu": str(config.mtu),
        "description": config.alias,
        "addresses": " ".join(str(address) for address in config.addresses),
        "vlans": " ".join(str(vlan.tag) for vlan in config.vlans),
        "state": "up" if config.up else "down",
    }


def plan_lines(
    before: BondConfig | None, after: BondConfig | None, steps: Sequence[Step]
) -> list[str]:
    """Return what differs now, and the commands."""
    if not steps:
        return []
    was, will_be = _fields(before), _fields(after)
    lines = ["now:"]
    for field in dict.fromkeys((*was, *will_be)):
        old, new = was.get(field, ""), will_be.get(field, "")
        if old == new:
            continue
        if not before:
            lines.append(f"  + {field}: {new}")
        elif not after:
            lines.append(f"  - {field}: {old}")
        else:
            lines.append(f"  ~ {field}: {old or '(none)'} -> {new or '(none)'}")
    width = min(60, max(len(step.command.text) for step in steps))
    lines.append("commands:")
    return lines + [f"  {step.command.text:{width}}  # {step.why}" for step in steps]


def file_lines(keeper: str, files: Mapping[str, tuple[str | None, str | None]]) -> list[str]:
    """Return the files of the next boot that are written or removed."""
    if not files:
        return []
    lines = [f"for the next boot, once it is confirmed ({keeper or 'nothing reads it now'}):"]
    for path, (before, after) in files.items():
        if after is None:
            lines.append(f"  - /etc/{path}")
            continue
        lines.append(f"  {'+' if before is None else '~'} /etc/{path}:")
        lines += [f"      {line}" for line in after.splitlines()]
    return lines
