"""Rules for tags: what scenarios speak of is defined, and what is defined is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from lagg_tool import releases
from lagg_tool.claims import (
    Level,
    Outcome,
    Relation,
    Verdict,
    judge,
)
from lagg_tool.claims.reader import IDENTIFIER
from lagg_tool.claims.sets import CLAIMS, DEFECTS, ClaimSet
from lagg_tool.suite.features import Feature, Pickle, claim_links
from lagg_tool.suite.lint.finding import Finding, pickles_of

# What a tag may be: a claim with a relation, a requirement, a defect, a release where it holds, a
# behaviour of some releases, or a topic.
TAG = re.compile(
    rf"[a-z0-9-]+\.{IDENTIFIER.pattern}|"
    rf"{releases.TAG.pattern}|behaviour\.[a-z][a-z0-9-]*|[a-z][a-z0-9-]*"
)
_RELATIONS = frozenset(Relation)
_DEFECTS = ("defect", "fixed")
_BEHAVIOUR = "behaviour"


def strange_tags(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find tags that are neither a claim's, a requirement's, a defect's, nor a topic.

    A tag for a release names a system that the set is about.
    """
    words = {*_RELATIONS, *_DEFECTS, *one.requirements}

    def is_known(tag: str) -> bool:
        if release := releases.TAG.fullmatch(tag):
            return one.concerns(releases.system(release["release"]))
        word, _, identifier = tag.partition(".")
        return word in words if IDENTIFIER.fullmatch(identifier) else True

    for path, pickle in pickles_of(documents):
        for tag in pickle.tags:
            if not (TAG.fullmatch(tag) and is_known(tag)):
                yield Finding(path, pickle.line, f"the tag @{tag} is of no known form")


def scenarios_without_subject(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find scenarios that say nothing on a claim, a requirement or a defect."""
    words = {*_RELATIONS, *_DEFECTS, *one.requirements, _BEHAVIOUR}
    for path, pickle in pickles_of(documents):
        if not any(tag.partition(".")[0] in words and "." in tag for tag in pickle.tags):
            message = f"{pickle.name!r} names no claim, requirement or defect"
            message += "; tag it, as in @confirms.CLAIM"
            yield Finding(path, pickle.line, message)


def unknown_claims(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find tags that name a claim which article.toml does not have."""
    for path, pickle in pickles_of(documents):
        for link in claim_links(pickle.tags):
            if link.id not in one.claims.ids:
                yield Finding(path, pickle.line, f"article.toml has no claim {link.id}")


def claims_without_scenario(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find claims that a host, its ports or its API can show, and no scenario names."""
    named = {link.id for _, pickle in pickles_of(documents) for link in claim_links(pickle.tags)}
    for claim in one.claims.claims:
        if claim.level is not Level.EDITORIAL and claim.id not in named:
            message = f"no scenario names {claim.id}, which is of level {claim.level}"
            yield Finding(f"{one.path}/{CLAIMS}", claim.line, message)


def unexpected_verdicts(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find claims on which the scenarios, all passed, say otherwise than article.toml expects.

    It speaks of the releases that it calls its references.
    """
    pickles = [pickle for _, pickle in pickles_of(documents)]
    for release in one.header.references:
        outcomes: dict[str, list[Outcome]] = {}
        for pickle in pickles:
            for link in claim_links(pickle.tags) if releases.holds(pickle.tags, release) else ():
                outcome = Outcome(pickle.id, Relation(link.relation), passed=True)
                outcomes.setdefault(link.id, []).append(outcome)
        for claim in one.claims.claims:
            verdict = judge(claim, outcomes.get(claim.id, [])).verdict
            if verdict not in (claim.expected, Verdict.NOT_COVERED):
                expected = f"{claim.id} is expected {claim.expected}"
                message = f"{expected}, its scenarios say {verdict} on {release}"
                yield Finding(f"{one.path}/{CLAIMS}", claim.line, message)


def undefined_subjects(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find tags that name a requirement or a defect which no file defines."""
    known = _definitions(one)
    for path, pickle in pickles_of(documents):
        for file, identifier in _named(pickle, one):
            if identifier not in known[file]:
                yield Finding(path, pickle.line, f"{file} does not define {identifier}")


def definitions_without_scenario(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find requirements and defects that no scenario names."""
    named = {name for _, pickle in pickles_of(documents) for _, name in _named(pickle, one)}
    for file, defined in _definitions(one).items():
        for identifier, line in defined.items():
            if identifier not in named:
                yield Finding(f"{one.path}/{file}", line, f"no scenario names {identifier}")


def _definitions(one: ClaimSet) -> Mapping[str, Mapping[str, int]]:
    """Return the lines of requirements and defects, by file and identifier."""
    found: dict[str, Mapping[str, int]] = {
        f"{word}.toml": {r.id: r.line for r in known.requirements.values()}
        for word, known in one.requirements.items()
    }
    return found | {DEFECTS: {d.id: d.line for d in one.defects.values()}}


def _named(pickle: Pickle, one: ClaimSet) -> Iterator[tuple[str, str]]:
    """Yield the requirements and defects in a scenario's tags, with the file of each."""
    files = {word: f"{word}.toml" for word in one.requirements} | dict.fromkeys(_DEFECTS, DEFECTS)
    for tag in pickle.tags:
        word, _, identifier = tag.partition(".")
        if word in files and identifier:
            yield files[word], identifier


def defects_on_other_releases(documents: Iterable[Feature], one: ClaimSet) -> Iterator[Finding]:
    """Find defects whose scenarios hold on other releases than defects.toml says."""
    tags = [pickle.tags for _, pickle in pickles_of(documents)]

    def shown(tag: str, release: str) -> bool:
        return any(tag in scenario and releases.holds(scenario, release) for scenario in tags)

    for defect in one.defects.values():
        expected = [(f"defect.{defect.id}", release) for release in defect.present]
        expected += [(f"fixed.{defect.id}", release) for release in defect.fixed]
        for tag, release in expected:
            if not shown(tag, release):
                message = f"no scenario @{tag} holds on {release}"
                yield Finding(f"{one.path}/{DEFECTS}", defect.line, message)
        for release in defect.fixed:
            if shown(f"defect.{defect.id}", release):
                message = f"{defect.id} is fixed on {release}, and a scenario shows it there"
                yield Finding(f"{one.path}/{DEFECTS}", defect.line, message)
