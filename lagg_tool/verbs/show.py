"""``lagg-tool show``: a NAS's interfaces, LAGGs, the way in, and the pending change."""

from __future__ import annotations

import argparse
import functools
import json

from lagg_tool.nas.contract import State
from lagg_tool.nas.rendering import pending_data, pending_text
from lagg_tool.verbs.common import add_target_arguments, follow_up_command, nas_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``show``."""
    add_target_arguments(parser)
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.epilog = "example: lagg-tool show --target ssh://root@nas"


def run(options: argparse.Namespace) -> int:
    """Look and print. Returns 0."""
    with nas_of(options, read_only=True) as nas:
        state: State = nas.observe()
        pending = nas.pending()
    if options.json:
        data = {"provenance": options.provenance} | state.data | pending_data(pending)
        print(json.dumps(data, indent=1))
    else:
        print(state.text)
        print(pending_text(pending, functools.partial(follow_up_command, options)), end="")
    return 0
