"""All pages from all inputs; the MkDocs hook adds them to the site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lagg_tool.claims import Claims, load_claims, sets
from lagg_tool.claims.defects import Defect, load_defects
from lagg_tool.claims.gate_rules import GateRules, load_gate_rules
from lagg_tool.claims.requirements import Requirements, load_requirements
from lagg_tool.evidence.renames import load_renames
from lagg_tool.site import release_pages, target_pages
from lagg_tool.site.audit_page import Copy, audit_page, patch_of
from lagg_tool.site.combined_verdict import CombinedVerdict, combined_verdicts
from lagg_tool.site.definition_pages import defects_page, requirements_page
from lagg_tool.site.faults_page import faults_page, read_faults, read_planted_bugs
from lagg_tool.site.front_page import front_page
from lagg_tool.site.gates import Gates, decisions, shown_findings
from lagg_tool.site.glossary_page import glossary_page
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.machine import lacp_machines
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.protocol_pages import protocol_pages
from lagg_tool.site.reference_pages import reference_pages
from lagg_tool.site.scenario_pages import scenario_pages
from lagg_tool.site.search import search_index
from lagg_tool.site.survey import Survey, survey
from lagg_tool.site.verdicts_page import verdicts_page

T = TypeVar("T")


@dataclass(frozen=True)
class Sources:
    """The inputs of the site; a file that does not exist counts as empty."""

    features: Path
    results: tuple[Path, ...] = ()
    history: Path | None = None
    articles: tuple[Path, ...] = ()
    faults: Path | None = None
    planted: Path | None = None


@dataclass(frozen=True)
class Site:
    """The generated part of the site, with the results and verdicts behind it."""

    survey: Survey
    verdicts: tuple[CombinedVerdict, ...]
    identifiers: Identifiers
    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...]

    def search(self, written: Iterable[tuple[str, str, str]]) -> Attachment:
        """Return the search index of the generated pages and the hand-``written`` ones."""
        return search_index(self.survey, self.verdicts, self.identifiers, self.pages, written)


def make_site(sources: Sources, tutorial: str | None = None) -> Site:
    """Read the inputs and make all pages. Raises DocumentError for an unreadable input.

    ``tutorial`` is the URL of the page that the front page offers to administrators.
    """
    [home, *_] = sets.directories(sources.features)
    claims = _read(load_claims, home / "article.toml", Claims((), (), {}, ""))
    requirements = _read(load_requirements, home / "lacp.toml", Requirements({}, {}))
    no_defects: Mapping[str, Defect] = {}
    defects = _read(load_defects, home / "defects.toml", no_defects)
    known = survey(sources.features, sources.results, sources.history, claims.digest, claims)
    verdicts = combined_verdicts(claims, known.targets)
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    identifiers = Identifiers.of(claims.claims, requirements, defects)
    scenarios = scenario_pages(known, by_id, identifiers)
    copies = [Copy.read(path) for path in sources.articles]
    pairs = release_pages.pairs(known)
    rules = _read(load_gate_rules, sources.features / "gate.toml", GateRules())
    gates = Gates(rules, dt.datetime.now(tz=dt.UTC).date())
    decided = [
        (decision, tuple(shown_findings(decision, known, identifiers, "index.html")))
        for decision in decisions(known, gates)
    ]
    renames = load_renames(sources.features / "renames.toml")
    pages = (
        front_page(known, verdicts, tutorial, decided),
        audit_page(claims, verdicts, copies),
        verdicts_page(known, verdicts),
        target_pages.matrix_page(known, verdicts, pairs),
        target_pages.changes_page(known, verdicts, pairs),
        *release_pages.release_pages(known, identifiers, gates),
        defects_page(known, defects, identifiers),
        faults_page(
            known,
            read_faults(sources.faults),
            identifiers,
            read_planted_bugs(sources.planted, renames),
        ),
        *protocol_pages(known, verdicts, lacp_machines(), scenarios.attachments),
        requirements_page(known, requirements, identifiers),
        *scenarios.pages,
        glossary_page(known),
        *reference_pages(),
    )
    corrections = patch_of(copies, claims)
    attachments = (*scenarios.attachments, *((corrections,) if corrections else ()))
    return Site(known, verdicts, identifiers, pages, attachments)


def _read(load: Callable[[Path], T], path: Path, empty: T) -> T:
    return load(path) if path.exists() else empty
