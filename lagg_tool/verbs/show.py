"""``lagg-tool show``: a host's interfaces, LAGGs, way in and pending change, in one look."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable
from typing import Any

from lagg_tool.ifconfig.data import listing_data
from lagg_tool.ifconfig.summary import summary
from lagg_tool.nas.contract import Observation
from lagg_tool.nas.freebsd.commit import Changes, Status
from lagg_tool.verbs import truenas
from lagg_tool.verbs.common import add_target_arguments, observe, open_from, sayer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``show``."""
    add_target_arguments(parser)
    parser.add_argument("--json", action="store_true", help="everything, as JSON")


def run(options: argparse.Namespace) -> int:
    """Look and print. Returns 0."""
    with open_from(options, read_only=True) as target:
        observation = observe(target)
        with contextlib.closing(Changes(target.connect, target.clock)) as changes:
            status = changes.status()
        state = None
        if truenas.is_truenas(target) and observation.state.root:
            with truenas.middleware(target, sayer(options)) as tool:
                state = tool.look()
    if options.json:
        data = _data(observation, status)
        print(
            json.dumps(data | ({"middleware": truenas.standing(state)} if state else {}), indent=1)
        )
    else:
        print(_text(observation, status, sayer(options)))
        print("".join(truenas.told(state, sayer(options)) if state else ""), end="")
    return 0


def _pending(status: Status, say: Callable[[str, str], str]) -> str:
    if status.hidden:
        return f"pending: only root can see whether a change is, not {status.user}"
    if not status.pending:
        return ""
    guard = f"{status.left:.0f} s left" if status.guard else "its guard is gone"
    return (
        f"pending: {status.token} of {status.name} by {status.who}, {guard}\n"
        f"  keep it: {say('confirm', status.token)}\n"
        f"  undo it: {say('rollback', status.token)}"
    )


def _text(observation: Observation, status: Status, say: Callable[[str, str], str]) -> str:
    state, lines = observation.state, [summary(observation.listing)]
    way = state.management
    if way.client:
        lines.append(f"this session: from {way.client} to {way.address} over {way.interface}")
    own = {
        name: value
        for name, value in state.rc_conf.items()
        if name.startswith("ifconfig_") or name == "cloned_interfaces"
    }
    lines += [f'rc.conf: {name}="{value}"' for name, value in own.items()]
    if pending := _pending(status, say):
        lines.append(pending)
    return "\n".join(lines)


def _data(observation: Observation, status: Status) -> dict[str, Any]:
    state = observation.state
    return {
        **listing_data(observation.listing),
        "system": state.system,
        "boot": state.boot,
        "user": state.user,
        "root": state.root,
        "management": {
            "client": state.management.client,
            "address": state.management.address,
            "interface": state.management.interface,
        },
        "routes": [list(route) for route in state.routes],
        "rc_conf": dict(state.rc_conf),
        "sysctls": dict(state.sysctls),
        "pending": {
            "token": status.token,
            "lagg": status.name,
            "who": status.who,
            "guard": status.guard,
            "seconds_left": status.left,
        }
        if status.pending
        else None,
        "pending_hidden": status.hidden,
    }
