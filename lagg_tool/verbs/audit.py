"""``lagg-tool audit``: how a copy of the article differs from the claims."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from lagg_tool import assets
from lagg_tool.claims import Drift, audit, load_claims
from lagg_tool.claims.article import read_article
from lagg_tool.errors import DocumentError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``audit``."""
    add = parser.add_argument
    add("--article", action="append", required=True, type=Path, metavar="FILE", help="a page")
    add("--json", action="store_true", help="print the drift as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the drift. Returns 0 without any and 1 with some. Raises DocumentError."""
    articles = [read_article(path) for path in options.article]
    for path, article in zip(options.article, articles, strict=True):
        if not article.sentences:
            raise DocumentError(str(path), None, "has no sentence; name a page of the article")
    drift = audit(articles, load_claims(assets.article_toml()))
    if options.json:
        print(json.dumps({"drift": dataclasses.asdict(drift)}, indent=1))
    else:
        print(text(drift))
    return 1 if drift else 0


def text(drift: Drift) -> str:
    """Return the drift for people."""
    lines = []
    for changed in drift.changed:
        lines.append(f"{changed.page}:{changed.line}: changed: {changed.text}")
        lines.append(f"    look at {', '.join(changed.claims) or 'nothing: it claimed nothing'}")
    lines += [f"{u.page}:{u.line}: no claim covers: {u.text}" for u in drift.uncovered]
    for gone in drift.gone:
        lines.append(f"{gone.page}: gone from {gone.section!r}: {gone.paraphrase}")
        lines.append(f"    it was the source of {', '.join(gone.claims) or 'no claim'}")
    return "\n".join(lines) or "no drift: every sentence is as it was when the claims were written"
