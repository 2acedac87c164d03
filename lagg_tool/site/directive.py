"""Output of recorded runs in hand-written pages: ``{{ evidence("scenario id", "command", …) }}``.

A tutorial with invented output is a tutorial that nobody has tried. The output on these
pages comes from the evidence of a scenario; without a run, the page says that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jinja2
from markupsafe import Markup

from lagg_tool.evidence import CommandEvent
from lagg_tool.site.assembly import Site
from lagg_tool.site.page import relative
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import feature_url, scenario_anchor
from lagg_tool.site.survey import Survey
from lagg_tool.site.target_runs import TargetRuns
from lagg_tool.site.walkthrough import Walkthrough, commands_of
from lagg_tool.suite.features import Scenario

MEMORY = "memory"  # the kind of testbed of sim:


def fill_in(markdown: str, url: str, site: Site, warn: Callable[[str], None]) -> str:
    """Replace the directives of the hand-written page at ``url``.

    Calls ``warn`` for every scenario, command or claim that does not exist, so that a strict
    build fails.
    """
    if "{{" not in markdown:
        return markdown

    def evidence(scenario: str, *commands: str) -> Markup:
        return _evidence(scenario, commands, url, site, warn)

    def verdict(claim: str) -> str:
        found = next((v.label for v in site.verdicts if v.claim.id == claim), None)
        if found is None and site.verdicts:
            warn(f"{url}: there is no claim {claim}")
        return found or "not run"

    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    walkthrough = Walkthrough(url, site, warn)
    return template.from_string(markdown).render(
        evidence=evidence,
        verdict=verdict,
        follow=walkthrough.follow,
        output=walkthrough.output,
    )


def _evidence(
    identifier: str, commands: Sequence[str], url: str, site: Site, warn: Callable[[str], None]
) -> Markup:
    part = site.part_of(identifier.partition("::")[0])
    scenario = part.survey.find(identifier) if part is not None else None
    if part is None or scenario is None:
        if site.survey.features:
            warn(f"{url}: there is no scenario {identifier}")
        return render("command_output.html", url, {"events": (), "name": identifier, "link": ""})
    target, commands_run = _target_and_commands(part.survey, scenario, identifier)
    events = [last_answer(command, commands_run) for command in commands]
    for command, event in zip(commands, events, strict=True):
        # The pages name ports of the simulated NAS on its own cables. Other hosts have other
        # ports, and another testbed runs other commands: there the page just has no output.
        if event is None and target is not None and target.result.testbed == MEMORY:
            warn(f"{url}: {identifier} ran no command with {command!r}")
    values = {
        "events": [event for event in events if event is not None],
        "target": target,
        "name": scenario.name,
        "link": relative(url, part.address + feature_url(scenario))
        + f"#{scenario_anchor(scenario)}",
    }
    return render("command_output.html", url, values)


def _target_and_commands(
    survey: Survey, scenario: Scenario, identifier: str
) -> tuple[TargetRuns | None, tuple[CommandEvent, ...]]:
    """Return a target and its commands; a real host comes before a simulated one."""
    for target in sorted(survey.targets, key=lambda target: not target.observed):
        for result in survey.status(scenario, target).results:
            commands_run = tuple(commands_of(result))
            if commands_run and (result.id == identifier or "[" not in identifier):
                return target, commands_run
    return None, ()


def last_answer(command: str, commands_run: Sequence[CommandEvent]) -> CommandEvent | None:
    """Return the last event of ``command`` with output, else the last one, else None."""
    found = [event for event in commands_run if command in event.command]
    answered = [event for event in found if event.stdout or event.stderr]
    return next(iter([*answered[-1:], *found[-1:]]), None)
