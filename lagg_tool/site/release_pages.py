"""Pages that compare two releases, with the evidence of both."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from lagg_tool import releases
from lagg_tool.evidence.release_notes import Change, ReleaseNotes, release_notes
from lagg_tool.site.gates import Gates, decide, shown_findings
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Page, slug
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import feature_slug, scenario_href
from lagg_tool.site.survey import Survey
from lagg_tool.site.target_runs import TargetRuns, pair_url


@dataclass(frozen=True)
class Pair:
    """Two targets of different releases."""

    before: TargetRuns
    after: TargetRuns

    @property
    def url(self) -> str:
        """The page's URL below the root of the site; runs of one target share it."""
        return pair_url(self.before, self.after)

    @property
    def title(self) -> str:
        """Both releases; the page itself adds the provenance."""
        return f"{self.before.short} and {self.after.short}"

    @property
    def menu(self) -> str:
        """Both releases; what is not observed is marked, since a real host may be there too."""
        ends = (self.before, self.after)
        return " to ".join(f"{t.short}{'' if t.observed else ' simulated'}" for t in ends)

    @property
    def label(self) -> str:
        """Both releases with their provenance."""
        return f"{self.before.label} and {self.after.label}"


@dataclass(frozen=True)
class Topic:
    """The behaviours of one feature that differ, each with its name or an empty one."""

    title: str
    anchor: str
    changes: tuple[tuple[Change, str], ...]

    def words(self, pair: Pair) -> str:
        """Return how many exist on one release only, and how many behave differently."""
        kinds = Counter((bool(c.on_before), bool(c.on_after)) for c, _ in self.changes)
        both = kinds[True, True]
        parts = (
            (kinds[True, False], f"only on {pair.before.short}"),
            (kinds[False, True], f"only on {pair.after.short}"),
            (both, "behaves differently" if both == 1 else "behave differently"),
        )
        return ", ".join(f"{count} {where}" for count, where in parts if count)


def pairs(survey: Survey) -> tuple[Pair, ...]:
    """Return every pair of targets of different releases, in the order of the targets."""
    return tuple(
        Pair(a, b)
        for a, b in combinations(survey.targets, 2)
        if releases.differ(a.result.release, b.result.release)
    )


def release_pages(survey: Survey, identifiers: Identifiers, gates: Gates) -> Iterator[Page]:
    """Make a page for each pair."""
    for pair in pairs(survey):
        notes = notes_of(pair)
        decision = decide(survey, pair.before, pair.after, gates)
        values = {
            "pair": pair,
            "notes": notes,
            "decision": decision,
            "findings": tuple(shown_findings(decision, survey, identifiers, pair.url)),
            "title": identifiers.title,
            "linked": functools.partial(identifiers.linked, pair.url),
            "topics": topics(survey, notes),
            "tables": [(title, changes) for title, changes in notes.sections[1:]],
            "links": _links(survey, pair.url, notes),
        }
        html = render("release.html", pair.url, values)
        about = f"What is different: {pair.label}."
        title = f"From {pair.before.label} to {pair.after.label}"
        yield Page(pair.url.removesuffix(".html"), title, html, "release", about, pair.menu)


def notes_of(pair: Pair) -> ReleaseNotes:
    """Return the release notes from the latest runs of a pair."""
    a, b = pair.before, pair.after
    return release_notes(a.latest, b.latest, a.result.id, b.result.id)


def topics(survey: Survey, notes: ReleaseNotes) -> tuple[Topic, ...]:
    """Group behaviours by feature; the rows of an outline are one behaviour."""
    found: dict[str, dict[str, Change]] = {}
    for change in notes.behaviours:
        path, _, _ = [*change.on_before, *change.on_after][0].scenario.partition("::")
        scenario = survey.find(change.subject)
        subject = scenario.id if scenario else change.subject
        known = found.setdefault(path, {})
        first = known.setdefault(subject, change)
        if first is not change:
            known[subject] = dataclasses.replace(
                first,
                on_before=first.on_before + change.on_before,
                on_after=first.on_after + change.on_after,
            )
    return tuple(
        Topic(
            survey.by_path[path].name if path in survey.by_path else path,
            feature_slug(survey.by_path[path]) if path in survey.by_path else slug(path),
            # A behaviour without a tag has no name; the link to its scenario names it.
            tuple(
                (change, "" if "::" in subject else subject) for subject, change in known.items()
            ),
        )
        for path, known in found.items()
    )


def _links(survey: Survey, url: str, notes: ReleaseNotes) -> dict[str, str]:
    """Return the links to the scenarios, by identifier."""
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
