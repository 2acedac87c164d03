"""SARIF 2.1.0: the verdicts on the article's lines, for editors and code hosts.

Each target is a run of its own. What a writer has to act on is a result: contradicted and
changed claims are errors, imprecise ones warnings. Where a claim has a text to paste, the result
has it as a fix. The article's own words are in none of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lagg_tool import __version__
from lagg_tool.claims import Claim, Claims, Verdict
from lagg_tool.claims.article import parse_article
from lagg_tool.claims.patching import corrections
from lagg_tool.claims.sentence import Sentence, normalise
from lagg_tool.evidence import Results, TargetResult, VerdictResult
from lagg_tool.export.transcript import place

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {
    Verdict.CONTRADICTED.value: "error",
    Verdict.CHANGED.value: "error",
    Verdict.IMPRECISE.value: "warning",
}


@dataclass(frozen=True)
class Page:
    """A page of a copy of the article: its name, its path for the reader, its Markdown."""

    name: str
    path: str
    text: str


@dataclass(frozen=True)
class _Fix:
    """A sentence's place in the Markdown, and what to paste there."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class _Copy:
    """A page with its sentences and their fixes by hash."""

    page: Page
    sentences: dict[str, Sentence]
    fixes: dict[str, _Fix]


def sarif(results: Results, claims: Claims, pages: Sequence[Page] = (), site_url: str = "") -> str:
    """Return the verdicts of a run as SARIF; lines are those of ``pages``."""
    site_url = f"{site_url.rstrip('/')}/" if site_url else ""
    copies = [_copy(page, claims) for page in pages]
    known = {claim.id: claim for claim in claims.claims}
    runs = [_run(results, target, known, copies, site_url) for target in results.targets]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _copy(page: Page, claims: Claims) -> _Copy:
    sentences: dict[str, Sentence] = {}
    for sentence in parse_article(page.name, page.text).sentences:
        sentences.setdefault(sentence.hash, sentence)
    lines = page.text.splitlines(keepends=True)
    fixes = {}
    for one in corrections(page.name, page.text, claims):
        start = page.text.find(one.old, sum(map(len, lines[: one.line - 1])))
        hash_ = Sentence(page.name, one.line, "", 0, normalise(one.old)).hash
        fixes[hash_] = _Fix(start, start + len(one.old), one.new)
    return _Copy(page, sentences, fixes)


def _run(
    results: Results,
    target: TargetResult,
    known: dict[str, Claim],
    copies: Sequence[_Copy],
    site_url: str,
) -> dict[str, Any]:
    found = [
        (known[verdict.claim], verdict)
        for verdict in results.verdicts
        if verdict.target == target.id and verdict.claim in known and verdict.verdict in _LEVELS
    ]
    rules = [_rule(claim, site_url) for claim, _ in found]
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    driver: dict[str, Any] = {"name": "lagg-tool", "semanticVersion": __version__, "rules": rules}
    if site_url:
        driver["informationUri"] = site_url
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"lagg-tool/{target.id}/"},
        "columnKind": "unicodeCodePoints",
        "properties": {"provenance": str(target.provenance), "release": target.release},
        "results": [
            {**_result(claim, verdict, target, copies), "ruleIndex": numbers[claim.id]}
            for claim, verdict in found
        ],
    }


def _rule(claim: Claim, site_url: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": claim.id,
        "shortDescription": {"text": claim.paraphrase},
        "fullDescription": {"text": claim.why},
        "help": {"text": claim.instruction or claim.why},
    }
    if site_url:
        rule["helpUri"] = f"{site_url}verdicts.html#{claim.id.lower()}"
    return rule


def _result(
    claim: Claim, verdict: VerdictResult, target: TargetResult, copies: Sequence[_Copy]
) -> dict[str, Any]:
    said = f"{claim.id} {verdict.verdict} ({place(target)}): {claim.paraphrase} {verdict.reason}"
    advice = f" {claim.instruction}" if claim.instruction else ""
    hashes = [hash_ for source in claim.sources for hash_ in source.hashes]
    places = [(copy, h) for copy in copies for h in dict.fromkeys(hashes) if h in copy.sentences]
    result: dict[str, Any] = {
        "ruleId": claim.id,
        "level": _LEVELS[verdict.verdict],
        "message": {"text": f"{said}{advice}"},
        "partialFingerprints": {"claim/v1": claim.id},
    }
    locations = [_location(copy, h) for copy, h in places] or [*_sections(claim)]
    if locations:
        result["locations"] = locations
    fixes = [_fix(copy, h) for copy, h in places if h in copy.fixes and h in claim.text]
    if fixes:
        result["fixes"] = fixes
    return result


def _location(copy: _Copy, hash_: str) -> dict[str, Any]:
    fix = copy.fixes.get(hash_)
    region = _region(copy, fix) if fix else {"startLine": copy.sentences[hash_].line}
    return {"physicalLocation": {"artifactLocation": _artifact(copy), "region": region}}


def _sections(claim: Claim) -> Iterator[dict[str, Any]]:
    """Yield where a claim is made, as far as that is known without a copy."""
    for page, section in dict.fromkeys((s.page, s.section) for s in claim.sources):
        name = {"name": section, "fullyQualifiedName": f"{page}: {section}"}
        yield {"logicalLocations": [name]}


def _fix(copy: _Copy, hash_: str) -> dict[str, Any]:
    one = copy.fixes[hash_]
    inserted = {"text": one.new}
    replacement = {"deletedRegion": _region(copy, one), "insertedContent": inserted}
    change = {"artifactLocation": _artifact(copy), "replacements": [replacement]}
    return {"description": {"text": "The text to paste."}, "artifactChanges": [change]}


def _artifact(copy: _Copy) -> dict[str, str]:
    return {"uri": quote(copy.page.path)}


def _region(copy: _Copy, one: _Fix) -> dict[str, int]:
    first, last = (_place(copy.page.text, at) for at in (one.start, one.end))
    names = ("startLine", "startColumn", "endLine", "endColumn")
    return dict(zip(names, (*first, *last), strict=True))


def _place(text: str, at: int) -> tuple[int, int]:
    """Return line and column of a place in a text, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
