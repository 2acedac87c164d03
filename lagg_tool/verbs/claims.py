"""``lagg-tool claims``: begin a claim set with the sentences of a page."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from lagg_tool.claims.article import read_article
from lagg_tool.claims.sets import CLAIMS
from lagg_tool.claims.skeleton import skeleton
from lagg_tool.errors import DocumentError, RefusedError, UsageError
from lagg_tool.output import progress
from lagg_tool.whole_file import write_whole

_NAME = re.compile(r"[a-z][a-z0-9-]*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words and options of ``lagg-tool claims``."""
    add = parser.add_argument
    add("action", choices=["init"], help="write the beginning of a set")
    add("page", type=Path, metavar="PAGE", help="of the article: Markdown, or a saved web page")
    add("--set", type=Path, metavar="DIRECTORY", required=True, help="of the set, by its name")
    parser.epilog = "example: lagg-tool claims init before-you-bridge.md --set bridge"


def run(options: argparse.Namespace) -> int:
    """Write article.toml. Returns 0. Raises RefusedError where there is one, and DocumentError."""
    directory: Path = options.set
    name = Path(os.path.realpath(directory)).name
    if not _NAME.fullmatch(name):
        raise UsageError(f"--set {directory}: a name is small letters, digits and hyphens")
    path = directory / CLAIMS
    if path.exists():
        raise RefusedError(
            f"{path} is there already; give --set another directory; nothing was written"
        )
    article = read_article(options.page)
    if not article.sentences:
        raise DocumentError(
            str(options.page), None, "there is no sentence in it; name a page that has some"
        )
    write_whole(path, skeleton(name, article).encode(), new=True)
    count = len({sentence.hash for sentence in article.sentences})
    progress(f"{path}: {count} sentences to begin with")
    return 0
