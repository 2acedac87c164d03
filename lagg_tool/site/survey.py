"""Features and runs, joined so that a page only has to look things up.

``ScenarioStatus`` is the state of a scenario on a target; it separates what a reader would
otherwise confuse: passed as it is written now, and passed before its steps changed; not run
this time, and never run.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.claims.sets import ClaimSet, claims_of, digests
from lagg_tool.evidence import Results, ScenarioResult, Status
from lagg_tool.evidence.merging import of_sets
from lagg_tool.evidence.renames import load_renames, under_present_names
from lagg_tool.site.target_runs import TargetRuns, by_path, targets_of
from lagg_tool.suite.features import Feature, Scenario
from lagg_tool.suite.selection import read_documents
from lagg_tool.suite.written import ran_as_written

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
                marks[str(status.mark)] += len(scenario.run_ids)
        return ", ".join(f"{marks[mark]} {mark}" for mark in Mark if marks[mark])

    def history(self, scenario: Scenario, target: TargetRuns) -> tuple[tuple[str, Mark], ...]:
        """Return (start, mark) for every run on ``target``."""
        found = []
        for run in target.runs:
            results = by_path(run, target.result.id).get(scenario.path, ())
            own = [result for result in results if scenario.owns(result.id)]
            found.append((run.started, _mark(own) if own else Mark.NOT_RUN))
        if all(mark is Mark.NOT_RUN for _, mark in found):
            return tuple((started, Mark.NEVER_RUN) for started, _ in found)
        return tuple(found)


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
    found = of_sets(run, [one])
    if len(found.features) == len(run.features):
        return run
    targets = {scenario.target for feature in found.features for scenario in feature.scenarios}
    if not targets:
        return None
    kept = tuple(target for target in run.targets if target.id in targets)
    return dataclasses.replace(found, targets=kept)


@functools.lru_cache(maxsize=256)
def _read_cached(path: Path, _changed: int) -> Results:
    """Read a run; the server of the site reads a file again only when it has changed."""
    return Results.read(path)


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
