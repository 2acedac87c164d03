"""``lagg-tool plan FILE``: what apply would do. Exit status 1 when there is something to do."""

from __future__ import annotations

import argparse
import json

from lagg_tool.nas.freebsd.plan import plan_data, render
from lagg_tool.target import Target
from lagg_tool.verbs import truenas
from lagg_tool.verbs.common import (
    Wish,
    add_lagg_arguments,
    add_target_arguments,
    observe,
    open_from,
    sayer,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``plan``."""
    add_lagg_arguments(parser)
    add_target_arguments(parser)
    parser.add_argument("--json", action="store_true", help="the plan as JSON")


def _through_middleware(target: Target, wish: Wish, options: argparse.Namespace) -> int:
    with truenas.middleware(target, sayer(options)) as tool:
        plan = wish.middleware_plan(tool.look())
    text = json.dumps(truenas.data(plan), indent=1) + "\n" if options.json else ""
    print(text or truenas.rendered(plan), end="")
    return 0 if plan.empty else 1


def run(options: argparse.Namespace) -> int:
    """Plan and print. Returns 1 if there is something to do, else 0."""
    wish = Wish(options)
    with open_from(options, read_only=True) as target:
        if truenas.is_truenas(target):
            return _through_middleware(target, wish, options)
        plan = wish.plan(observe(target).state)
    text = json.dumps(plan_data(plan), indent=1) + "\n" if options.json else render(plan)
    print(text, end="")
    return 0 if plan.empty else 1
