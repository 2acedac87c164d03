"""All pages from all inputs; the MkDocs hook adds them to the site."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from lagg_tool.claims.gate_rules import GateRules, load_gate_rules
from lagg_tool.claims.sets import ClaimSet, choose, elsewhere, load_sets
from lagg_tool.evidence import Results
from lagg_tool.evidence.renames import load_renames
from lagg_tool.site import release_pages, target_pages
from lagg_tool.site.address import Address
from lagg_tool.site.audit_page import Copy, audit_page, copies_of, patch_of
from lagg_tool.site.combined_verdict import CombinedVerdict, combined_verdicts
from lagg_tool.site.definition_pages import defects_page, requirements_page
from lagg_tool.site.faults_page import PlantedBugs, faults_page, read_faults, read_planted_bugs
from lagg_tool.site.feed import feed
from lagg_tool.site.front_page import front_page
from lagg_tool.site.gates import Decision, Gates, Shown, decisions, shown_findings
from lagg_tool.site.glossary_page import glossary_page
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.part import Part
from lagg_tool.site.promises_page import (
    SharedPromise,
    by_claim,
    promises_page,
    shared_promises,
)
from lagg_tool.site.protocol_pages import protocol_pages, read_protocols
from lagg_tool.site.reference_pages import reference_pages
from lagg_tool.site.scenario_pages import scenario_pages
from lagg_tool.site.search import Written, search_index
from lagg_tool.site.survey import Survey, part_of, read_runs, survey_of
from lagg_tool.site.verdicts_page import verdicts_page


@dataclass(frozen=True)
class Sources:
    """The inputs of the site; a file that does not exist counts as empty.

    ``claims`` are the names or directories of the sets to show, all of ``features`` without any.
    """

    features: Path
    results: tuple[Path, ...] = ()
    history: Path | None = None
    articles: tuple[Path, ...] = ()
    faults: Path | None = None
    planted: Path | None = None
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """The generated part of the site: its articles, the newest first, and all pages."""

    survey: Survey
    identifiers: Identifiers
    parts: tuple[Part, ...]
    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...]
    address: Address = field(default_factory=Address)
    decided: tuple[tuple[Decision, Sequence[Shown]], ...] = ()

    @property
    def verdicts(self) -> tuple[CombinedVerdict, ...]:
        """The verdicts on the claims of all articles."""
        return tuple(verdict for part in self.parts for verdict in part.verdicts)

    def part_of(self, path: str) -> Part | None:
        """Return the part that a feature file belongs to."""
        return next((part for part in self.parts if path in part.survey.by_path), None)

    def search(self, written: Iterable[Written]) -> Iterator[Attachment]:
        """Yield the search index of the generated pages and the hand-``written`` ones."""
        return search_index(self.parts, self.identifiers, self.pages, written)

    def announcements(self, written: Iterable[str]) -> Iterator[Attachment]:
        """Yield what tells others of a site with an address: the sitemap and the feed."""
        if self.address.site_url:
            urls = [*written, *(page.url for page in self.pages)]
            yield _sitemap(urls, self.address)
            yield feed(self.decided, self.address)


@dataclass(frozen=True)
class _Shared:
    """What the pages of every article are made with."""

    sets: tuple[ClaimSet, ...]
    runs: Sequence[Results]
    gates: Gates
    faults: Mapping[str, Any]
    planted: PlantedBugs
    copies: Mapping[str, Sequence[Copy]]
    address: Address


def _sitemap(urls: Iterable[str], address: Address) -> Attachment:
    places = "".join(f"<url><loc>{escape(address.page(url))}</loc></url>\n" for url in urls)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    )
    return Attachment("sitemap.xml", text.encode())


def runs_in_words(survey: Survey) -> str:
    """Return which runs a site is built with."""
    found = [f"{target.label} on {target.latest.started[:10]}" for target in survey.targets]
    return "; ".join(found) or "no run"


def make_site(
    sources: Sources, guides: Sequence[tuple[str, str]] = (), address: Address | None = None
) -> Site:
    """Read the inputs and make all pages. Raises DocumentError for an unreadable input.

    ``address`` is where it is published, ``guides`` are the titles and URLs of what the
    front page offers of the hand-written pages.
    """
    every = load_sets(sources.features, elsewhere(sources.claims))
    sets = choose(every, sources.claims)
    renames = load_renames(sources.features / "renames.toml")
    gate = sources.features / "gate.toml"
    rules = load_gate_rules(gate) if gate.exists() else GateRules()
    shared = _Shared(
        sets,
        read_runs(sources.features, sources.results, sources.history),
        Gates(rules, dt.datetime.now(tz=dt.UTC).date()),
        read_faults(sources.faults),
        read_planted_bugs(sources.planted, renames),
        copies_of([Copy.read(path) for path in sources.articles], sets),
        address or Address(),
    )
    bare = [_judged(one, shared) for one in reversed(sets)]
    promised = shared_promises(sets, bare)
    parts = tuple(_with_pages(part, shared, by_claim(promised)) for part in bare)
    placed = tuple(part.placed() for part in parts)
    pages = (
        front_page(parts, guides, len(promised)),
        *((promises_page(promised),) if promised else ()),
        *(page for part in placed for page in part.pages),
        *reference_pages(),
    )
    whole = parts[0].survey if len(parts) == 1 else survey_of(sets, shared.runs)
    attachments = tuple(attachment for part in placed for attachment in part.attachments)
    decided = tuple(found for part in parts for found in part.decided_from_root())
    identifiers = Identifiers.of_sets(sets)
    return Site(whole, identifiers, placed, pages, attachments, shared.address, decided)


def _judged(one: ClaimSet, shared: _Shared) -> Part:
    """Return an article with the verdicts on it, without pages."""
    runs = [found for run in shared.runs if (found := part_of(run, one)) is not None]
    survey = survey_of([one], runs)
    verdicts = combined_verdicts(one.claims, survey.targets)
    return Part(one, survey, verdicts, Identifiers.of_sets(shared.sets, one))


def _with_pages(part: Part, shared: _Shared, promises: Mapping[str, SharedPromise]) -> Part:
    """Return an article with its pages, as if they were all of the site."""
    one, known, verdicts, identifiers = part.one, part.survey, part.verdicts, part.identifiers
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    scenarios = scenario_pages(known, by_id, identifiers, shared.address)
    pairs = release_pages.pairs(known)
    copies = shared.copies.get(one.name, ())
    alone = len(shared.sets) == 1
    root = "../" * part.address.count("/")
    faults = _about(known, shared)
    pages = (
        audit_page(one.claims, verdicts, copies),
        verdicts_page(known, verdicts, promises, root),
        target_pages.matrix_page(known, verdicts, pairs),
        target_pages.changes_page(known, verdicts, pairs),
        *release_pages.release_pages(known, identifiers, shared.gates),
        defects_page(known, one.defects, identifiers),
        *(
            (faults_page(known, shared.faults, identifiers, shared.planted),)
            if alone or faults
            else ()
        ),
        *protocol_pages(known, verdicts, read_protocols(one.directory), scenarios.attachments),
        *(
            (requirements_page(known, one.requirements, identifiers),)
            if alone or one.requirements
            else ()
        ),
        *scenarios.pages,
        glossary_page(known),
    )
    corrections = patch_of(copies, one.claims)
    return dataclasses.replace(
        part,
        decided=[
            (decision, tuple(shown_findings(decision, known, identifiers, "index.html")))
            for decision in decisions(known, shared.gates)
        ],
        pages=pages,
        attachments=(*scenarios.attachments, *((corrections,) if corrections else ())),
    )


def _about(known: Survey, shared: _Shared) -> bool:
    """Return whether a fault was caught by a scenario of an article."""
    caught = [fault["caught"] for fault in shared.faults["faults"] if fault["caught"]]
    caught += [scenario for bug in shared.planted.bugs for scenario, _ in bug.caught_by]
    return any(known.find(scenario) is not None for scenario in caught)
