"""The transmit machine (802.1AX 6.4.16; lacp_sm_tx): one LACPDU at a time, limited.

FreeBSD counts three PDUs in a window of one second that begins with the first
(ppsratecheck), so that up to six may fall into a sliding second (V-09).
"""

from __future__ import annotations

import enum

from lagg_tool.simulator.kernel.lacp.model import PDUS_PER_WINDOW, TICK, Port, System, TransmitState
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing
from lagg_tool.wire.slow import Lacpdu, State


class TransmitEvent(enum.Enum):
    """What bears on sending."""

    NTT = "NTT asserted"
    NOT_ALLOWED = "not aggregatable, or nobody active"
    TOO_MANY = "three PDUs in this second"
    REFUSED = "the driver refuses"
    CLEAR_TO_SEND = "nothing in the way"
    DROPPED = "lacp_txtest on a unit 0 port"


def send_lacpdu(system: System, port: Port) -> None:
    """Put the port's view onto the wire."""
    system.enqueue(port, Lacpdu(port.actor, port.partner).encode(port.source))


_CLAUSE = "802.1AX-2014 6.4.16"
_IDLE, _NTT = TransmitState.IDLE, TransmitState.NEED_TO_TRANSMIT
_EVENT = TransmitEvent

MACHINE = Machine(
    "Transmit",
    tuple(TransmitState),
    (
        Transition(_IDLE, _EVENT.NTT, _NTT, nothing, _CLAUSE, "lacp_sm_assert_ntt"),
        Transition(_NTT, _EVENT.NOT_ALLOWED, _IDLE, nothing, _CLAUSE, "lacp_sm_tx"),
        Transition(_NTT, _EVENT.TOO_MANY, _NTT, nothing, _CLAUSE, "lacp_sm_tx, ppsratecheck"),
        Transition(_NTT, _EVENT.REFUSED, _NTT, nothing, _CLAUSE, "lacp_sm_tx"),
        Transition(_NTT, _EVENT.DROPPED, _IDLE, nothing, "none: L-32", "lacp_sm_tx"),
        Transition(_NTT, _EVENT.CLEAR_TO_SEND, _IDLE, send_lacpdu, _CLAUSE, "lacp_xmit_lacpdu"),
    ),
)


def assert_ntt(system: System, port: Port) -> None:
    """Ask for a LACPDU at the next occasion (lacp_sm_assert_ntt)."""
    port.transmit = system.machines.transmit.step(port.transmit, TransmitEvent.NTT, system, port)


def run(system: System, port: Port) -> None:
    """Send, if something is to be sent and may be (lacp_sm_tx)."""
    if port.transmit is TransmitState.NEED_TO_TRANSMIT:
        event = _obstacle(system, port)
        port.transmit = system.machines.transmit.step(port.transmit, event, system, port)


def _obstacle(system: System, port: Port) -> TransmitEvent:
    if not port.enabled or not (port.state | port.partner.state) & State.ACTIVITY:
        return TransmitEvent.NOT_ALLOWED
    if not _within_rate(system, port):
        return TransmitEvent.TOO_MANY
    if drops(port, enabled=system.drop_sent):
        return TransmitEvent.DROPPED
    if not system.accepts(port.number):
        return TransmitEvent.REFUSED
    return TransmitEvent.CLEAR_TO_SEND


def drops(port: Port, *, enabled: bool) -> bool:
    """Whether lacp_txtest or lacp_rxtest concerns the port.

    The kernel reads the option's value 1 as a bit mask of units, so only unit 0 ports are (B-18).
    """
    return enabled and bool(1 << port.unit & 1)


def _within_rate(system: System, port: Port) -> bool:
    if system.now - port.window_began >= TICK:
        port.window_began, port.sent_in_window = system.now, 0
    port.sent_in_window += 1
    return port.sent_in_window <= PDUS_PER_WINDOW
