"""The mux machine with independent control (802.1AX 6.4.15; lacp_sm_mux, lacp_set_mux).

A port waits two seconds for others of its aggregator (the wait is shared: all attach when
the last one's has passed), collects when its partner is in sync, distributes when its
partner collects. Entering DISTRIBUTING does not assert NTT: the bit goes out with the next
PDU that leaves for another reason.
"""

from __future__ import annotations

import enum

from lagg_tool.simulator.kernel.lacp import selection
from lagg_tool.simulator.kernel.lacp.marker import MarkerEvent
from lagg_tool.simulator.kernel.lacp.marker import step as marker_step
from lagg_tool.simulator.kernel.lacp.model import (
    AGGREGATE_WAIT_TIME,
    Flapped,
    LinkState,
    Log,
    MuxState,
    Port,
    Selected,
    System,
    Timer,
)
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition
from lagg_tool.simulator.kernel.lacp.transmit import assert_ntt
from lagg_tool.wire.slow import State


class MuxEvent(enum.Enum):
    """What the machine sees at a tick; PENDING and READY differ in WAITING only."""

    UNSELECTED = "no aggregator fits"
    SELECTED = "selected"
    PENDING = "selected, somebody still waits"
    READY = "selected, nobody waits"
    NOT_IN_SYNC = "selected, partner not in sync"
    IN_SYNC = "partner in sync, not collecting"
    PARTNER_COLLECTING = "partner in sync and collecting"
    LINK_LOST = "link down or not full duplex Ethernet"


def detach(system: System, port: Port) -> None:
    """Leave the aggregator and say so."""
    port.state &= ~State.SYNC
    disable_distributing(system, port)
    port.state &= ~State.COLLECTING
    assert_ntt(system, port)
    if port.timers[Timer.WAIT_WHILE] and port.aggregator is not None:
        port.aggregator.pending -= 1
    port.timers[Timer.WAIT_WHILE] = 0
    selection.leave(system, port)


def wait(_system: System, port: Port) -> None:
    """Wait for other ports of the aggregator."""
    port.timers[Timer.WAIT_WHILE] = AGGREGATE_WAIT_TIME
    if port.aggregator is not None:
        port.aggregator.pending += 1


def attach(system: System, port: Port) -> None:
    """Be in sync and say so."""
    port.state = (port.state | State.SYNC) & ~State.COLLECTING
    assert_ntt(system, port)


def collect(system: System, port: Port) -> None:
    """Take data from the partner and say so."""
    port.state |= State.COLLECTING
    disable_distributing(system, port)
    assert_ntt(system, port)


def stop_distributing(system: System, port: Port) -> None:
    """Send no more data because of the partner: this counts as flapping (B-22)."""
    text = f"{port.name}: Interface stopped DISTRIBUTING, possible flapping"
    system.effects += (Log(text), Flapped())
    collect(system, port)


def distribute(system: System, port: Port) -> None:
    """Send data (lacp_enable_distributing)."""
    aggregator = port.aggregator
    if aggregator is None or State.DISTRIBUTING in port.state:
        return
    aggregator.distributing.insert(0, port)
    port.state |= State.DISTRIBUTING
    if system.active is aggregator:
        marker_step(system, MarkerEvent.MEMBERSHIP_CHANGED)
        update_port_map(system)
    else:
        select_active(system)
    system.effects.append(LinkState(len(aggregator.distributing)))


def disable_distributing(system: System, port: Port) -> None:
    """Send no more data, if the port did (lacp_disable_distributing).

    The lagg's link state follows the touched aggregator, active or not (B-05).
    """
    aggregator = port.aggregator
    if aggregator is None or State.DISTRIBUTING not in port.state:
        return
    aggregator.distributing.remove(port)
    if system.active is aggregator:
        marker_step(system, MarkerEvent.MEMBERSHIP_CHANGED)
        select_active(system)
        update_port_map(system)
    port.state &= ~State.DISTRIBUTING
    system.effects.append(LinkState(len(aggregator.distributing)))


def select_active(system: System) -> None:
    """Select the aggregator that carries data (lacp_select_active_aggregator)."""
    best = selection.best_aggregator(system)
    if system.active is not best:
        system.active = best
        update_port_map(system)
        if best is not None:
            marker_step(system, MarkerEvent.MEMBERSHIP_CHANGED)


def update_port_map(system: System) -> None:
    """Take over the ports among which a hash chooses (lacp_update_portmap)."""
    system.port_map = () if system.active is None else tuple(system.active.distributing)


_CLAUSE = "802.1AX-2014 6.4.15"
_DETACHED, _WAITING, _ATTACHED, _COLLECTING, _DISTRIBUTING = MuxState
_EVENT = MuxEvent
_SM, _SET = "lacp_sm_mux", "lacp_sm_mux, lacp_set_mux"

MACHINE = Machine(
    "Mux",
    tuple(MuxState),
    (
        Transition(_DETACHED, _EVENT.SELECTED, _WAITING, wait, _CLAUSE, _SET),
        Transition(_WAITING, _EVENT.READY, _ATTACHED, attach, _CLAUSE, _SET),
        Transition(_WAITING, _EVENT.UNSELECTED, _DETACHED, detach, _CLAUSE, _SET),
        Transition(_ATTACHED, _EVENT.IN_SYNC, _COLLECTING, collect, _CLAUSE, _SET),
        Transition(_ATTACHED, _EVENT.PARTNER_COLLECTING, _COLLECTING, collect, _CLAUSE, _SET),
        Transition(_ATTACHED, _EVENT.UNSELECTED, _DETACHED, detach, _CLAUSE, _SET),
        Transition(
            _COLLECTING, _EVENT.PARTNER_COLLECTING, _DISTRIBUTING, distribute, _CLAUSE, _SET
        ),
        Transition(_COLLECTING, _EVENT.NOT_IN_SYNC, _ATTACHED, attach, _CLAUSE, _SET),
        Transition(_COLLECTING, _EVENT.UNSELECTED, _ATTACHED, attach, _CLAUSE, _SET),
        *(
            Transition(_DISTRIBUTING, event, _COLLECTING, stop_distributing, _CLAUSE, _SM)
            for event in (_EVENT.UNSELECTED, _EVENT.NOT_IN_SYNC, _EVENT.IN_SYNC)
        ),
        *(
            Transition(
                state,
                _EVENT.LINK_LOST,
                _DETACHED,
                detach,
                "802.1AX-2014 6.4.12 PORT_DISABLED",
                "lacp_port_disable",
            )
            for state in (_WAITING, _ATTACHED, _COLLECTING, _DISTRIBUTING)
        ),
    ),
)


def run(system: System, port: Port) -> None:
    """Go as far as selection and partner allow (lacp_sm_mux evaluates again after each step)."""
    for _ in MuxState:
        before = port.mux
        port.mux = system.machines.mux.step(before, _evaluate(port), system, port)
        if port.mux is before:
            return


def link_lost(system: System, port: Port) -> None:
    """Leave at once (lacp_port_disable)."""
    port.mux = system.machines.mux.step(port.mux, MuxEvent.LINK_LOST, system, port)


def expire(_system: System, port: Port) -> None:
    """Take note that the port waited long enough (lacp_sm_mux_timer)."""
    if port.aggregator is not None:
        port.aggregator.pending -= 1


def _evaluate(port: Port) -> MuxEvent:
    if port.selected is Selected.UNSELECTED:
        return MuxEvent.UNSELECTED
    if port.mux is MuxState.DETACHED:
        return MuxEvent.SELECTED
    if port.mux is MuxState.WAITING:
        waits = port.aggregator is not None and port.aggregator.pending > 0
        return MuxEvent.PENDING if waits else MuxEvent.READY
    if not port.partner.state & State.SYNC:
        return MuxEvent.NOT_IN_SYNC
    if not port.partner.state & State.COLLECTING:
        return MuxEvent.IN_SYNC
    return MuxEvent.PARTNER_COLLECTING
