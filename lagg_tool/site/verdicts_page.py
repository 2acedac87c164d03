"""The page of all claims, each with its verdict and its scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.page import Page
from lagg_tool.site.promises_page import SharedPromise
from lagg_tool.site.render import render
from lagg_tool.site.scenario_links import scenario_href, seen_link
from lagg_tool.site.survey import Survey
from lagg_tool.suite.features import Scenario


def verdicts_page(
    survey: Survey,
    verdicts: Sequence[CombinedVerdict],
    promises: Mapping[str, SharedPromise],
    root: str,
) -> Page:
    """Make the page of all claims with their verdicts.

    ``promises`` are those that other articles make as well, by claim; ``root`` leads from the
    pages of this article to those of all.
    """
    url = "verdicts.html"
    by_claim: dict[str, list[tuple[str, Scenario]]] = {}
    for scenario in survey.scenarios:
        for link in scenario.claims:
            by_claim.setdefault(link.id, []).append((link.relation, scenario))
    rows = [
        (
            verdict,
            [
                (relation, scenario_href(url, scenario), scenario.name, survey.on_targets(scenario))
                for relation, scenario in by_claim.get(verdict.claim.id, [])
            ],
        )
        for verdict in verdicts
    ]
    values = {
        "rows": rows,
        "promises": promises,
        "root": root,
        "link": seen_link(survey, url),
        "words": sorted({verdict.word for verdict in verdicts}),
        "levels": sorted({str(verdict.claim.level) for verdict in verdicts}),
        "provenances": sorted({verdict.provenance for verdict in verdicts}),
    }
    html = render("verdicts.html", url, values)
    return Page(
        "verdicts",
        "Verdicts on every claim",
        html,
        "article",
        "Every claim and its verdict.",
        "Verdicts",
        "list of claims, results, true or false, wrong statements, confirmed, contradicted",
    )
