"""``lagg-tool diff``: print what changed from one run to another."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool import releases
from lagg_tool.evidence import Results, TargetResult
from lagg_tool.evidence.comparison import Difference, difference
from lagg_tool.evidence.matching import Matching
from lagg_tool.evidence.release_notes import ReleaseNotes, release_notes
from lagg_tool.verbs.claim_sets import add_claims, read_runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words and options of ``lagg-tool diff``."""
    parser.add_argument("before", type=Path, metavar="A", help="a results.json")
    parser.add_argument("after", type=Path, metavar="B", help="a later one, or another target's")
    parser.add_argument("--before", dest="old", metavar="TARGET", help="this target of A only")
    parser.add_argument("--after", dest="new", metavar="TARGET", help="this target of B only")
    add_claims(parser)
    parser.add_argument("--json", action="store_true", help="print the differences as JSON")
    parser.epilog = "example: lagg-tool diff build/old.json build/new.json"


def run(options: argparse.Namespace) -> int:
    """Print what changed from A to B. Returns 1 when anything did, 0 otherwise.

    Targets are matched by address, else by release. Two that are not the same target become
    release notes. Raises UsageError where nothing can be matched.
    """
    before, after, matching = read_runs(options)
    if matching.same and len(matching.pairs) > 1:
        found = [Compared(difference(before, after), None)]
    else:
        found = [_compared(before, after, old, new) for old, new in matching.pairs]
    alone = tuple(_alone(matching))
    if options.json:
        print(json.dumps(_document(found, alone), indent=1))
    else:
        for line in [*(line for one in found for line in one.lines()), *alone]:
            print(line)
    return 1 if alone or any(found) else 0


@dataclass(frozen=True)
class Compared:
    """What differs between two targets; ``notes`` where they are not the same target."""

    found: Difference
    notes: ReleaseNotes | None
    before: str = ""
    after: str = ""

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.found or self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of the two."""
        return {**self.found.to_dict(), **(self.notes.to_dict() if self.notes else {})}

    def lines(self) -> Iterator[str]:
        """Yield the differences for people."""
        if self.notes is not None:
            yield from self.notes.lines()
        yield from self.found.lines()


def _compared(before: Results, after: Results, old: TargetResult, new: TargetResult) -> Compared:
    found = difference(before, after, old.id, new.id)
    if old.id == new.id and not releases.differ(old.release, new.release):
        return Compared(found, None, old.id, new.id)
    # The notes have the rest; only whether both runs had a scenario remains.
    found = dataclasses.replace(found, statuses=(), verdicts=(), newly_covered=())
    return Compared(found, release_notes(before, after, old.id, new.id), old.id, new.id)


def _document(found: list[Compared], alone: tuple[str, ...]) -> dict[str, Any]:
    """Return one comparison as it is, and several as a list."""
    if len(found) == 1 and not alone:
        return found[0].to_dict()
    compared = [
        {"before_target": one.before, "after_target": one.after, **one.to_dict()} for one in found
    ]
    return {"compared": compared, "not_compared": list(alone)}


def _alone(matching: Matching) -> Iterator[str]:
    """Yield a line for each target that cannot be compared."""
    for file, other, targets in (
        ("A", "B", matching.only_before),
        ("B", "A", matching.only_after),
    ):
        for target in targets:
            what = f"{target.id} ({target.release}, {target.provenance})"
            yield f"not compared: {what} is in {file} only; {other} has no counterpart"
