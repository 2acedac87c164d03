"""Whether a result is that of a scenario as it is written now."""

from __future__ import annotations

from lagg_tool.evidence import ScenarioResult
from lagg_tool.suite.features import Scenario, Step


def ran_as_written(scenario: Scenario, result: ScenarioResult) -> bool:
    """Return whether the steps of a result are those of the scenario, whatever its name is.

    A feature file changes with every name and comment in it; what a result rests on are the
    steps. A result without steps never started, and is as good now as it was then.
    """
    if not result.steps:
        return True
    ran = [(step.text, step.table, step.docstring or "") for step in result.steps]
    written = [*scenario.background, *scenario.steps]
    if len(ran) != len(written):
        return False
    if not scenario.examples:
        return ran == [_parts(step) for step in written]
    rows = (pickle.steps for pickle in scenario.pickles)
    return any(ran == [_parts(step) for step in row] for row in rows)


def _parts(step: Step) -> tuple[str, tuple[tuple[str, ...], ...], str]:
    return step.text, step.table, step.docstring or ""
