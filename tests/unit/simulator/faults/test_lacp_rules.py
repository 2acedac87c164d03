from __future__ import annotations

import dataclasses

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.faults import FAULTS
from lagg_tool.simulator.faults.lacp_rules import EQUIVALENT, Change, Mutant, mutants
from lagg_tool.simulator.kernel.lacp.instance import MACHINES, LacpInstance
from lagg_tool.simulator.kernel.lacp.model import AnyMachine, Machines
from lagg_tool.simulator.kernel.lacp.tables import nothing
from lagg_tool.simulator.nas import SimulatedNas

MUTANTS = tuple(mutants())
TABLES = dict(zip((each.name for each in dataclasses.fields(Machines)), MACHINES, strict=True))


@pytest.mark.parametrize("name", TABLES)
def test_every_transition_that_does_something_is_left_out_by_some_fault(name: str) -> None:
    left_out = {
        one
        for mutant in MUTANTS
        if (mutant.machine, mutant.change) == (name, Change.LEFT_OUT)
        for one in mutant.transitions
    }

    assert left_out == {
        one
        for one in TABLES[name].transitions
        if one.source is not one.target or one.action is not nothing
    }


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_table_differs_from_the_sound_one_in_these_transitions_only(
    mutant: Mutant,
) -> None:
    sound = TABLES[mutant.machine]

    broken = mutant.apply(sound)

    assert set(sound.transitions) - set(broken.transitions) == changed(sound, mutant)


def changed(sound: AnyMachine, mutant: Mutant) -> set[object]:
    """Return the transitions that differ: one that stays cannot lose its target."""
    keeps = mutant.change is Change.NO_TARGET
    return {
        one
        for one in sound.transitions
        if one in mutant.transitions and not (keeps and one.source is one.target)
    }


def test_names_are_unique_and_the_exceptions_are_names() -> None:
    names = [mutant.name for mutant in MUTANTS]

    assert len(set(names)) == len(names)
    assert EQUIVALENT.keys() <= set(names)
    assert not EQUIVALENT.keys() & FAULTS.keys()


def test_faults_of_two_tables_and_of_one_table_add_up() -> None:
    nas = SimulatedNas(VirtualClock())
    for name in ("lacp-is-deaf", "lacp-mux-waiting-ignores-ready", "lacp-stops-at-collecting"):
        FAULTS[name].apply(nas)

    broken = nas.parts.of(LacpInstance)(9).machines()

    before = Machines(*MACHINES)
    lost = {
        name: len(getattr(before, name).transitions) - len(getattr(broken, name).transitions)
        for name in TABLES
    }
    assert {name: number for name, number in lost.items() if number} == {"receive": 3, "mux": 2}
