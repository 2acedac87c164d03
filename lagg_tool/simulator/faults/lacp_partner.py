"""Faults of what LACP makes of its partner's LACPDUs: what it compares, which bits it trusts."""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.simulator.faults.fault import Fault, part, table
from lagg_tool.simulator.faults.lacp import on
from lagg_tool.simulator.kernel.lacp import receive, transmit
from lagg_tool.simulator.kernel.lacp.model import Port, ReceiveState, System, TransmitState
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lacp.receive import ReceiveEvent
from lagg_tool.simulator.kernel.lacp.transmit import TransmitEvent
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.wire.slow import Lacpdu, State

_HEARING = (ReceiveState.EXPIRED, ReceiveState.DEFAULTED, ReceiveState.CURRENT)


def _take_silently(system: System, port: Port, pdu: Lacpdu) -> None:
    known = system.machines.transmit
    system.machines.transmit = known.without(TransmitState.IDLE, TransmitEvent.NTT)
    receive.take_pdu(system, port, pdu)
    system.machines.transmit = known


def _wait_for_distributing(system: System, port: Port, pdu: Lacpdu) -> None:
    heard = pdu.actor
    if State.DISTRIBUTING not in heard.state:
        heard = heard._replace(state=heard.state & ~State.COLLECTING)
    receive.take_pdu(system, port, pdu._replace(actor=heard))


def _believe_wrong_view(system: System, port: Port, pdu: Lacpdu) -> None:
    receive.take_pdu(system, port, pdu)
    if not system.strict:
        port.partner = pdu.actor


def _stay_expired(system: System, port: Port) -> None:
    receive.forget_partner(system, port)
    port.state |= State.EXPIRED


def _takes_for_right(bits: int) -> Callable[[System, Port, Lacpdu], None]:
    """Return what takes an LACPDU and does not compare these bits of the state."""

    def take(system: System, port: Port, pdu: Lacpdu) -> None:
        waiting = port.transmit
        state = State(pdu.partner.state & ~bits | port.state & bits)
        right = pdu.partner._replace(state=state)
        receive.update_ntt(system, port, pdu._replace(partner=right))
        asserted, port.transmit = port.transmit, waiting
        _take_silently(system, port, pdu)
        port.transmit = asserted
        transmit.run(system, port)

    return take


class _ActiveWhenItSends(Lacp):
    def port_flags(self, port: LaggPort) -> PortFlag:
        flags = super().port_flags(port)
        return flags if flags & PortFlag.DISTRIBUTING else flags & ~PortFlag.ACTIVE


FAULTS = (
    Fault(
        "lacp-corrects-nobody",
        "lacp.L-33",
        "a partner that describes the NAS wrongly is not answered at once",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _take_silently)),
    ),
    Fault(
        "lacp-waits-for-distributing",
        "lacp.L-12",
        "data is sent only to a partner that sends data itself",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _wait_for_distributing)),
    ),
    Fault(
        "lacp-believes-a-wrong-view",
        "lacp.L-08",
        "without lacp_strict, a partner that describes the NAS wrongly counts as in sync",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _believe_wrong_view)),
    ),
    Fault(
        "lacp-defaulted-is-expired-too",
        "lacp.L-14",
        "a port whose partner is DEFAULTED still says EXPIRED",
        table("receive", on(ReceiveEvent.EXPIRY, (ReceiveState.EXPIRED,), _stay_expired)),
    ),
    Fault(
        "lacp-corrects-no-state",
        "lacp.L-33",
        "a partner that has the wrong state of the NAS is not answered at once",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _takes_for_right(0xFF))),
    ),
    Fault(
        "lacp-corrects-no-aggregation",
        "lacp.L-33",
        "a partner that takes the NAS for individual is not answered at once",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _takes_for_right(State.AGGREGATION))),
    ),
    Fault(
        "lacp-corrects-no-activity",
        "lacp.L-33",
        "a partner that takes the NAS for passive is not answered at once",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _takes_for_right(State.ACTIVITY))),
    ),
    Fault(
        "lacp-collecting-port-is-not-active",
        "lacp.L-11",
        "a port of the active group that only collects is not shown as ACTIVE",
        part(_ActiveWhenItSends),
    ),
)
