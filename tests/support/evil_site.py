"""A site of which every field of a feature, a claim, a result and an article is markup."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

from lagg_tool.claims.sentence import Sentence
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
from lagg_tool.suite.gherkin import parse_feature
from tests.support.paths import ROOT
from tests.support.synthetic import OBSERVED, TARGET, recorded_frames, synthetic_results


def evil(place: str) -> str:
    """Return an element with a handler, behind what would end an attribute."""
    return f"{place} '\"><img src=x onerror=run-{place}>"


def wide(place: str) -> str:
    """Return the element in an article: reading takes tags out, and makes these brackets plain."""
    return (
        evil(place)
        .replace("<", "\N{FULLWIDTH LESS-THAN SIGN}")
        .replace(">", "\N{FULLWIDTH GREATER-THAN SIGN}")
    )


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
NOTHING = Sentence("page.md", 1, "x", 1, "Nothing.")
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
source = [
  {{ page = "page.md", section = {json.dumps(evil("section"))}, paragraph = 1 }},
  {{ page = {json.dumps(evil("file") + ".md")}, section = "Introduction", paragraph = 1 }},
  {{ page = {json.dumps(evil("manual"))}, section = {json.dumps(evil("part"))}, paragraph = 1 }},
]

[[silent]]
reason = {json.dumps(evil("silence"))}
source = {{ page = "page.md", section = "x", paragraph = 1, hash = ["{NOTHING.hash}"] }}

[sketch]
{NOTHING.hash} = "{NOTHING.sketch}"
"""
ARTICLE = f"""\
# {wide("article")}

## Introduction

Sentence {wide("sentence")}.

## {wide("chapter")}

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
    word = "confirmed" if place == "before" else "contradicted"  # the schema allows no others
    verdicts += (dataclasses.replace(verdicts[0], claim=evil("claim"), verdict=word),)
    return dataclasses.replace(
        made,
        features=features,
        verdicts=verdicts,
        tool=evil("tool"),
        command=evil("call"),
    )


def evil_site(here: Path) -> Path:
    """Build the site of two targets, with a run before; return its directory."""
    for name in ("features", "docs", "history"):
        (here / name).mkdir()
    (here / "features" / "evil.feature").write_text(FEATURE, encoding="utf-8")
    (here / "features" / "article.toml").write_text(CLAIMS, encoding="utf-8")
    (here / "docs" / "tutorial.md").write_text(TUTORIAL, encoding="utf-8")
    (here / "faults.json").write_text(json.dumps(FAULTS), encoding="utf-8")
    articles = [here / "page.md", here / f"{evil('file')}.md"]
    for article in articles:
        article.write_text(ARTICLE)
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
    build(here / "site", files, articles, layout, strict=False)
    return here / "site"
