"""The targets of a site, each with its runs; a later run supersedes an earlier one."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from lagg_tool import releases
from lagg_tool.claims import Claims
from lagg_tool.evidence import (
    Provenance,
    Results,
    ScenarioResult,
    Status,
    TargetResult,
    VerdictResult,
)
from lagg_tool.evidence.superseding import InForce, in_force
from lagg_tool.site.page import slug
from lagg_tool.suite.recorder import verdicts as judged

T = TypeVar("T", ScenarioResult, VerdictResult)


@dataclass(frozen=True)
class TargetRuns:
    """A target with its runs, the oldest first.

    ``note`` tells it from another target of the same release and provenance. ``claims`` judge
    again where results of several runs are in force.
    """

    result: TargetResult
    runs: tuple[Results, ...]
    note: str = ""
    claims: Claims | None = None

    @functools.cached_property
    def current(self) -> InForce:
        """The results in force, each from the latest run that ran its scenario."""
        return in_force(self.runs, self.result.id)

    @functools.cached_property
    def latest(self) -> Results:
        """What the pages show: the latest run, completed by the runs before it."""
        return self._judged(self.current)

    @functools.cached_property
    def previous(self) -> Results | None:
        """What was in force before the latest run."""
        if len(self.runs) < 2:
            return None
        return self._judged(in_force(self.runs[:-1], self.result.id))

    def _judged(self, current: InForce) -> Results:
        """Return results with the verdicts of their run, or of all the runs that they are from."""
        results = current.results
        if self.claims is None or len(current.parts) < 2:
            return results
        found = judged(self.claims, results.features, self.result.id)
        return dataclasses.replace(results, verdicts=found)

    @property
    def observed(self) -> bool:
        """Whether this is a real host."""
        return self.result.provenance is Provenance.OBSERVED

    @property
    def short(self) -> str:
        """The target's release, for use beside its provenance; a model made faulty says so."""
        faulty = " with injected faults" if self.result.facts.get("faults") else ""
        return releases.title(self.result.release) + faulty + self.note

    @property
    def label(self) -> str:
        """The target in a few words, with its provenance."""
        return f"{self.short}, observed" if self.observed else f"simulated NAS ({self.short})"

    @functools.cached_property
    def verdicts(self) -> dict[str, VerdictResult]:
        """Verdicts in force on this target, by claim."""
        return {verdict.claim: verdict for verdict in self.latest.verdicts}

    def verdict(self, claim: str) -> str:
        """Return the verdict in force on a claim; "" where it was not judged."""
        return self.verdicts[claim].verdict if claim in self.verdicts else ""

    @functools.cached_property
    def results(self) -> dict[str, tuple[ScenarioResult, ...]]:
        """Scenario results in force on this target, by feature path."""
        return {feature.path: feature.scenarios for feature in self.latest.features}

    @functools.cached_property
    def by_id(self) -> dict[str, ScenarioResult]:
        """Scenario results in force on this target, by identifier."""
        return {result.id: result for results in self.results.values() for result in results}

    @functools.cached_property
    def statuses(self) -> dict[str, Status]:
        """Statuses in force on this target, by the identifier of the scenario."""
        return {identifier: result.status for identifier, result in self.by_id.items()}

    @functools.cached_property
    def ever(self) -> frozenset[str]:
        """Identifiers of all scenarios that some run on this target completed."""
        return frozenset(
            result.id
            for run in self.runs
            for results in by_path(run, self.result.id).values()
            for result in results
            if result.status is not Status.NOT_RUN
        )


def targets_of(runs: Sequence[Results], claims: Claims | None = None) -> tuple[TargetRuns, ...]:
    """Sort runs by target: simulated first, then by release and address.

    A host that was upgraded, or that has another testbed, is another target.
    """
    by_target: dict[tuple[str, str, str], list[Results]] = {}
    for run in sorted(runs, key=lambda run: run.started):
        for target in run.targets:
            known = by_target.setdefault(_kind(target), [])
            if run not in known:  # a run may be given twice, as the last one and as history
                known.append(run)
    addresses = Counter(address for address, _, _ in by_target)
    found = [
        _target(kind, known, claims, alone=addresses[kind[0]] == 1)
        for kind, known in by_target.items()
    ]
    labels = Counter(target.label for target in found)
    targets = (
        dataclasses.replace(target, note=_note(target, found))
        if labels[target.label] > 1
        else target
        for target in found
    )
    return tuple(sorted(targets, key=lambda t: (t.observed, t.result.release, t.result.id)))


def _kind(target: TargetResult) -> tuple[str, str, str]:
    return target.id, target.release, target.testbed


def _target(
    kind: tuple[str, str, str], runs: Sequence[Results], claims: Claims | None, *, alone: bool
) -> TargetRuns:
    """Return a target with its runs; one that shares its address gets an identifier of its own."""
    result = next(target for target in runs[-1].targets if _kind(target) == kind)
    if alone:
        return TargetRuns(result, tuple(runs), claims=claims)
    identifier = " ".join(kind)
    renamed = tuple(_under_identifier(run, result.id, identifier) for run in runs)
    return TargetRuns(dataclasses.replace(result, id=identifier), renamed, claims=claims)


def _under_identifier(run: Results, before: str, after: str) -> Results:
    """Return a run whose target has another identifier."""

    def named(one: T) -> T:
        return dataclasses.replace(one, target=after) if one.target == before else one

    return dataclasses.replace(
        run,
        targets=tuple(
            dataclasses.replace(one, id=after) if one.id == before else one for one in run.targets
        ),
        features=tuple(
            dataclasses.replace(feature, scenarios=tuple(map(named, feature.scenarios)))
            for feature in run.features
        ),
        verdicts=tuple(map(named, run.verdicts)),
    )


def _note(target: TargetRuns, targets: Sequence[TargetRuns]) -> str:
    """Return what tells a target from others with its label: the testbed, else the address."""
    same = [other for other in targets if other.label == target.label]
    if len({other.result.testbed for other in same}) == len(same):
        return f" with testbed {target.result.testbed}"
    return f" at {target.result.id}"


def pair_url(before: TargetRuns, after: TargetRuns) -> str:
    """Return the URL of the page that compares two targets."""
    return f"releases/{slug(before.result.id)}-to-{slug(after.result.id)}.html"


def by_path(run: Results, target: str) -> dict[str, tuple[ScenarioResult, ...]]:
    """Return the results of a run on a target, by the path of their feature."""
    return {
        feature.path: tuple(s for s in feature.scenarios if s.target == target)
        for feature in run.features
    }
