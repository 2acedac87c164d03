"""A hand-written page that follows one scenario: each output comes from it, in order.

``{{ follow("scenario id") }}`` says whose outputs the page shows; then each
``{{ output("command") }}`` is the next run of that command. Ports have other names on other
hosts: a name of a port matches any word.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from markupsafe import Markup

from lagg_tool.evidence import CommandEvent, ScenarioResult, Status
from lagg_tool.site.assembly import Site
from lagg_tool.site.page import relative
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import feature_url, scenario_anchor
from lagg_tool.site.survey import Survey
from lagg_tool.site.target_runs import TargetRuns
from lagg_tool.suite.features import Scenario

_PORT = re.compile(r"vtnet\d")


class Walkthrough:
    """The place up to which a page has followed its scenario."""

    def __init__(self, url: str, site: Site, warn: Callable[[str], None]) -> None:
        self._url = url
        self._site = site
        self._warn = warn
        self._scenario: Scenario | None = None
        self._link = ""
        self._target: TargetRuns | None = None
        self._result: ScenarioResult | None = None
        self._rest: list[CommandEvent] = []

    def follow(self, identifier: str) -> Markup:
        """Begin with a scenario; return where the outputs come from."""
        part = self._site.part_of(identifier.partition("::")[0])
        self._scenario = part.survey.find(identifier) if part is not None else None
        if part is None or self._scenario is None:
            if self._site.survey.features:
                self._warn(f"{self._url}: there is no scenario {identifier}")
            return Markup()
        page = relative(self._url, part.address + feature_url(self._scenario))
        self._link = f"{page}#{scenario_anchor(self._scenario)}"
        self._target, self._result = _best_run(part.survey, self._scenario)
        self._rest = list(commands_of(self._result)) if self._result else []
        return self._rendered(None, "source")

    def output(self, command: str) -> Markup:
        """Return the next run of a command, or a note that there is none."""
        for number, event in enumerate(self._rest):
            if is_same(command, event.command):
                del self._rest[: number + 1]
                return self._rendered(event, "output")
        # A run that ended early, or skipped the rest, is not the page's mistake.
        if self._result is not None and self._result.status is Status.PASSED:
            self._warn(f"{self._url}: {self._result.id} did not run {command!r} next")
        return self._rendered(None, "output")

    def _rendered(self, event: CommandEvent | None, what: str) -> Markup:
        values = {
            "event": event,
            "what": what,
            "target": self._target,
            "name": self._scenario.name if self._scenario else "the scenario of this page",
            "link": self._link,
        }
        return render("walkthrough.html", self._url, values)


def _best_run(
    survey: Survey, scenario: Scenario
) -> tuple[TargetRuns | None, ScenarioResult | None]:
    """Return the run to show: one that came to the end, rather of a real host."""
    runs = [
        (target, result)
        for target in survey.targets
        for result in survey.status(scenario, target).results
        if any(True for _ in commands_of(result))
    ]
    return max(
        runs,
        key=lambda run: (
            run[1].status is Status.PASSED,
            run[0].observed,
            sum(1 for _ in commands_of(run[1])),
        ),
        default=(None, None),
    )


def commands_of(result: ScenarioResult) -> Iterator[CommandEvent]:
    """Yield the commands of a scenario in their order."""
    yield from (event for event in result.events if isinstance(event, CommandEvent))


def is_same(command: str, ran: str) -> bool:
    """Return whether a command of a page is one that ran, on ports of any name."""
    try:
        ours, theirs = shlex.split(command), shlex.split(ran)
    except ValueError:  # a script with quotation marks of its own
        return False
    if len(ours) != len(theirs):
        return False
    return all(_matches(word, other) for word, other in zip(ours, theirs, strict=True))


def _matches(word: str, other: str) -> bool:
    pattern = r"\w+".join(re.escape(part) for part in _PORT.split(word))
    return re.fullmatch(pattern, other) is not None
