"""What the pages answer: does it ship, what failed, what to write instead."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from markupsafe import escape

from lagg_tool.claims import Claims, load_claims, load_defects
from lagg_tool.claims.article import parse_article
from lagg_tool.claims.document import parse_claims
from lagg_tool.claims.gate_rules import GateRules
from lagg_tool.claims.requirements import Requirements
from lagg_tool.claims.sets import ClaimSet, load_sets
from lagg_tool.evidence import Results, Status, VerdictResult
from lagg_tool.evidence.renames import Renames
from lagg_tool.export import badge
from lagg_tool.site.audit_page import Copy, audit_page, patch_of
from lagg_tool.site.combined_verdict import (
    CombinedVerdict,
    combined_verdict,
    combined_verdicts,
)
from lagg_tool.site.definition_pages import defects_page
from lagg_tool.site.faults_page import faults_page, read_faults, read_planted_bugs
from lagg_tool.site.front_page import front_page
from lagg_tool.site.gates import Gates, decisions, shown_findings
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Page, untold_reasons
from lagg_tool.site.part import Part
from lagg_tool.site.reference_pages import reference_pages
from lagg_tool.site.render import reasons
from lagg_tool.site.scenario_links import evidence_href
from lagg_tool.site.scenario_pages import scenario_pages
from lagg_tool.site.sparkline import sparkline
from lagg_tool.site.survey import Mark, ScenarioStatus, Survey, read_runs, survey_of
from lagg_tool.site.target_runs import TargetRuns, targets_of
from lagg_tool.site.verdicts_page import verdicts_page
from tests.support.paths import ROOT
from tests.support.synthetic import (
    OBSERVED,
    TARGET,
    synthetic_features,
    synthetic_results,
    with_status,
)

NAME = "Traffic goes through the primary"
SUBJECT = f"features/failover.feature::{NAME}"
GATES = Gates(GateRules(), dt.date(2026, 11, 27))
NOTHING = Identifiers.of((), Requirements({}, {}), {})
NO_SET = ClaimSet(Path(), "features", Claims((), (), {}, ""))


def failing(results: Results, reason: str) -> Results:
    """Return a run in which the last step of the scenario failed for a reason."""

    def failed(scenario):  # type: ignore[no-untyped-def]
        if scenario.name != NAME:
            return scenario
        last = dataclasses.replace(scenario.steps[-1], status=Status.FAILED, reason=reason)
        return dataclasses.replace(
            scenario, status=Status.FAILED, reason=reason, steps=(*scenario.steps[:-1], last)
        )

    return dataclasses.replace(
        results,
        features=tuple(
            dataclasses.replace(f, scenarios=tuple(map(failed, f.scenarios)))
            for f in results.features
        ),
    )


@pytest.fixture
def red(tmp_path: Path) -> Survey:
    """Return a real host that passes, and a simulated one that fails one scenario."""
    features = synthetic_features(tmp_path)
    simulated = failing(synthetic_results(features), "assert 0 == 3")
    return Survey(features, targets_of([simulated, synthetic_results(features, target=OBSERVED)]))


def test_a_card_opens_with_the_run_that_failed_in_words(red: Survey) -> None:
    made = scenario_pages(red, {}, NOTHING)

    page = next(page for page in made.pages if page.path == "features/failover")
    card = page.html.partition(f'aria-labelledby="{"traffic-goes-through-the-primary"}-name"')[2]
    card = card.partition("</section>")[0]
    failed = card.index("<strong>Failed</strong> on simulated NAS")
    assert failed < card.index('<ol class="steps">')
    assert "<dt>Expected</dt>" in card
    assert "<dd>expected 3, observed 0</dd>" in card
    assert "--target sim:" in card
    assert "assert 0" not in page.html


def test_the_front_page_is_red_and_its_first_link_is_the_evidence(red: Survey) -> None:
    decided = [
        (decision, tuple(shown_findings(decision, red, NOTHING, "index.html")))
        for decision in decisions(red, GATES)
    ]

    html = front_page([Part(NO_SET, red, (), NOTHING, decided)]).html

    assert "red</span></h2>" in html
    [scenario] = [s for s in red.scenarios if s.name == NAME]
    simulated = next(target for target in red.targets if not target.observed)
    link = evidence_href(red, "index.html", scenario, simulated)
    gate = html.partition('<section aria-labelledby="gate">')[2]
    found = gate.index(f'<a href="{link}">{NAME}</a>')
    assert "1 scenario fails that passed on" in gate[:found]


def test_the_front_page_says_what_it_is_and_leads_to_the_article_and_the_tool(red: Survey) -> None:
    claims = load_claims(ROOT / "features" / "core" / "article.toml")
    verdicts = combined_verdicts(claims, red.targets)
    new, old = (
        Part(
            ClaimSet(Path(name), f"features/{name}", dataclasses.replace(claims, header=header)),
            red,
            verdicts,
            NOTHING,
        )
        for name in ("new", "old")
        for header in [
            dataclasses.replace(
                claims.header, name=name, address=f"{name}/", published=f"https://host/{name}"
            )
        ]
    )

    html = front_page([new, old], [("install it", "howto/install-lagg-tool.html")]).html

    lead = html.partition("<section")[0]
    wrong = sum(v.word in {"contradicted", "imprecise", "changed"} for v in verdicts)
    assert wrong
    for one in ("new", "old"):
        assert f'<a href="https://host/{one}">' in lead
        assert f'<a href="#found-{one}">{wrong} of {len(verdicts)} statements are wrong' in lead
        assert f'href="{one}/audit.html"' in lead
        assert f'<a href="{one}/verdicts.html?verdict=contradicted">' in html
    assert '<a href="howto/install-lagg-tool.html">install it</a>' in lead


def test_a_claim_says_on_which_targets_its_verdict_is_which(red: Survey) -> None:
    [claim] = [c for c in load_claims(ROOT / "features/core/article.toml").claims if c.id == "C-24"]
    one, two = red.targets

    def on(*found: tuple[TargetRuns, str]) -> str:
        judged = tuple((t, VerdictResult("C-24", t.result.id, word, "", ())) for t, word in found)
        return CombinedVerdict(claim, "changed", "", "observed", judged).on_targets

    assert on() == ""
    assert on((one, "changed"), (two, "confirmed")) == (
        f"Changed on {one.label}; confirmed on {two.label}."
    )
    assert on((one, "imprecise"), (two, "imprecise"), (two, "imprecise")) == (
        "Imprecise on all 3 targets."
    )


def test_targets_that_skip_for_one_reason_are_named_together(red: Survey) -> None:
    one, two = red.targets

    def skipped(mark: Mark, reason: str) -> ScenarioStatus:
        return ScenarioStatus(mark, False, reason, ())

    found = reasons(
        [
            (one, skipped(Mark.SKIPPED, "no cable")),
            (two, skipped(Mark.SKIPPED, "no cable")),
            (one, skipped(Mark.FAILED, "it fell")),
            (two, skipped(Mark.PASSED, "")),
        ]
    )

    assert found == [([one.label, two.label], Mark.SKIPPED, "no cable")]


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ((Mark.PASSED, Mark.PASSED), "passed in each of 2 runs"),
        ((Mark.NEVER_RUN, Mark.NEVER_RUN), "never run in 2 runs"),
        ((Mark.PASSED, Mark.FAILED), "failed once since 2026-11-02, passed before; 2 runs"),
        ((Mark.PASSED, Mark.NOT_RUN), "not run since 2026-11-02, passed before; 2 runs"),
    ],
)
def test_the_history_of_a_scenario_is_told_in_plain_words(
    marks: tuple[Mark, Mark], words: str
) -> None:
    made = sparkline([(f"2026-11-0{n}T08:00:00Z", mark) for n, mark in enumerate(marks, 1)])

    assert made.text == words


def test_the_page_of_options_has_their_defaults_in_words() -> None:
    [page] = [page for page in reference_pages() if page.path == "reference/command-line"]

    assert "write them here; build/results.json" in page.html
    assert "%(" not in page.html
    assert "(default: )" not in page.html


def test_no_text_to_copy_is_on_a_page_twice() -> None:
    claims = load_claims(ROOT / "features" / "core" / "article.toml")
    verdicts = combined_verdicts(claims, ())

    for page in (verdicts_page(Survey((), ()), verdicts, {}, ""), audit_page(claims, verdicts, ())):
        [text] = claims["C-01"].text.values()
        assert page.html.count(str(escape(text))) == 1, page.path
        assert 'class="copy" hidden>Copy<' in page.html


def test_a_changed_claim_says_what_held_and_what_was_seen(red: Survey) -> None:
    claims = load_claims(ROOT / "features" / "core" / "article.toml")
    simulated = next(target for target in red.targets if not target.observed)
    [link] = {c.id for s in red.scenarios if s.name == NAME for c in s.claims}
    verdicts = tuple(
        dataclasses.replace(one, verdict="changed", scenarios=(SUBJECT,))
        if one.claim == link
        else one
        for one in simulated.latest.verdicts
    )
    run = dataclasses.replace(simulated.latest, verdicts=verdicts)

    changed = combined_verdict(claims[link], targets_of([run]))

    assert changed.word == "changed"
    [seen] = changed.seen
    assert seen.observed == "expected 3, observed 0"
    assert seen.expected != claims[link].why


def test_what_fails_with_one_testbed_only_is_no_verdict_on_the_release(tmp_path: Path) -> None:
    features = synthetic_features(tmp_path)
    good = synthetic_results(features, target=OBSERVED)
    other = dataclasses.replace(OBSERVED, id="ssh://other", testbed="epair")
    bad = with_status(synthetic_results(features, target=other), NAME, Status.FAILED)
    [link] = {c.id for f in features for s in f.scenarios if s.name == NAME for c in s.claims}
    bad = dataclasses.replace(
        bad,
        verdicts=tuple(
            dataclasses.replace(v, verdict="changed", scenarios=(SUBJECT,))
            if v.claim == link
            else v
            for v in bad.verdicts
        ),
    )
    claim = load_claims(ROOT / "features" / "core" / "article.toml")[link]

    assert combined_verdict(claim, targets_of([good, bad])).word != "changed"
    assert combined_verdict(claim, targets_of([bad])).word == "changed"


def test_a_page_with_the_test_runners_words_is_complained_about() -> None:
    bad = Page("a", "A", '<p class="reason">FreeBSD: failed: assert not [1]</p>')
    good = Page("b", "B", '<p class="reason">expected nothing</p><pre>assert 1</pre>')

    assert [message.partition(":")[0] for message in untold_reasons([bad, good])] == ["a.html"]


def test_a_defect_is_present_or_gone_on_each_host_with_its_evidence() -> None:
    features = ROOT / "features"
    runs = read_runs(features, (), ROOT / "docs" / "history")
    known = survey_of(load_sets(features), runs)
    defects = load_defects(ROOT / "features" / "core" / "defects.toml")

    html = defects_page(known, defects, NOTHING).html

    card = html.partition('<section class="claim-card" id="b-04"')[2].partition("</section>")[0]
    assert "<strong>present</strong> on FreeBSD 13.2" in card
    assert "<strong>gone</strong> on FreeBSD 15.1" in card


def test_planted_bugs_name_what_caught_them_and_what_did_not() -> None:
    known = survey_of(load_sets(ROOT / "features"), ())
    planted = read_planted_bugs(ROOT / "docs" / "planted-bugs.json", Renames({}))

    html = faults_page(known, {"faults": ()}, NOTHING, planted).html

    assert "<strong>16 of 20</strong> bugs were caught" in html
    assert "LACP ignores a lost link" in html
    assert "right by luck half the time" in html
    caught = {
        f["name"] for f in read_faults(ROOT / "docs" / "faults.json")["faults"] if f["caught"]
    }
    missed = [bug.note.rpartition(": ")[2] for bug in planted.bugs if not bug.caught_by]
    assert set(missed) <= caught


def test_an_empty_table_of_faults_stops_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "faults.json"
    empty.write_text("", encoding="utf-8")

    assert read_faults(empty) == {"faults": ()}
    assert not read_planted_bugs(empty, Renames({})).bugs


MARKDOWN = "A bond is fast. It *never* fails.\n"


def claims_about(page: str) -> Claims:
    never = parse_article(page, MARKDOWN).sentences[1].hash
    return parse_claims(
        "article.toml",
        f"""
[[claim]]
id = "C-01"
paraphrase = "It never fails."
level = "editorial"
expected = "contradicted"
why = "It does."
instruction = "Say rarely."
text = "It **rarely** fails & recovers."
source = [
  {{ page = "{page}", section = "Introduction", paragraph = 1, hash = ["{never}"] }},
  {{ page = "other.md", section = "Introduction", paragraph = 1, hash = ["{never}"] }},
]
[sketch]
{never} = "aabb"
""",
    )


def test_the_copy_of_a_page_has_was_and_now_and_a_patch(tmp_path: Path) -> None:
    claims = claims_about("p.md")
    path = tmp_path / "p.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    copy = Copy.read(path)
    verdicts = tuple(combined_verdict(claim, ()) for claim in claims.claims)

    html = audit_page(claims, verdicts, [copy]).html
    patch = patch_of([copy], claims)

    assert ">It *never* fails.</pre>" in html
    assert ">It **rarely** fails &amp; recovers.</pre>" in html
    assert "without sentences: other.md" in html
    assert patch is not None
    assert patch.path in html
    assert "+A bond is fast. It **rarely** fails & recovers." in patch.content.decode()


def test_without_a_copy_the_text_to_paste_is_there() -> None:
    claims = claims_about("p.md")

    html = audit_page(claims, tuple(combined_verdict(c, ()) for c in claims.claims), []).html

    assert "Text to paste" in html
    assert ">It **rarely** fails &amp; recovers.</pre>" in html
    assert patch_of([], claims) is None


def test_a_model_that_was_made_faulty_says_so_wherever_it_is_named(tmp_path: Path) -> None:
    faulty = dataclasses.replace(TARGET, facts={"faults": "failover-does-not-return"})
    features = synthetic_features(tmp_path)
    red = failing(synthetic_results(features, target=faulty), "assert 0 == 3")
    known = Survey(features, targets_of([red]))

    made = scenario_pages(known, {}, NOTHING)

    card = next(page.html for page in made.pages if page.path == "features/failover")
    assert "<strong>Failed</strong> on simulated NAS (FreeBSD 13.2 with injected faults)" in card
    assert "simulated FreeBSD 13.2 with injected faults" in badge(red)
