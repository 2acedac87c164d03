"""Pages for readers with a question: front page, audit, verdicts, matrix, changes, glossary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from lagg_tool.claims import releases
from lagg_tool.evidence.comparison import difference
from lagg_tool.site.gherkin import Scenario, Step, slug
from lagg_tool.site.opinion import Opinion, count_words, surprises
from lagg_tool.site.page import Page
from lagg_tool.site.release_pages import Pair
from lagg_tool.site.render import render
from lagg_tool.site.scenario_pages import feature_url, scenario_href
from lagg_tool.site.survey import Column, Mark, Standing, Survey

_USES_SHOWN = 20


@dataclass(frozen=True)
class FrontRow:
    """A target on the front page, with how its scenarios ended."""

    column: Column
    counts: str


@dataclass(frozen=True)
class Count:
    """How many claims have a verdict, and what that rests on."""

    word: str
    count: int
    split: str


def front(survey: Survey, opinions: Sequence[Opinion], tutorial: str | None) -> Page:
    """Make the front page: what was checked, on what, when, and what was found."""
    url = "index.html"
    told = []
    for opinion in surprises(opinions):
        scenario = _telling(survey, opinion)
        if scenario is not None:
            told.append((opinion, scenario_href(url, scenario), scenario.name))
    values = {
        "total": len(opinions),
        "observed": any(column.observed for column in survey.columns),
        "runs": [
            FrontRow(column, survey.counts(column, survey.scenarios)) for column in survey.columns
        ],
        "stale": _stale_words(survey),
        "verdicts": [
            Count(word, count, _split(word, opinions)) for word, count in count_words(opinions)
        ],
        "surprises": told,
        "tutorial": tutorial,
    }
    title = "Link aggregation on TrueNAS CORE"
    return Page("index", title, render("front.html", url, values))


def verdicts(survey: Survey, opinions: Sequence[Opinion]) -> Page:
    """Make the page of every claim with its verdict and its scenarios."""
    url = "verdicts.html"
    naming: dict[str, list[tuple[str, Scenario]]] = {}
    for scenario in survey.scenarios:
        for relation, claim in scenario.claims:
            naming.setdefault(claim, []).append((relation, scenario))
    rows = [
        (
            opinion,
            [
                (relation, scenario_href(url, scenario), scenario.name, _all(survey, scenario))
                for relation, scenario in naming.get(opinion.claim.id, [])
            ],
        )
        for opinion in opinions
    ]
    values = {
        "rows": rows,
        "words": sorted({opinion.word for opinion in opinions}),
        "levels": sorted({str(opinion.claim.level) for opinion in opinions}),
        "provenances": sorted({opinion.provenance for opinion in opinions}),
    }
    html = render("verdicts.html", url, values)
    return Page("verdicts", "Verdicts", html, "article", "Every claim and its verdict.")


def matrix(survey: Survey, opinions: Sequence[Opinion], pairs: Sequence[Pair] = ()) -> Page:
    """Make the page of scenarios by targets."""
    url = "matrix.html"
    changes = {column.target.id: _changes(column) for column in survey.columns}
    groups = []
    for feature in survey.features:
        rows = []
        for scenario in feature.scenarios():
            cells = []
            for column in survey.columns:
                standing = survey.standing(scenario, column)
                change = _change(changes[column.target.id], scenario, standing)
                cells.append((column, standing, change))
            words = [str(standing.mark) for _, standing, _ in cells]
            words += ["stale" for _, standing, _ in cells if standing.stale]
            words += ["changed" for _, _, change in cells if change]
            rows.append(
                {
                    "href": scenario_href(url, scenario),
                    "name": scenario.name,
                    "cells": cells,
                    "statuses": tuple(dict.fromkeys(words)),
                }
            )
        groups.append({"name": feature.name, "rows": rows})
    claims = [
        (
            opinion,
            [
                column.verdicts[opinion.claim.id].verdict
                if opinion.claim.id in column.verdicts
                else ""
                for column in survey.columns
            ],
        )
        for opinion in opinions
    ]
    values = {
        "columns": survey.columns,
        "pairs": pairs,
        "groups": groups,
        "statuses": [*(str(mark) for mark in Mark), "stale", "changed"],
        "claims": claims,
    }
    html = render("matrix.html", url, values)
    return Page("matrix", "Scenarios by targets", html, "release")


def changes(
    survey: Survey, opinions: Sequence[Opinion], releases_compared: Sequence[Pair] = ()
) -> Page:
    """Make the page of what changed since the previous run, and from target to target."""
    url = "changes.html"
    runs = [
        (column, difference(column.previous, column.latest, column.target.id, column.target.id))
        for column in survey.columns
        if column.previous is not None
    ]
    pairs = zip(survey.columns, survey.columns[1:], strict=False)
    # Different releases have a page of their own, which knows what to expect of each.
    targets = [
        (a, b, difference(a.latest, b.latest, a.target.id, b.target.id))
        for a, b in pairs
        if not releases.differ(a.target.release, b.target.release)
    ]
    values = {
        "runs": runs,
        "targets": targets,
        "releases": releases_compared,
        "claims": {opinion.claim.id for opinion in opinions},
        "stale": _stale(survey),
        "names": _linked_names(survey, url),
        "feature_url": lambda feature: feature_url(feature.path),
    }
    return Page("changes", "What changed", render("changes.html", url, values), "release")


def faults(survey: Survey, table: Mapping[str, Any]) -> Page:
    """Make the page of the faults that the suite was tried with; ``table`` is faults.json."""
    found: Sequence[Mapping[str, Any]] = table["faults"]
    url = "faults.html"
    rows = []
    for fault in found:
        scenario = survey.find(fault["caught"]) if fault.get("caught") else None
        rows.append((fault, scenario_href(url, scenario) if scenario else ""))
    caught = sum(bool(fault.get("caught")) for fault in found)
    values = {"faults": rows, "caught": caught, "table": table}
    html = render("faults.html", url, values)
    return Page("faults", "Faults that the suite catches", html, "release")


def glossary(survey: Survey) -> Page:
    """Make the page of every step with where it is used."""
    url = "steps.html"
    uses: dict[str, dict[str, Scenario]] = {}
    for scenario in survey.scenarios:
        for step in (*scenario.background, *scenario.steps):
            uses.setdefault(step_pattern(step), {})[scenario.id] = scenario
    steps = [
        {
            "words": _pattern_html(pattern),
            "anchor": slug(pattern),
            "uses": found,
            "shown": [(scenario_href(url, s), s.name) for s in list(found.values())[:_USES_SHOWN]],
        }
        for pattern, found in sorted(uses.items(), key=lambda use: use[0].casefold())
    ]
    return Page("steps", "Step glossary", render("steps.html", url, {"steps": steps}), "scenarios")


def step_pattern(step: Step) -> str:
    """Return a step's text with what varies taken out, so that its uses fall together."""
    text = re.sub(r'"[^"]*"|<[^<>]+>', "\0", step.text)
    # Numbers and addresses, and lists of them such as "ports 1, 2 and 3".
    text = re.sub(r"\b\d\w*([.:/]+\w+)*", "\0", text)
    return re.sub(r"\0((, | and |)\0)*", "…", text)


def _pattern_html(pattern: str) -> Markup:
    return Markup("<var>…</var>").join(escape(part) for part in pattern.split("…"))


def _all(survey: Survey, scenario: Scenario) -> list[tuple[Column, Standing]]:
    return [(column, survey.standing(scenario, column)) for column in survey.columns]


def _telling(survey: Survey, opinion: Opinion) -> Scenario | None:
    """Return the scenario to look at first: where a verdict changed, one that says so."""
    found = [s for s in map(survey.find, opinion.scenarios) if s is not None]
    if opinion.word == "changed":
        found.sort(
            key=lambda scenario: all(
                survey.standing(scenario, column).mark is not Mark.FAILED
                for column in survey.columns
            )
        )
    return found[0] if found else None


def _split(word: str, opinions: Sequence[Opinion]) -> str:
    found = Counter(opinion.provenance for opinion in opinions if opinion.word == word)
    words = {
        "observed": "observed",
        "simulated": "simulated only",
        "by reading": "by reading",
    }
    return ", ".join(f"{found[key]} {said}" for key, said in words.items() if found[key])


def _stale(survey: Survey) -> list[Any]:
    return [
        feature
        for feature in survey.features
        if any(
            column.digests.get(feature.path, feature.digest) != feature.digest
            for column in survey.columns
        )
    ]


def _stale_words(survey: Survey) -> str:
    count = len(_stale(survey))
    said = []
    if count:
        files = "feature file has" if count == 1 else "feature files have"
        said.append(f"{count} {files} changed since the last run.")
    if survey.claims_digest and any(
        run.article_digest != survey.claims_digest for run in survey.runs
    ):
        said.append("The claims have changed since the last run.")
    return " ".join(said)


def _changes(column: Column) -> Mapping[str, str]:
    """Return scenario identifier to what changed, in words, against the previous run."""
    if column.previous is None:
        return {}
    found = difference(column.previous, column.latest, column.target.id, column.target.id)
    words = {change.scenario: f"was {change.before}" for change in found.changed_results}
    words.update(dict.fromkeys(found.added, "new"))
    words.update({change.after: "renamed" for change in found.renamed})
    return words


def _change(changes: Mapping[str, str], scenario: Scenario, standing: Standing) -> str:
    ids = [scenario.id, *(result.id for result in standing.results)]
    return ", ".join(dict.fromkeys(changes[i] for i in ids if i in changes))


def _linked_names(survey: Survey, url: str) -> Callable[[str], Markup]:
    def name(identifier: str) -> Markup:
        scenario = survey.find(identifier)
        if scenario is None:
            return escape(identifier)
        link = scenario_href(url, scenario)
        return Markup('<a href="{}">{}</a>').format(link, identifier.split("::", 1)[1])

    return name
