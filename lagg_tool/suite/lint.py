"""What must hold of the features as a whole, as functions from documents to findings.

They run as tests, and ``lagg-tool accept`` runs them before the scenarios.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from lagg_tool.claims import (
    Claims,
    Defect,
    Level,
    Outcome,
    Relation,
    Requirements,
    Verdict,
    judge,
    load_claims,
    load_defects,
    load_requirements,
    releases,
)
from lagg_tool.suite.collector import result_path
from lagg_tool.suite.features import Feature, Pickle, claim_links, read_feature

# What a tag may be: a claim with a relation, a wire assertion, a defect, a release where it
# holds, a behaviour of some releases, or a topic.
TAG = re.compile(
    r"(confirms|refines|contradicts)\.[A-Z]-\d\d[a-z]?|lacp\.L-\d\d|"
    rf"{releases.TAG.pattern}|{releases.SUBJECT.pattern}|[a-z][a-z0-9-]*"
)
_SUBJECT = re.compile(r"(confirms|refines|contradicts|lacp|defect|fixed|behaviour)\.")


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with the features, and where."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Definition:
    """A step definition: ``kind`` is None where it serves given, when and then."""

    name: str
    kind: str | None
    place: str
    line: int
    matches: Callable[[str], bool]


def definitions() -> list[Definition]:
    """Return the step definitions of this package that are loaded."""
    found = (_definition(context) for context in step_function_context_registry.values())
    return [definition for definition in found if definition is not None]


def _definition(context: StepFunctionContext) -> Definition | None:
    function = context.step_func
    module = getattr(function, "__module__", "")
    if not module.startswith("steps."):
        return None
    code = function.__code__
    place = f"steps/{module.removeprefix('steps.')}.py"
    parser = context.parser
    return Definition(parser.name, context.type, place, code.co_firstlineno, parser.is_matching)


def read_documents(directory: Path) -> list[Feature]:
    """Read every feature file below a directory. Raises DocumentError."""
    paths = sorted(directory.rglob("*.feature"))
    return [read_feature(path, result_path(path)) for path in paths]


def lint(directory: Path) -> list[Finding]:
    """Return all findings on a directory of features with its definitions.

    article.toml has to be there; without lacp.toml or defects.toml, nothing is defined.
    """
    documents = read_documents(directory)
    claims = load_claims(directory / "article.toml")
    lacp, broken = directory / "lacp.toml", directory / "defects.toml"
    requirements = load_requirements(lacp) if lacp.exists() else Requirements({}, {})
    defects = load_defects(broken) if broken.exists() else {}
    known = definitions()
    return [
        *duplicate_names(documents),
        *incomplete_scenarios(documents),
        *strange_tags(documents),
        *unknown_claims(documents, claims),
        *claims_without_scenario(documents, claims),
        *unexpected_verdicts(documents, claims),
        *undefined_subjects(documents, requirements, defects),
        *definitions_without_scenario(documents, requirements, defects),
        *defects_on_other_releases(documents, defects),
        *scenarios_without_subject(documents),
        *defects_without_but(documents),
        *undefined_steps(documents, known),
        *unused_definitions(documents, known),
    ]


def _pickles(documents: Iterable[Feature]) -> Iterator[tuple[str, Pickle]]:
    for document in documents:
        for pickle in document.pickles:
            yield document.path, pickle


def duplicate_names(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios of one name in one file, under different rules too."""
    seen: dict[tuple[str, str], int] = {}
    for path, pickle in _pickles(documents):
        row = pickle.id.removeprefix(pickle.name) if pickle.id.startswith(pickle.name) else ""
        first = seen.setdefault((path, pickle.name + row), pickle.line)
        if first != pickle.line:
            yield Finding(path, pickle.line, f"{pickle.name!r} is there already, in line {first}")


def incomplete_scenarios(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios that assert nothing."""
    for path, pickle in _pickles(documents):
        if not any(step.kind == "then" for step in pickle.steps):
            yield Finding(path, pickle.line, f"{pickle.name!r} has no Then: it asserts nothing")


def strange_tags(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find tags that are neither a claim's, nor lacp., nor defect., nor a topic."""
    for path, pickle in _pickles(documents):
        for tag in pickle.tags:
            if not TAG.fullmatch(tag):
                yield Finding(path, pickle.line, f"the tag @{tag} is of no known form")


def unknown_claims(documents: Iterable[Feature], claims: Claims) -> Iterator[Finding]:
    """Find tags that name a claim which article.toml does not have."""
    for path, pickle in _pickles(documents):
        for link in claim_links(pickle.tags):
            if link.id not in claims.ids:
                yield Finding(path, pickle.line, f"article.toml has no claim {link.id}")


def claims_without_scenario(
    documents: Iterable[Feature], claims: Claims
) -> Iterator[Finding]:
    """Find claims that a host, its ports or its API can show, and no scenario names."""
    named = {link.id for _, pickle in _pickles(documents) for link in claim_links(pickle.tags)}
    for claim in claims.claims:
        if claim.level is not Level.EDITORIAL and claim.id not in named:
            message = f"no scenario names {claim.id}, which is of level {claim.level}"
            yield Finding("features/article.toml", claim.line, message)


def unexpected_verdicts(documents: Iterable[Feature], claims: Claims) -> Iterator[Finding]:
    """Find claims on which the scenarios, all passed, say otherwise than article.toml expects.

    article.toml speaks of TrueNAS, and of the FreeBSD release that it is made of.
    """
    pickles = [pickle for _, pickle in _pickles(documents)]
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
    for path, pickle in _pickles(documents):
        for file, identifier in _named(pickle):
            if identifier not in known[file]:
                yield Finding(path, pickle.line, f"{file} does not define {identifier}")


def definitions_without_scenario(
    documents: Iterable[Feature],
    requirements: Requirements,
    defects: Mapping[str, Defect],
) -> Iterator[Finding]:
    """Find requirements and defects that no scenario names."""
    named = {identifier for _, pickle in _pickles(documents) for _, identifier in _named(pickle)}
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
    tags = [pickle.tags for _, pickle in _pickles(documents)]

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


def scenarios_without_subject(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios that say nothing on a claim, a wire assertion or a defect."""
    for path, pickle in _pickles(documents):
        if not any(_SUBJECT.match(tag) for tag in pickle.tags):
            yield Finding(path, pickle.line, f"{pickle.name!r} names no claim, lacp. or defect.")


def _serving(step_kind: str, text: str, known: Iterable[Definition]) -> list[Definition]:
    return [d for d in known if d.kind in (None, step_kind) and d.matches(text)]


def defects_without_but(documents: Iterable[Feature]) -> Iterator[Finding]:
    """Find scenarios on a defect that have no ``But``: what is wrong is asserted there."""
    for path, pickle in _pickles(documents):
        if pickle.defects and not any(step.keyword == "But" for step in pickle.steps):
            message = f"{pickle.name!r} shows a defect and has no But that asserts it"
            yield Finding(path, pickle.line, message)


def undefined_steps(
    documents: Iterable[Feature], known: Sequence[Definition]
) -> Iterator[Finding]:
    """Find steps that no definition serves, or more than one, outlines filled in."""
    for path, pickle in _pickles(documents):
        for step in pickle.steps:
            serving = _serving(step.kind, step.text, known)
            if not serving:
                yield Finding(path, step.line, f"undefined: {step.keyword} {step.text}")
            elif len(serving) > 1:
                places = " and ".join(f"{d.place}:{d.line}" for d in serving)
                yield Finding(path, step.line, f"{step.text!r} is defined by {places}")


def unused_definitions(
    documents: Iterable[Feature], known: Iterable[Definition]
) -> Iterator[Finding]:
    """Find step definitions that no feature uses."""
    used = {(step.kind, step.text) for _, pickle in _pickles(documents) for step in pickle.steps}
    for definition in known:
        kinds = (definition.kind,) if definition.kind else ("given", "when", "then")
        if not any(kind in kinds and definition.matches(text) for kind, text in used):
            message = f"no feature uses the step {definition.name!r}"
            yield Finding(definition.place, definition.line, message)
