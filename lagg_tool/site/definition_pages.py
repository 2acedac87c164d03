"""The pages of what a claim set defines: its requirements, and the known defects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lagg_tool import releases
from lagg_tool.claims.defects import Defect
from lagg_tool.claims.requirements import Requirements
from lagg_tool.evidence import Status
from lagg_tool.evidence.release_notes import defect_states, gone
from lagg_tool.site.identifiers import DEFECTS_URL, REQUIREMENTS_URL, Identifiers
from lagg_tool.site.page import Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import evidence_href, scenario_href
from lagg_tool.site.survey import ScenarioStatus, Survey
from lagg_tool.site.target_runs import TargetRuns

ScenarioLink: TypeAlias = tuple[str, str, list[tuple[TargetRuns, ScenarioStatus]]]


def requirements_page(
    survey: Survey, known: Mapping[str, Requirements], identifiers: Identifiers
) -> Page:
    """Make the page of the requirements of standards, by the word of their tags."""
    url = REQUIREMENTS_URL
    by_tag = _scenarios_by_tag(survey, url)
    values = {
        "groups": [
            (
                word,
                requirements,
                [
                    (requirement, by_tag.get(f"{word}.{requirement.id}", []))
                    for requirement in requirements.requirements.values()
                ],
            )
            for word, requirements in known.items()
        ],
        "linked": lambda text: identifiers.linked(url, text),
    }
    html = render("requirements.html", url, values)
    titles = " and ".join(one.title or word for word, one in known.items())
    about = "What the scenarios require of standards, and where the kernel deviates from them."
    keywords = "standard, IEEE, conformance, compliance, deviations"
    title = f"{titles} requirements".strip()
    return Page("requirements", title, html, "protocols", about, keywords=keywords)


def defects_page(survey: Survey, defects: Mapping[str, Defect], identifiers: Identifiers) -> Page:
    """Make the page of the known defects, with the scenarios that show them."""
    url = DEFECTS_URL
    by_tag = _scenarios_by_tag(survey, url)
    found = [(target, defect_states(target.by_id.values())) for target in survey.targets]
    values = {
        "defects": [
            (
                defect,
                by_tag.get(f"defect.{defect.id}", []),
                by_tag.get(f"fixed.{defect.id}", []),
                [
                    Sighting(target, states[defect.id], _shown_by(survey, target, defect, url))
                    for target, states in found
                    if defect.id in states
                ],
            )
            for defect in defects.values()
        ],
        "example": next(iter(defects), "ID"),
        "release": releases.title,
        "linked": lambda text: identifiers.linked(url, text),
    }
    html = render("defects.html", url, values)
    about = "The known defects: effect, workaround, releases."
    keywords = "defects, bugs, known issues, known problems, errata, limitations, workarounds"
    return Page("defects", "Known defects", html, "release", about, keywords=keywords)


@dataclass(frozen=True)
class Sighting:
    """What the runs on a target found of a defect: present or gone, and where that is shown."""

    target: TargetRuns
    state: str
    href: str


def _shown_by(survey: Survey, target: TargetRuns, defect: Defect, url: str) -> str:
    """Return the link to the scenario that shows a defect, or its absence, on a target."""
    for tag in (f"defect.{defect.id}", f"fixed.{defect.id}"):
        for result in target.by_id.values():
            scenario = survey.find(result.id) if tag in result.tags else None
            if scenario is not None and (result.status is Status.PASSED or gone(result)):
                return evidence_href(survey, url, scenario, target)
    return ""


def _scenarios_by_tag(survey: Survey, url: str) -> dict[str, list[ScenarioLink]]:
    """Return (link, name, status on every target) of the scenarios with each tag."""
    found: dict[str, list[ScenarioLink]] = {}
    for scenario in survey.scenarios:
        shown = (scenario_href(url, scenario), scenario.name, survey.on_targets(scenario))
        for tag in scenario.all_tags:
            found.setdefault(tag, []).append(shown)
    return found
