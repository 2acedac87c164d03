"""The tables of transitions: total, connected, and with their sources."""

import enum

import pytest

from lagg_tool.simulator.kernel.lacp.instance import MACHINES
from lagg_tool.simulator.kernel.lacp.model import AnyMachine
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_each_machine_is_total_connected_and_cites_its_sources(machine: AnyMachine) -> None:
    reached = {one.target for one in machine.transitions} | {machine.states[0]}

    assert reached == set(machine.states)
    for one in machine.transitions:
        assert one.clause
        assert one.function
        assert one.action_name or one.action is nothing


class Light(enum.Enum):
    RED = "red"
    GREEN = "green"


class Push(enum.Enum):
    BUTTON = "button"


SWITCH = Transition(Light.RED, Push.BUTTON, Light.GREEN, nothing, "1", "push")


def test_a_pair_without_a_transition_changes_nothing() -> None:
    machine = Machine("Light", tuple(Light), (SWITCH,))

    assert machine.step(Light.RED, Push.BUTTON) is Light.GREEN
    assert machine.step(Light.GREEN, Push.BUTTON) is Light.GREEN


def test_two_transitions_for_one_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="two transitions"):
        Machine("Light", tuple(Light), (SWITCH, SWITCH))
