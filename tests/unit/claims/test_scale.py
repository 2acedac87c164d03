"""The claims on the successor's article: their texts, and the verdicts of their scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from lagg_tool import releases
from lagg_tool.claims import Drift, Level, Verdict, audit, load_claims
from lagg_tool.claims.article import read_article
from lagg_tool.claims.pages import owner_of
from lagg_tool.claims.patching import corrected, outstanding
from lagg_tool.claims.sets import load_sets
from lagg_tool.evidence import FrameEvent
from lagg_tool.evidence.results import ClaimLink, FeatureResult, Results, ScenarioResult, Status
from lagg_tool.suite.features import claim_links
from lagg_tool.suite.recorder import verdicts
from lagg_tool.suite.selection import read_documents
from tests.support.paths import ROOT

SCALE = load_claims(ROOT / "features" / "scale" / "article.toml")
CORE = load_claims(ROOT / "features" / "core" / "article.toml")
RELEASE = "linux-6.1"
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


# --- the verdicts ---


def passed() -> tuple[FeatureResult, ...]:
    """Return the results of a run in which every scenario that holds there has passed."""
    [scale] = [one for one in load_sets(ROOT / "features") if one.name == "scale"]
    return tuple(
        FeatureResult(
            document.path,
            document.name,
            "",
            tuple(
                ScenarioResult(
                    id=f"{document.path}::{pickle.id}",
                    name=pickle.name,
                    line=pickle.line,
                    rule=pickle.rule,
                    tags=pickle.tags,
                    target="qemu:linux",
                    status=Status.PASSED,
                    reason="",
                    seconds=1.0,
                    protocol_seconds=1.0,
                    claims=claim_links(pickle.tags),
                    steps=(),
                )
                for pickle in document.pickles
                if releases.holds(pickle.tags, RELEASE)
            ),
        )
        for document in read_documents([scale])
    )


def judged(features: Iterable[FeatureResult]) -> dict[str, str]:
    return {found.claim: found.verdict for found in verdicts(SCALE, features, "qemu:linux")}


def turned(
    features: Iterable[FeatureResult], scenario: ScenarioResult, other: ScenarioResult
) -> list[FeatureResult]:
    """Return the results with another one in the place of one scenario's."""
    return [
        replace(each, scenarios=tuple(other if one is scenario else one for one in each.scenarios))
        for each in features
    ]


def scenarios_with_claims(features: Iterable[FeatureResult]) -> list[ScenarioResult]:
    return [one for each in features for one in each.scenarios if one.claims]


def test_the_verdicts_are_those_that_the_claims_expect() -> None:
    assert judged(passed()) == {claim.id: claim.expected for claim in SCALE.claims}


def test_one_expectation_that_no_longer_holds_changes_the_verdicts_of_its_claims() -> None:
    run = passed()
    before = judged(run)

    for scenario in scenarios_with_claims(run):
        after = judged(turned(run, scenario, replace(scenario, status=Status.FAILED)))

        named = {link.id for link in scenario.claims}
        assert {claim for claim in after if after[claim] != before[claim]} == named, scenario.id
        assert {after[claim] for claim in named} == {Verdict.CHANGED}


def test_one_relation_turned_to_the_contrary_shows_in_the_verdict() -> None:
    run = passed()

    for scenario in scenarios_with_claims(run):
        links = tuple(ClaimLink(link.id, "contradicts") for link in scenario.claims)
        after = judged(turned(run, scenario, replace(scenario, claims=links)))

        for claim in (SCALE[link.id] for link in links):
            expected = claim.expected if claim.level is Level.EDITORIAL else Verdict.CONTRADICTED
            assert after[claim.id] == expected, scenario.id


def test_a_claim_of_one_release_has_its_own_verdict() -> None:
    found = judged(passed())

    assert (found["D-36a"], found["D-36"]) == (Verdict.CONTRADICTED, Verdict.CONFIRMED)
    assert (found["D-28a"], found["D-28c"]) == (Verdict.CONFIRMED, Verdict.CONTRADICTED)


def test_the_kept_run_on_a_real_kernel_has_the_verdicts_that_the_claims_expect() -> None:
    run = Results.read(RUN)
    [target] = run.targets

    found = {v.claim: v.verdict for v in verdicts(SCALE, run.features, target.id)}

    assert (target.release, target.provenance) == (RELEASE, "observed")
    assert found == {claim.id: claim.expected for claim in SCALE.claims}
    assert sum(_has_frames(one) for each in run.features for one in each.scenarios) >= 20


def _has_frames(scenario: ScenarioResult) -> bool:
    return any(isinstance(each, FrameEvent) for step in scenario.steps for each in step.evidence)
