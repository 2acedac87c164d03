"""The selection logic (802.1AX 6.4.14; lacp_select), and which aggregator carries data.

A port joins the aggregator with the same partner system and key and the same actor system
and key, or creates one. There are no limits below 32 ports, no standby ports and no
priorities between them (V-10).
"""

from __future__ import annotations

import enum

from lagg_tool.simulator.kernel.lacp.model import MAX_PORTS, Aggregator, Port, Selected, System
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing
from lagg_tool.wire.slow import Info, State


class SelectionEvent(enum.Enum):
    """What bears on a port's aggregator."""

    FITS = "tick, an aggregator fits"
    NONE_FITS = "tick, no aggregator fits"
    FULL = "tick, the fitting one has 32 ports"
    CHANGED = "partner, key or link changed"


def join(system: System, port: Port) -> None:
    """Enter the aggregator that fits."""
    aggregator = _compatible(system, port)
    if aggregator is not None:
        aggregator.references += 1
        port.aggregator = aggregator


def create(system: System, port: Port) -> None:
    """Make an aggregator of the port's systems and keys, and enter it."""
    aggregator = Aggregator(
        _identity(port.actor, port.state & State.AGGREGATION),
        _identity(port.partner, State(0)),
        references=1,
    )
    system.aggregators.append(aggregator)
    port.aggregator = aggregator


_CLAUSE = "802.1AX-2014 6.4.14"
_NOT, _SELECTED = Selected.UNSELECTED, Selected.SELECTED

MACHINE = Machine(
    "Selection",
    tuple(Selected),
    (
        Transition(_NOT, SelectionEvent.FITS, _SELECTED, join, _CLAUSE, "lacp_select"),
        Transition(_NOT, SelectionEvent.NONE_FITS, _SELECTED, create, _CLAUSE, "lacp_select"),
        Transition(_NOT, SelectionEvent.FULL, _NOT, nothing, _CLAUSE, "lacp_select"),
        Transition(
            _SELECTED,
            SelectionEvent.CHANGED,
            _NOT,
            nothing,
            "802.1AX-2014 6.4.9 update_Selected",
            "lacp_sm_rx_update_selected_from_peerinfo, lacp_linkstate",
        ),
    ),
)


def run(system: System, port: Port) -> None:
    """Find an aggregator for a port that has none and a partner (lacp_select)."""
    if port.aggregator is not None or State.DEFAULTED in port.state:
        return
    fitting = _compatible(system, port)
    if fitting is None:
        event = SelectionEvent.NONE_FITS
    elif fitting.references >= MAX_PORTS:
        event = SelectionEvent.FULL
    else:
        event = SelectionEvent.FITS
    port.selected = system.machines.selection.step(port.selected, event, system, port)


def unselect(system: System, port: Port) -> None:
    """Take note that the port's aggregator fits no more; the mux machine leaves it."""
    event = SelectionEvent.CHANGED
    port.selected = system.machines.selection.step(port.selected, event, system, port)


def leave(system: System, port: Port) -> None:
    """Leave the aggregator; the last port's leaving ends it (lacp_unselect)."""
    aggregator, port.aggregator = port.aggregator, None
    if aggregator is not None:
        aggregator.references -= 1
        if aggregator.references == 0:
            system.aggregators.remove(aggregator)


def _compatible(system: System, port: Port) -> Aggregator | None:
    # lacp_aggregator_is_compatible: an individual port or partner fits nowhere.
    if not port.state & port.partner.state & State.AGGREGATION:
        return None
    for aggregator in system.aggregators:
        if (
            aggregator.actor.state & State.AGGREGATION
            and aggregator.partner[:3] == port.partner[:3]
            and aggregator.actor[:3] == port.actor[:3]
        ):
            return aggregator
    return None


def _identity(info: Info, state: State) -> Info:
    return info._replace(port_priority=0, port=0, state=state)


def preference(aggregator: Aggregator) -> int:
    """Return the partner's system priority as the kernel compares it; smaller wins.

    LACP_SYS_PRI takes it in the wire's order of bytes: on a little-endian machine 0x8000
    is 128 and wins over 0x0001, which is 256 (B-06).
    """
    return int.from_bytes(aggregator.partner.system_priority.to_bytes(2, "big"), "little")


def best_aggregator(system: System) -> Aggregator | None:
    """Return the aggregator that is to carry data (lacp_select_active_aggregator)."""
    best: Aggregator | None = None
    speed = 0
    for aggregator in system.aggregators:
        bandwidth = aggregator.bandwidth
        if not aggregator.distributing:
            continue
        if (
            (best is not None and preference(aggregator) < preference(best))
            or bandwidth > speed
            or (bandwidth == speed and aggregator is system.active)
        ):
            best, speed = aggregator, bandwidth
    return best
