"""State machines as data.

A Machine is a name, its states and its transitions; each transition names the clause of
IEEE 802.1AX-2014 that it stands for and the function of FreeBSD's
sys/net/ieee8023ad_lacp.c that does it. The same tables are run by instance.py, drawn on the
site and broken, one entry at a time, by the simulator's faults.

A pair of state and event without a transition changes nothing: so every machine is total.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

S = TypeVar("S", bound=enum.Enum)
E = TypeVar("E", bound=enum.Enum)

Action = Callable[..., None]


def nothing(*_: object) -> None:
    """Do nothing but change the state."""


@dataclass(frozen=True)
class Transition(Generic[S, E]):
    """In ``source``, on ``event``: do ``action``, then be in ``target``."""

    source: S
    event: E
    target: S
    action: Action
    clause: str
    function: str

    @property
    def action_name(self) -> str:
        """The action's name as a diagram shows it; empty for none."""
        return "" if self.action is nothing else self.action.__name__


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """A state machine; ``states`` in the order in which a diagram shows them."""

    name: str
    states: tuple[S, ...]
    transitions: tuple[Transition[S, E], ...]
    _table: dict[tuple[S, E], Transition[S, E]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the transitions; two for the same state and event are a mistake."""
        table = {(one.source, one.event): one for one in self.transitions}
        if len(table) != len(self.transitions):
            raise ValueError(f"{self.name}: two transitions for the same state and event")
        object.__setattr__(self, "_table", table)

    def step(self, state: S, event: E, *arguments: object) -> S:
        """Do the transition's action with ``arguments``; return the state afterwards."""
        transition = self._table.get((state, event))
        if transition is None:
            return state
        transition.action(*arguments)
        return transition.target

    def altered(
        self, source: S, event: E, *, target: S | None = None, action: Action | None = None
    ) -> Machine[S, E]:
        """Return the machine with one transition changed; for faults."""
        old = self._table[source, event]
        new = dataclasses.replace(
            old,
            target=old.target if target is None else target,
            action=old.action if action is None else action,
        )
        changed = tuple(new if one is old else one for one in self.transitions)
        return Machine(self.name, self.states, changed)

    def without(self, source: S, event: E) -> Machine[S, E]:
        """Return the machine without one transition; for faults."""
        gone = self._table[source, event]
        return Machine(
            self.name, self.states, tuple(one for one in self.transitions if one is not gone)
        )
