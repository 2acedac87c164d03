"""``ifconfig -v | lagg-tool parse -``: what ifconfig printed, for people or for programs."""

from __future__ import annotations

import argparse
import json
import sys

from lagg_tool.ifconfig import Listing, parse
from lagg_tool.ifconfig.data import listing_data
from lagg_tool.ifconfig.summary import summary
from lagg_tool.verbs.common import read_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``parse``."""
    parser.add_argument("file", nargs="?", default="-", help="a file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.add_argument("--text", action="store_true", help="print back what was read")


def run(options: argparse.Namespace) -> int:
    """Read and print. Returns 0; any text can be read."""
    listing = parse(read_text(options.file))
    if options.text and sys.stdout.isatty():
        print(listing.text, end="")  # what a terminal would obey is escaped
    elif options.text:
        sys.stdout.buffer.write(listing.text.encode("utf-8", "surrogateescape"))
    else:
        print(shown(listing, as_json=options.json))
    return 0


def shown(listing: Listing, *, as_json: bool) -> str:
    """Return the listing as JSON or for people."""
    if as_json:
        return json.dumps(listing_data(listing), indent=1)
    return summary(listing)
