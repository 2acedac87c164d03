"""What a scenario did, step by step, with its evidence; and the results of a whole run.

A ``Recording`` lives with its item. When the item is over it becomes a plain dictionary on
the test report, which survives pytest-xdist; a ``Collection`` gathers those where the run
is reported. So a run gives the same results with and without xdist.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from lagg_tool import __version__
from lagg_tool.claims import Claims, Outcome, Relation, judge
from lagg_tool.evidence import (
    CommandEvent,
    Event,
    FeatureResult,
    FrameEvent,
    Journal,
    NoteEvent,
    Provenance,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
    VerdictResult,
)
from lagg_tool.suite.features import Feature, Pickle, Step, claim_links

# What shows something about the NAS. A wait or a switched link is only our own action.
_SHOWING = (CommandEvent, FrameEvent, NoteEvent)
NO_EVIDENCE = "no step of it left evidence: no command, no frame, no observation"
NOT_RUN = "was not run"
_OPEN = (Status.BROKEN, Status.NOT_RUN)
# What takes the results of the run, where it is run by this program and not by pytest's.
RECEIVE = pytest.StashKey[Callable[[Results], None]]()


@dataclass
class _Step:
    """A step while its scenario runs."""

    status: Status = Status.SKIPPED
    reason: str = ""
    began: float = 0.0
    seconds: float | None = None
    evidence: list[Event] = field(default_factory=list)
    is_over: bool = False


class Recording:
    """The steps of one scenario as they happen."""

    def __init__(
        self,
        pickle: Pickle,
        journal: Journal,
        now: Callable[[], float],
        done: tuple[StepResult, ...] = (),
    ) -> None:
        self.pickle = pickle
        self._journal = journal
        self._now = now
        self._done = done  # steps that another scenario ran for this one, too
        self._steps = [_Step() for _ in pickle.steps[len(done) :]]
        self._current = -1

    def begin_step(self) -> None:
        """Begin the next step."""
        self._current += 1
        self._steps[self._current].began = self._now()

    def end_step(self, status: Status, reason: str = "") -> None:
        """End the current step: what was journalled since the step before is its evidence."""
        step = self._steps[self._current]
        step.status, step.reason, step.is_over = status, reason, True
        step.seconds = self._now() - step.began
        step.evidence.extend(self._journal.take())

    def undefined_step(self, reason: str) -> None:
        """Pass over the next step, which has no definition."""
        self.begin_step()
        self.end_step(Status.UNDEFINED, reason)

    def abandon(self, status: Status, reason: str) -> None:
        """End the scenario: a step that is under way ends so too."""
        if self._current >= 0 and not self._steps[self._current].is_over:
            self.end_step(status, reason)

    @property
    def evidence(self) -> list[Event]:
        """The evidence of all steps."""
        every = [*(step.evidence for step in self._done), *(s.evidence for s in self._steps)]
        return [event for events in every for event in events]

    @property
    def has_evidence(self) -> bool:
        """Whether any step showed something about the NAS."""
        return any(isinstance(event, _SHOWING) for event in self.evidence)

    @property
    def undefined(self) -> str:
        """At which step without a definition the scenario ended, in words, if at one."""
        return next((s.reason for s in self._steps if s.status is Status.UNDEFINED), "")

    def steps(self) -> tuple[StepResult, ...]:
        """Return the steps as results."""
        planned = self.pickle.steps[len(self._done) :]
        own = (
            step_result(plan, step.status, step.seconds, step.reason, tuple(step.evidence))
            for plan, step in zip(planned, self._steps, strict=True)
        )
        return (*self._done, *own)


def step_result(
    step: Step,
    status: Status,
    seconds: float | None = None,
    reason: str = "",
    evidence: tuple[Event, ...] = (),
) -> StepResult:
    """Return a step's result."""
    return StepResult(
        step.keyword,
        step.text,
        step.line,
        status,
        None if seconds is None else round(seconds, 6),
        reason,
        step.table,
        step.docstring or "",
        evidence,
    )


def scenario_result(
    document: Feature,
    pickle: Pickle,
    target: str,
    status: Status,
    reason: str,
    *,
    seconds: float = 0.0,
    protocol_seconds: float = 0.0,
    steps: tuple[StepResult, ...] | None = None,
) -> ScenarioResult:
    """Return a scenario's result; without ``steps``, none of them ran."""
    if steps is None:
        steps = tuple(step_result(step, Status.NOT_RUN) for step in pickle.steps)
    return ScenarioResult(
        id=f"{document.path}::{pickle.id}",
        name=pickle.name,
        line=pickle.line,
        rule=pickle.rule,
        tags=pickle.tags,
        target=target,
        status=status,
        reason=reason,
        seconds=round(seconds, 6),
        protocol_seconds=round(protocol_seconds, 6),
        claims=claim_links(pickle.tags),
        steps=steps,
    )


class Collection:
    """The scenarios of a run on one target, from every process that ran some."""

    def __init__(self) -> None:
        self.target: TargetResult | None = None
        self._scenarios: dict[str, ScenarioResult] = {}
        self.ended = ""  # why the run ended early

    def add(self, scenario: Mapping[str, Any], target: Mapping[str, Any] | None) -> ScenarioResult:
        """Take over what an item's report carries."""
        result = ScenarioResult.from_dict(scenario)
        self._scenarios[result.id] = result
        if target is not None and self.target is None:
            self.target = TargetResult(**{**target, "provenance": Provenance(target["provenance"])})
        return result

    def unclean(self, identifier: str, reason: str) -> None:
        """Make a scenario that passed a broken one: its clean-up failed."""
        result = self._scenarios.get(identifier)
        if result is not None and result.status is Status.PASSED:
            self._scenarios[identifier] = dataclasses.replace(
                result, status=Status.BROKEN, reason=reason
            )

    @property
    def is_broken(self) -> bool:
        """Whether a scenario ended with an error that says nothing about the NAS."""
        return any(result.status is Status.BROKEN for result in self._scenarios.values())

    def features(self, documents: Sequence[Feature]) -> tuple[FeatureResult, ...]:
        """Return every feature with all its scenarios; those never reported are not run."""
        target = self.target.id if self.target else ""
        reason = f"{NOT_RUN}: {self.ended}" if self.ended else NOT_RUN
        return tuple(
            FeatureResult(
                document.path,
                document.name,
                document.digest,
                tuple(
                    self._scenarios.get(f"{document.path}::{pickle.id}")
                    or scenario_result(document, pickle, target, Status.NOT_RUN, reason)
                    for pickle in document.pickles
                ),
            )
            for document in documents
        )

    def results(
        self,
        documents: Sequence[Feature],
        claims: Claims,
        *,
        started: str,
        seconds: float,
        command: str,
    ) -> Results:
        """Return the whole run; ``accept`` adds the commit of its checkout."""
        features = self.features(documents)
        return Results(
            started=started,
            seconds=round(seconds, 3),
            tool=f"lagg-tool {__version__}",
            command=command,
            commit="",
            article_digest=claims.digest,
            targets=(self.target,) if self.target else (),
            features=features,
            verdicts=verdicts(claims, features, self.target.id) if self.target else (),
        )


def verdicts(
    claims: Claims, features: Iterable[FeatureResult], target: str
) -> tuple[VerdictResult, ...]:
    """Return the verdict on every claim from the scenarios of one target."""
    outcomes: dict[str, list[Outcome]] = {claim.id: [] for claim in claims.claims}
    for scenario in (scenario for feature in features for scenario in feature.scenarios):
        passed = {Status.PASSED: True, Status.FAILED: False}.get(scenario.status)
        for link in scenario.claims if scenario.target == target else ():
            relation = Relation(link.relation)
            reason = scenario.reason or scenario.status
            outcome = Outcome(scenario.id, relation, passed, reason, scenario.status in _OPEN)
            outcomes.setdefault(link.id, []).append(outcome)
    found = []
    for claim in claims.claims:
        judgement = judge(claim, outcomes[claim.id])
        names = tuple(outcome.scenario for outcome in outcomes[claim.id])
        found.append(
            VerdictResult(claim.id, target, judgement.verdict.value, judgement.reason, names)
        )
    return tuple(found)
