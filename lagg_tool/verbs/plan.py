"""``lagg-tool plan FILE``: what apply would do. Exit status 1 when there is something to do."""

from __future__ import annotations

import argparse
import json

from lagg_tool.plan import plan_data, render
from lagg_tool.verbs.common import (
    Wish,
    add_lagg_arguments,
    add_target_arguments,
    observe,
    open_from,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``plan``."""
    add_lagg_arguments(parser)
    add_target_arguments(parser)
    parser.add_argument("--json", action="store_true", help="the plan as JSON")


def run(options: argparse.Namespace) -> int:
    """Plan and print. Returns 1 if there is something to do, else 0."""
    wish = Wish(options)
    with open_from(options, read_only=True) as target:
        plan = wish.plan(observe(target).state)
    text = json.dumps(plan_data(plan), indent=1) + "\n" if options.json else render(plan)
    print(text, end="")
    return 0 if plan.empty else 1
