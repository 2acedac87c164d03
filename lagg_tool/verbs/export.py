"""``lagg-tool export``: a run in formats that other programs read."""

from __future__ import annotations

import argparse
from pathlib import Path

from lagg_tool.errors import UsageError
from lagg_tool.evidence import Results
from lagg_tool.evidence.redaction import redacted
from lagg_tool.verbs.reports import (
    add_report_options,
    asked_reports,
    check_reports,
    write_reports,
)

_EPILOG = "example: lagg-tool export build/results.json --junit build/junit.xml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``lagg-tool export``."""
    parser.epilog = _EPILOG
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results.json of a run")
    add_report_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write the reports. Returns 0, or 1 if one was not. Raises UsageError and DocumentError."""
    if not asked_reports(options):
        raise UsageError("name at least one of --junit, --messages, --sarif and --badge")
    check_reports(options, options.results)
    # Results are written redacted; a file from elsewhere may not be.
    return 0 if write_reports(options, redacted(Results.read(options.results))) else 1
