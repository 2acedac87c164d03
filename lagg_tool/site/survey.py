"""What is known: features, claims and runs, joined so that a page only has to look up.

A *column* is one target with its latest run and the runs before it. A *standing* is how a
scenario stands in a column; it tells apart what a reader would otherwise confuse: passed
now and passed with other words in the feature file, not run this time and never run.
"""

from __future__ import annotations

import enum
import functools
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.claims import releases
from lagg_tool.errors import DocumentError
from lagg_tool.evidence import (
    Provenance,
    Results,
    ScenarioResult,
    Status,
    TargetResult,
    VerdictResult,
)
from lagg_tool.site.gherkin import Feature, Scenario, read_features

# Which of several rows speaks for the whole outline: the worst first.
_SPEAKS = (Status.FAILED, Status.UNDEFINED, Status.NOT_RUN, Status.PASSED, Status.SKIPPED)


class Mark(enum.StrEnum):
    """A status as the site words it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDEFINED = "undefined"
    NOT_RUN = "not run"
    NEVER_RUN = "never run"


@dataclass(frozen=True)
class Standing:
    """How a scenario stands on a target; ``results`` has one entry, or one per outline row."""

    mark: Mark
    stale: bool
    reason: str
    results: tuple[ScenarioResult, ...]

    @property
    def words(self) -> str:
        """The mark, and that it is stale where it is."""
        return f"{self.mark}, stale" if self.stale else str(self.mark)


@dataclass(frozen=True)
class Column:
    """A target with its runs, the oldest first."""

    target: TargetResult
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
        """Whether this is about a real host."""
        return self.target.provenance is Provenance.OBSERVED

    @property
    def short(self) -> str:
        """The target's release, where the provenance stands beside it."""
        return releases.title(self.target.release)

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
        return verdicts_on(self.latest, self.target.id)

    @functools.cached_property
    def results(self) -> dict[str, tuple[ScenarioResult, ...]]:
        """Scenario results of the latest run on this target, by feature path."""
        return _by_path(self.latest, self.target.id)

    @functools.cached_property
    def ever(self) -> frozenset[str]:
        """Identifiers of all scenarios that some run on this target brought to an end."""
        return frozenset(
            result.id
            for run in self.runs
            for results in _by_path(run, self.target.id).values()
            for result in results
            if result.status is not Status.NOT_RUN
        )


@dataclass(frozen=True)
class Survey:
    """Everything that pages are made of."""

    features: tuple[Feature, ...]
    columns: tuple[Column, ...]
    claims_digest: str = ""
    runs_digest: str = ""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios in the order of the files."""
        return tuple(s for feature in self.features for s in feature.scenarios())

    @property
    def runs(self) -> tuple[Results, ...]:
        """The latest run of every target, each once, the newest last."""
        latest = {id(column.latest): column.latest for column in self.columns}
        return tuple(sorted(latest.values(), key=lambda run: run.started))

    @functools.cached_property
    def by_path(self) -> dict[str, Feature]:
        """Features by path."""
        return {feature.path: feature for feature in self.features}

    @functools.cached_property
    def _standings(self) -> dict[tuple[str, str], Standing]:
        return {}

    def standing(self, scenario: Scenario, column: Column) -> Standing:
        """Return how ``scenario`` stands in ``column``."""
        key = (scenario.id, column.target.id)
        if key not in self._standings:
            digest = self.by_path[scenario.path].digest
            self._standings[key] = _standing(scenario, column, digest)
        return self._standings[key]

    def find(self, identifier: str) -> Scenario | None:
        """Return the scenario that a result of this identifier belongs to."""
        feature = self.by_path.get(identifier.split("::", 1)[0])
        if feature is None:
            return None
        return next((s for s in feature.scenarios() if s.owns(identifier)), None)

    def counts(self, column: Column, scenarios: Iterable[Scenario]) -> str:
        """How many ended how; every row of an outline counts, as in what ``accept`` prints."""
        marks: Counter[str] = Counter()
        for scenario in scenarios:
            standing = self.standing(scenario, column)
            if standing.results and standing.mark is not Mark.NEVER_RUN:
                marks.update(str(result.status) for result in standing.results)
            else:
                marks[str(standing.mark)] += 1
        return ", ".join(f"{marks[mark]} {mark}" for mark in Mark if marks[mark])

    def history(self, scenario: Scenario, column: Column) -> tuple[tuple[str, Mark], ...]:
        """Return (start, mark) for every run on the column's target."""
        found = []
        for run in column.runs:
            results = _by_path(run, column.target.id).get(scenario.path, ())
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
    """Read everything. Raises DocumentError for what cannot be read, with its file name."""
    paths = [path for path in results if path.exists()]
    if history is not None and history.is_dir():
        paths += sorted(history.glob("*.json"))
    read = [_read_cached(str(path), path.stat().st_mtime_ns) for path in paths]
    return Survey(
        read_features(features) if features.is_dir() else (),
        columns_of([run for run, _ in read]),
        claims_digest,
        " ".join(digest for _, digest in read),
    )


def columns_of(runs: Sequence[Results]) -> tuple[Column, ...]:
    """Sort runs by target: simulated first, then by release and address."""
    by_target: dict[str, list[Results]] = {}
    for run in sorted(runs, key=lambda run: run.started):
        for target in run.targets:
            known = by_target.setdefault(target.id, [])
            if run not in known:  # a run may be given twice, as the last one and as history
                known.append(run)
    columns = [
        Column(next(t for t in known[-1].targets if t.id == identifier), tuple(known))
        for identifier, known in by_target.items()
    ]
    return tuple(sorted(columns, key=lambda c: (c.observed, c.target.release, c.target.id)))


def verdicts_on(run: Results, target: str) -> dict[str, VerdictResult]:
    """Return a run's verdicts on one target, by claim."""
    return {verdict.claim: verdict for verdict in run.verdicts if verdict.target == target}


@functools.lru_cache(maxsize=256)
def _read_cached(path: str, _changed: int) -> tuple[Results, str]:
    """Return a run and the digest of its file, both of the same bytes."""
    data = Path(path).read_bytes()
    try:
        run = Results.from_json(data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        raise DocumentError(path, None, f"cannot be read: {error}") from error
    return run, hashlib.sha256(data).hexdigest()


def _by_path(run: Results, target: str) -> dict[str, tuple[ScenarioResult, ...]]:
    return {
        feature.path: tuple(s for s in feature.scenarios if s.target == target)
        for feature in run.features
    }


def _mark(results: Sequence[ScenarioResult]) -> Mark:
    statuses = {result.status for result in results}
    return Mark(next(status for status in _SPEAKS if status in statuses))


def _standing(scenario: Scenario, column: Column, digest: str) -> Standing:
    results = tuple(r for r in column.results.get(scenario.path, ()) if scenario.owns(r.id))
    mark = _mark(results) if results else Mark.NOT_RUN
    if mark is Mark.NOT_RUN and not any(scenario.owns(known) for known in column.ever):
        return Standing(Mark.NEVER_RUN, False, _reason(results), results)
    stale = bool(results) and column.digests.get(scenario.path) != digest
    return Standing(mark, stale, _reason(results), results)


def _reason(results: Sequence[ScenarioResult]) -> str:
    return "; ".join(dict.fromkeys(r.reason for r in results if r.reason))
