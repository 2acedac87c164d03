"""Publishing: a directory with a site for each version, and what leads to the newest.

A version's directory is built beside the old one and takes its place when it is complete; no
other version is touched. Their pages load ``versions.js``, which each publication renews: so
an old version learns that it is old.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from lagg_tool.errors import RefusedError, UsageError
from lagg_tool.site.address import Address
from lagg_tool.site.building import Layout, build
from lagg_tool.site.directory import MARKER, alone, check_site_directory
from lagg_tool.whole_file import write_whole

VERSIONS = "versions.js"
_PUBLICATION = ".lagg_tool_publication"
_TEXT = "lagg-tool docs publish made this directory, and keeps a site for each version in it.\n"
_BEGIN, _END = "window.SITE_VERSIONS=", ";\n"


@dataclass(frozen=True)
class Inputs:
    """What a site is made of."""

    results: Sequence[Path] = ()
    articles: Sequence[Path] = ()
    layout: Layout | None = None
    claims: Sequence[str] = ()


def publish(directory: Path, address: Address, inputs: Inputs) -> Path:
    """Publish one version below ``directory``; return the directory of its site.

    Raises RefusedError for a directory that is no publication and not empty, and what ``build``
    raises; the version that was there is still there then.
    """
    layout = inputs.layout
    used = [*(layout.inputs if layout else ()), *inputs.results, *inputs.articles]
    check_site_directory(directory, used, _PUBLICATION, "publish")
    site, fresh = directory / address.version, directory / f".{address.version}.new"
    if site.exists() and not (site / MARKER).is_file():
        raise RefusedError(
            f"publish {site}: it is there, and no site made by lagg-tool; name another directory"
        )
    directory.mkdir(parents=True, exist_ok=True)
    with alone(directory):
        known = _known(directory)
        write_whole(directory / _PUBLICATION, _TEXT.encode())
        own = replace(address, site_url=f"{address.site_url}{address.version}/")
        shutil.rmtree(fresh, ignore_errors=True)  # of a process that was killed
        _set_back(site)
        try:
            build(fresh, inputs.results, inputs.articles, layout, claims=inputs.claims, address=own)
            _exchange(site, fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        present = [one for one in known if (directory / one / MARKER).is_file()]
        _write_front(directory, address, list(dict.fromkeys([*present, address.version])))
    return site


def _exchange(site: Path, fresh: Path) -> None:
    """Let a new site take the place of the one that may be there, as a whole."""
    if site.exists():
        site.rename(_old(site))
    try:
        fresh.rename(site)
    finally:
        _set_back(site)


def _set_back(site: Path) -> None:
    """Put back a site whose place none has taken, by an error or death; else remove it."""
    old = _old(site)
    if old.is_dir() and not site.exists():
        old.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _old(site: Path) -> Path:
    return site.with_name(f".{site.name}.old")


def _known(directory: Path) -> list[str]:
    """Return the versions that were published, in the order of their first publication.

    Raises UsageError for a list that cannot be read.
    """
    file = directory / VERSIONS
    if not file.is_file():
        return []
    text = file.read_bytes().decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        versions = json.loads(text.removeprefix(_BEGIN).removesuffix(_END))
        if isinstance(versions, list) and all(isinstance(one, str) for one in versions):
            return versions
    raise UsageError(
        f"{file}: this is not a list of versions; put back the one that docs publish wrote, or"
        " remove it to begin a new list"
    )


def _write_front(directory: Path, address: Address, versions: Sequence[str]) -> None:
    """Write what leads to the newest version."""
    newest = versions[-1]
    front = {
        VERSIONS: f"{_BEGIN}{json.dumps(versions)}{_END}",
        "index.html": _index(versions, address),
    }
    front["sitemap.xml"] = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{escape(address.page(f'{newest}/sitemap.xml'))}</loc></sitemap>"
        "</sitemapindex>\n"
    )
    for name in ("404.html", "feed.xml"):  # hosts look for a 404 at the root only
        front[name] = (directory / newest / name).read_text(encoding="utf-8")
    for name, text in front.items():
        write_whole(directory / name, text.encode())


def _index(versions: Sequence[str], address: Address) -> str:
    """Return the page that leads to the newest version, and lists the others."""
    newest = escape(versions[-1])
    links = "".join(
        f'<li><a href="{escape(one)}/index.html">{escape(one)}</a></li>'
        for one in reversed(versions)
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>Versions</title><meta http-equiv="refresh" content="0; url={newest}/index.html">'
        f'<link rel="canonical" href="{escape(address.page(f"{newest}/index.html"))}">'
        f'<link rel="stylesheet" href="{newest}/css/site.css"></head>'
        f'<body><main><h1>Versions</h1><p>The newest is <a href="{newest}/index.html">{newest}'
        f"</a>.</p><ul>{links}</ul></main></body></html>\n"
    )
