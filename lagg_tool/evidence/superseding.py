"""Several runs on one target as one: a later run supersedes an earlier one by scenario.

A run of a part lists what it did not reach as *not run*; an earlier result of that scenario
stays in force. So it does where the later one is *broken*, which says nothing about the NAS. A
*skipped* scenario was decided on, and supersedes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lagg_tool.evidence.results import FeatureResult, Results, ScenarioResult, Status


@dataclass(frozen=True)
class InForce:
    """The results in force on a target.

    ``results`` has the newest run's facts and every scenario's newest result. ``digests`` are
    those of the feature file that a result ran with, and ``started`` the start of its run, each
    by the identifier of the scenario.
    """

    results: Results
    digests: Mapping[str, str]
    started: Mapping[str, str]

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Each run's start with the number of scenarios in force, the newest first."""
        counts: dict[str, int] = {}
        for started in self.started.values():
            counts[started] = counts.get(started, 0) + 1
        return tuple(sorted(counts.items(), reverse=True))


def in_force(runs: Sequence[Results], target: str) -> InForce:
    """Combine the runs on ``target``, the oldest first; other targets' scenarios are left out."""
    newest = runs[-1]
    best: dict[str, tuple[ScenarioResult, FeatureResult, Results]] = {}
    features: dict[str, FeatureResult] = {}
    order: dict[str, dict[str, None]] = {}
    for run in reversed(runs):
        for feature in run.features:
            features.setdefault(feature.path, feature)
            for scenario in (one for one in feature.scenarios if one.target == target):
                order.setdefault(feature.path, {}).setdefault(scenario.id)
                known = best.get(scenario.id)
                if known is None or (not _ran(known[0]) and _ran(scenario)):
                    best[scenario.id] = (scenario, feature, run)
    combined = tuple(
        dataclasses.replace(
            feature, scenarios=tuple(best[identifier][0] for identifier in order.get(path, ()))
        )
        for path, feature in features.items()
    )
    return InForce(
        dataclasses.replace(
            newest,
            features=combined,
            targets=tuple(one for one in newest.targets if one.id == target),
            verdicts=tuple(one for one in newest.verdicts if one.target == target),
        ),
        {identifier: feature.digest for identifier, (_, feature, _) in best.items()},
        {identifier: run.started for identifier, (one, _, run) in best.items() if _ran(one)},
    )


def _ran(scenario: ScenarioResult) -> bool:
    return scenario.status not in (Status.NOT_RUN, Status.BROKEN)
