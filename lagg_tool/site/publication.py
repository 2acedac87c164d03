"""All pages from all inputs: what the mkdocs hook hands to mkdocs, usable without it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool.claims import Claims, load_claims
from lagg_tool.claims.article import read_article
from lagg_tool.errors import DocumentError
from lagg_tool.site import protocol_pages, reading_pages, reference_pages, release_pages
from lagg_tool.site.audit_page import audit_page
from lagg_tool.site.machine import lacp_machines
from lagg_tool.site.opinion import Opinion, opinions
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.page_cache import Kept, Made
from lagg_tool.site.scenario_pages import scenario_pages
from lagg_tool.site.search import search_index
from lagg_tool.site.survey import Survey, survey


@dataclass(frozen=True)
class Sources:
    """Where everything is read from; what does not exist is not there yet.

    ``kept`` is a directory for pages that need not be made again.
    """

    features: Path
    results: tuple[Path, ...] = ()
    history: Path | None = None
    articles: tuple[Path, ...] = ()
    faults: Path | None = None
    kept: Path | None = None


@dataclass(frozen=True)
class Site:
    """The generated part of the site, and what it was made of."""

    survey: Survey
    opinions: tuple[Opinion, ...]
    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...]

    def search(self, written: Iterable[tuple[str, str, str]]) -> Attachment:
        """Return the search index over the pages and the ``written`` ones."""
        return search_index(self.survey, self.opinions, self.pages, written)


def make_site(sources: Sources, tutorial: str | None = None) -> Site:
    """Read everything and make all pages. Raises DocumentError for what cannot be read.

    ``tutorial`` is the URL of a hand-written page to lead administrators to.
    """
    claims_file = sources.features / "article.toml"
    claims = load_claims(claims_file) if claims_file.exists() else Claims((), (), {}, "")
    known = survey(sources.features, sources.results, sources.history, claims.digest)
    judged = opinions(claims, known.columns)
    kept = Kept(sources.kept)
    scenarios = scenario_pages(known, {opinion.claim.id: opinion for opinion in judged}, kept)
    articles = [read_article(path) for path in sources.articles]
    pairs = release_pages.pairs(known)
    pages = (
        reading_pages.front(known, judged, tutorial),
        audit_page(claims, judged, articles),
        reading_pages.verdicts(known, judged),
        reading_pages.matrix(known, judged, pairs),
        reading_pages.changes(known, judged, pairs),
        *release_pages.release_pages(known, judged),
        reading_pages.faults(known, _faults(sources.faults)),
        *protocol_pages.protocol_pages(known, judged, lacp_machines(), scenarios.attachments),
        *scenarios.pages,
        reading_pages.glossary(known),
        *kept.get(("reference",), _reference).pages,
    )
    kept.tidy()
    return Site(known, judged, pages, scenarios.attachments)


def _reference() -> Made:
    return Made(tuple(reference_pages.reference_pages()))


def _faults(path: Path | None) -> Mapping[str, Any]:
    """Return what `lagg-tool faults --json` said: the faults, when and on what."""
    if path is None or not path.exists():
        return {"faults": ()}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        found = [{"text": "", "claim": "", "caught": None, **fault} for fault in table["faults"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError(str(path), None, f"is no list of faults: {error!r}") from error
    return {**table, "faults": found}
