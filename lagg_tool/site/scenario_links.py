"""The addresses of scenarios: the pages of features, their sources, evidence and captures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lagg_tool.claims.sets import ClaimSet
from lagg_tool.site.combined_verdict import Seen
from lagg_tool.site.page import relative, slug
from lagg_tool.site.survey import Mark, ScenarioStatus, Survey
from lagg_tool.site.target_runs import TargetRuns
from lagg_tool.suite.features import Feature, Scenario

_BAD = (Mark.FAILED, Mark.UNDEFINED)


def feature_slug(document: Feature | Scenario) -> str:
    """Return the place of a feature file, such as failover/primary.feature, as a part of a URL."""
    return slug(document.place.removesuffix(".feature"))


def feature_url(document: Feature | Scenario) -> str:
    """Return the URL of a feature file's page, below those of its set."""
    return f"features/{feature_slug(document)}.html"


def page_of(path: str, sets: Sequence[ClaimSet]) -> str:
    """Return the URL of a feature file's page on the site of some sets, by its path in results."""
    one = next((one for one in sets if one.owns(path)), None)
    place = path.removeprefix(f"{one.path if one else 'features'}/").removesuffix(".feature")
    return f"{one.header.address if one else ''}features/{slug(place)}.html"


def source_url(document: Feature | Scenario) -> str:
    """Return the URL of the page that shows a feature file line by line."""
    return feature_url(document).replace("features/", "features/source/", 1)


def evidence_url(scenario: Scenario, target: TargetRuns) -> str:
    """Return the URL of a page with one scenario's evidence on one target."""
    return f"evidence/{_place(scenario, target)}.html"


def scenario_anchor(scenario: Scenario) -> str:
    """Return the anchor of a scenario on its feature's page; only a new name changes it."""
    return slug(scenario.name)


def scenario_href(url: str, scenario: Scenario) -> str:
    """Return the permanent link to a scenario from the page at ``url``."""
    return f"{relative(url, feature_url(scenario))}#{scenario_anchor(scenario)}"


def capture_path(scenario: Scenario, target: TargetRuns, number: int) -> str:
    """Return the URL of the capture of a scenario's ``number``-th result on a target."""
    return f"captures/{_place(scenario, target)}-{number}.pcapng"


def in_order_of_weight(
    survey: Survey, scenario: Scenario
) -> list[tuple[TargetRuns, ScenarioStatus]]:
    """Return the targets with something to show, the one that a card opens with first.

    A run that failed comes before one that passed, and a real host before a simulated one: no
    failure is ever behind another target's green steps. What a model passed adds nothing where a
    real host passed the same steps.
    """
    ran = [(t, status) for t, status in survey.on_targets(scenario) if _has_something(status)]
    if any(t.observed and s.mark is Mark.PASSED and not s.stale for t, s in ran):
        ran = [(t, s) for t, s in ran if t.observed or s.mark is not Mark.PASSED]
    ran.sort(key=lambda pair: (pair[1].mark not in _BAD, not pair[0].observed))
    return ran


def evidence_href(survey: Survey, url: str, scenario: Scenario, target: TargetRuns) -> str:
    """Return the link from the page at ``url`` to a scenario's evidence on a target."""
    on_other_pages = in_order_of_weight(survey, scenario)[1:]
    if any(one is target for one, _ in on_other_pages):
        return relative(url, evidence_url(scenario, target))
    return scenario_href(url, scenario)


def seen_link(survey: Survey, url: str) -> Callable[[Seen], str]:
    """Return what links from the page at ``url`` to the run that a claim does not hold in."""

    def link(seen: Seen) -> str:
        scenario = survey.find(seen.result.id)
        return evidence_href(survey, url, scenario, seen.target) if scenario else "#"

    return link


def _has_something(status: ScenarioStatus) -> bool:
    return status.mark in _BAD or any(
        step.evidence for result in status.results for step in result.steps
    )


def _place(scenario: Scenario, target: TargetRuns) -> str:
    return f"{feature_slug(scenario)}/{scenario_anchor(scenario)[:80]}-{slug(target.result.id)}"
