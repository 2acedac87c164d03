"""Synthetic feature files and results, for tests of the site and of differences.

They say so themselves: the tool is called "synthetic", the article digest "made up".
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
import shutil
from pathlib import Path

from lagg_tool.evidence import (
    CommandEvent,
    Event,
    FeatureResult,
    FrameEvent,
    LinkEvent,
    NoteEvent,
    Provenance,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
    VerdictResult,
    WaitEvent,
)
from lagg_tool.suite.features import Feature, Scenario
from lagg_tool.suite.gherkin import parse_feature
from tests.support import paths

RECORDINGS = paths.RECORDINGS / "freebsd-13.2"

LOAD_BALANCE = """\
@loadbalance
Feature: Load balance shares flows among ports
  Flows are spread by a hash of their addresses and ports.

  Background:
    Given a LAGG "lagg0" with protocol "loadbalance" on 3 ports

  @contradicts.C-24
  Scenario: A flow leaves a port whose link is lost
    When the link of port 1 is lost
    Then every flow of port 1 is sent by another port
      \"\"\"
      within one second
      \"\"\"

  @confirms.C-22
  Scenario: Sixty-four flows use every port
    When 64 flows are sent
      | kind | count |
      | UDP  | 64    |
    Then every port carries some of them

  Rule: The setup is static
    Nothing is negotiated.

    @confirms.C-23 @slow
    Scenario: No LACPDU is sent in <seconds> seconds
      When <seconds> seconds pass
      Then no LACPDU was seen

    @confirms.C-25 @on.freebsd-13
    Scenario Outline: Settings of <protocol> & friends
      When the protocol is <protocol>
      Then the answer is <answer>

      Examples: without negotiation
        | protocol    | answer |
        | loadbalance | no     |
        | roundrobin  | no     |
"""

FAILOVER = """\
Feature: Failover keeps the NAS reachable

  @confirms.C-18
  Scenario: Traffic goes through the primary
    Given a LAGG "lagg0" with protocol "failover" on 3 ports
    When 3 pings are sent
    Then all of them left by port 1

  @refines.C-19
  Scenario: The next port is the one with the next index
    Given a LAGG "lagg0" with protocol "failover" on 3 ports
    When the link of port 1 is lost
    Then traffic is sent by port 2

  @manual
  Scenario: A step that nobody wrote
    Given something <b>undefined</b>
"""

TARGET = TargetResult(
    "sim:",
    "sim:",
    Provenance.SIMULATED,
    "FreeBSD 13.2-RELEASE amd64",
    "freebsd-13.2",
    "memory",
    {"ports": "vtnet1 vtnet2 vtnet3 vtnet4 em0 em1"},
)
OBSERVED = TargetResult(
    "ssh://root@nas-1",
    "ssh://root@nas-1",
    Provenance.OBSERVED,
    "FreeBSD 13.2-RELEASE-p11 amd64",
    "freebsd-13.2",
    "udp",
    {},
)


def recorded_frames(name: str = "wire-failover", limit: int = 30) -> tuple[FrameEvent, ...]:
    """Return the frames of a recording as events, for bytes that are worth decoding."""
    recording = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    frames = recording["frames"][:limit]
    return tuple(
        FrameEvent(
            float(frame["t"]),
            f"vtnet{frame['port']}",
            "from_nas" if frame["dir"] == "from_nas" else "to_nas",
            f"frame of {len(frame['hex']) // 2} bytes",
            frame["hex"],
        )
        for frame in frames
    )


def synthetic_features(directory: Path, scenarios: int = 0) -> tuple[Feature, ...]:
    """Write the feature files, and ``scenarios`` more in files of twenty; return them parsed."""
    texts = {"loadbalance.feature": LOAD_BALANCE, "failover.feature": FAILOVER}
    for start in range(0, scenarios, 20):
        lines = [f"Feature: Many scenarios from {start}"]
        for number in range(start, min(start + 20, scenarios)):
            lines += [
                f"\n  @confirms.C-{number % 30 + 1:02}",
                f"  Scenario: Case number {number} of many",
                '    Given a LAGG "lagg0" with protocol "failover" on 3 ports',
                f"    When {number} pings are sent",
                "    And the link of port 1 is lost",
                "    Then traffic is sent by port 2",
            ]
        texts[f"many/from-{start:04}.feature"] = "\n".join(lines) + "\n"
    for name, text in texts.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(parse_feature(f"features/{name}", text) for name, text in texts.items())


def synthetic_docs(source: Path, directory: Path) -> Path:
    """Copy hand-written pages; what they show of a run comes from a synthetic scenario."""
    asked = (
        '{{ evidence("features/failover.feature::Traffic goes through the primary", "ifconfig") }}'
    )
    for path in source.rglob("*.md"):
        copy = directory / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{\{ follow\(.*?\) \}\}", "", text)
        text = re.sub(r"\{\{ (evidence|output)\(.*?\) \}\}", asked, text)
        copy.write_text(text, encoding="utf-8")
    for path in source.rglob("*.svg"):
        shutil.copy(path, directory / path.relative_to(source))
    return directory


def synthetic_results(
    features: tuple[Feature, ...] | None = None,
    target: TargetResult = TARGET,
    started: str = "2026-11-20T10:00:00Z",
    seed: int = 0,
) -> Results:
    """Return a run over ``features`` on one target."""
    if features is None:
        features = (
            parse_feature("features/loadbalance.feature", LOAD_BALANCE),
            parse_feature("features/failover.feature", FAILOVER),
        )
    rng = random.Random(seed)
    frames = recorded_frames()
    done = tuple(
        FeatureResult(
            feature.path,
            feature.name,
            feature.digest,
            tuple(
                result
                for scenario in feature.scenarios
                for result in _scenario_results(scenario, target, frames, rng)
            ),
        )
        for feature in features
    )
    return Results(
        started,
        3.5,
        "synthetic 0",
        "lagg-tool accept",
        "0000000",
        "made up",
        (target,),
        done,
        _verdicts(done, target),
    )


def with_status(results: Results, name: str, status: Status) -> Results:
    """Return the same run with the scenarios called ``name`` ended in another way."""
    features = tuple(
        dataclasses.replace(
            feature,
            scenarios=tuple(
                dataclasses.replace(scenario, status=status) if scenario.name == name else scenario
                for scenario in feature.scenarios
            ),
        )
        for feature in results.features
    )
    return dataclasses.replace(results, features=features)


def _scenario_results(
    scenario: Scenario, target: TargetResult, frames: tuple[FrameEvent, ...], rng: random.Random
) -> list[ScenarioResult]:
    rows = [row for table in scenario.examples for row in table.rows]
    made = []
    for number, (line, _) in enumerate(rows or [(scenario.line, ())], start=1):
        status = Status.PASSED
        reason = ""
        if "manual" in scenario.tags:
            status, reason = Status.UNDEFINED, "no step matches 'something <b>undefined</b>'"
        elif scenario.name.startswith("No LACPDU"):
            status, reason = Status.SKIPPED, "the bench cannot wait that long"
        steps = tuple(
            StepResult(
                step.keyword,
                step.text,
                step.line,
                status,
                0.01,
                reason,
                step.table,
                step.docstring or "",
                _evidence(position, frames, rng) if status is Status.PASSED else (),
            )
            for position, step in enumerate((*scenario.background, *scenario.steps))
        )
        made.append(
            ScenarioResult(
                f"{scenario.id}[{number}]" if rows else scenario.id,
                scenario.name,
                line,
                scenario.rule,
                scenario.tags,
                target.id,
                status,
                reason,
                0.05,
                12.0,
                scenario.claims,
                steps,
            )
        )
    return made


def _evidence(
    position: int, frames: tuple[FrameEvent, ...], rng: random.Random
) -> tuple[Event, ...]:
    command = CommandEvent(
        position + 0.1,
        "ifconfig lagg0",
        0,
        "lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
        "\tlaggproto failover lagghash l2,l3,l4\n"
        "\tlaggport: vtnet1 flags=1<MASTER>\n" * 3,
        "",
        0.004,
    )
    some = frames[: rng.randrange(4, len(frames))]
    extra: tuple[tuple[Event, ...], ...] = (
        (),
        (LinkEvent(1.5, "vtnet1", up=False), WaitEvent(1.6, 2.0, "traffic on port 2")),
        some,
        (*some, NoteEvent(9.0, "port 1: 3 frames, port 2: 0 frames")),
    )
    return (command, *extra[position % 4])


def _verdicts(
    features: tuple[FeatureResult, ...], target: TargetResult
) -> tuple[VerdictResult, ...]:
    words = {"confirms": "confirmed", "refines": "imprecise", "contradicts": "contradicted"}
    found: dict[str, VerdictResult] = {}
    for feature in features:
        for scenario in feature.scenarios:
            for link in scenario.claims:
                found[link.id] = VerdictResult(
                    link.id,
                    target.id,
                    words[link.relation],
                    "as its scenarios show",
                    (*(found[link.id].scenarios if link.id in found else ()), scenario.id),
                )
    return tuple(found[claim] for claim in sorted(found))


def article_of_core(features: Path) -> None:
    """Copy the claims of the first article, and what only the site needs of it."""
    core = paths.ROOT / "features" / "core"
    shutil.copy(core / "article.toml", features)
    shutil.copytree(core / "site", features / "site")
