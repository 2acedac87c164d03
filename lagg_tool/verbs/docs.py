"""``lagg-tool docs``: build the site, serve it while you write, or publish a version of it."""

from __future__ import annotations

import argparse
from ipaddress import ip_address
from pathlib import Path

from lagg_tool import __version__, assets, numbers
from lagg_tool.errors import UsageError
from lagg_tool.output import progress
from lagg_tool.own_command import own_command
from lagg_tool.site.address import Address
from lagg_tool.site.building import Layout, build, serve
from lagg_tool.site.publishing import Inputs, publish
from lagg_tool.verbs.claim_sets import add_claims


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``lagg-tool docs``."""
    add = parser.add_argument
    add(
        "action",
        choices=["build", "serve", "publish"],
        help="build the site, serve it while you write, or publish a version of it",
    )
    add(
        "directory",
        nargs="?",
        type=Path,
        metavar="DIRECTORY",
        help="publish: where versions are kept: a new directory, an empty one, or an earlier one",
    )
    add(
        "--results",
        action="append",
        type=Path,
        metavar="FILE",
        help="a results.json; several make the matrix (default: build/results.json)",
    )
    add(
        "--article",
        action="append",
        type=Path,
        metavar="FILE",
        help="a page of a copy of the article, or the directory with all of them",
    )
    add(
        "--site",
        type=Path,
        metavar="DIRECTORY",
        default=Path("build/site"),
        help="where to build: a new directory, an empty one, or an earlier site",
    )
    add_claims(parser)
    add("--site-url", metavar="URL", default="", help="where readers find it; publish needs it")
    add("--version", metavar="NAME", help="publish: of this site (default: that of lagg-tool)")
    add("--repo-url", metavar="URL", default="", help="of the repository, for links to edit")
    add(
        "--edit-uri",
        metavar="PATH",
        default="",
        help="from there to the files: edit/main/, else as in -/edit/main/",
    )
    add("--address", metavar="HOST:PORT", default="127.0.0.1:8000", help="where to serve")
    parser.epilog = "example: lagg-tool docs build --results build/results.json --site build/site"


def run(options: argparse.Namespace) -> int:
    """Build, serve or publish the site. Returns the exit status."""
    _check_words(options)
    results = options.results or [Path("build/results.json")]
    articles = [page for path in options.article or [] for page in _pages(path)]
    for path in [*(options.results or []), *articles]:
        if not path.exists():
            raise UsageError(
                f"{path}: there is no such file; {own_command('accept', '--results', 'FILE')}"
                " writes one"
            )
    if options.action == "serve":
        _check_address(options.address)
        serve(results, articles, options.address, options.claims)
        return 0
    version = (options.version or __version__) if options.action == "publish" else ""
    address = Address.of(options.site_url, version, options.repo_url, options.edit_uri)
    if options.action == "publish":
        inputs = Inputs(results, articles, Layout.of(assets.root()), options.claims)
        site = publish(options.directory, address, inputs)
        progress(f"site: {site / 'index.html'}, version {version}")
        return 0
    build(options.site, results, articles, claims=options.claims, address=address)
    progress(f"site: {options.site / 'index.html'}")
    return 0


def _check_words(options: argparse.Namespace) -> None:
    """Raise UsageError for words that the action does not take, or that it lacks."""
    if options.action != "publish":
        if options.directory or options.version:
            raise UsageError(
                f"docs {options.action}: only publish has a directory and a version; leave them out"
            )
        return
    if options.directory is None:
        raise UsageError("docs publish DIRECTORY: name where the versions are kept")
    if not options.site_url:
        raise UsageError(
            "docs publish: --site-url https://host/path/ says where readers find it; give it"
        )


def _pages(path: Path) -> list[Path]:
    """Return a page, or those of a directory. Raises UsageError."""
    if not path.is_dir():
        return [path]
    pages = sorted(path.glob("*.md"))
    if not pages:
        raise UsageError(
            f"{path}: there is no page (*.md) in this directory; name one that has some"
        )
    return pages


def _check_address(text: str) -> None:
    """Raise UsageError if this is not HOST:PORT, or the host no address of an interface."""
    host, _, number = text.rpartition(":")
    try:
        good = numbers.port(number) > 0
    except argparse.ArgumentTypeError:
        good = False
    if not good:
        raise UsageError(f"--address {text!r}: write HOST:PORT with a port from 1 to 65535")
    try:
        _ = host == "localhost" or ip_address(host[1:-1] if host.startswith("[") else host)
    except ValueError:
        raise UsageError(
            f"--address {text!r}: write localhost or an IP address of this machine, as in"
            " 127.0.0.1:8000 or [::1]:8000"
        ) from None
