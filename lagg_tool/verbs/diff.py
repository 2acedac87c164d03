"""``lagg-tool diff``: print what changed from one run to another."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from lagg_tool import assets
from lagg_tool.evidence import Results
from lagg_tool.evidence.comparison import difference
from lagg_tool.evidence.release_notes import ReleaseNotes, release_notes
from lagg_tool.evidence.renames import load_renames, under_present_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words and options of ``lagg-tool diff``."""
    parser.add_argument("before", type=Path, metavar="A", help="a results.json")
    parser.add_argument("after", type=Path, metavar="B", help="a later one, or another target's")
    parser.add_argument("--json", action="store_true", help="print the differences as JSON")


def run(options: argparse.Namespace) -> int:
    """Print what changed from A to B. Returns 1 when anything did, 0 otherwise.

    Two runs of one target each, which are not the same target, become release notes.
    """
    renames = load_renames(assets.features() / "renames.toml")
    before = under_present_names(Results.read(options.before), renames)
    after = under_present_names(Results.read(options.after), renames)
    found = difference(before, after)
    notes = _notes(before, after)
    if notes is not None:
        # The notes have the rest; only whether both runs had a scenario remains.
        found = dataclasses.replace(found, statuses=(), verdicts=(), newly_covered=())
    if options.json:
        print(json.dumps({**found.to_dict(), **(notes.to_dict() if notes else {})}, indent=1))
    else:
        for line in [*(notes.lines() if notes is not None else ()), *found.lines()]:
            print(line)
    return 1 if found or notes else 0


def _notes(before: Results, after: Results) -> ReleaseNotes | None:
    if len(before.targets) != 1 or len(after.targets) != 1:
        return None
    [old], [new] = before.targets, after.targets
    return release_notes(before, after, old.id, new.id) if old.id != new.id else None
