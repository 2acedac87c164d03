"""The receive machine (802.1AX 6.4.12; lacp_sm_rx, lacp_sm_rx_timer, lacp_linkstate).

What FreeBSD does otherwise than the standard:

- V-01: in strict mode the partner counts as in sync whenever it describes us rightly,
  whatever its own SYNC bit says;
- V-02, V-03: a partner's description of us with the AGGREGATION bit off counts as right
  whatever else it says, so one of zeros does;
- V-04: link loss wipes the partner; link-up begins in DEFAULTED, with the old timer;
- V-06: NTT does not follow from a wrong TIMEOUT bit.
"""

from __future__ import annotations

import enum

from lagg_tool.simulator.kernel.lacp import mux, periodic, selection, transmit
from lagg_tool.simulator.kernel.lacp.model import (
    LONG_TIMEOUT_TIME,
    SHORT_TIMEOUT_TIME,
    Port,
    ReceiveState,
    System,
    Timer,
)
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing
from lagg_tool.wire.slow import Info, Lacpdu, State


class ReceiveEvent(enum.Enum):
    """What a port hears, or fails to hear."""

    BEGIN = "port added"
    PDU = "LACPDU of a partner"
    LOOPBACK = "LACPDU with our own system"
    EXPIRY = "current_while expires"
    LINK_UP = "full duplex Ethernet link up"
    LINK_DOWN = "link down or not full duplex Ethernet"


def set_expired(_system: System, port: Port) -> None:
    """Expect the partner within three seconds (lacp_sm_rx_set_expired)."""
    partner = port.partner
    port.partner = partner._replace(state=partner.state & ~State.SYNC | State.TIMEOUT)
    port.timers[Timer.CURRENT_WHILE] = SHORT_TIMEOUT_TIME
    port.state |= State.EXPIRED


def forget_partner(system: System, port: Port) -> None:
    """Give the partner up: record_default, update_Default_Selected."""
    update_selected(system, port, system.partner_admin)
    record_default(system, port)
    port.state &= ~State.EXPIRED


def take_pdu(system: System, port: Port, pdu: Lacpdu) -> None:
    """Take a PDU: update_Selected, update_NTT, recordPDU, start current_while; answer at once."""
    port.last_received = system.now
    update_selected(system, port, pdu.actor)
    update_ntt(system, port, pdu)
    record_pdu(system, port, pdu)
    short = port.state & State.TIMEOUT
    port.timers[Timer.CURRENT_WHILE] = SHORT_TIMEOUT_TIME if short else LONG_TIMEOUT_TIME
    port.state &= ~State.EXPIRED
    transmit.run(system, port)


def enable(_system: System, port: Port) -> None:
    """Start LACP on the port (lacp_port_enable)."""
    port.state |= State.AGGREGATION


def disable(system: System, port: Port) -> None:
    """Suspend LACP on the port; its timers do not count (lacp_port_disable)."""
    mux.link_lost(system, port)
    port.state &= ~State.AGGREGATION
    selection.unselect(system, port)
    record_default(system, port)
    partner = port.partner
    port.partner = partner._replace(state=partner.state & ~State.AGGREGATION)
    port.state &= ~State.EXPIRED


def update_selected(system: System, port: Port, heard: Info) -> None:
    """Give the aggregator up for another partner (6.4.9 update_Selected)."""
    known = port.partner
    if known[:5] != heard[:5] or (known.state ^ heard.state) & State.AGGREGATION:
        selection.unselect(system, port)


_COMPARED = State.ACTIVITY | State.SYNC | State.AGGREGATION  # not TIMEOUT: V-06


def update_ntt(system: System, port: Port, pdu: Lacpdu) -> None:
    """Answer a partner that has a wrong view of us (6.4.9 update_NTT)."""
    if port.actor[:5] != pdu.partner[:5] or (port.state ^ pdu.partner.state) & _COMPARED:
        transmit.assert_ntt(system, port)


def record_pdu(system: System, port: Port, pdu: Lacpdu) -> None:
    """Record the partner, and whether it is in sync (6.4.9 recordPDU)."""
    before = port.partner.state
    port.partner = partner_in_sync(system, port, pdu)
    port.state &= ~State.DEFAULTED
    periodic.partner_recorded(system, port, before)


def partner_in_sync(system: System, port: Port, pdu: Lacpdu) -> Info:
    """Return the partner with the SYNC bit as FreeBSD takes it (V-01 to V-03)."""
    heard = pdu.actor
    view = pdu.partner.state
    active = heard.state & State.ACTIVITY or port.state & view & State.ACTIVITY
    same = not (port.state ^ view) & State.AGGREGATION and port.actor[:5] == pdu.partner[:5]
    if active and (same or not view & State.AGGREGATION):
        return heard._replace(state=heard.state | State.SYNC) if system.strict else heard
    return heard._replace(state=heard.state & ~State.SYNC)


def record_default(system: System, port: Port) -> None:
    """Take an absent partner for what the mode says (6.4.9 recordDefault)."""
    before = port.partner.state
    port.partner = system.partner_admin
    port.state |= State.DEFAULTED
    periodic.partner_recorded(system, port, before)


_CLAUSE = "802.1AX-2014 6.4.12"
_BEGIN, _DISABLED, _EXPIRED, _DEFAULTED, _CURRENT = ReceiveState
_EVENT = ReceiveEvent

MACHINE = Machine(
    "Receive",
    tuple(ReceiveState),
    (
        Transition(_BEGIN, _EVENT.BEGIN, _BEGIN, set_expired, _CLAUSE, "lacp_port_create"),
        Transition(_BEGIN, _EVENT.LINK_UP, _EXPIRED, enable, _CLAUSE, "lacp_port_enable"),
        Transition(
            _DISABLED, _EVENT.LINK_UP, _DEFAULTED, enable, _CLAUSE + " (V-04)", "lacp_port_enable"
        ),
        *(
            Transition(state, _EVENT.LINK_DOWN, _DISABLED, disable, _CLAUSE, "lacp_port_disable")
            for state in ReceiveState
        ),
        *(
            Transition(state, _EVENT.PDU, _CURRENT, take_pdu, _CLAUSE, "lacp_sm_rx")
            for state in (_EXPIRED, _DEFAULTED, _CURRENT)
        ),
        *(
            Transition(state, _EVENT.LOOPBACK, state, nothing, _CLAUSE, "lacp_sm_rx")
            for state in (_EXPIRED, _DEFAULTED, _CURRENT)
        ),
        Transition(_CURRENT, _EVENT.EXPIRY, _EXPIRED, set_expired, _CLAUSE, "lacp_sm_rx_timer"),
        Transition(
            _DEFAULTED,
            _EVENT.EXPIRY,
            _EXPIRED,
            set_expired,
            _CLAUSE + " (V-04)",
            "lacp_sm_rx_timer",
        ),
        Transition(
            _EXPIRED, _EVENT.EXPIRY, _DEFAULTED, forget_partner, _CLAUSE, "lacp_sm_rx_timer"
        ),
    ),
)


def step(system: System, port: Port, event: ReceiveEvent, *arguments: object) -> None:
    """Run the machine."""
    machine = system.machines.receive
    port.receive = machine.step(port.receive, event, system, port, *arguments)


def hear(system: System, port: Port, pdu: Lacpdu) -> None:
    """Distinguish our own system's PDUs from a partner's (lacp_sm_rx)."""
    own = pdu.actor[:2] == port.actor[:2]
    if own:
        step(system, port, ReceiveEvent.LOOPBACK)
    else:
        step(system, port, ReceiveEvent.PDU, pdu)
