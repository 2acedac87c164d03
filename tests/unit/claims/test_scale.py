"""The claims on the successor's article: their texts, and their verdicts in a kept run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lagg_tool.claims import Drift, Verdict, audit, load_claims
from lagg_tool.claims.article import read_article
from lagg_tool.claims.drift import owner_of
from lagg_tool.claims.patching import corrected, outstanding
from lagg_tool.claims.sets import load_sets
from lagg_tool.evidence.results import ClaimLink, Results, ScenarioResult, Status
from lagg_tool.suite.recorder import verdicts
from tests.support.paths import ROOT

SCALE = load_claims(ROOT / "features" / "scale" / "article.toml")
CORE = load_claims(ROOT / "features" / "core" / "article.toml")
RUN = ROOT / "docs" / "history" / "linux-6.1-qemu.json.gz"
WRONG = (Verdict.CONTRADICTED, Verdict.IMPRECISE)


@pytest.fixture(scope="module")
def pages(article: Path) -> list[Path]:
    """Return the pages of the successor's article, which lie beside the first one's."""
    folder = article.with_name("article-scale")
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: the pages of the successor's article")
    return sorted(page for page in folder.glob("*.md") if page.name != "README.md")


def test_every_sentence_of_the_pages_is_covered(pages: list[Path]) -> None:
    assert audit([read_article(page) for page in pages], SCALE) == Drift()


def test_the_corrections_leave_no_wrong_claim_on_the_pages(pages: list[Path]) -> None:
    texts = [(page.name, page.read_text(encoding="utf-8")) for page in pages]

    after = [(name, corrected(name, text, SCALE)) for name, text in texts]

    assert len(outstanding(texts, SCALE)) > 15
    assert outstanding(after, SCALE) == ()


def test_every_wrong_claim_has_a_text_to_paste() -> None:
    without = [c.id for c in SCALE.claims if c.expected in WRONG and not (c.text and c.instruction)]

    assert without == []


def test_no_page_of_one_article_is_taken_for_one_of_the_other(
    article: Path, pages: list[Path]
) -> None:
    sets = load_sets(ROOT / "features")

    owners = {
        folder: {owner_of(read_article(page), sets).name for page in found}
        for folder, found in (("core", [*article.glob("*.md")]), ("scale", pages))
    }

    assert owners == {"core": {"core"}, "scale": {"scale"}}


def test_only_what_both_articles_promise_is_called_the_same() -> None:
    named = [(claim.id, other) for claim in SCALE.claims for other in claim.same_as]

    assert len(named) > 20
    assert {other for _, other in named} <= CORE.ids


# --- the kept run ---


def scenarios_with_claims(run: Results) -> list[ScenarioResult]:
    """Return the scenarios that passed, and say something of a claim."""
    every = [scenario for feature in run.features for scenario in feature.scenarios]
    return [s for s in every if s.claims and s.status is Status.PASSED]


def judged(run: Results) -> dict[str, str]:
    return {v.claim: v.verdict for v in verdicts(SCALE, run.features, run.targets[0].id)}


def turned(run: Results, scenario: ScenarioResult, **change: object) -> Results:
    """Return the run with one scenario of it changed."""
    features = tuple(
        replace(
            feature,
            scenarios=tuple(
                replace(one, **change) if one.id == scenario.id else one  # type: ignore[arg-type]
                for one in feature.scenarios
            ),
        )
        for feature in run.features
    )
    return replace(run, features=features)


def test_the_kept_run_has_the_verdicts_that_the_claims_expect() -> None:
    found = judged(Results.read(RUN))

    assert found == {claim.id: claim.expected for claim in SCALE.claims}


def test_one_expectation_that_no_longer_holds_changes_the_verdicts_of_its_claims() -> None:
    run = Results.read(RUN)
    before = judged(run)

    for scenario in scenarios_with_claims(run):
        after = judged(turned(run, scenario, status=Status.FAILED))

        named = {link.id for link in scenario.claims}
        assert {claim for claim in after if after[claim] != before[claim]} == named, scenario.id
        assert {after[claim] for claim in named} == {Verdict.CHANGED}


def test_one_relation_turned_to_the_contrary_shows_in_the_verdict() -> None:
    run = Results.read(RUN)
    expected = {claim.id: claim.expected for claim in SCALE.claims}

    for scenario in scenarios_with_claims(run):
        links = tuple(ClaimLink(link.id, "contradicts") for link in scenario.claims)
        after = judged(turned(run, scenario, claims=links))

        for link in links:
            if SCALE[link.id].level != "editorial":
                assert after[link.id] == Verdict.CONTRADICTED, scenario.id
        assert set(after) == set(expected)
