"""The options that write a run for other programs, of ``accept`` and ``export``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from lagg_tool import assets
from lagg_tool.claims import Claims, load_claims
from lagg_tool.claims.article import article_of, read_article, read_page
from lagg_tool.claims.pages import is_part_of_article
from lagg_tool.errors import UsageError
from lagg_tool.evidence import Results
from lagg_tool.export import Page, badge, junit, messages, sarif
from lagg_tool.output import progress
from lagg_tool.suite.gherkin import read_features
from lagg_tool.whole_file import check_writable, write_whole

_FORMATS: Mapping[str, str] = {
    "junit": "JUnit XML, for a pipeline",
    "messages": "Cucumber Messages (NDJSON), for Cucumber's formatters",
    "sarif": "SARIF 2.1.0, the verdicts on the article's lines; see --article",
    "badge": "a badge, as SVG",
}


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add one option for each format, and what SARIF needs beyond the results."""
    group = parser.add_argument_group("reports for other programs")
    for name, text in _FORMATS.items():
        group.add_argument(f"--{name}", type=Path, metavar="FILE", help=text)
    group.add_argument(
        "--article",
        action="append",
        type=Path,
        metavar="FILE",
        default=[],
        help="for --sarif: a Markdown page of the article, or a directory; may be repeated",
    )
    group.add_argument(
        "--site-url",
        metavar="URL",
        default="",
        help="for --sarif: where the site is published, for links to the verdicts",
    )


def asked_reports(options: argparse.Namespace) -> dict[str, Path]:
    """Return the files that are asked for, by format."""
    return {name: path for name in _FORMATS if (path := getattr(options, name)) is not None}


def check_reports(options: argparse.Namespace, results: Path) -> None:
    """Raise UsageError for names that cannot be written, before a run makes the results."""
    taken = {os.path.realpath(results): "the results"}
    for name, path in asked_reports(options).items():
        check_writable(f"--{name}", path)
        real = os.path.realpath(path)
        if real in taken:
            raise UsageError(
                f"--{name} {path}: this is the file of {taken[real]} too; name another"
            )
        taken[real] = f"--{name}"
    for path in options.article:
        if not path.exists():
            raise UsageError(f"--article {path}: there is no such file; name a copy of the article")


def write_reports(options: argparse.Namespace, results: Results) -> bool:
    """Write the reports that are asked for; ``results`` are redacted.

    Returns whether all were written; of one that was not it says why.
    """
    written = True
    for name, path in asked_reports(options).items():
        text = _report(name, options, results)
        try:
            write_whole(path, text.encode())
        except OSError as error:  # the others have their own disks
            print(f"lagg-tool: {error.filename or path}: {error.strerror}", file=sys.stderr)
            written = False
        else:
            progress(f"{name}: {path}")
    return written


def _report(name: str, options: argparse.Namespace, results: Results) -> str:
    match name:
        case "junit":
            return junit(results)
        case "messages":
            features = read_features(assets.features())
            return messages(results, {feature.digest: feature.text for feature in features})
        case "sarif":
            claims = load_claims(assets.article_toml())
            pages = [page for path in options.article for page in _pages(path, claims)]
            return sarif(results, claims, pages, options.site_url)
        case _:
            return badge(results)


def _pages(path: Path, claims: Claims) -> Iterator[Page]:
    """Yield a page as it is, and of a directory those that are the article's."""
    if not path.is_dir():
        yield _page(path)
        return
    for found in sorted(path.rglob("*.md")):
        if is_part_of_article(read_article(found), claims):
            yield _page(found)


def _page(path: Path) -> Page:
    """Read a page; its lines count as an editor counts them. Raises DocumentError."""
    data = read_page(path)
    article_of(str(path), data, path.name)  # says what is wrong with a page
    shown = os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else path.name
    return Page(path.name, Path(shown).as_posix(), data.decode("utf-8", "replace"))
