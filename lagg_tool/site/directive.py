"""Output of real runs in hand-written pages: ``{{ evidence("scenario id", "command", …) }}``.

A tutorial that shows made-up output is a tutorial nobody has tried. What such a page shows
is taken from the evidence of a scenario; without a run it says that there was none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import jinja2
from markupsafe import Markup

from lagg_tool.evidence import CommandEvent, ScenarioResult
from lagg_tool.site.gherkin import Scenario
from lagg_tool.site.publication import Site
from lagg_tool.site.render import render
from lagg_tool.site.scenario_pages import scenario_href
from lagg_tool.site.survey import Column


def fill_in(markdown: str, url: str, site: Site, warn: Callable[[str], None]) -> str:
    """Replace the directives of the hand-written page at ``url``; others stay as they are.

    ``warn`` is told what a page asks for and does not exist, so that a strict build fails.
    """
    if "{{" not in markdown:
        return markdown

    def evidence(scenario: str, *commands: str) -> Markup:
        return _evidence(scenario, commands, url, site, warn)

    def verdict(claim: str) -> str:
        found = next((o.words for o in site.opinions if o.claim.id == claim), None)
        if found is None and site.opinions:
            warn(f"{url}: there is no claim {claim}")
        return found or "not run"

    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    return template.from_string(markdown).render(evidence=evidence, verdict=verdict)


def _evidence(
    identifier: str, commands: Sequence[str], url: str, site: Site, warn: Callable[[str], None]
) -> Markup:
    scenario = site.survey.find(identifier)
    if scenario is None:
        if site.survey.features:
            warn(f"{url}: there is no scenario {identifier}")
        return render("ran.html", url, {"events": (), "name": identifier, "link": ""})
    column, ran = _ran(site, scenario, identifier)
    events = [telling(command, ran) for command in commands]
    for command, event in zip(commands, events, strict=True):
        # Real ports have other names; what is written here is tried on the simulated ones.
        if event is None and column is not None and not column.observed:
            warn(f"{url}: {identifier} ran no command with {command!r}")
    values = {
        "events": [event for event in events if event is not None],
        "column": column,
        "name": scenario.name,
        "link": scenario_href(url, scenario),
    }
    return render("ran.html", url, values)


def _ran(
    site: Site, scenario: Scenario, identifier: str
) -> tuple[Column | None, tuple[CommandEvent, ...]]:
    """Return a target and the commands that ran there: what a real host answered comes first."""
    for column in sorted(site.survey.columns, key=lambda column: not column.observed):
        for result in site.survey.standing(scenario, column).results:
            ran = tuple(_commands(result))
            if ran and (result.id == identifier or "[" not in identifier):
                return column, ran
    return None, ()


def telling(command: str, ran: Sequence[CommandEvent]) -> CommandEvent | None:
    """Return the last one with ``command`` in it that answered; a silent one if none did."""
    found = [event for event in ran if command in event.command]
    answered = [event for event in found if event.stdout or event.stderr]
    return next(iter([*answered[-1:], *found[-1:]]), None)


def _commands(result: ScenarioResult) -> Iterator[CommandEvent]:
    for step in result.steps:
        yield from (event for event in step.evidence if isinstance(event, CommandEvent))
