"""``lagg-tool gate``: whether a release ships, by the rules of features/gate.toml."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

from lagg_tool import assets
from lagg_tool.claims.gate_rules import load_gate_rules
from lagg_tool.evidence.gate import Run, gate
from lagg_tool.verbs.claim_sets import add_claims, read_runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words and options of ``lagg-tool gate``."""
    parser.add_argument("before", type=Path, metavar="A", help="results of the release before")
    parser.add_argument("after", type=Path, metavar="B", help="results of the one to decide on")
    parser.add_argument("--before", dest="old", metavar="TARGET", help="this target of A only")
    parser.add_argument("--after", dest="new", metavar="TARGET", help="this target of B only")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="default: features/gate.toml")
    add_claims(parser)
    parser.add_argument("--json", action="store_true", help="print the decision as JSON")
    parser.epilog = "example: lagg-tool gate docs/history/old.json build/new.json"


def run(options: argparse.Namespace) -> int:
    """Print the decision on B. Returns 0 when it is green and 1 when it is red.

    Raises UsageError where targets cannot be matched, and DocumentError.
    """
    rules = load_gate_rules(options.rules or assets.features() / "gate.toml")
    before, after, matching = read_runs(options)
    today = dt.datetime.now(tz=dt.UTC).date()
    gates = [
        *(gate(Run(before, old), Run(after, new), rules, today) for old, new in matching.pairs),
        *(gate(None, Run(after, new), rules, today) for new in matching.only_after),
    ]
    passes = all(one.passes for one in gates)
    if options.json:
        print(json.dumps({"passes": passes, "gates": [one.to_dict() for one in gates]}, indent=1))
    else:
        print("\n".join(line for one in gates for line in one.lines()))
    return 0 if passes else 1
