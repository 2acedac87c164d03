"""Features and runs, joined so that a page only has to look things up.

``TargetRuns`` is a target with its runs; a later run supersedes an earlier one scenario by
scenario. ``ScenarioStatus`` is the state of a scenario on a target; it separates what a reader
would otherwise confuse: passed as it is written now, and passed before its steps changed; not
run this time, and never run.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lagg_tool import releases
from lagg_tool.claims import Claims
from lagg_tool.claims.sets import ClaimSet, claims_of, digests, load_sets
from lagg_tool.evidence import (
    Provenance,
    Results,
    ScenarioResult,
    Status,
    TargetResult,
    VerdictResult,
)
from lagg_tool.evidence.renames import load_renames, under_present_names
from lagg_tool.evidence.superseding import InForce, in_force
from lagg_tool.site.page import slug
from lagg_tool.suite.features import Feature, Scenario
from lagg_tool.suite.recorder import verdicts as judged
from lagg_tool.suite.selection import read_documents
from lagg_tool.suite.written import ran_as_written

T = TypeVar("T", ScenarioResult, VerdictResult)

# Which of several rows decides the status of the whole outline: the worst first.
_WORST_FIRST = (
    *(Status.FAILED, Status.UNDEFINED, Status.BROKEN),
    *(Status.NOT_RUN, Status.PASSED, Status.SKIPPED),
)


class Mark(enum.StrEnum):
    """A status in the words of the site."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDEFINED = "undefined"
    BROKEN = "broken"
    NOT_RUN = "not run"
    NEVER_RUN = "never run"


@dataclass(frozen=True)
class ScenarioStatus:
    """The state of a scenario on a target; ``results`` has one entry, or one per outline row."""

    mark: Mark
    stale: bool
    reason: str
    results: tuple[ScenarioResult, ...]

    @property
    def words(self) -> str:
        """The mark, and whether it is stale."""
        return f"{self.mark}, stale" if self.stale else str(self.mark)


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
            for results in _by_path(run, self.result.id).values()
            for result in results
            if result.status is not Status.NOT_RUN
        )


@dataclass(frozen=True)
class Survey:
    """Everything that pages are made of."""

    features: tuple[Feature, ...]
    targets: tuple[TargetRuns, ...]
    claims_digests: frozenset[str] = frozenset()

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios in the order of the files."""
        return tuple(s for feature in self.features for s in feature.scenarios)

    @property
    def runs(self) -> tuple[Results, ...]:
        """The latest run of every target, each once, the newest last."""
        latest = {id(target.runs[-1]): target.runs[-1] for target in self.targets}
        return tuple(sorted(latest.values(), key=lambda run: run.started))

    @functools.cached_property
    def by_path(self) -> dict[str, Feature]:
        """Features by path."""
        return {feature.path: feature for feature in self.features}

    @functools.cached_property
    def _statuses_by_key(self) -> dict[tuple[str, str], ScenarioStatus]:
        return {}

    def status(self, scenario: Scenario, target: TargetRuns) -> ScenarioStatus:
        """Return the status of ``scenario`` on ``target``."""
        key = (scenario.id, target.result.id)
        if key not in self._statuses_by_key:
            digest = self.by_path[scenario.path].digest
            self._statuses_by_key[key] = _scenario_status(scenario, target, digest)
        return self._statuses_by_key[key]

    def on_targets(self, scenario: Scenario) -> list[tuple[TargetRuns, ScenarioStatus]]:
        """Return the status of ``scenario`` on every target."""
        return [(target, self.status(scenario, target)) for target in self.targets]

    @functools.cached_property
    def stale_features(self) -> tuple[Feature, ...]:
        """The features with a scenario that has changed since it ran on some target."""
        return tuple(
            feature
            for feature in self.features
            if any(
                status.stale
                for scenario in feature.scenarios
                for _, status in self.on_targets(scenario)
            )
        )

    def find(self, identifier: str) -> Scenario | None:
        """Return the scenario that a result of this identifier belongs to."""
        feature = self.by_path.get(identifier.split("::", 1)[0])
        if feature is None:
            return None
        return next((s for s in feature.scenarios if s.owns(identifier)), None)

    def counts(self, target: TargetRuns, scenarios: Iterable[Scenario]) -> str:
        """Return how many have which status; every row of an outline counts, as in ``accept``."""
        marks: Counter[str] = Counter()
        for scenario in scenarios:
            status = self.status(scenario, target)
            if status.results and status.mark is not Mark.NEVER_RUN:
                marks.update(str(result.status) for result in status.results)
            else:
                marks[str(status.mark)] += 1
        return ", ".join(f"{marks[mark]} {mark}" for mark in Mark if marks[mark])

    def history(self, scenario: Scenario, target: TargetRuns) -> tuple[tuple[str, Mark], ...]:
        """Return (start, mark) for every run on ``target``."""
        found = []
        for run in target.runs:
            results = _by_path(run, target.result.id).get(scenario.path, ())
            own = [result for result in results if scenario.owns(result.id)]
            found.append((run.started, _mark(own) if own else Mark.NOT_RUN))
        if all(mark is Mark.NOT_RUN for _, mark in found):
            return tuple((started, Mark.NEVER_RUN) for started, _ in found)
        return tuple(found)


def survey(
    features: Path,
    results: Iterable[Path] = (),
    history: Path | None = None,
) -> Survey:
    """Read features and results. Raises DocumentError with the name of an unreadable file."""
    return survey_of(load_sets(features), read_runs(features, results, history))


def read_runs(features: Path, results: Iterable[Path], history: Path | None) -> list[Results]:
    """Read runs under the present names of their scenarios. Raises DocumentError."""
    paths = [path for path in results if path.exists()]
    if history is not None and history.is_dir():
        paths += sorted([*history.glob("*.json"), *history.glob("*.json.gz")])
    renames = load_renames(features / "renames.toml")
    return [
        under_present_names(_read_cached(path, path.stat().st_mtime_ns), renames) for path in paths
    ]


def survey_of(sets: Sequence[ClaimSet], runs: Sequence[Results]) -> Survey:
    """Join the features of sets with runs."""
    return Survey(tuple(read_documents(sets)), targets_of(runs, claims_of(sets)), digests(sets))


def part_of(run: Results, one: ClaimSet) -> Results | None:
    """Return what a run has of a set; None where it has nothing of it."""
    features = tuple(feature for feature in run.features if one.owns(feature.path))
    if len(features) == len(run.features):
        return run
    targets = {scenario.target for feature in features for scenario in feature.scenarios}
    if not targets:
        return None
    claims = one.claims.ids
    return dataclasses.replace(
        run,
        features=features,
        targets=tuple(target for target in run.targets if target.id in targets),
        verdicts=tuple(verdict for verdict in run.verdicts if verdict.claim in claims),
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


@functools.lru_cache(maxsize=256)
def _read_cached(path: Path, _changed: int) -> Results:
    """Read a run; the server of the site reads a file again only when it has changed."""
    return Results.read(path)


def _by_path(run: Results, target: str) -> dict[str, tuple[ScenarioResult, ...]]:
    return {
        feature.path: tuple(s for s in feature.scenarios if s.target == target)
        for feature in run.features
    }


def _mark(results: Sequence[ScenarioResult]) -> Mark:
    statuses = {result.status for result in results}
    return Mark(next(status for status in _WORST_FIRST if status in statuses))


def _scenario_status(scenario: Scenario, target: TargetRuns, digest: str) -> ScenarioStatus:
    results = tuple(r for r in target.results.get(scenario.path, ()) if scenario.owns(r.id))
    mark = _mark(results) if results else Mark.NOT_RUN
    if mark is Mark.NOT_RUN and not any(scenario.owns(known) for known in target.ever):
        return ScenarioStatus(Mark.NEVER_RUN, False, _reason(results), results)
    digests = target.current.digests
    stale = any(
        digests.get(result.id) != digest and not ran_as_written(scenario, result)
        for result in results
    )
    return ScenarioStatus(mark, stale, _reason(results), results)


def _reason(results: Sequence[ScenarioResult]) -> str:
    return "; ".join(dict.fromkeys(r.reason for r in results if r.reason))
