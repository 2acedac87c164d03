"""What verbs share about claim sets: the option that chooses some, and what it chooses."""

from __future__ import annotations

import argparse

from lagg_tool import assets
from lagg_tool.claims.sets import ClaimSet, choose, elsewhere, load_sets
from lagg_tool.evidence import Results
from lagg_tool.evidence.merging import of_sets


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


def of_chosen(results: Results, options: argparse.Namespace) -> Results:
    """Return what results have of the sets that were chosen; all of it where none was."""
    return of_sets(results, chosen(options)) if getattr(options, "claims", None) else results
