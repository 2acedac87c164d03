"""Pages that compare targets and runs: the matrix, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup, escape

from lagg_tool import releases
from lagg_tool.evidence.comparison import difference
from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.page import Page
from lagg_tool.site.release_pages import Pair
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import feature_url, scenario_href
from lagg_tool.site.survey import Mark, ScenarioStatus, Survey
from lagg_tool.site.target_runs import TargetRuns
from lagg_tool.suite.features import Scenario


def matrix_page(
    survey: Survey, verdicts: Sequence[CombinedVerdict], pairs: Sequence[Pair] = ()
) -> Page:
    """Make the page of scenarios by targets."""
    url = "matrix.html"
    changes = {target.result.id: _changes(target) for target in survey.targets}
    groups = []
    for feature in survey.features:
        rows = []
        for scenario in feature.scenarios:
            cells = []
            for target in survey.targets:
                status = survey.status(scenario, target)
                change = _change(changes[target.result.id], scenario, status)
                cells.append((target, status, change))
            words = [str(status.mark) for _, status, _ in cells]
            words += ["stale" for _, status, _ in cells if status.stale]
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
        (verdict, [(target, target.verdict(verdict.claim.id)) for target in survey.targets])
        for verdict in verdicts
    ]
    values = {
        "targets": survey.targets,
        "pairs": pairs,
        "groups": groups,
        "statuses": [*(str(mark) for mark in Mark), "stale", "changed"],
        "claims": claims,
    }
    html = render("matrix.html", url, values)
    keywords = "matrix, test matrix, test results, passed and failed, coverage, targets"
    return Page("matrix", "Scenarios by targets", html, "release", keywords=keywords)


def changes_page(
    survey: Survey, verdicts: Sequence[CombinedVerdict], releases_compared: Sequence[Pair] = ()
) -> Page:
    """Make the page of changes since the previous run, and between targets of one release."""
    url = "changes.html"
    runs = [
        (target, difference(target.previous, target.latest, target.result.id, target.result.id))
        for target in survey.targets
        if target.previous is not None
    ]
    pairs = zip(survey.targets, survey.targets[1:], strict=False)
    # Two releases have a page of their own, which knows what to expect of each.
    targets = [
        (a, b, difference(a.latest, b.latest, a.result.id, b.result.id))
        for a, b in pairs
        if not releases.differ(a.result.release, b.result.release)
    ]
    values = {
        "runs": runs,
        "targets": targets,
        "releases": releases_compared,
        "claims": {verdict.claim.id for verdict in verdicts},
        "stale": survey.stale_features,
        "names": _linked_names(survey, url),
        "feature_url": feature_url,
    }
    return Page(
        "changes",
        "What changed between releases",
        render("changes.html", url, values),
        "release",
        menu="What changed",
        keywords="changelog, change log, what is new, release notes, differences between versions",
    )


def _changes(target: TargetRuns) -> Mapping[str, str]:
    """Return the change of each scenario since the previous run, in words, by identifier."""
    if target.previous is None:
        return {}
    found = difference(target.previous, target.latest, target.result.id, target.result.id)
    words = {change.scenario: f"was {change.before}" for change in found.changed_results}
    words.update(dict.fromkeys(found.added, "new"))
    words.update({change.after: "renamed" for change in found.renamed})
    return words


def _change(changes: Mapping[str, str], scenario: Scenario, status: ScenarioStatus) -> str:
    ids = [scenario.id, *(result.id for result in status.results)]
    return ", ".join(dict.fromkeys(changes[i] for i in ids if i in changes))


def _linked_names(survey: Survey, url: str) -> Callable[[str], Markup]:
    def name(identifier: str) -> Markup:
        scenario = survey.find(identifier)
        if scenario is None:
            return escape(identifier)
        link = scenario_href(url, scenario)
        return Markup('<a href="{}">{}</a>').format(link, identifier.split("::", 1)[1])

    return name
