"""No word of a host, a feature, a claim or a run becomes markup on a page of the site."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser

import pytest

from lagg_tool.evidence import (
    CommandEvent,
    Event,
    LinkEvent,
    NoteEvent,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
    WaitEvent,
)
from lagg_tool.site import Layout, build
from lagg_tool.suite.features import parse_feature
from tests.support.paths import ROOT
from tests.support.synthetic import OBSERVED, TARGET, recorded_frames, synthetic_results


def evil(place: str) -> str:
    """Return an element with a handler, behind what would end an attribute.

    It is no picture, which the reader of an article leaves out.
    """
    return f"{place} '\"><svg src=x onerror=run-{place}>"


FEATURE = f"""\
@failover
Feature: {evil("feature")}
  {evil("feature-text")}

  Background:
    Given {evil("background")}

  Rule: {evil("rule")}
    {evil("rule-text")}

    @contradicts.C-01
    Scenario: {evil("scenario")}
      {evil("scenario-text")}

      When {evil("step")}
        | {evil("cell")} |
      And <img src=x onerror=run-glossary is said
      Then {evil("documented")}
        \"\"\"
        {evil("docstring")}
        \"\"\"

    @confirms.C-02
    Scenario Outline: Rows of {evil("outline").replace("<", "").replace(">", "")}
      When <word> happens

      Examples: {evil("examples")}
        | word |
        | {evil("row")} |
"""
CLAIMS = f"""\
[[claim]]
id = "C-01"
paraphrase = {json.dumps(evil("paraphrase"))}
level = "host"
expected = "contradicted"
why = {json.dumps(evil("why"))}
correction = {json.dumps(evil("correction"))}
source = [{{ page = "page.md", section = "Introduction", paragraph = 1 }}]

[[claim]]
id = "C-02"
paraphrase = "Another."
level = "host"
expected = "contradicted"
why = "Because."
correction = {json.dumps(evil("addition"))}
source = [{{ page = "page.md", section = {json.dumps(evil("section"))}, paragraph = 1 }}]

[[silent]]
reason = {json.dumps(evil("silence"))}
source = {{ page = "page.md", section = {json.dumps(evil("chapter"))}, paragraph = 1 }}
"""
ARTICLE = f"""\
# {evil("article")}

## Introduction

Sentence {evil("sentence")}.

## {evil("chapter")}

Nothing.
"""
FAULTS = {
    "tool": evil("fault-tool"),
    "commit": "0" * 40,
    "target": evil("fault-target"),
    "obtained": "2026-11-20T10:00:00+00:00",
    "faults": [
        {
            "name": evil("fault-name"),
            "claim": evil("fault-claim"),
            "text": evil("fault-text"),
            "caught": f"features/evil.feature::{evil('fault-catcher')}",
            "reason": "",
        }
    ],
}
TUTORIAL = (
    "# Tutorial & more\n\n"
    '{{ evidence("features/evil.feature::'
    + evil("scenario").replace('"', '\\"')
    + '", "ran") }}\n\n'
    '{{ verdict("C-01") }}\n'
)


# Every place whose words some page shows.
SHOWN = (
    *("feature", "feature-text", "background", "rule", "rule-text", "scenario", "scenario-text"),
    *("step", "cell", "documented", "docstring", "examples", "row"),
    *("command", "output", "error-text", "folded", "port", "summary", "wait", "note-observed"),
    *("step-reason", "reason-now", "reason-observed", "testbed", "url", "release"),
    *("forgotten", "before", "now"),
    *("paraphrase", "why", "correction", "addition", "sentence", "article", "chapter"),
    *("fault-name", "fault-text", "fault-claim", "fault-catcher", "fault-tool", "fault-target"),
)


class Markup(HTMLParser):
    """Finds elements that run a script, and collects the text."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img" or any(name.startswith("on") for name, _ in attrs):
            self.running.append(f"{self.getpos()} {self.get_starttag_text()}")

    @property
    def text(self) -> str:
        return "".join(self.words)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def events(place: str) -> Iterable[Event]:
    """Return evidence of every kind, of which every text is evil."""
    yield CommandEvent(0.1, f"ran {evil('command')}", 1, evil("output"), evil("error-text"), 0.1)
    yield CommandEvent(0.2, "again", 0, f"{evil('folded')}\n" * 20, "", 0.1)
    for frame in recorded_frames(limit=3):
        yield dataclasses.replace(frame, port=evil("port"), summary=evil("summary"))
    yield LinkEvent(0.5, evil("port"), up=False)
    yield WaitEvent(0.6, 1.0, evil("wait"))
    yield NoteEvent(0.7, evil(f"note-{place}"))


def results(target: TargetResult, *, place: str, status: Status, started: str) -> Results:
    """Return a run of the evil feature, in which a host and a tool answer likewise."""
    made = synthetic_results((parse_feature("features/evil.feature", FEATURE),), target, started)

    def step(one: StepResult) -> StepResult:
        return dataclasses.replace(
            one, reason=evil("step-reason"), status=status, evidence=tuple(events(place))
        )

    def scenario(one: ScenarioResult) -> ScenarioResult:
        steps = tuple(map(step, one.steps))
        return dataclasses.replace(one, status=status, reason=evil(f"reason-{place}"), steps=steps)

    [feature] = made.features
    scenarios = [scenario(one) for one in feature.scenarios]
    for name in ("forgotten", place):  # no feature file has them, and one no other run
        identifier = f"{feature.path}::{evil(name)}"
        scenarios.append(dataclasses.replace(scenarios[0], id=identifier, name=evil(name)))
    features = (dataclasses.replace(feature, scenarios=tuple(scenarios)),)
    verdicts = tuple(
        dataclasses.replace(verdict, reason=evil("verdict-reason")) for verdict in made.verdicts
    )
    return dataclasses.replace(
        made,
        features=features,
        verdicts=verdicts,
        tool=evil("tool"),
        command=evil("call"),
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Markup]:
    """Build the site of two targets, with a run before; return its pages, read."""
    here = tmp_path_factory.mktemp("evil")
    for name in ("features", "docs", "history"):
        (here / name).mkdir()
    (here / "features" / "evil.feature").write_text(FEATURE, encoding="utf-8")
    (here / "features" / "article.toml").write_text(CLAIMS, encoding="utf-8")
    (here / "docs" / "tutorial.md").write_text(TUTORIAL, encoding="utf-8")
    (here / "faults.json").write_text(json.dumps(FAULTS), encoding="utf-8")
    (here / "page.md").write_text(ARTICLE)
    simulated = dataclasses.replace(
        TARGET, os=evil("os"), testbed=evil("testbed"), facts={"hostname": evil("fact")}
    )
    observed = dataclasses.replace(
        OBSERVED, url=f"ssh://{evil('url')}", os=evil("other-os"), release="freebsd-15"
    )
    another = dataclasses.replace(observed, id=evil("target"), release=f"freebsd-{evil('release')}")
    runs = {
        "history/old.json": (simulated, "before", Status.PASSED, "2026-11-19T08:00:00Z"),
        "a.json": (simulated, "now", Status.FAILED, "2026-11-20T08:00:00Z"),
        "b.json": (observed, "observed", Status.PASSED, "2026-11-20T09:00:00Z"),
        "c.json": (another, "another", Status.PASSED, "2026-11-20T09:00:00Z"),
    }
    for file, (target, place, status, started) in runs.items():
        made = results(target, place=place, status=status, started=started)
        if place == "another":  # two hosts that differ are named with the verdict
            verdicts = (dataclasses.replace(v, verdict="confirmed") for v in made.verdicts)
            made = dataclasses.replace(made, verdicts=tuple(verdicts))
        made.write(here / file)
    layout = Layout(
        ROOT / "mkdocs.yml",
        here / "docs",
        here / "features",
        here / "history",
        here / "faults.json",
    )

    files = [here / f"{letter}.json" for letter in "abc"]
    build(here / "site", files, [here / "page.md"], layout, strict=False)

    read = {}
    for path in (here / "site").rglob("*.html"):
        parser = Markup()
        parser.feed(path.read_text(encoding="utf-8"))
        read[str(path.relative_to(here / "site"))] = parser
    return read


def test_no_page_has_an_element_that_somebody_elses_words_made(pages: dict[str, Markup]) -> None:
    assert {name: page.running[:3] for name, page in pages.items() if page.running} == {}


@pytest.mark.parametrize("place", SHOWN)
def test_the_words_are_shown_as_they_are(pages: dict[str, Markup], place: str) -> None:
    """Without this the test above would pass on empty pages."""
    assert any(evil(place) in page.text for page in pages.values())


def test_the_titles_in_the_navigation_are_escaped_once(pages: dict[str, Markup]) -> None:
    index = pages["index.html"].text

    assert evil("feature") in index
    assert "Tutorial & more" in index


def test_a_verdict_in_a_hand_written_page_names_hosts_as_they_are(
    pages: dict[str, Markup],
) -> None:
    assert re.search(r"confirmed on .*onerror=run-release>", pages["tutorial.html"].text)
