"""The lines of a plan for people: what changes, by which commands, and why."""

from __future__ import annotations

from collections.abc import Sequence

from lagg_tool.nas.freebsd.plan.bootview import Difference
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange
from lagg_tool.nas.rendering import command_lines, field_lines
from lagg_tool.nas.step import Step


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
        "ports down": " ".join(sorted(config.down)),
        "mac": config.mac,
    }


def _changed(before: LaggConfig | None, after: LaggConfig | None) -> list[str]:
    left_out = set() if before and after else {"offloading"}
    if not (after and after.mac):
        left_out.add("mac")
    was, will_be = (
        {field: value for field, value in _fields(config).items() if field not in left_out}
        for config in (before, after)
    )
    return field_lines(was, will_be)


def _rc_line(change: RcChange) -> str:
    if change.edit is Edit.DELETE:
        return f'  - {change.variable}="{change.before}"'
    if change.before is None:
        return f'  + {change.variable}="{change.after}"'
    return f'  ~ {change.variable}="{change.before}" -> "{change.after}"'


def plan_lines(
    before: LaggConfig | None,
    after: LaggConfig | None,
    steps: Sequence[Step],
    rc: Sequence[RcChange],
    boot: Sequence[Difference],
) -> list[str]:
    """Return what differs now and at the next boot, the commands, the changes of rc.conf."""
    now = ("now:", *_changed(before, after), "commands:", *command_lines(steps))
    lines = list(now if steps else ())
    if boot:
        lines.append("after the next boot, as rc.conf is:")
        lines += [
            f"  ~ {each.field}: {each.boot or '(none)'} -> {each.wanted or '(none)'}"
            for each in boot
        ]
    return lines + rc_lines(rc)


def rc_lines(rc: Sequence[RcChange]) -> list[str]:
    """Return the changes of rc.conf."""
    return ["rc.conf, once it is confirmed:", *(_rc_line(change) for change in rc)] if rc else []
