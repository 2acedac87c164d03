"""Pages of two releases side by side: what is different, with the evidence of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from lagg_tool import releases
from lagg_tool.livingdocs.gherkin import slug
from lagg_tool.livingdocs.page import Page
from lagg_tool.livingdocs.render import render
from lagg_tool.livingdocs.scenario_pages import scenario_href
from lagg_tool.livingdocs.survey import Column, Survey
from lagg_tool.release_notes import ReleaseNotes, release_notes


@dataclass(frozen=True)
class Pair:
    """Two targets of different releases."""

    before: Column
    after: Column

    @property
    def path(self) -> str:
        """The page's path; runs of one target share it."""
        return f"releases/{slug(self.before.target.id)}-to-{slug(self.after.target.id)}"

    @property
    def url(self) -> str:
        """Its URL below the root of the site."""
        return f"{self.path}.html"

    @property
    def title(self) -> str:
        """Both labels."""
        return f"{self.before.label} and {self.after.label}"


def pairs(survey: Survey) -> tuple[Pair, ...]:
    """Return every two targets of different releases, in the order of the columns."""
    return tuple(
        Pair(a, b)
        for a, b in combinations(survey.columns, 2)
        if releases.differ(a.target.release, b.target.release)
    )


def release_pages(survey: Survey) -> Iterator[Page]:
    """Make a page for each pair."""
    for pair in pairs(survey):
        notes = notes_of(pair)
        values = {
            "pair": pair,
            "notes": notes,
            "links": _links(survey, pair.url, notes),
        }
        html = render("release.html", pair.url, values)
        yield Page(pair.path, pair.title, html, "release", f"What is different: {pair.title}.")


def notes_of(pair: Pair) -> ReleaseNotes:
    """Return what is different from the one to the other, by their latest runs."""
    a, b = pair.before, pair.after
    return release_notes(a.latest, b.latest, a.target.id, b.target.id)


def _links(survey: Survey, url: str, notes: ReleaseNotes) -> dict[str, str]:
    """Return where the pages of the scenarios are, by scenario."""
    shown = [
        one.scenario
        for _, changes in notes.sections
        for change in changes
        for one in (*change.on_before, *change.on_after)
    ]
    found = {identifier: survey.find(identifier) for identifier in (*shown, *notes.untried)}
    return {
        identifier: scenario_href(url, scenario)
        for identifier, scenario in found.items()
        if scenario is not None
    }
