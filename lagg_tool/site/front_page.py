"""The front page: what is wrong in each article, what was checked, on what and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from lagg_tool.site.combined_verdict import CombinedVerdict, count_words, is_own, key_findings
from lagg_tool.site.page import Page
from lagg_tool.site.part import Part
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import scenario_href, seen_link
from lagg_tool.site.survey import Mark, Survey
from lagg_tool.suite.features import Scenario

_PROVENANCES = {"observed": "observed", "simulated": "simulated only", "by reading": "by reading"}
_URL = "index.html"


def front_page(
    parts: Sequence[Part], guides: Sequence[tuple[str, str]] = (), promises: int = 0
) -> Page:
    """Make the front page; ``guides`` are the titles and URLs of pages about the tool.

    ``parts`` are the articles, the newest first; ``promises`` is how many of the statements
    several of them make.
    """
    targets = [target for part in parts for target in part.survey.targets]
    values = {
        "parts": [(part, _article(part, alone=len(parts) == 1)) for part in parts],
        "total": sum(len(part.verdicts) for part in parts),
        "runs": bool(targets),
        "promises": promises,
        "guides": guides,
    }
    title = parts[0].one.title if len(parts) == 1 else "Articles, checked claim by claim"
    keywords = "home, start page, overview, summary"
    return Page("index", title, render("front.html", _URL, values), keywords=keywords)


def _article(part: Part, *, alone: bool) -> Markup:
    """Return what the front page says of one article; alone, it needs no heading."""
    survey, verdicts = part.survey, part.verdicts
    findings = []
    for verdict in key_findings(verdicts, part.one.header):
        scenario = _evidence_scenario(survey, verdict)
        if scenario is not None:
            findings.append((verdict, scenario_href(_URL, scenario), scenario.name))
    own = sum(is_own(verdict.claim, part.one.header) for verdict in verdicts)
    values: dict[str, Any] = {
        "alone": alone,
        "part": part,
        # The first article's anchors are what they were before there were others.
        "suffix": f"-{part.one.name}" if part.address else "",
        "total": len(verdicts),
        "own": own,
        "decided": part.decided,
        "observed": any(target.observed for target in survey.targets),
        "runs": [(target, survey.counts(target, survey.scenarios)) for target in survey.targets],
        "stale": _stale_words(survey),
        "verdicts": [
            (word, count, _split(word, verdicts)) for word, count in count_words(verdicts)
        ],
        "findings": findings,
        "has_protocols": any(page.path == "protocols/index" for page in part.pages),
        "seen_link": seen_link(survey, _URL),
    }
    made = render("front-article.html", _URL, values)
    return Markup(part.from_root(made))  # noqa: S704 - a template has escaped it


def _evidence_scenario(survey: Survey, verdict: CombinedVerdict) -> Scenario | None:
    """Return the scenario to look at first: one that failed, where the verdict changed."""
    found = [s for s in map(survey.find, verdict.scenarios) if s is not None]
    if verdict.word == "changed":
        failed = [
            s
            for s in found
            if any(status.mark is Mark.FAILED for _, status in survey.on_targets(s))
        ]
        found = failed or found
    return found[0] if found else None


def _split(word: str, verdicts: Sequence[CombinedVerdict]) -> str:
    """Divide the number of claims with a verdict by provenance."""
    found = Counter(verdict.provenance for verdict in verdicts if verdict.word == word)
    return ", ".join(f"{found[key]} {words}" for key, words in _PROVENANCES.items() if found[key])


def _stale_words(survey: Survey) -> str:
    count = len(survey.stale_features)
    sentences = []
    if count:
        files = "feature file has" if count == 1 else "feature files have"
        sentences.append(f"{count} {files} changed since the last run.")
    known = survey.claims_digests
    if known and any(run.article_digest not in known for run in survey.runs):
        sentences.append("The claims have changed since the last run.")
    return " ".join(sentences)
