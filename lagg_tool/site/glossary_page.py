"""The step glossary: every step with the scenarios that use it."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from lagg_tool.site.page import Page, slug
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import scenario_href
from lagg_tool.site.survey import Survey
from lagg_tool.suite.features import Scenario, Step

_LINKS = 1000  # on the page, which must stay small: so many uses of each step are linked
_MOST_USES = 12


def glossary_page(survey: Survey) -> Page:
    """Make the step glossary."""
    url = "steps.html"
    uses: dict[str, dict[str, Scenario]] = {}
    for scenario in survey.scenarios:
        for step in (*scenario.background, *scenario.steps):
            uses.setdefault(step_pattern(step), {})[scenario.id] = scenario
    shown = min(_MOST_USES, max(2, _LINKS // max(1, len(uses))))
    anchors = _anchors(sorted(uses, key=str.casefold))
    steps = [
        {
            "words": _pattern_html(pattern),
            "anchor": anchors[pattern],
            "uses": found,
            "shown": [(scenario_href(url, s), s.name) for s in list(found.values())[:shown]],
        }
        for pattern, found in sorted(uses.items(), key=lambda use: use[0].casefold())
    ]
    html = render("steps.html", url, {"steps": steps})
    keywords = "step definitions, given when then, all steps, reuse a step"
    return Page("steps", "Glossary of the steps", html, "scenarios", keywords=keywords)


def _anchors(patterns: list[str]) -> dict[str, str]:
    """Return an anchor for each step; those with the same words get a number."""
    found: dict[str, str] = {}
    for pattern in patterns:
        alike = sum(slug(other) == slug(pattern) for other in found)
        found[pattern] = f"{slug(pattern)}-{alike + 1}" if alike else slug(pattern)
    return found


def step_pattern(step: Step) -> str:
    """Return a step's text with its values replaced, the same for all its uses."""
    text = re.sub(r'"[^"]*"|<[^<>]+>', "\0", step.text)
    # Numbers and addresses, and lists of them such as "ports 1, 2 and 3".
    text = re.sub(r"\b\d\w*([.:/]+\w+)*", "\0", text)
    return re.sub(r"\0((, | and |)\0)*", "…", text)


def _pattern_html(pattern: str) -> Markup:
    return Markup("<var>…</var>").join(escape(part) for part in pattern.split("…"))
