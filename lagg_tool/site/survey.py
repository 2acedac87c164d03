"""Features and runs, joined so that a page only has to look things up.

``TargetRuns`` is a target with its runs. ``ScenarioStatus`` is the state of a scenario on a
target; it separates what a reader would otherwise confuse: passed as it is written now, and
passed before the feature file changed; not run this time, and never run.
"""

from __future__ import annotations

import enum
import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.claims import releases
from lagg_tool.evidence import (
    Provenance,
    Results,
    ScenarioResult,
    Status,
    TargetResult,
    VerdictResult,
)
from lagg_tool.evidence.renames import load_renames, under_present_names
from lagg_tool.suite.features import Feature, Scenario, read_features

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
    """A target with its runs, the oldest first."""

    result: TargetResult
    runs: tuple[Results, ...]

    @property
    def latest(self) -> Results:
        """The run that the pages show."""
        return self.runs[-1]

    @property
    def previous(self) -> Results | None:
        """The run before it."""
        return self.runs[-2] if len(self.runs) > 1 else None

    @property
    def observed(self) -> bool:
        """Whether this is a real host."""
        return self.result.provenance is Provenance.OBSERVED

    @property
    def short(self) -> str:
        """The target's release, for use beside its provenance."""
        return releases.title(self.result.release)

    @property
    def label(self) -> str:
        """The target in a few words, with its provenance."""
        return f"{self.short}, observed" if self.observed else f"simulated NAS ({self.short})"

    @functools.cached_property
    def digests(self) -> dict[str, str]:
        """Digest of every feature as it was when it ran, by path."""
        return {feature.path: feature.digest for feature in self.latest.features}

    @functools.cached_property
    def verdicts(self) -> dict[str, VerdictResult]:
        """Verdicts of the latest run on this target, by claim."""
        return {
            verdict.claim: verdict
            for verdict in self.latest.verdicts
            if verdict.target == self.result.id
        }

    @functools.cached_property
    def results(self) -> dict[str, tuple[ScenarioResult, ...]]:
        """Scenario results of the latest run on this target, by feature path."""
        return _by_path(self.latest, self.result.id)

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
    claims_digest: str = ""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios in the order of the files."""
        return tuple(s for feature in self.features for s in feature.scenarios)

    @property
    def runs(self) -> tuple[Results, ...]:
        """The latest run of every target, each once, the newest last."""
        latest = {id(target.latest): target.latest for target in self.targets}
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

    @property
    def stale_features(self) -> tuple[Feature, ...]:
        """The features that have changed since the latest run of some target."""
        return tuple(
            feature
            for feature in self.features
            if any(
                target.digests.get(feature.path, feature.digest) != feature.digest
                for target in self.targets
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
    claims_digest: str = "",
) -> Survey:
    """Read features and results. Raises DocumentError with the name of an unreadable file."""
    paths = [path for path in results if path.exists()]
    if history is not None and history.is_dir():
        paths += sorted(history.glob("*.json"))
    renames = load_renames(features / "renames.toml")
    runs = [
        under_present_names(_read_cached(path, path.stat().st_mtime_ns), renames) for path in paths
    ]
    return Survey(
        read_features(features) if features.is_dir() else (), targets_of(runs), claims_digest
    )


def targets_of(runs: Sequence[Results]) -> tuple[TargetRuns, ...]:
    """Sort runs by target: simulated first, then by release and address."""
    by_target: dict[str, list[Results]] = {}
    for run in sorted(runs, key=lambda run: run.started):
        for target in run.targets:
            known = by_target.setdefault(target.id, [])
            if run not in known:  # a run may be given twice, as the last one and as history
                known.append(run)
    targets = [
        TargetRuns(next(t for t in known[-1].targets if t.id == identifier), tuple(known))
        for identifier, known in by_target.items()
    ]
    return tuple(sorted(targets, key=lambda t: (t.observed, t.result.release, t.result.id)))


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
    stale = bool(results) and target.digests.get(scenario.path) != digest
    return ScenarioStatus(mark, stale, _reason(results), results)


def _reason(results: Sequence[ScenarioResult]) -> str:
    return "; ".join(dict.fromkeys(r.reason for r in results if r.reason))
