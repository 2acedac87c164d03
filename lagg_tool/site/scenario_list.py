"""The page that lists and filters all scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.page import Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import feature_slug, feature_url, scenario_href
from lagg_tool.site.survey import ScenarioStatus, Survey
from lagg_tool.site.target_runs import TargetRuns
from lagg_tool.suite.features import Scenario


@dataclass(frozen=True)
class Row:
    """A scenario as a line of the list, with the values that the filters use."""

    scenario: Scenario
    href: str
    tags: tuple[str, ...]
    on_targets: tuple[tuple[TargetRuns, ScenarioStatus], ...]
    statuses: tuple[str, ...]
    verdicts: tuple[str, ...]


def index_page(survey: Survey, verdicts: Mapping[str, CombinedVerdict]) -> Page:
    """Make the page that lists and filters all scenarios."""
    url = "features/index.html"
    rows = {
        feature.path: [_row(scenario, url, survey, verdicts) for scenario in feature.scenarios]
        for feature in survey.features
    }
    every = [row for found in rows.values() for row in found]
    values = {
        "features": survey.features,
        "targets": survey.targets,
        "count": len(every),
        "rows": rows,
        "tags": sorted({tag for row in every for tag in row.tags}),
        "statuses": sorted({word for row in every for word in row.statuses}),
        "verdicts": sorted({word for row in every for word in row.verdicts}),
        "feature_url": feature_url,
        "feature_slug": feature_slug,
    }
    html = render("features.html", url, values)
    about, keywords = "Every scenario.", "list of tests, test cases, features, tags"
    return Page("features/index", "All scenarios", html, "scenarios", about, "", keywords)


def _row(
    scenario: Scenario, url: str, survey: Survey, verdicts: Mapping[str, CombinedVerdict]
) -> Row:
    on_targets = survey.on_targets(scenario)
    found = [verdicts.get(link.id) for link in scenario.claims]
    return Row(
        scenario,
        scenario_href(url, scenario),
        scenario.tags,
        tuple(on_targets),
        tuple(_filter_words(on_targets)),
        tuple(dict.fromkeys(verdict.word for verdict in found if verdict)),
    )


def _filter_words(statuses: list[tuple[TargetRuns, ScenarioStatus]]) -> Iterator[str]:
    if not statuses:
        yield "never run"
    for _, status in statuses:
        yield str(status.mark)
        if status.stale:
            yield "stale"
