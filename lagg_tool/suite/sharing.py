"""A Background that is run once for the scenarios of a rule: ``@shared-setup``.

What takes ninety seconds on a real NAS is waited for once. The first scenario of the rule runs
the Background; where it passes, the NAS is kept for the next one, which begins after those
steps and shows their evidence. A scenario that acts on the NAS comes last in its rule. Any
one of them still runs alone: it then runs the Background itself.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from lagg_tool.evidence import NoteEvent, StepResult
from lagg_tool.suite.collector import SHARED_SETUP, ScenarioItem, SharedSetup
from steps.world import World

# The scenario that follows, if it is of the same rule.
_NEXT = pytest.StashKey[ScenarioItem]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Note whether the scenario that follows shares the Background of this one."""
    if not isinstance(item, ScenarioItem) or not isinstance(nextitem, ScenarioItem):
        return
    if _rule(item) is not None and _rule(item) == _rule(nextitem):
        item.stash[_NEXT] = nextitem


def _rule(item: ScenarioItem) -> tuple[str, str] | None:
    return (item.document.path, item.pickle.rule) if SHARED_SETUP in item.pickle.tags else None


def keep(item: pytest.Item, world: World) -> bool:
    """Keep the NAS for the scenario that follows, if that shares the Background."""
    following = item.stash.get(_NEXT, None)
    if following is None or not isinstance(item, ScenarioItem):
        return False
    if not (steps := _background(item)):
        return False
    if item.shared is None:
        at = steps[0].evidence[0].at if steps[0].evidence else 0.0
        note = NoteEvent(at, f"run once for the scenarios of this rule, by: {item.pickle.name}")
        steps = (replace(steps[0], evidence=(note, *steps[0].evidence)), *steps[1:])
    following.shared = SharedSetup(world, steps)
    return True


def _background(item: ScenarioItem) -> tuple[StepResult, ...]:
    """Return the steps of the Background of a scenario that passed; else none."""
    [scenario] = (one for one in item.document.scenarios if item.pickle in one.pickles)
    return item.passed[: len(scenario.background)]


def kept_world(item: pytest.Item) -> World | None:
    """Return the NAS that the scenario before left for this one."""
    world = item.shared.world if isinstance(item, ScenarioItem) and item.shared else None
    return world if isinstance(world, World) else None
