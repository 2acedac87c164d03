"""``lagg-tool rollback [TOKEN]``: undo a change, pending or confirmed, from any session."""

from __future__ import annotations

import argparse
import contextlib

from lagg_tool.nas.freebsd.commit import Changes
from lagg_tool.verbs import truenas
from lagg_tool.verbs.common import add_target_arguments, open_from, sayer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rollback``."""
    parser.add_argument(
        "token", nargs="?", default="", help="the change; else the pending or the last one"
    )
    add_target_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Roll back. Returns 0 if the old configuration holds, at runtime and in rc.conf."""
    with open_from(options, read_only=False) as target:
        say = sayer(options)
        if truenas.is_truenas(target):
            with truenas.middleware(target, say) as tool:
                outcome = tool.rollback(options.token)
        else:
            with contextlib.closing(Changes(target.connect, target.clock, say=say)) as changes:
                outcome = changes.rollback(options.token)
    print(f"rolled back: {outcome.token}; the old configuration holds")
    return 0
