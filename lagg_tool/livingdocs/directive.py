"""Output of real runs in hand-written pages: ``{{ evidence("scenario id", "command") }}``.

A tutorial that shows made-up output is a tutorial nobody has tried. What such a page shows
is taken from the evidence of a scenario; without a run it says that there was none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jinja2
from markupsafe import Markup

from lagg_tool.evidence import CommandEvent, ScenarioResult
from lagg_tool.livingdocs.gherkin import Scenario
from lagg_tool.livingdocs.publication import Site
from lagg_tool.livingdocs.render import render
from lagg_tool.livingdocs.scenario_pages import scenario_href
from lagg_tool.livingdocs.survey import Column


def fill_in(markdown: str, url: str, site: Site, warn: Callable[[str], None]) -> str:
    """Replace the directives of the hand-written page at ``url``; others stay as they are.

    ``warn`` is told what a page asks for and does not exist, so that a strict build fails.
    """
    if "{{" not in markdown:
        return markdown

    def evidence(scenario: str, command: str = "") -> Markup:
        return _evidence(scenario, command, url, site, warn)

    def verdict(claim: str) -> str:
        found = next((o.words for o in site.opinions if o.claim.id == claim), None)
        if found is None and site.opinions:
            warn(f"{url}: there is no claim {claim}")
        return found or "not run"

    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    return template.from_string(markdown).render(evidence=evidence, verdict=verdict)


def _evidence(
    identifier: str, command: str, url: str, site: Site, warn: Callable[[str], None]
) -> Markup:
    scenario = site.survey.find(identifier)
    if scenario is None:
        if site.survey.features:
            warn(f"{url}: there is no scenario {identifier}")
        return render("ran.html", url, {"event": None, "name": identifier, "link": ""})
    column, event = next(_found(site, scenario, identifier, command), (None, None))
    values = {
        "event": event,
        "column": column,
        "name": scenario.name,
        "link": scenario_href(url, scenario),
    }
    return render("ran.html", url, values)


def _found(
    site: Site, scenario: Scenario, identifier: str, command: str
) -> Iterator[tuple[Column, CommandEvent]]:
    """Yield the commands that hold ``command``: what a real host answered comes first."""
    for column in sorted(site.survey.columns, key=lambda column: not column.observed):
        for result in site.survey.standing(scenario, column).results:
            if result.id == identifier or "[" not in identifier:
                yield from ((column, e) for e in _commands(result) if command in e.command)


def _commands(result: ScenarioResult) -> Iterator[CommandEvent]:
    for step in result.steps:
        yield from (event for event in step.evidence if isinstance(event, CommandEvent))
