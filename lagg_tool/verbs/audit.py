"""``lagg-tool audit``: how a copy of the article differs from the claims."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from lagg_tool import assets
from lagg_tool.claims import Claims, Drift, audit, load_claims
from lagg_tool.claims.article import Article, read_article
from lagg_tool.claims.drift import is_part_of_article
from lagg_tool.errors import DocumentError

_PAGES = frozenset((".md", ".markdown", ".html", ".htm", ".mhtml", ".mht"))
_EPILOG = """\
A page is Hugo Markdown or a saved web page (HTML, MHTML). In a directory, the pages of the
article are looked for; the others are counted. For example:
  lagg-tool audit --article documentation/content/CORE

exit status: 0 no drift; 1 drift; 2 a page cannot be read, or has no sentence"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``audit``."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add(
        "--article",
        action="append",
        required=True,
        type=Path,
        metavar="FILE",
        help="a page, or a directory of pages; may be given several times",
    )
    add("--json", action="store_true", help="print the drift as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the drift. Returns 0 without any and 1 with some. Raises DocumentError."""
    claims = load_claims(assets.article_toml())
    articles, others = _articles(options.article, claims)
    drift = audit(articles, claims)
    if options.json:
        data = {"drift": dataclasses.asdict(drift), "pages": [a.page for a in articles]}
        print(json.dumps({**data, "other_pages": others}, indent=1))
    else:
        print(text(drift))
        if others:
            print(f"{len(others)} other pages are no part of the article and were left out")
    return 1 if drift else 0


def _articles(paths: Iterable[Path], claims: Claims) -> tuple[list[Article], list[str]]:
    """Return the copies, and the pages of directories that are no part of the article.

    Raises DocumentError for what cannot be read, has no sentence, or is no copy at all.
    """
    articles: list[Article] = []
    others: list[str] = []
    for path in paths:
        if not path.is_dir():
            articles.append(_read(path))
            continue
        pages = sorted(each for each in path.rglob("*") if each.suffix.lower() in _PAGES)
        found = 0
        for each in pages:
            try:
                page = read_article(each)
            except DocumentError:
                others.append(str(each))
                continue
            if is_part_of_article(page, claims):
                articles.append(page)
                found += 1
            else:
                others.append(str(each))
        if not found:
            raise DocumentError(
                str(path), None, f"none of its {len(pages)} pages is a page of the article"
            )
    return articles, others


def _read(path: Path) -> Article:
    article = read_article(path)
    if not article.sentences:
        raise DocumentError(str(path), None, "no sentence in it; a page of the article is expected")
    return article


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
    if not lines:
        lines.append("no drift: every sentence is as it was when the claims were written")
    return "\n".join([*lines, *_not_given(drift)])


def _not_given(drift: Drift) -> Sequence[str]:
    return [
        f"not given: {page.page}; nobody looked at {', '.join(page.claims) or 'its sentences'}"
        for page in drift.not_given
    ]
