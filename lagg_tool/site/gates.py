"""The decisions that the pages open with: which target is measured by which, and the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from lagg_tool import releases
from lagg_tool.claims.gate_rules import GateRules, Kind
from lagg_tool.evidence.gate import Finding, Gate, Run, gate
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.scenario_links import evidence_href
from lagg_tool.site.survey import Survey
from lagg_tool.site.target_runs import TargetRuns, pair_url


@dataclass(frozen=True)
class Shown:
    """A finding with its name and the link to its evidence; an empty link has none."""

    finding: Finding
    name: str
    href: str


@dataclass(frozen=True)
class Decision:
    """The gate of a target, with the target that it is compared with."""

    gate: Gate
    target: TargetRuns
    before: TargetRuns | None

    @property
    def page(self) -> str:
        """The URL of the page that compares the two, or "" where there is none."""
        if self.before is None or not releases.differ(
            self.before.result.release, self.target.result.release
        ):
            return ""
        return pair_url(self.before, self.target)


@dataclass(frozen=True)
class Gates:
    """The rules, and the day that decides what has expired."""

    rules: GateRules
    today: dt.date


def decisions(survey: Survey, gates: Gates) -> tuple[Decision, ...]:
    """Return the decision on every target: red ones, then real hosts and the newest release."""
    found = [decide(survey, _baseline(survey, t), t, gates) for t in survey.targets]
    found.reverse()
    found.sort(key=lambda decision: decision.gate.passes)
    return tuple(found)


def decide(survey: Survey, before: TargetRuns | None, target: TargetRuns, gates: Gates) -> Decision:
    """Return the decision on one target."""
    stale = [
        result.id
        for scenario in survey.scenarios
        for status in (survey.status(scenario, target),)
        if status.stale
        for result in status.results
    ]
    old = Run(before.latest, before.result, before.label) if before else None
    made = gate(
        old,
        Run(target.latest, target.result, target.label),
        gates.rules,
        gates.today,
        stale,
    )
    return Decision(made, target, before)


def shown_findings(
    decision: Decision, survey: Survey, identifiers: Identifiers, url: str
) -> Iterator[Shown]:
    """Yield the findings of a decision with links; what is stale is only counted."""
    for finding in decision.gate.findings:
        if finding.kind is Kind.STALE:
            continue
        href = next(_evidence(finding, decision.target, survey, url), "")
        name = finding.subject.partition("::")[2] or (
            f"{finding.subject} {identifiers.title(finding.subject)}"
        )
        yield Shown(finding, name, href or identifiers.href(url, finding.subject))


def _evidence(finding: Finding, target: TargetRuns, survey: Survey, url: str) -> Iterator[str]:
    for identifier in finding.scenarios:
        scenario = survey.find(identifier)
        if scenario is not None:
            yield evidence_href(survey, url, scenario, target)


def _baseline(survey: Survey, target: TargetRuns) -> TargetRuns | None:
    """Return what a target is measured by.

    A model is measured by a real host of its release. A release is measured by the one before
    it, on a host of the same provenance and, where there is a choice, with the same testbed.
    """
    others = [other for other in survey.targets if other is not target]
    if not target.observed:
        hosts = [
            o
            for o in others
            if o.observed and not releases.differ(o.result.release, target.result.release)
        ]
        if hosts:
            return max(hosts, key=_passed)
    earlier = [
        other
        for other in others
        if other.observed is target.observed
        and releases.precedes(other.result.release, target.result.release)
    ]
    if not earlier:
        return None
    newest = releases.newest(other.result.release for other in earlier)
    same = [other for other in earlier if not releases.differ(other.result.release, newest)]
    same_testbed = [other for other in same if other.result.testbed == target.result.testbed]
    return [*same_testbed, *same][0]


def _passed(target: TargetRuns) -> int:
    return sum(
        result.status == "passed" for results in target.results.values() for result in results
    )
