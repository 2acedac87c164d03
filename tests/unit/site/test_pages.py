"""Pages from values: what a page says of what it is given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lagg_tool.claims import Claim, load_claims
from lagg_tool.claims.sets import ClaimSet, load_sets
from lagg_tool.evidence import CommandEvent, Status, VerdictResult
from lagg_tool.evidence.release_notes import Change, ReleaseNotes, Shown
from lagg_tool.site.audit_page import audit_page
from lagg_tool.site.combined_verdict import CombinedVerdict, combined_verdicts
from lagg_tool.site.directive import last_answer
from lagg_tool.site.front_page import front_page
from lagg_tool.site.glossary_page import glossary_page, step_pattern
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.part import Part
from lagg_tool.site.promises_page import SharedPromise, Wording, promises_page
from lagg_tool.site.release_pages import Pair, topics
from lagg_tool.site.scenario_pages import scenario_pages
from lagg_tool.site.survey import Survey
from lagg_tool.site.target_runs import targets_of
from lagg_tool.suite.features import Step
from lagg_tool.suite.gherkin import parse_feature
from tests.support.paths import ROOT
from tests.support.synthetic import synthetic_features, synthetic_results, with_status


def test_the_evidence_of_a_changed_verdict_is_the_scenario_that_failed(tmp_path: Path) -> None:
    features = synthetic_features(tmp_path)
    fails = "A flow leaves a port whose link is lost"
    run = with_status(synthetic_results(features), fails, Status.FAILED)
    [target] = targets_of([run])
    passes, failed = (
        f"features/loadbalance.feature::{name}"
        for name in ("Sixty-four flows use every port", fails)
    )
    claims = load_claims(ROOT / "features" / "core" / "article.toml")
    claim = next(claim for claim in claims.claims if claim.id == "C-24")
    changed = CombinedVerdict(
        claim,
        "changed",
        "changed, observed",
        "observed",
        ((target, VerdictResult("C-24", "sim:", "changed", "it failed.", (passes, failed))),),
    )

    one = ClaimSet(tmp_path, "features", claims)
    survey = Survey(features, (target,))
    page = front_page([Part(one, survey, (changed,), Identifiers({}))])

    assert f">{fails}</a>" in page.html
    assert "Sixty-four" not in page.html
    assert "it failed." in page.html


def test_the_audit_names_a_page_of_the_article_and_a_manual_page_once() -> None:
    claims = load_claims(ROOT / "features" / "core" / "article.toml")

    html = audit_page(claims, combined_verdicts(claims, ()), ()).html

    assert "lagg(4) manual page</h2>" in html
    assert 'Interfaces screen <span class="meta">interfaces-screen.md</span></h2>' in html


def test_releases_are_told_apart_by_topic_and_an_outline_counts_once(tmp_path: Path) -> None:
    features = synthetic_features(tmp_path)
    name = "features/loadbalance.feature::Settings of {0} & friends[{0}, no]"
    rows = [
        Shown(name.format(word), f"Settings of {word} & friends", Status.PASSED, "", ("it is",))
        for word in ("loadbalance", "roundrobin")
    ]
    other = Shown("features/gone.feature::Gone", "Gone", Status.PASSED, "", ())
    notes = ReleaseNotes(
        "a",
        "b",
        (),
        (
            *(Change(row.scenario, "not so", row.name, (), (row,)) for row in rows),
            Change("link state", "Gone", rows[0].name, (other,), (rows[0],)),
        ),
        (),
        (),
        (),
        (),
    )
    before, after = targets_of([synthetic_results(features)]) * 2

    found = topics(Survey(features, ()), notes)

    assert [topic.title for topic in found] == [
        "Load balance shares flows among ports",
        "features/gone.feature",
    ]
    assert [topic.words(Pair(before, after)) for topic in found] == [
        "1 only on FreeBSD 13.2",
        "1 behaves differently",
    ]
    [(change, subject)] = found[0].changes
    assert change.on_after == tuple(rows)
    assert subject == ""
    assert found[1].changes[0][1] == "link state"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("a LAGG on ports 1, 2 and 3", "a LAGG on ports …"),
        ('a host "10.0.0.1" behind port 2', "a host … behind port …"),
        ("an echo request to 192.0.2.9 arrives", "an echo request to … arrives"),
        ("a host 2001:db8::9 and a host 02:11:22:33:44:55", "a host … and a host …"),
        ("lagg0 has no port", "lagg0 has no port"),
        ("port <port> says <words>", "port … says …"),
    ],
)
def test_steps_that_differ_in_values_only_are_one(text: str, pattern: str) -> None:
    assert step_pattern(Step("given", "Given", text, 1)) == pattern


def test_steps_that_differ_in_signs_only_have_anchors_of_their_own() -> None:
    feature = parse_feature(
        "features/a.feature",
        "Feature: A\n\n  Scenario: B\n    Given a port of lagg_0\n    And a port of lagg-0\n",
    )

    page = glossary_page(Survey((feature,), ()))

    assert len(re.findall(r'<details class="glossary" id="[^"]+"', page.html)) == 2
    assert len(page.anchors) == len(set(re.findall(r' id="([^"]+)"', page.html)))


def test_what_is_shown_of_a_run_is_what_answered() -> None:
    def ran(command: str, said: str) -> CommandEvent:
        return CommandEvent(0.0, command, 0, said, "", 0.1)

    events = (
        ran("ifconfig vtnet1 up", ""),
        ran("ifconfig lagg0 create", ""),
        ran("ifconfig -v lagg0", "flags=8802"),
        ran("ifconfig -v lagg0", "flags=8843"),
        ran("arp -s a b", ""),
    )

    assert last_answer("ifconfig", events) == events[3]
    assert last_answer("create", events) == events[1]
    assert last_answer("reboot", events) is None


def test_evidence_too_long_for_the_page_is_linked_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lagg_tool.site.scenario_pages.INLINE_BUDGET", 10)
    features = synthetic_features(tmp_path)
    known = Survey(features, targets_of([synthetic_results(features)]))

    made = scenario_pages(known, {}, Identifiers({}))

    page = next(page for page in made.pages if page.path == "features/failover")
    links = re.findall(r'href="\.\./(evidence/[^"#]+)#([^"]+-step-1)"', page.html)
    assert len(links) == 2  # the third has no evidence
    for url, anchor in links:
        assert anchor in next(other for other in made.pages if other.url == url).anchors


def test_a_promise_whose_verdicts_differ_has_the_words_of_each_article() -> None:
    """Else a row says of one article's words what was found of another's."""
    core = next(one for one in load_sets(ROOT / "features") if one.name == "core")
    targets = targets_of([synthetic_results()])
    column = (targets[0].result.id, targets[0].result.release)
    agreed, first, second = core.claims.claims[:3]

    def promise(*wordings: tuple[Claim, str]) -> SharedPromise:
        made = (
            Wording(core, claim, "verdicts.html", {column: verdict}) for claim, verdict in wordings
        )
        return SharedPromise(targets, tuple(made))

    html = promises_page(
        [
            promise((agreed, "confirmed"), (second, "confirmed")),
            promise((first, "confirmed"), (second, "contradicted")),
        ]
    ).html

    assert html.count(second.paraphrase) == 1
    _, _, row = html.partition(f'<tr id="{first.id.lower()}">')
    assert row.index(first.paraphrase) < row.index(second.paraphrase) < row.index("<td")
    assert f"{second.id}</span> " in row.partition("<td")[2].partition("contradicted")[0]
