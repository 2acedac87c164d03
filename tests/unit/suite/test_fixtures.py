"""What the fixtures of the suite leave behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lagg_tool.target import Target
from steps.world import World


@pytest.fixture
def nobody_listens(target: Target) -> Iterator[None]:
    """Look at the testbed after the world, which is made later and thus ends earlier."""
    assert target.testbed is not None
    before = list(target.testbed._listeners)
    yield
    assert target.testbed._listeners == before


@pytest.mark.usefixtures("nobody_listens")
def test_a_scenario_leaves_no_capture_behind(world: World) -> None:
    world.mark()

    assert world.target.testbed is not None
    assert world.target.testbed._listeners
