"""``ifconfig -v | lagg-tool parse -``: what was printed of LAGGs, for people or for programs."""

from __future__ import annotations

import argparse
import json
import sys

from lagg_tool.bond.printed_links import has_bonds, parse_bonds
from lagg_tool.bond.report import Reports
from lagg_tool.bond.summary import links_data, reports_data, reports_text
from lagg_tool.errors import UnreadableError
from lagg_tool.ifconfig import Listing, parse
from lagg_tool.ifconfig.data import listing_data
from lagg_tool.ifconfig.other_texts import what_else
from lagg_tool.ifconfig.summary import summary
from lagg_tool.lagg.diagnosis import laggs_of
from lagg_tool.pasted_text import encoded
from lagg_tool.verbs.common import read_encoded

_EPILOG = """\
Text from a terminal, a forum, a mail or a log is read as well: blanks for tabs, CR LF, quotes,
prompts, several outputs. For example: ssh nas ifconfig -v | lagg-tool parse - --json
Bonds of Linux too: ssh nas cat /proc/net/bonding/bond0 | lagg-tool parse -
  ssh nas ip -d link | lagg-tool parse -     # or ip -d -j link

exit status: 0 done; 1 no interface was found in the text; 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``parse``."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", nargs="?", default="-", help="a file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.add_argument("--text", action="store_true", help="print back what was read")


def run(options: argparse.Namespace) -> int:
    """Read and print. Returns 0. Raises UnreadableError where no interface is found."""
    text, encoding = read_encoded(options.file)
    listing = read_listing(text)
    if options.text and sys.stdout.isatty():
        print(listing.text, end="")  # what a terminal would obey is escaped
    elif options.text:
        sys.stdout.buffer.write(encoded(listing.text, encoding))
    elif isinstance(listing, Reports):
        data = {
            "bonds": reports_data(listing.bonds),
            "interfaces": links_data(listing.links),
            "outside": listing.outside,
        }
        print(json.dumps(data, indent=1) if options.json else reports_text(listing))
    else:
        refuse_without_interface(listing, options.file)
        print(shown(listing, as_json=options.json))
    return 0


def read_listing(text: str) -> Listing | Reports:
    """Return what a text shows: bonds of Linux, unless it has a LAGG, whose host is the subject."""
    listing = parse(text)
    if laggs_of(listing) or not has_bonds(text):
        return listing
    return parse_bonds(text)


def refuse_without_interface(listing: Listing, file: str) -> None:
    """Raise UnreadableError if the listing has no interface, and say what was expected."""
    if not listing.interfaces:
        name = "standard input" if file == "-" else file
        raise UnreadableError(
            f"{name}: no interface was found{what_else(listing.text)}; expected: the output of "
            'FreeBSD\'s "ifconfig -v", which begins like "lagg0: flags=8843<UP> metric 0 mtu 1500"'
        )


def shown(listing: Listing, *, as_json: bool) -> str:
    """Return the listing as JSON or for people."""
    if as_json:
        return json.dumps(listing_data(listing), indent=1)
    return summary(listing)
