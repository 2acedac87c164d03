"""Rules for tags: what scenarios speak of is defined, and what is defined is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from lagg_tool.claims import (
    Claims,
    Defect,
    Level,
    Outcome,
    Relation,
    Requirements,
    Verdict,
    judge,
    releases,
)
from lagg_tool.suite.features import Feature, Pickle, claim_links
from lagg_tool.suite.lint.finding import Finding, pickles_of

# What a tag may be: a claim with a relation, a wire assertion, a defect, a release where it
# holds, a behaviour of some releases, or a topic.
TAG = re.compile(
    r"(confirms|refines|contradicts)\.[A-Z]-\d\d[a-z]?|lacp\.L-\d\d|"
    rf"{releases.TAG.pattern}|{releases.SUBJECT.pattern}|[a-z][a-z0-9-]*"
)
_SUBJECT = re.compile(r"(confirms|refines|contradicts|lacp|defect|fixed|behaviour)\.")


def strange_tags(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find tags that are neither a claim's, nor lacp., nor defect., nor a topic."""
    for path, pickle in pickles_of(documents):
        for tag in pickle.tags:
            if not TAG.fullmatch(tag):
                yield Finding(path, pickle.line, f"the tag @{tag} is of no known form")


def scenarios_without_subject(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios that say nothing on a claim, a wire assertion or a defect."""
    for path, pickle in pickles_of(documents):
        if not any(_SUBJECT.match(tag) for tag in pickle.tags):
            yield Finding(path, pickle.line, f"{pickle.name!r} names no claim, lacp. or defect.")


def unknown_claims(documents: Iterable[Feature], claims: Claims) -> Iterator[Finding]:
    """Find tags that name a claim which article.toml does not have."""
    for path, pickle in pickles_of(documents):
        for link in claim_links(pickle.tags):
            if link.id not in claims.ids:
                yield Finding(path, pickle.line, f"article.toml has no claim {link.id}")


def claims_without_scenario(documents: Iterable[Feature], claims: Claims) -> Iterator[Finding]:
    """Find claims that a host, its ports or its API can show, and no scenario names."""
    named = {link.id for _, pickle in pickles_of(documents) for link in claim_links(pickle.tags)}
    for claim in claims.claims:
        if claim.level is not Level.EDITORIAL and claim.id not in named:
            message = f"no scenario names {claim.id}, which is of level {claim.level}"
            yield Finding("features/article.toml", claim.line, message)


def unexpected_verdicts(documents: Iterable[Feature], claims: Claims) -> Iterator[Finding]:
    """Find claims on which the scenarios, all passed, say otherwise than article.toml expects.

    article.toml speaks of TrueNAS, and of the FreeBSD release that it is made of.
    """
    pickles = [pickle for _, pickle in pickles_of(documents)]
    for release in (releases.REFERENCE, releases.REFERENCE_TRUENAS):
        outcomes: dict[str, list[Outcome]] = {}
        for pickle in pickles:
            for link in claim_links(pickle.tags) if releases.holds(pickle.tags, release) else ():
                outcome = Outcome(pickle.id, Relation(link.relation), passed=True)
                outcomes.setdefault(link.id, []).append(outcome)
        for claim in claims.claims:
            verdict = judge(claim, outcomes.get(claim.id, [])).verdict
            if verdict not in (claim.expected, Verdict.NOT_COVERED):
                expected = f"{claim.id} is expected {claim.expected}"
                message = f"{expected}, its scenarios say {verdict} on {release}"
                yield Finding("features/article.toml", claim.line, message)


def undefined_subjects(
    documents: Iterable[Feature],
    requirements: Requirements,
    defects: Mapping[str, Defect],
) -> Iterator[Finding]:
    """Find tags that name a requirement or a defect which no file defines."""
    known = {"lacp.toml": requirements.requirements.keys(), "defects.toml": defects.keys()}
    for path, pickle in pickles_of(documents):
        for file, identifier in _named(pickle):
            if identifier not in known[file]:
                yield Finding(path, pickle.line, f"{file} does not define {identifier}")


def definitions_without_scenario(
    documents: Iterable[Feature],
    requirements: Requirements,
    defects: Mapping[str, Defect],
) -> Iterator[Finding]:
    """Find requirements and defects that no scenario names."""
    named = {identifier for _, pickle in pickles_of(documents) for _, identifier in _named(pickle)}
    lines = {
        "lacp.toml": {r.id: r.line for r in requirements.requirements.values()},
        "defects.toml": {d.id: d.line for d in defects.values()},
    }
    for file, defined in lines.items():
        for identifier, line in defined.items():
            if identifier not in named:
                yield Finding(f"features/{file}", line, f"no scenario names {identifier}")


def _named(pickle: Pickle) -> Iterator[tuple[str, str]]:
    """Yield the requirements and defects in a scenario's tags, with the file of each."""
    files = {"lacp": "lacp.toml", "defect": "defects.toml", "fixed": "defects.toml"}
    for tag in pickle.tags:
        word, _, identifier = tag.partition(".")
        if word in files and identifier:
            yield files[word], identifier


def defects_on_other_releases(
    documents: Iterable[Feature], defects: Mapping[str, Defect]
) -> Iterator[Finding]:
    """Find defects whose scenarios hold on other releases than defects.toml says."""
    tags = [pickle.tags for _, pickle in pickles_of(documents)]

    def shown(tag: str, release: str) -> bool:
        return any(tag in scenario and releases.holds(scenario, release) for scenario in tags)

    for defect in defects.values():
        expected = [(f"defect.{defect.id}", release) for release in defect.present]
        expected += [(f"fixed.{defect.id}", release) for release in defect.fixed]
        for tag, release in expected:
            if not shown(tag, release):
                message = f"no scenario @{tag} holds on {release}"
                yield Finding("features/defects.toml", defect.line, message)
        for release in defect.fixed:
            if shown(f"defect.{defect.id}", release):
                message = f"{defect.id} is fixed on {release}, and a scenario shows it there"
                yield Finding("features/defects.toml", defect.line, message)
