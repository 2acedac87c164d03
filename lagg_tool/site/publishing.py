"""Publishing: a directory with a site for each version, and what leads to the newest.

A version's directory is built beside the old one and takes its place when it is complete; no
other version is touched. Their pages load ``versions.js``, which each publication renews: so
an old version learns that it is old.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from lagg_tool.errors import RefusedError
from lagg_tool.site.address import Address
from lagg_tool.site.building import Layout, build
from lagg_tool.site.directory import MARKER, check_site_directory
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
    write_whole(directory / _PUBLICATION, _TEXT.encode())
    own = replace(address, site_url=f"{address.site_url}{address.version}/")
    try:
        build(fresh, inputs.results, inputs.articles, layout, claims=inputs.claims, address=own)
        if site.exists():
            shutil.rmtree(site)
        fresh.rename(site)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    _write_front(directory, address, _known(directory, address.version))
    return site


def _known(directory: Path, version: str) -> list[str]:
    """Return the versions that are there, in the order of their first publication."""
    file = directory / VERSIONS
    before: list[str] = []
    if file.is_file():
        text = file.read_text(encoding="utf-8")
        before = json.loads(text.removeprefix(_BEGIN).removesuffix(_END))
    present = [one for one in before if (directory / one / MARKER).is_file()]
    return present if version in present else [*present, version]


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
