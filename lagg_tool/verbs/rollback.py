"""``lagg-tool rollback [TOKEN]``: undo a change, pending or confirmed, from any session."""

from __future__ import annotations

import argparse

from lagg_tool.verbs.common import add_take_over, add_target_arguments, nas_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rollback``."""
    parser.add_argument(
        "token", nargs="?", default="", help="the change; else the pending or the last one"
    )
    add_target_arguments(parser)
    add_take_over(parser)


def run(options: argparse.Namespace) -> int:
    """Roll back. Returns 0 if the old configuration holds, at runtime and after a reboot."""
    with nas_of(options, read_only=False) as nas:
        outcome = nas.rollback(options.token)
    print(f"rolled back: {outcome.token}; the old configuration holds")
    return 0
