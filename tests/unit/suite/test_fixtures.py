"""What the fixtures of the suite leave behind, and which scenarios they pass over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lagg_tool.claims import Claims
from lagg_tool.claims.header import Header
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.clock import VirtualClock
from lagg_tool.command import script
from lagg_tool.errors import HostError, LaggToolError, UsageError
from lagg_tool.nas.networks import network_of
from lagg_tool.nas.run_lock import DIRECTORY
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.suite import fixtures
from lagg_tool.suite.collector import SELECTION, ScenarioItem
from lagg_tool.suite.exit_status import NoWayError, exit_code
from lagg_tool.suite.fixtures import _give_up, _skip_elsewhere, _skip_taken, _texts
from lagg_tool.suite.gherkin import parse_feature
from lagg_tool.suite.interruption import Interruption
from lagg_tool.suite.restoring import Snapshot
from lagg_tool.suite.selection import Selection
from lagg_tool.target import Target
from steps.world import World
from tests.support.commit_rig import target_of


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


TEXT = """Feature: Ports
  Scenario: A port joins
    Given a port
      | name   | address   |
      | vtnet1 | 192.0.2.1 |
    Then lagg1 is up
"""


def item(path: str = "features/a/ports.feature") -> ScenarioItem:
    made = ScenarioItem.__new__(ScenarioItem)
    made.document = parse_feature(path, TEXT)
    made.pickle = made.document.pickles[0]
    return made


def snapshot(*names: str, network: str = "") -> Snapshot:
    own = network_of(network) if network else None
    networks = {own: "em0"} if own is not None else {}
    return cast("Snapshot", SimpleNamespace(names=names, networks=networks))


def test_all_that_the_steps_say_is_the_text_of_a_scenario() -> None:
    words = ["a port", "name", "address", "vtnet1", "192.0.2.1", "lagg1 is up"]

    assert _texts(item()) == words
    assert _texts(cast("pytest.Item", object())) == []


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (snapshot("em0", "lagg0"), "the NAS has a lagg0 of its own, which is not touched"),
        (snapshot("lagg1"), "the NAS has a lagg1 of its own, which is not touched"),
        (snapshot("lagg1", "lagg0"), "the NAS has a lagg0 and a lagg1 of its own, which"),
        (snapshot("em0", network="192.0.2.7/24"), "192.0.2.0/24 on em0 of its own, which the"),
    ],
)
def test_a_scenario_passes_over_what_the_nas_has_of_its_own(before: Snapshot, words: str) -> None:
    with pytest.raises(pytest.skip.Exception) as skipped:
        _skip_taken(_texts(item()), "lagg0", before)

    assert words in str(skipped.value)


def passed_over(act: Callable[[], None]) -> str:
    """Return why a scenario would be skipped; this test itself shall not be."""
    try:
        act()
    except pytest.skip.Exception as skipped:
        return str(skipped)
    return ""


def test_a_scenario_runs_where_nothing_of_it_is_taken() -> None:
    before = snapshot("em0", "lagg7", network="198.51.100.1/24")

    assert passed_over(lambda: _skip_taken(_texts(item()), "lagg0", before)) == ""


def asked(node: object, *, worker: bool = False) -> pytest.FixtureRequest:
    """Return a request of a scenario, in a run of one set that is about FreeBSD."""
    header = Header(name="a", title="Ports", products=("freebsd",))
    one = ClaimSet(Path("a"), "features/a", Claims((), (), {}, "", header=header))
    stash = pytest.Stash()
    stash[SELECTION] = Selection((one,), (one,))
    config = SimpleNamespace(stash=stash, **({"workerinput": {}} if worker else {}))
    return cast("pytest.FixtureRequest", SimpleNamespace(node=node, config=config))


def of_release(release: str) -> Target:
    return cast("Target", SimpleNamespace(result=SimpleNamespace(release=release)))


def test_a_scenario_about_another_system_is_passed_over() -> None:
    def why(node: object, release: str) -> str:
        return passed_over(lambda: _skip_elsewhere(asked(node), of_release(release)))

    assert why(item(), "linux-6.12").startswith("Ports is not about Linux")
    assert why(item(), "freebsd-15") == ""
    assert why(item("features/b/ports.feature"), "linux-6.12") == ""
    assert why(object(), "linux-6.12") == ""


@pytest.mark.parametrize("error", [UsageError("no target"), HostError("disk")])
def test_without_a_way_to_the_target_the_run_ends_and_a_worker_says_why(
    error: LaggToolError,
) -> None:
    with pytest.raises(pytest.exit.Exception) as ended:
        _give_up(asked(object()), error)
    with pytest.raises(NoWayError) as no_way:
        _give_up(asked(object(), worker=True), error)

    assert (ended.value.msg, ended.value.returncode) == (str(error), exit_code(error))
    assert no_way.value.error is error


def test_the_lock_of_a_run_that_could_not_begin_is_let_go(
    interruption: Interruption, request: pytest.FixtureRequest
) -> None:
    nas = target_of(SimulatedNas(VirtualClock()))
    function: Any = fixtures.hold
    holding = function._get_wrapped_function()(nas, interruption, request)
    next(holding).take()
    assert nas.run(script('[ -d "$1" ]', DIRECTORY)).status == 0

    assert list(holding) == []

    assert nas.run(script('[ -d "$1" ]', DIRECTORY)).status != 0
