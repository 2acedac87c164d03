"""What changed from one run to another: scenarios, their statuses, verdicts, claims.

Two runs on different targets compare as well, by scenario: that is how a new release is
compared with an old one. A scenario that vanished is as much a finding as one that fails.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lagg_tool.evidence import Results, ScenarioResult, Status
from lagg_tool.evidence.reasons import in_words

_UNCOVERED = ("not covered", "not run", "")


@dataclass(frozen=True)
class Renamed:
    """A scenario with another name and the same steps."""

    before: str
    after: str


@dataclass(frozen=True)
class StatusChange:
    """A scenario that ended in another way; ``reason`` is that of the later run."""

    scenario: str
    before: Status
    after: Status
    reason: str = ""

    @property
    def tried(self) -> bool:
        """Whether both runs reached its end."""
        return not {Status.NOT_RUN, Status.BROKEN} & {self.before, self.after}

    @property
    def weight(self) -> tuple[bool, bool]:
        """Sort key: what both runs tried first, and of that what does not pass now."""
        return not self.tried, self.after not in (Status.FAILED, Status.UNDEFINED)


@dataclass(frozen=True)
class VerdictChange:
    """A claim whose verdict changed; an empty verdict is that of a claim not known then."""

    claim: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True)
class Difference:
    """Everything that differs from an earlier run to a later one."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    statuses: tuple[StatusChange, ...] = ()
    verdicts: tuple[VerdictChange, ...] = ()
    newly_covered: tuple[str, ...] = ()

    @property
    def changed_results(self) -> tuple[StatusChange, ...]:
        """The changes of scenarios that both runs tried."""
        return tuple(change for change in self.statuses if change.tried)

    @property
    def tried_once(self) -> tuple[StatusChange, ...]:
        """The changes of scenarios that only one of the runs tried: news, but no finding."""
        return tuple(change for change in self.statuses if not change.tried)

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return any(getattr(self, field.name) for field in dataclasses.fields(self))

    def to_dict(self) -> dict[str, Any]:
        """Return what ``lagg-tool diff --json`` prints."""
        return dataclasses.asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield a line of text for every finding, for people."""
        yield from (f"added: {scenario}" for scenario in self.added)
        yield from (f"removed: {scenario}" for scenario in self.removed)
        yield from (f"renamed: {change.before} -> {change.after}" for change in self.renamed)
        for change in self.statuses:
            why = f" ({change.reason.splitlines()[0]})" if change.reason else ""
            yield f"status: {change.scenario}: {change.before} -> {change.after}{why}"
        for verdict in self.verdicts:
            before = verdict.before or "unknown"
            yield f"verdict: {verdict.claim}: {before} -> {verdict.after or 'gone'}"
        yield from (f"newly covered: {claim}" for claim in self.newly_covered)


def difference(
    before: Results,
    after: Results,
    before_target: str | None = None,
    after_target: str | None = None,
) -> Difference:
    """Compare two runs, each on one of its targets (by default on all of them together)."""
    old = _scenarios(before, before_target)
    new = _scenarios(after, after_target)
    gone = [key for key in old if key not in new]
    fresh = [key for key in new if key not in old]
    renamed = _renamed({key: old[key] for key in gone}, {key: new[key] for key in fresh})
    moved = {change.before for change in renamed} | {change.after for change in renamed}
    pairs = [(key, old[key], new[key]) for key in new if key in old]
    pairs += [(change.after, old[change.before], new[change.after]) for change in renamed]
    verdicts = tuple(_verdict_changes(before, after, before_target, after_target))
    return Difference(
        tuple(key for key in fresh if key not in moved),
        tuple(key for key in gone if key not in moved),
        renamed,
        tuple(
            sorted(
                (
                    StatusChange(key, a.status, b.status, in_words(b.reason))
                    for key, a, b in pairs
                    if a.status is not b.status
                ),
                key=lambda change: change.weight,
            )
        ),
        verdicts,
        tuple(
            change.claim
            for change in verdicts
            if change.before in _UNCOVERED and change.after not in _UNCOVERED
        ),
    )


def _scenarios(run: Results, target: str | None) -> dict[str, ScenarioResult]:
    """Index a run by scenario; with several targets taken together, also by target."""
    several = target is None and len(run.targets) > 1
    return {
        f"{scenario.id} on {scenario.target}" if several else scenario.id: scenario
        for scenario in run.scenarios
        if target in (None, scenario.target)
    }


def _renamed(
    gone: Mapping[str, ScenarioResult], fresh: Mapping[str, ScenarioResult]
) -> tuple[Renamed, ...]:
    """Pair scenarios whose steps are the same, where that leaves no doubt."""
    by_steps: dict[tuple[Any, ...], list[str]] = {}
    for key, scenario in fresh.items():
        by_steps.setdefault(_steps(scenario), []).append(key)
    pairs = []
    for key, scenario in gone.items():
        candidates = by_steps.get(_steps(scenario), [])
        same = [other for other in gone if _steps(gone[other]) == _steps(scenario)]
        if len(candidates) == 1 and len(same) == 1 and scenario.steps:
            pairs.append(Renamed(key, candidates[0]))
    return tuple(pairs)


def _steps(scenario: ScenarioResult) -> tuple[Any, ...]:
    return tuple((step.keyword, step.text, step.table, step.docstring) for step in scenario.steps)


def _verdict_changes(
    before: Results, after: Results, before_target: str | None, after_target: str | None
) -> Iterator[VerdictChange]:
    old = _verdicts(before, before_target)
    new = _verdicts(after, after_target)
    for key in sorted(old.keys() | new.keys()):
        was, _ = old.get(key, ("", ""))
        now, reason = new.get(key, ("", ""))
        if was != now:
            yield VerdictChange(key, was, now, reason)


def _verdicts(run: Results, target: str | None) -> dict[str, tuple[str, str]]:
    several = target is None and len(run.targets) > 1
    return {
        f"{v.claim} on {v.target}" if several else v.claim: (v.verdict, v.reason)
        for v in run.verdicts
        if target in (None, v.target)
    }
