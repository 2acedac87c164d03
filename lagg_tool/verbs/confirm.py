"""``lagg-tool confirm [TOKEN]``: keep a pending change, from any session."""

from __future__ import annotations

import argparse

from lagg_tool.verbs.common import add_take_over, add_target_arguments, nas_of
from lagg_tool.verbs.outcome import add_json, print_outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``confirm``."""
    parser.add_argument("token", nargs="?", default="", help="the change; else the pending one")
    add_target_arguments(parser)
    add_take_over(parser)
    add_json(parser)
    parser.epilog = "example: lagg-tool confirm --target ssh://root@nas"


def run(options: argparse.Namespace) -> int:
    """Confirm. Returns 0 if the new configuration holds, at runtime and after a reboot."""
    with nas_of(options, read_only=False) as nas:
        outcome = nas.confirm(options.token)
    print_outcome(outcome, f"confirmed: {outcome.token}; the new configuration holds", options)
    return 0
