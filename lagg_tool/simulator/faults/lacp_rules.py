"""Faults of LACP's machines, generated from their tables.

Each transition is left out; where it changes the state, it also stays where it is, or
changes the state without its action. A transition that changes nothing cannot be broken so.
``EQUIVALENT`` has those that behave as the sound NAS does, with the reason.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator
from functools import partial

from lagg_tool.simulator.faults.fault import Fault, table
from lagg_tool.simulator.kernel.lacp.instance import MACHINES
from lagg_tool.simulator.kernel.lacp.model import AnyMachine, AnyTransition, Machines
from lagg_tool.simulator.kernel.lacp.tables import nothing


class Change(enum.Enum):
    """How a transition is broken; the value completes its fault's name."""

    LEFT_OUT = "ignores"
    NO_TARGET = "stays-on"
    NO_ACTION = "skips-action-on"


_TEXTS = {
    Change.LEFT_OUT: "is ignored",
    Change.NO_TARGET: "does not change the state",
    Change.NO_ACTION: "changes the state and nothing else",
}

# Transitions that differ in their source only are broken together where no scenario tells
# the sources apart: machine and event.
_TOGETHER = {
    *(("receive", event) for event in ("LINK_DOWN", "PDU", "EXPIRY")),
    *(("periodic", event) for event in ("LONG", "BOTH_PASSIVE", "SHORTENED", "LENGTHENED")),
    ("mux", "LINK_LOST"),
}

# The behaviour that a transition serves: machine and event, with the source or the fault's
# name where that matters.
_SERVES = {
    "receive BEGIN": "lacp.L-14",
    "receive LINK_UP": "lacp.L-08",
    "receive LINK_DOWN": "lacp.L-30",
    "receive PDU": "lacp.L-14",
    "receive EXPIRY": "lacp.L-14",
    "periodic SHORT": "lacp.L-05",
    "periodic LONG": "lacp.L-05",
    "periodic EXPIRY": "lacp.L-05",
    "periodic SHORTENED": "lacp.L-07",
    "periodic LENGTHENED": "lacp.L-07",
    "selection FITS": "lacp.L-10",
    "selection NONE_FITS": "lacp.L-10",
    "selection CHANGED": "lacp.L-08",
    "mux SELECTED": "lacp.L-10",
    "mux READY": "lacp.L-10",
    "mux UNSELECTED": "lacp.L-10",
    "mux DISTRIBUTING UNSELECTED": "lacp.L-08",
    "mux IN_SYNC": "lacp.L-11",
    "mux DISTRIBUTING IN_SYNC": "lacp.L-12",
    "mux PARTNER_COLLECTING": "lacp.L-12",
    "mux NOT_IN_SYNC": "lacp.L-23",
    "mux LINK_LOST": "lacp.L-30",
    "transmit NTT": "lacp.L-01",
    "transmit CLEAR_TO_SEND": "lacp.L-05",
    "transmit DROPPED": "lacp.L-32",
    "marker MEMBERSHIP_CHANGED": "lacp.L-18",
    "marker FLUSHING MEMBERSHIP_CHANGED": "defect.B-03",
    "marker ALL_ANSWERED": "lacp.L-18",
    "marker TIMEOUT": "lacp.L-18",
    "marker LAGG_DOWN": "defect.B-03",
    "responder MARKER": "lacp.L-16",
    "lacp-receive-stays-on-link-down": "defect.B-22",
    "lacp-mux-stays-on-link-lost": "defect.B-22",
    "lacp-periodic-stays-on-lengthened": "lacp.L-14",
}

# Names that say what such a fault means.
_KNOWN_AS = {
    "lacp-transmit-need-to-transmit-skips-action-on-clear-to-send": "lacp-is-silent",
    "lacp-receive-ignores-pdu": "lacp-is-deaf",
    "lacp-receive-ignores-expiry": "lacp-never-times-out",
    "lacp-periodic-ignores-shortened": "lacp-does-not-hurry",
    "lacp-mux-collecting-ignores-partner-collecting": "lacp-stops-at-collecting",
    "lacp-mux-distributing-ignores-in-sync": "lacp-goes-on-sending",
    "lacp-mux-ignores-link-lost": "lacp-keeps-dead-port",
    "lacp-marker-flushing-ignores-timeout": "lacp-waits-for-markers",
    "lacp-marker-flushing-ignores-all-answered": "lacp-ignores-marker-answers",
    "lacp-marker-open-ignores-membership-changed": "lacp-sends-no-markers",
    "lacp-responder-wait-for-marker-ignores-marker": "lacp-answers-no-markers",
}

_NEVER = "FreeBSD's ports are always active: the event never comes"
_NEXT_TICK = "the next tick starts the timer again, and in PERIODIC_TX its end means nothing"
_NO_TIMER = "no timer runs, so that both states do the same on every other event"
EQUIVALENT = {
    "lacp-receive-expired-stays-on-expiry": _NO_TIMER,
    **{f"lacp-periodic-{change.value}-both-passive": _NEVER for change in Change},
    "lacp-periodic-skips-action-on-lengthened": _NEXT_TICK,
    "lacp-periodic-no-periodic-ignores-lengthened": _NO_TIMER,
    "lacp-mux-collecting-skips-action-on-unselected": "detaching, which follows, does it all",
    "lacp-transmit-need-to-transmit-ignores-not-allowed": _NEVER,
    "lacp-marker-open-ignores-lagg-down": "in OPEN the end of the three seconds means nothing",
}


@dataclasses.dataclass(frozen=True)
class Mutant:
    """Transitions of one machine, the same but for their source, broken in the same way."""

    machine: str
    transitions: tuple[AnyTransition, ...]
    change: Change
    together: bool

    @property
    def name(self) -> str:
        """The fault's name: machine, state, change and event."""
        one = self.transitions[0]
        states = () if self.together else (one.source.name,)
        words = ("lacp", self.machine, *states, self.change.value, one.event.name)
        return "-".join(words).lower().replace("_", "-")

    @property
    def serves(self) -> str:
        """The behaviour that the transitions serve."""
        one = self.transitions[0]
        general = f"{self.machine} {one.event.name}"
        special = f"{self.machine} {one.source.name} {one.event.name}"
        return next(_SERVES[key] for key in (self.name, special, general) if key in _SERVES)

    @property
    def text(self) -> str:
        """What is wrong, in words."""
        states = " and ".join(one.source.name for one in self.transitions)
        event = self.transitions[0].event.value
        return f"LACP's {self.machine} machine, in {states}: '{event}' {_TEXTS[self.change]}"

    def apply(self, machine: AnyMachine) -> AnyMachine:
        """Return the machine with the transitions broken."""
        for one in self.transitions:
            match self.change:
                case Change.LEFT_OUT:
                    machine = machine.without(one.source, one.event)
                case Change.NO_TARGET:
                    machine = machine.altered(one.source, one.event, target=one.source)
                case Change.NO_ACTION:
                    machine = machine.altered(one.source, one.event, action=nothing)
        return machine


def mutants() -> Iterator[Mutant]:
    """Go through the ways to break one transition, or several that are broken together."""
    for field, machine in zip(dataclasses.fields(Machines), MACHINES, strict=True):
        for group, together in _groups(field.name, machine):
            moves = any(one.source is not one.target for one in group)
            acts = group[0].action is not nothing
            if moves or acts:
                yield Mutant(field.name, group, Change.LEFT_OUT, together)
            if moves and acts:
                yield Mutant(field.name, group, Change.NO_TARGET, together)
                yield Mutant(field.name, group, Change.NO_ACTION, together)


def _groups(name: str, machine: AnyMachine) -> Iterator[tuple[tuple[AnyTransition, ...], bool]]:
    same: dict[object, list[AnyTransition]] = {}
    for one in machine.transitions:
        together = (name, one.event.name) in _TOGETHER and one.action is not nothing
        same.setdefault((one.event, one.target, one.action) if together else one, []).append(one)
    for group in same.values():
        yield tuple(group), (name, group[0].event.name) in _TOGETHER and len(group) > 1


FAULTS = tuple(
    Fault(
        _KNOWN_AS.get(mutant.name, mutant.name),
        mutant.serves,
        mutant.text,
        table(mutant.machine, partial(Mutant.apply, mutant)),
    )
    for mutant in mutants()
    if mutant.name not in EQUIVALENT
)
