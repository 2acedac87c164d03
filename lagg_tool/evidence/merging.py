"""Runs of the same features on several targets as one, and a part of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from lagg_tool.claims.sets import ClaimSet, digest_of
from lagg_tool.evidence import (
    FeatureResult,
    Provenance,
    Results,
    ScenarioResult,
    Status,
    StepResult,
    TargetResult,
)


def merge(runs: Sequence[Results]) -> Results:
    """Return several runs as one, targets and scenarios in their order.

    Runs on different systems may be about different articles.
    """
    first = runs[0]
    features: dict[str, FeatureResult] = {}
    for run in runs:
        for feature in run.features:
            features.setdefault(feature.path, feature)
    return dataclasses.replace(
        first,
        seconds=sum(run.seconds for run in runs),
        targets=tuple(target for run in runs for target in run.targets),
        article_digest=digest_of(run.article_digest for run in runs),
        features=tuple(
            dataclasses.replace(
                feature,
                scenarios=tuple(
                    scenario
                    for run in runs
                    for other in run.features
                    if other.path == feature.path
                    for scenario in other.scenarios
                ),
            )
            for feature in features.values()
        ),
        verdicts=tuple(verdict for run in runs for verdict in run.verdicts),
    )


def of_sets(run: Results, sets: Sequence[ClaimSet]) -> Results:
    """Return what a run has of the features and the claims of some sets."""
    claims = {identifier for one in sets for identifier in one.claims.ids}
    return dataclasses.replace(
        run,
        features=tuple(f for f in run.features if any(one.owns(f.path) for one in sets)),
        verdicts=tuple(verdict for verdict in run.verdicts if verdict.claim in claims),
    )


def with_reason(results: Results, reason: str) -> Results:
    """Return a run that was cut short, with the reason on what it did not get to."""

    def explained(scenario: ScenarioResult) -> ScenarioResult:
        if scenario.status is not Status.NOT_RUN:
            return scenario
        return dataclasses.replace(scenario, reason=reason)

    return _with_each_scenario(results, explained)


def not_run(example: Results, url: str, reason: str) -> Results:
    """Return the results of a target where nothing ran: the ``example``'s features, not run."""

    def empty(step: StepResult) -> StepResult:
        return dataclasses.replace(
            step, status=Status.NOT_RUN, seconds=None, reason="", evidence=()
        )

    def untried(scenario: ScenarioResult) -> ScenarioResult:
        return dataclasses.replace(
            scenario,
            target=url,
            status=Status.NOT_RUN,
            reason=reason,
            seconds=0.0,
            protocol_seconds=0.0,
            steps=tuple(map(empty, scenario.steps)),
        )

    return dataclasses.replace(
        _with_each_scenario(example, untried),
        seconds=0.0,
        targets=(TargetResult(url, url, Provenance.OBSERVED, "unknown", "unknown", "none"),),
        verdicts=tuple(
            dataclasses.replace(verdict, target=url, verdict="not run", reason=reason)
            for verdict in example.verdicts
        ),
    )


def _with_each_scenario(
    results: Results, change: Callable[[ScenarioResult], ScenarioResult]
) -> Results:
    features = (
        dataclasses.replace(feature, scenarios=tuple(map(change, feature.scenarios)))
        for feature in results.features
    )
    return dataclasses.replace(results, features=tuple(features))
