"""The claims on the successor's article: their texts, and their verdicts in a kept run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lagg_tool.claims import Claims, Drift, Verdict, audit, load_claims
from lagg_tool.claims.article import read_article
from lagg_tool.claims.patching import corrected, outstanding
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


def sentences(claims: Claims) -> dict[str, set[str]]:
    """Return the claims on each sentence, by its hash."""
    found: dict[str, set[str]] = {}
    for claim in claims.claims:
        for hash_ in (hash_ for source in claim.sources for hash_ in source.hashes):
            found.setdefault(hash_, set()).add(claim.id)
    return found


def mismatched(folder: list[Path], own: Claims, other: Claims) -> Iterator[str]:
    """Yield the sentences of one article that are taken for another one's with other promises.

    A promise is the same one where a claim says so, in either set.
    """
    same = {(c.id, o) for c in (*own.claims, *other.claims) for o in c.same_as}
    same |= {(b, a) for a, b in same}
    articles = [read_article(page) for page in folder]
    hashes = {(a.page, s.line, s.text): s.hash for a in articles for s in a.sentences}
    known = sentences(own)
    for changed in audit(articles, other).changed:
        mine = known.get(hashes[changed.page, changed.line, changed.text], set())
        if not any((one, theirs) in same for one in mine for theirs in changed.claims):
            yield f"{changed.page}:{changed.line} {sorted(mine)} for {changed.claims}"


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
