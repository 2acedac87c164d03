"""What verbs share about claim sets: the option that chooses some, and what it chooses."""

from __future__ import annotations

import argparse
from pathlib import Path

from lagg_tool import assets
from lagg_tool.claims.sets import ClaimSet, choose, elsewhere, load_sets
from lagg_tool.evidence import Results
from lagg_tool.evidence.matching import Matching, match_targets
from lagg_tool.evidence.merging import of_sets
from lagg_tool.evidence.renames import load_renames, under_present_names


def add_claims(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses claim sets."""
    parser.add_argument(
        "--claims",
        action="append",
        default=[],
        metavar="SET",
        help="only this claim set: its name, or its directory; may be given several times",
    )


def chosen(options: argparse.Namespace) -> tuple[ClaimSet, ...]:
    """Return the sets that were chosen, or all. Raises UsageError and DocumentError."""
    return choose(load_sets(assets.features(), elsewhere(options.claims)), options.claims)


def read_runs(options: argparse.Namespace) -> tuple[Results, Results, Matching]:
    """Return two runs, of the sets that were chosen, and which of their targets are compared.

    Raises UsageError and DocumentError.
    """
    renames = load_renames(assets.features() / "renames.toml")

    def read(path: Path) -> Results:
        run = under_present_names(Results.read(path), renames)
        return of_sets(run, chosen(options)) if options.claims else run

    before, after = read(options.before), read(options.after)
    return before, after, match_targets(before, after, options.old, options.new)
