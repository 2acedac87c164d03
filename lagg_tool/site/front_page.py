"""The front page: what was checked, on what and when, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lagg_tool.site.combined_verdict import CombinedVerdict, count_words, key_findings
from lagg_tool.site.gates import Decision, Shown
from lagg_tool.site.page import Page
from lagg_tool.site.render import render
from lagg_tool.site.scenario_pages import scenario_href, seen_link
from lagg_tool.site.survey import Mark, Survey, TargetRuns
from lagg_tool.suite.features import Scenario

_PROVENANCES = {"observed": "observed", "simulated": "simulated only", "by reading": "by reading"}


@dataclass(frozen=True)
class FrontRow:
    """A target on the front page; ``counts`` says how many scenarios have which status."""

    target: TargetRuns
    counts: str


@dataclass(frozen=True)
class Count:
    """The number of claims with a verdict; ``split`` divides it by provenance."""

    word: str
    count: int
    split: str


def front_page(
    survey: Survey,
    verdicts: Sequence[CombinedVerdict],
    tutorial: str | None = None,
    decided: Sequence[tuple[Decision, Sequence[Shown]]] = (),
) -> Page:
    """Make the front page; ``tutorial`` is the URL of the page for administrators.

    ``decided`` are the gates of all targets with their findings, the one to open with first.
    """
    url = "index.html"
    findings = []
    for verdict in key_findings(verdicts):
        scenario = _evidence_scenario(survey, verdict)
        if scenario is not None:
            findings.append((verdict, scenario_href(url, scenario), scenario.name))
    values = {
        "total": len(verdicts),
        "own": sum(verdict.claim.id.startswith("C-") for verdict in verdicts),
        "decided": decided,
        "green": all(decision.gate.passes for decision, _ in decided),
        "observed": any(target.observed for target in survey.targets),
        "runs": [
            FrontRow(target, survey.counts(target, survey.scenarios)) for target in survey.targets
        ],
        "stale": _stale_words(survey),
        "verdicts": [
            Count(word, count, _split(word, verdicts)) for word, count in count_words(verdicts)
        ],
        "findings": findings,
        "seen_link": seen_link(survey, url),
        "tutorial": tutorial,
    }
    title = "Link aggregation on TrueNAS CORE"
    return Page("index", title, render("front.html", url, values))


def _evidence_scenario(survey: Survey, verdict: CombinedVerdict) -> Scenario | None:
    """Return the scenario to look at first: one that failed, where the verdict changed."""
    found = [s for s in map(survey.find, verdict.scenarios) if s is not None]
    if verdict.word == "changed":
        failed = [scenario for scenario in found if _failed(survey, scenario)]
        found = failed or found
    return found[0] if found else None


def _failed(survey: Survey, scenario: Scenario) -> bool:
    return any(survey.status(scenario, target).mark is Mark.FAILED for target in survey.targets)


def _split(word: str, verdicts: Sequence[CombinedVerdict]) -> str:
    found = Counter(verdict.provenance for verdict in verdicts if verdict.word == word)
    return ", ".join(f"{found[key]} {words}" for key, words in _PROVENANCES.items() if found[key])


def _stale_words(survey: Survey) -> str:
    count = len(survey.stale_features)
    sentences = []
    if count:
        files = "feature file has" if count == 1 else "feature files have"
        sentences.append(f"{count} {files} changed since the last run.")
    digest = survey.claims_digest
    if digest and any(run.article_digest != digest for run in survey.runs):
        sentences.append("The claims have changed since the last run.")
    return " ".join(sentences)
