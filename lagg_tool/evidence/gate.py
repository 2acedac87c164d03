"""Whether a release ships: what a run found, measured by the rules of gate.toml.

The site and ``lagg-tool gate`` use the same function, so that they give the same answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lagg_tool import releases
from lagg_tool.claims.gate_rules import GateRules, Kind, Known
from lagg_tool.evidence.reasons import in_words, what_failed
from lagg_tool.evidence.release_notes import defect_states
from lagg_tool.evidence.results import (
    Provenance,
    Results,
    ScenarioResult,
    Status,
    TargetResult,
)

# The verdicts that rest on a run, from the best to the worst.
_RANKS = ("confirmed", "imprecise", "contradicted")


@dataclass(frozen=True)
class Finding:
    """One thing that the gate found; ``known`` is why it does not count, ``scenarios`` show it."""

    kind: Kind
    subject: str
    before: str
    after: str
    reason: str
    fails: bool = False
    known: str = ""
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """The decision on one target; ``before`` is empty where there is nothing to compare with."""

    before: str
    after: str
    provenance: Provenance
    started: str
    ran: int
    findings: tuple[Finding, ...]
    defects_gone: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether nothing fails the gate. A target on which nothing ran does not pass."""
        return self.ran > 0 and not any(finding.fails for finding in self.findings)

    @property
    def sentence(self) -> str:
        """The decision's reasons in one sentence."""
        parts = [*self._scenario_words(), *self._other_words()]
        if not self.ran:
            parts = ["nothing ran"]
        return "; ".join(parts)

    def _scenario_words(self) -> Iterator[str]:
        regressions = self._count(Kind.REGRESSION)
        verb = "scenario fails" if regressions == 1 else "scenarios fail"
        if self.before:
            yield f"{regressions or 'no'} {verb} that passed on {self.before}"
        if failing := self._count(Kind.FAILING):
            more = " more" if regressions else ""
            yield f"{failing}{more} {'scenario fails' if failing == 1 else 'scenarios fail'}"
        elif not self.before:
            yield "no scenario fails"
        if lost := self._count(Kind.LOST):
            yield f"{lost} that passed {'was' if lost == 1 else 'were'} not run"

    def _other_words(self) -> Iterator[str]:
        better = self._count(Kind.IMPROVED)
        claims = self._count(Kind.CLAIM) + better
        some = f"{better} " if better < claims else "all " if claims > 1 else ""
        how = f", {some}for the better" if better else ""
        yield f"{claims or 'no'} {'claim' if claims == 1 else 'claims'} changed{how}"
        if self.before:
            gone, new = len(self.defects_gone), self._count(Kind.DEFECT)
            yield f"{gone or 'no'} {'defect' if gone == 1 else 'defects'} gone, {new or 'none'} new"
        if stale := self._count(Kind.STALE):
            yield f"{stale} {'result is' if stale == 1 else 'results are'} stale"
        if known := sum(bool(finding.known) for finding in self.findings):
            yield f"{known} of these known"

    def _count(self, kind: Kind) -> int:
        return sum(finding.kind is kind for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``lagg-tool gate --json`` prints."""
        return {"passes": self.passes, "sentence": self.sentence, **dataclasses.asdict(self)}

    def lines(self) -> Iterator[str]:
        """Yield the decision as text for people."""
        yield f"{'green' if self.passes else 'RED'}: {self.after}: {self.sentence}"
        simulated = self.provenance is Provenance.SIMULATED
        about = " (simulated: about the model, not about a host)" if simulated else ""
        yield f"run of {self.started}{about}"
        for finding in self.findings:
            if finding.kind is Kind.STALE:
                continue
            mark = "fails" if finding.fails else "known" if finding.known else "noted"
            change = f"{finding.before or 'unknown'} -> {finding.after}"
            yield f"  {mark}: {finding.kind}: {finding.subject}: {change}"
            if finding.reason:
                yield f"    {finding.reason.splitlines()[0]}"
            if finding.known:
                yield f"    known: {finding.known}"
        yield from (f"  gone: defect {defect}" for defect in self.defects_gone)


@dataclass(frozen=True)
class Run:
    """One target of a run, as the gate looks at it."""

    results: Results
    target: TargetResult
    label: str = ""

    @property
    def name(self) -> str:
        """The target's name in a sentence."""
        if self.label:
            return self.label
        title = releases.title(self.target.release)
        simulated = self.target.provenance is Provenance.SIMULATED
        return f"simulated {title}" if simulated else title

    @property
    def scenarios(self) -> Mapping[str, ScenarioResult]:
        """The results on the target by scenario."""
        return {
            scenario.id: scenario
            for scenario in self.results.scenarios
            if scenario.target == self.target.id
        }

    @property
    def verdicts(self) -> Mapping[str, tuple[str, str, tuple[str, ...]]]:
        """(verdict, reason, scenarios) on the target by claim."""
        return {
            one.claim: (one.verdict, one.reason, one.scenarios)
            for one in self.results.verdicts
            if one.target == self.target.id
        }


def gate(
    before: Run | None,
    after: Run,
    rules: GateRules,
    today: dt.date,
    stale: Collection[str] = (),
) -> Gate:
    """Decide on ``after``, compared with ``before`` if there is one.

    ``stale`` are the scenarios whose results rest on steps that have changed since.
    """
    old = before.scenarios if before else {}
    new = after.scenarios
    states = defect_states(old.values()), defect_states(new.values())
    found = [
        *_scenario_findings(old, new, after.target.release),
        *_claim_findings(before, after),
        *(_defect_findings(*states, new) if before else ()),
        *(
            Finding(Kind.STALE, identifier, "", "stale", "", scenarios=(identifier,))
            for identifier in stale
        ),
    ]
    ran = sum(one.status in (Status.PASSED, Status.FAILED) for one in new.values())
    return Gate(
        before.name if before else "",
        after.name,
        after.target.provenance,
        after.results.started,
        ran,
        tuple(_decided(finding, rules, after.target, today) for finding in found),
        tuple(
            d for d, state in states[0].items() if state == "present" and states[1].get(d) == "gone"
        ),
    )


def _decided(finding: Finding, rules: GateRules, target: TargetResult, today: dt.date) -> Finding:
    """Return a finding with whether it fails the gate."""
    known = _known(finding, rules.known, target)
    if known is None:
        return dataclasses.replace(finding, fails=finding.kind in rules.fails)
    if known.expires < today:
        why = f"{finding.reason} (known until {known.expires}, which has passed)".strip()
        return dataclasses.replace(finding, fails=finding.kind in rules.fails, reason=why)
    return dataclasses.replace(finding, known=f"{known.reason} (until {known.expires})")


def _known(finding: Finding, known: Iterable[Known], target: TargetResult) -> Known | None:
    """Return the entry about a finding; a changed claim is known if all that changed it is."""
    found = [k for k in known if k.covers(finding.subject, target.release, target.testbed)]
    if found:
        return found[0]
    if finding.kind is Kind.CLAIM and finding.scenarios:
        each = [
            next((k for k in known if k.covers(one, target.release, target.testbed)), None)
            for one in finding.scenarios
        ]
        entries = [entry for entry in each if entry is not None]
        if len(entries) == len(each):
            return min(entries, key=lambda entry: entry.expires)
    return None


def _scenario_findings(
    old: Mapping[str, ScenarioResult], new: Mapping[str, ScenarioResult], release: str
) -> Iterator[Finding]:
    for identifier, scenario in new.items():
        was, now = old.get(identifier), scenario.status
        passed = was is not None and was.status is Status.PASSED
        if now in (Status.FAILED, Status.UNDEFINED):
            kind = Kind.REGRESSION if passed else Kind.FAILING
        elif passed and now is Status.NOT_RUN and releases.holds(scenario.tags, release):
            kind = Kind.LOST
        else:
            continue
        before, reason = str(was.status) if was else "", _reason(scenario)
        yield Finding(kind, identifier, before, now, reason, scenarios=(identifier,))


def _reason(scenario: ScenarioResult) -> str:
    found = what_failed(scenario)
    if found is None:
        return in_words(scenario.reason)
    return f"expected: {found[0]}; {found[1]}"


def _claim_findings(before: Run | None, after: Run) -> Iterator[Finding]:
    old = before.verdicts if before else {}
    scenarios = after.scenarios
    for claim, (now, reason, shown) in after.verdicts.items():
        was = old.get(claim, ("", "", ()))[0]
        failed = tuple(
            one for one in shown if one in scenarios and scenarios[one].status is Status.FAILED
        )
        if now == "changed":
            why = _reason(scenarios[failed[0]]) if failed else reason
            yield Finding(Kind.CLAIM, claim, was, now, why, scenarios=failed or shown)
        elif was in _RANKS and now in _RANKS and was != now:
            better = _RANKS.index(now) < _RANKS.index(was)
            kind = Kind.IMPROVED if better else Kind.CLAIM
            ran = tuple(one for one in shown if one in scenarios and _passed(scenarios[one]))
            yield Finding(kind, claim, was, now, "", scenarios=ran)


def _passed(scenario: ScenarioResult) -> bool:
    return scenario.status is Status.PASSED


def _defect_findings(
    was: Mapping[str, str], now: Mapping[str, str], new: Mapping[str, ScenarioResult]
) -> Iterator[Finding]:
    for defect, state in now.items():
        if state == "present" and was.get(defect) == "gone":
            shown = tuple(
                identifier
                for identifier, one in new.items()
                if f"defect.{defect}" in one.tags and _passed(one)
            )
            yield Finding(Kind.DEFECT, defect, "gone", "present", "", scenarios=shown)
