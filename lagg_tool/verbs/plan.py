"""``lagg-tool plan FILE``: what apply would do. Exit status 1 when there is something to do."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json

from lagg_tool.errors import UsageError
from lagg_tool.lagg.switch_config import FAMILIES, switch_config
from lagg_tool.nas.contract import Plan
from lagg_tool.nas.rendering import pending_data, pending_text, plan_data, plan_text
from lagg_tool.verbs.common import (
    add_lagg_arguments,
    add_target_arguments,
    follow_up_command,
    nas_of,
    request_of,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``plan``."""
    add_lagg_arguments(parser)
    add_target_arguments(parser)
    parser.add_argument("--json", action="store_true", help="the plan as JSON")
    parser.epilog = "example: lagg-tool plan lagg0.toml --target ssh://root@nas"
    parser.add_argument(
        "--switch-config",
        choices=sorted(FAMILIES),
        metavar="FAMILY",
        help="print a suggestion for the switch's side instead, without a NAS:"
        f" {', '.join(FAMILIES)}; for example --switch-config junos",
    )


def run(options: argparse.Namespace) -> int:
    """Plan and print. Returns 1 if there is something to do or to decide, else 0."""
    request = request_of(options)
    if options.switch_config:
        if request.spec is None:
            raise UsageError("--switch-config: name the file of a LAGG, not one to remove")
        for spec in (request.spec, *request.others):
            print(switch_config(spec, options.switch_config), end="")
        return 0
    with nas_of(options, read_only=True) as nas:
        plan: Plan = nas.plan(request, nas.observe())
        pending = dataclasses.replace(nas.pending(), last=None)
    if options.json:
        data = {"provenance": options.provenance} | plan_data(plan) | pending_data(pending)
        print(json.dumps(data, indent=1))
    else:
        print(plan_text(plan, undecided=pending.undecided), end="")
        print(pending_text(pending, functools.partial(follow_up_command, options)), end="")
    return 0 if plan.empty and not pending.undecided else 1
