"""The lines of a plan for people: what changes, by which commands, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lagg_tool.nas.linux.config import BondConfig
from lagg_tool.nas.rendering import command_lines, field_lines
from lagg_tool.nas.step import Step


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
    now = field_lines(_fields(before), _fields(after))
    return ["now:", *now, "commands:", *command_lines(steps)]


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
