"""``lagg-tool audit``: how a copy of the article differs from the claims."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lagg_tool.claims import Claims, Drift
from lagg_tool.claims.article import Article, article_of, parse_article, read_article
from lagg_tool.claims.editions import audit_editions
from lagg_tool.claims.markup import ENDINGS, Markup
from lagg_tool.claims.pages import is_part_of_article, owner_of
from lagg_tool.claims.patching import corrected, outstanding, patch
from lagg_tool.claims.sets import ClaimSet, claims_of
from lagg_tool.errors import DocumentError
from lagg_tool.verbs.claim_sets import add_claims, chosen
from lagg_tool.verbs.inputs import read_bytes

_MARKDOWN = frozenset(Markup.MARKDOWN.value)
_PAGES = ENDINGS - {*Markup.TEXT.value}
_INPUT = "standard input"
_NOTHING = "nothing: it claimed nothing"
_EPILOG = """\
A page is Markdown (of Hugo, MkDocs, Docusaurus, GitHub, GitBook), reStructuredText, AsciiDoc, a
wiki's (MediaWiki, DokuWiki, Org), a saved web page (HTML, MHTML, Confluence) or plain text, from a
PDF, too. The ending of its name decides, else the text itself.
In a directory, the pages of the article are looked for by the endings of these, but for plain text;
the others are counted. How a copy is set is no difference: markup, hyphens, words joined or split,
unless they are numbers, or a label before a sentence (Note:). What a click shows is read.
For example:
  lagg-tool audit --article documentation/content/CORE
With --patch, the corrections are printed instead, for `patch -p1` in the directory of the page
or in the directory given:
  lagg-tool audit --article setting-up-link-aggregations.md --patch | patch -p1

exit status: 0 no drift, or nothing to correct; 1 drift, or corrections; 2 a page cannot be
read, or has no sentence, or --patch with a page that is not Markdown"""


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
        help="a page, - for standard input, or a directory of pages; may be given several times",
    )
    add("--json", action="store_true", help="print the drift as JSON")
    add_claims(parser)
    add("--patch", action="store_true", help="print the corrections as a unified diff")


def run(options: argparse.Namespace) -> int:
    """Print drift or patch. Returns 0 without any and 1 with some. Raises DocumentError."""
    sets = chosen(options)
    every = claims_of(sets)
    if options.patch:
        return _print_patch(options.article, sets)
    articles, others, unread = _articles(options.article, every)
    drift = _drift(articles, sets)
    if options.json:
        data = {"drift": dataclasses.asdict(drift), "pages": [a.page for a in articles]}
        print(json.dumps({**data, "other_pages": others, "unread_pages": unread}, indent=1))
    else:
        print(text(drift))
        if others:
            print(f"pages that are not part of the article and were left out: {len(others)}")
        for each in unread:
            print(f"not read: {each}")
    return 1 if drift else 0


def _drift(articles: Sequence[Article], sets: Sequence[ClaimSet]) -> Drift:
    """Return the drift of each article's pages from its own claims, all in one."""
    owners = [owner_of(article, sets) for article in articles]
    found = [
        audit_editions(
            [a for a, own in zip(articles, owners, strict=True) if own is one], one.claims
        )
        for one in sets
        if one in owners
    ]
    return Drift(
        *(
            tuple(each for drift in found for each in getattr(drift, field.name))
            for field in dataclasses.fields(Drift)
        )
    )


def _print_patch(paths: Sequence[Path], sets: Sequence[ClaimSet]) -> int:
    """Print the patch of all pages, and on standard error what it leaves. Returns 0 or 1."""
    every = claims_of(sets)
    _articles(paths, every)  # what cannot be read is refused before anything is printed
    pages = {name: text for path in paths for name, text in _sources(path, every)}
    owners = {name: owner_of(parse_article(name, text), sets) for name, text in pages.items()}
    patches = [patch(name, text, owners[name].claims) for name, text in pages.items()]
    if sys.stdout.isatty():
        print("".join(patches), end="")  # what a terminal would obey is escaped
    else:
        sys.stdout.buffer.write("".join(patches).encode())
    wrong = left = 0
    for one in sets:
        before = [(name, text) for name, text in pages.items() if owners[name] is one]
        after = [(name, corrected(name, text, one.claims)) for name, text in before]
        wrong += len(outstanding(before, one.claims))
        left += len(outstanding(after, one.claims))
    print(
        f"claims of these pages that are wrong or imprecise: {wrong}, after the patch: {left}",
        file=sys.stderr,
    )
    return 1 if any(patches) else 0


def _sources(path: Path, claims: Claims) -> Iterator[tuple[str, str]]:
    """Yield name and text of each Markdown page of the article, line ends as they are."""
    pages = sorted(path.rglob("*")) if path.is_dir() else [path]
    for page in pages:
        if page.suffix.lower() not in _MARKDOWN:
            if page == path:
                raise DocumentError(
                    str(page), None, "--patch needs the Markdown source of a page; name that"
                )
            continue
        name = str(page.relative_to(path)) if path.is_dir() else page.name
        if not path.is_dir() or is_part_of_article(read_article(page), claims):
            try:
                yield name, page.read_bytes().decode()
            except UnicodeDecodeError:
                raise DocumentError(
                    str(page), None, "--patch needs a page in UTF-8; iconv makes one of it"
                ) from None


def _articles(paths: Sequence[Path], claims: Claims) -> tuple[list[Article], list[str], list[str]]:
    """Return the copies; of directories, the pages of others, and those that cannot be read.

    Raises DocumentError for what cannot be read, has no sentence, or is no copy at all.
    """
    articles: list[Article] = []
    others: list[str] = []
    unread: list[str] = []
    twice = {p.name for p in paths if sum(p.name == other.name for other in paths) > 1}
    for path in paths:
        if not path.is_dir():
            articles.append(_read(path, str(path) if path.name in twice else path.name))
            continue
        pages = [each for each in sorted(path.rglob("*")) if each.suffix.lower() in _PAGES]
        pages = [each for each in pages if each.is_file()]
        found = 0
        for each in pages:
            try:
                page = read_article(each, str(each.relative_to(path)))
            except DocumentError as error:
                unread.append(str(error))
                continue
            if is_part_of_article(page, claims):
                articles.append(page)
                found += 1
            else:
                others.append(str(each))
        if not found:
            raise DocumentError(
                str(path),
                None,
                f"none of its {len(pages)} pages is a page of the article; "
                "name its directory, or --claims another set",
            )
    return articles, others, unread


def _read(path: Path, name: str) -> Article:
    if str(path) == "-":
        article = article_of(_INPUT, read_bytes("-"), _INPUT)
    else:
        article = read_article(path, name)
    if not article.sentences:
        raise DocumentError(str(path), None, "no sentence in it; a page of the article is expected")
    return article


def text(drift: Drift) -> str:
    """Return the drift for people."""
    lines = [
        f"{one.page}: hardly anything of the article is in it, {one.found} of {one.sentences} "
        "sentences; name a copy, in a form that --help lists, or another set by --claims"
        for one in drift.strangers
    ]
    for changed in drift.changed:
        how = "in another order" if changed.moved else "changed"
        lines.append(f"{changed.page}:{changed.line}: {how}: {changed.text}")
        ids = ", ".join(changed.claims)
        lines.append(f"    look at {f'{ids}: {changed.paraphrase}' if ids else _NOTHING}")
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
