"""The outcome of a change, for people or as JSON: what apply, confirm and rollback print."""

from __future__ import annotations

import argparse
import json

from lagg_tool.nas.contract import Outcome


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option for JSON."""
    parser.add_argument("--json", action="store_true", help="the outcome as JSON")


def print_outcome(outcome: Outcome, message: str, options: argparse.Namespace) -> None:
    """Print how a change ended."""
    if not options.json:
        print(message)
        return
    data = {
        "provenance": options.provenance,
        "state": outcome.state.name,
        "token": outcome.token,
        "seconds_left": outcome.left,
        "said": message,
    }
    print(json.dumps(data, indent=1))
