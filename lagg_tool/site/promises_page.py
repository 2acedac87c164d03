"""What more than one article promises: one row for each, with a verdict on every target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lagg_tool.claims import Claim
from lagg_tool.claims.sets import ClaimSet, promises
from lagg_tool.site.identifiers import CLAIMS_URL
from lagg_tool.site.page import Page, slug
from lagg_tool.site.part import Part
from lagg_tool.site.render import render
from lagg_tool.site.target_runs import TargetRuns

URL = "promises.html"
_Column: TypeAlias = tuple[str, str]  # a target and its release


@dataclass(frozen=True)
class Wording:
    """A claim of one article, with its page on the site and the verdict on each target."""

    one: ClaimSet
    claim: Claim
    page: str  # below the root of the site, with the anchor
    verdicts: Mapping[_Column, str]


@dataclass(frozen=True)
class SharedPromise:
    """What several articles promise; ``targets`` are a product and its version each."""

    targets: tuple[TargetRuns, ...]
    wordings: tuple[Wording, ...]

    @property
    def differs(self) -> bool:
        """Whether it holds in one place and not in another."""
        return len({v for one in self.wordings for v in one.verdicts.values()}) > 1


def shared_promises(sets: Sequence[ClaimSet], parts: Sequence[Part]) -> tuple[SharedPromise, ...]:
    """Return what the articles have in common, with the verdicts on it."""
    by_set = {part.one.name: part for part in parts}
    found = []
    for promise in promises(sets):
        rows = [(by_set[one.name], claim) for one, claim in promise.claims if one.name in by_set]
        targets = {_column(target): target for part, _ in rows for target in part.survey.targets}
        wordings = tuple(
            Wording(
                part.one,
                claim,
                f"{part.address}{CLAIMS_URL}#{slug(claim.id)}",
                {
                    _column(target): word
                    for target in part.survey.targets
                    if (word := target.verdict(claim.id))
                },
            )
            for part, claim in rows
        )
        found.append(SharedPromise(tuple(targets.values()), wordings))
    return tuple(found)


def by_claim(found: Sequence[SharedPromise]) -> Mapping[str, SharedPromise]:
    """Return each promise by the claims that make it."""
    return {wording.claim.id: promise for promise in found for wording in promise.wordings}


def promises_page(found: Sequence[SharedPromise]) -> Page:
    """Make the page of all promises that several articles make."""
    targets: dict[_Column, TargetRuns] = {}
    for promise in found:
        for target in promise.targets:
            targets.setdefault(_column(target), target)
    rows = [
        (promise, [(target, _cell(promise, column)) for column, target in targets.items()])
        for promise in found
    ]
    html = render("promises.html", URL, {"rows": rows, "targets": tuple(targets.values())})
    about = "What several articles promise, with a verdict for each product and version."
    keywords = "comparison of products, compare articles, same claim, shared claims"
    return Page("promises", "Promises in several articles", html, "article", about, "", keywords)


def _cell(promise: SharedPromise, column: _Column) -> Mapping[str, Sequence[str]]:
    """Return the verdicts in a column, with the claims that were judged so there."""
    claims: dict[str, list[str]] = {}
    for one in promise.wordings:
        if word := one.verdicts.get(column):
            claims.setdefault(word, []).append(one.claim.id)
    return claims


def _column(target: TargetRuns) -> _Column:
    return target.result.id, target.result.release
