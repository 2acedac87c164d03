"""What verbs share about claim sets: the option that chooses some, and what it chooses."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

from lagg_tool import assets
from lagg_tool.claims.sets import ClaimSet, choose, elsewhere, load_sets
from lagg_tool.evidence import Results


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


def of_sets(results: Results, options: argparse.Namespace) -> Results:
    """Return what results have of the sets that were chosen; all of it where none was."""
    asked = getattr(options, "claims", None)
    return _only(results, chosen(options)) if asked else results


def _only(results: Results, sets: Sequence[ClaimSet]) -> Results:
    claims = {identifier for one in sets for identifier in one.claims.ids}
    features = (f for f in results.features if any(one.owns(f.path) for one in sets))
    return dataclasses.replace(
        results,
        features=tuple(features),
        verdicts=tuple(verdict for verdict in results.verdicts if verdict.claim in claims),
    )
