"""The event handlers of the MkDocs hook.

Generated pages go through MkDocs with their HTML ready: its Markdown sees only a title, its
theme and navigation see the rest. MkDocs does not read that HTML, so this module checks its
links and reports them through MkDocs' log, where ``--strict`` counts them.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jinja2
from markupsafe import Markup, escape
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page as MkDocsPage

from lagg_tool import assets
from lagg_tool.site import search
from lagg_tool.site.address import Address
from lagg_tool.site.assembly import Site, Sources, make_site, runs_in_words
from lagg_tool.site.block_captions import with_captions, with_whole_options
from lagg_tool.site.directive import fill_in
from lagg_tool.site.page import Page, broken_links, untold_reasons

log = logging.getLogger("mkdocs.lagg_tool")  # below mkdocs, so that --strict counts warnings

_STATE = "lagg_tool_state"
_HEADING = re.compile(r'<h2 id="([^"]+)"[^>]*>(.*?)</h2>', re.DOTALL)
_PARAGRAPH = re.compile(r"<p[ >].*?</p>", re.DOTALL)
_PERMALINK = re.compile(r'<a class="permalink".*?</a>', re.DOTALL)
# Title, generated section, folder of hand-written pages.
_NAVIGATION = (
    ("The article", "article", None),
    ("For administrators", None, "howto"),
    ("For release engineers", None, None),
    ("For writers", None, None),
    ("Protocols", "protocols", None),
    ("Releases", "release", None),
    ("Scenarios", "scenarios", None),
    ("Reference", "reference", "reference"),
    ("About", None, "explanation"),
)
# How-tos that their readers look for elsewhere than an administrator does.
_PLACES = {
    "howto/check-a-release.md": "For release engineers",
    "howto/run-it-in-ci.md": "For release engineers",
    "howto/write-a-claim-set.md": "For writers",
    "howto/write-a-scenario.md": "For writers",
    "howto/publish-the-site.md": "For writers",
}


# The sections that each article has of its own.
_OF_ARTICLES = ("article", "protocols", "release", "scenarios")


class _State:
    """The state of one build, from its first event to its last."""

    def __init__(self, site: Site, files: Files) -> None:
        self.site = site
        self.files = files
        # Pages in the navigation go through MkDocs like hand-written ones. The pages of
        # evidence and sources are many; rendering them here saves most of the build's time.
        in_navigation = [page for page in site.pages if page.section or page.path == "index"]
        self.generated = {f"{page.path}.md": page for page in in_navigation}
        self.leaves = [page for page in site.pages if page not in in_navigation]
        self.written: list[search.Written] = []
        self.environment = jinja2.Environment(autoescape=True)  # replaced by MkDocs' in on_env
        self.nav: Any = None
        self._navigations: dict[str, Markup] = {}

    def navigation(self, context: Mapping[str, Any], page: Any) -> Markup:
        """Return the navigation as HTML; pages outside it share one for each folder."""
        place = page.url if page.active else posixpath.dirname(page.url)
        if place not in self._navigations:
            template = self.environment.get_template("navigation.html")
            html = template.render(context)
            self._navigations[place] = Markup(html)  # noqa: S704 - escaped by the template
        return self._navigations[place]


def sources(config: MkDocsConfig) -> Sources:
    """Return the inputs: ``extra.lagg_tool`` of mkdocs.yml, relative to that file."""
    given: Mapping[str, Any] = config.extra.get("lagg_tool", {})
    root = Path(config.config_file_path).parent
    return Sources(
        root / given.get("features", "features"),
        tuple(root / name for name in given.get("results", ())),
        root / given["history"] if given.get("history") else None,
        tuple(root / name for name in given.get("articles", ())),
        root / given["faults"] if given.get("faults") else None,
        root / given["planted"] if given.get("planted") else None,
        tuple(given.get("claims", ())),
    )


def address_of(config: MkDocsConfig) -> Address:
    """Return the site's address: site_url, repo_url and edit_uri of mkdocs.yml."""
    version = config.extra.get("lagg_tool", {}).get("version", "")
    served = config.site_url == f"http://{config.dev_addr}/"  # by docs serve, to its writer
    site_url = "" if served else config.site_url or ""
    return Address.of(site_url, version, config.repo_url or "", config.edit_uri or "")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the generated pages and captures, and set the navigation."""
    written = [file.src_uri for file in files.documentation_pages()]
    state = _State(make_site(sources(config), _guides(files), address_of(config)), files)
    config.extra[_STATE] = state
    for uri, page in state.generated.items():
        title = f"---\ntitle: {json.dumps(_title_html(page))}\n---\n"
        files.append(File.generated(config, uri, content=title))
    for attachment in state.site.attachments:
        files.append(File.generated(config, attachment.path, content=attachment.content))
    config.nav = list(_navigation(state.site, written))
    return files


def _guides(files: Files) -> list[tuple[str, str]]:
    """Return what the front page offers: pages whose head has ``front: NUMBER TITLE``."""
    found = []
    for file in files.documentation_pages():
        head = re.search(r"^front: (\d+) (.+)$", file.content_string.split("\n# ")[0], re.MULTILINE)
        if head:
            found.append((int(head[1]), head[2], file.url))
    return [(title, url) for _, title, url in sorted(found)]


def on_nav(nav: Any, *, config: MkDocsConfig, files: Files) -> None:
    """Keep the navigation for the pages that MkDocs does not render."""
    del files
    _state(config).nav = nav


def on_env(env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> None:
    """Render the pages outside the navigation with the theme's templates."""
    state = _state(config)
    # MkDocs' environment escapes nothing: a title would be live HTML on every page.
    env.autoescape = True
    env.globals["content_security_policy"] = content_security_policy(config)
    state.environment = env
    env.globals["site"] = {
        "address": state.site.address,
        "commit": assets.commit(),
        "day": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "runs": runs_in_words(state.site.survey),
    }
    targets = state.site.survey.targets
    env.globals["all_simulated"] = bool(targets) and not any(t.observed for t in targets)
    template = env.get_template("main.html")
    for page in state.leaves:
        context: dict[str, Any] = {
            "config": config,
            "nav": state.nav,
            "base_url": posixpath.relpath(".", posixpath.dirname(page.url)),
            "page": SimpleNamespace(
                url=page.url, title=page.title, content=_as_html(page.html), active=False
            ),
            "generated": page,
            "description": _about(page.html, page),
            "headings": _headings(page.html),
        }
        context["navigation"] = state.navigation(context, context["page"])
        files.append(File.generated(config, page.url, content=template.render(context)))


def on_page_markdown(markdown: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
    """Replace the directives of a hand-written page, and keep its text for the search."""
    del files
    state = _state(config)
    if page.file.src_uri in state.generated:
        return markdown
    filled = fill_in(markdown, page.url, state.site, log.warning)
    keywords = str(page.meta.get("keywords", ""))
    state.written.append(
        search.Written(page.url, _title(markdown, page), search.prose(markdown), keywords)
    )
    return with_captions(filled)


def on_page_content(html: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
    """Return the HTML of a generated page, and make code blocks focusable in others.

    A block that scrolls must be reachable by keyboard (WCAG 2.1.1). MkDocs learns the anchors
    of generated pages.
    """
    del files
    generated = _state(config).generated.get(page.file.src_uri)
    if generated is None:
        focusable = html.replace("<pre><code", '<pre tabindex="0"><code')
        return _as_html(with_whole_options(focusable))
    page.present_anchor_ids = set(generated.anchors)
    return _as_html(generated.html)


def on_page_context(
    context: Mapping[str, Any], *, page: MkDocsPage, config: MkDocsConfig, nav: Any
) -> Mapping[str, Any]:
    """Add the headings, the description and the navigation of a page to its context."""
    state = _state(config)
    generated = state.generated.get(page.file.src_uri)
    headings = _headings(generated.html) if generated else _toc(page)
    return {
        **context,
        "description": _about(page.content or "", generated),
        "generated": generated,
        "headings": headings,
        "navigation": state.navigation({**context, "nav": nav}, page),
    }


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write search index, sitemap and feed, and check the links of the generated pages."""
    state = _state(config)
    directory = Path(config.site_dir)
    index = state.site.search(state.written)
    for attachment in (*index, *state.site.announcements([page.url for page in state.written])):
        (directory / attachment.path).write_bytes(attachment.content)
    for name in ("sitemap.xml.gz", *(() if config.site_url else ("sitemap.xml", "404.html"))):
        (directory / name).unlink(missing_ok=True)  # without an address they lead nowhere
    others: dict[str, frozenset[str] | None] = {search.PATH: None}
    for file in state.files:
        page = file.page
        anchors = None if page is None else page.present_anchor_ids
        others[file.url] = None if anchors is None else frozenset(anchors)
    for message in broken_links(state.site.pages, others):
        log.warning(message)
    for message in untold_reasons(state.site.pages):
        log.warning(message)


def on_serve(server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
    """Rebuild when a feature file, a results file or a template changes."""
    del builder
    given = sources(config)
    watched = [given.features, given.history, *given.results, Path(__file__).parent]
    for path in watched:
        if path is not None and path.exists():
            server.watch(str(path))
    return server


def _state(config: MkDocsConfig) -> _State:
    return cast("_State", config.extra[_STATE])


def _navigation(site: Site, written: list[str]) -> Iterator[Any]:
    yield {"Home": "index.md"}
    if len(site.parts) > 1:
        yield from _of_several(site, written)
        return
    yield from _sections(site.pages, written, _NAVIGATION)


def _of_several(site: Site, written: list[str]) -> Iterator[Any]:
    """Yield the navigation of several articles: one section for each, and what they share."""
    own = {page.path for part in site.parts for page in part.pages}
    for page in site.pages:
        if page.section == "article" and page.path not in own:
            yield {_title_html(page): f"{page.path}.md"}
    generated = [row for row in _NAVIGATION if row[1] in _OF_ARTICLES]
    for part in site.parts:
        yield {str(escape(part.one.title)): list(_sections(part.pages, [], generated))}
    shared = tuple(page for page in site.pages if page.path not in own)
    yield from _sections(shared, written, [row for row in _NAVIGATION if row not in generated])


def _sections(
    pages: tuple[Page, ...],
    written: list[str],
    navigation: Sequence[tuple[str, str | None, str | None]],
) -> Iterator[Any]:
    placed = {"tutorial.md"}
    if "tutorial.md" in written:
        yield "tutorial.md"
    for title, section, folder in navigation:
        entries: list[Any] = [
            {_title_html(page): f"{page.path}.md"}
            for page in pages
            if section is not None and page.section == section
        ]
        found = [uri for uri in written if _PLACES.get(uri) == title]
        found += [
            uri for uri in written if folder and uri.startswith(f"{folder}/") and uri not in _PLACES
        ]
        if folder == "explanation":
            found += [uri for uri in written if uri not in placed and uri not in found]
        placed.update(found)
        if entries or found:
            yield {title: [*found, *entries]}


def _about(html: str, generated: Page | None) -> str:
    """Return what a page is about, for a list of pages: its description, else its beginning."""
    first = _PARAGRAPH.search(html)
    paragraph = first[0] if first else ""
    return (generated.description or f"{generated.title}. {paragraph}") if generated else paragraph


def _title_html(page: Page) -> str:
    """Return the name of a page in the menu as HTML, as MkDocs has those of written pages."""
    return str(escape(page.menu or page.title))


def _as_html(page: str) -> Markup:
    """Mark a whole page as HTML: our templates or MkDocs' Markdown have made it."""
    return Markup(page)  # noqa: S704 - see above


def _headings(html: str) -> list[tuple[str, str]]:
    """Return the anchor and the text of each heading; the theme escapes the text."""
    return [(m[1], _text(_PERMALINK.sub("", m[2]))) for m in _HEADING.finditer(html)]


def _toc(page: MkDocsPage) -> list[tuple[str, str]]:
    items = [child for item in page.toc for child in item.children]
    return [(item.id, _text(item.title)) for item in items]


def _text(html: str) -> str:
    return _as_html(html).striptags()


def content_security_policy(config: MkDocsConfig) -> str:
    """Return what a page may load: the files of the site, and nothing inline.

    ``file:`` is for browsers in which 'self' does not match a page opened from a file. The
    server of ``docs serve`` adds an inline script that asks it for changes.
    """
    live = config.site_url == f"http://{config.dev_addr}/"
    inline = "'unsafe-inline'" if live else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' file: {inline}".strip(),
            "style-src 'self' file:",
            "img-src 'self' file: data:",
            *(("connect-src 'self'",) if live else ()),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _title(markdown: str, page: MkDocsPage) -> str:
    heading = re.search(r"^# (.+)$", markdown, re.MULTILINE)
    return heading[1] if heading else page.url
