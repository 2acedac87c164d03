"""Faults of LACP: the tables of its machines, and what lagg(4) makes of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from lagg_tool.simulator.faults.fault import Fault, part, table
from lagg_tool.simulator.kernel.lacp import (
    mux as lacp_mux,
)
from lagg_tool.simulator.kernel.lacp import (
    receive as lacp_receive,
)
from lagg_tool.simulator.kernel.lacp import (
    selection as lacp_selection,
)
from lagg_tool.simulator.kernel.lacp import (
    system as lacp,
)
from lagg_tool.simulator.kernel.lacp.marker import MarkerEvent
from lagg_tool.simulator.kernel.lacp.model import (
    AnyMachine,
    Effect,
    Link,
    LinkState,
    MarkerState,
    MuxState,
    Port,
    ReceiveState,
    Selected,
    Send,
    System,
    Timer,
    TransmitState,
)
from lagg_tool.simulator.kernel.lacp.mux import MuxEvent
from lagg_tool.simulator.kernel.lacp.protocol import Lacp as LacpProtocol
from lagg_tool.simulator.kernel.lacp.receive import ReceiveEvent
from lagg_tool.simulator.kernel.lacp.selection import SelectionEvent
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing
from lagg_tool.simulator.kernel.lacp.transmit import TransmitEvent
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.wire.slow import Lacpdu, State

Alter = Callable[[AnyMachine], AnyMachine]


def on(event: Any, states: Iterable[Any], action: Callable[..., None]) -> Alter:
    """Return what gives an event another action in these states."""

    def alter(known: AnyMachine) -> AnyMachine:
        for state in states:
            known = known.altered(state, event, action=action)
        return known

    return alter


def never(event: Any, states: Iterable[Any]) -> Alter:
    """Return what makes an event do nothing in these states."""

    def alter(known: AnyMachine) -> AnyMachine:
        for state in states:
            known = known.without(state, event)
        return known

    return alter


def also(source: Any, event: Any, target: Any, action: Callable[..., None]) -> Alter:
    """Return what adds a transition."""

    def alter(known: AnyMachine) -> AnyMachine:
        added = Transition(source, event, target, action, "a fault", "none")
        return Machine(known.name, known.states, (*known.transitions, added))

    return alter


_HEARING = (ReceiveState.EXPIRED, ReceiveState.DEFAULTED, ReceiveState.CURRENT)
_WITH_AGGREGATOR = tuple(state for state in MuxState if state is not MuxState.DETACHED)


# -- receive


def _take_as_out_of_sync(system: System, port: Port, pdu: Lacpdu) -> None:
    lacp_receive.take_pdu(system, port, pdu)
    port.partner = port.partner._replace(state=port.partner.state & ~State.SYNC)


def _take_active_only(system: System, port: Port, pdu: Lacpdu) -> None:
    if State.ACTIVITY in pdu.actor.state:
        lacp_receive.take_pdu(system, port, pdu)


def _forget_to_optimism(system: System, port: Port) -> None:
    lacp_receive.forget_partner(system, port)
    state = State.SYNC | State.COLLECTING | State.AGGREGATION
    port.partner = port.partner._replace(state=state)
    port.state &= ~State.DEFAULTED


# -- mux


def _wait_twelve(system: System, port: Port) -> None:
    lacp_mux.wait(system, port)
    port.timers[Timer.WAIT_WHILE] = 12


def _distribute_without_data(system: System, port: Port) -> None:
    port.state |= State.DISTRIBUTING
    if port.aggregator is not None:
        port.aggregator.distributing.insert(0, port)
    system.effects.append(LinkState(len(system.ports)))


# -- markers


def _hold_for_good(known: AnyMachine) -> AnyMachine:
    return known.altered(MarkerState.FLUSHING, MarkerEvent.TIMEOUT, target=MarkerState.FLUSHING)


# -- selection


def _join_the_first(system: System, port: Port) -> None:
    if system.aggregators:
        system.aggregators[0].references += 1
        port.aggregator = system.aggregators[0]
    else:
        lacp_selection.create(system, port)


# -- as a whole


class _OneSpeed(lacp.Lacp):
    def add_port(self, number: int, *, link: Link, **rest: Any) -> list[Effect]:
        return super().add_port(number, link=dataclasses.replace(link, speed=1000), **rest)

    def link_changed(self, number: int, link: Link, now: float) -> list[Effect]:
        return super().link_changed(number, dataclasses.replace(link, speed=1000), now)


class _TakesIdleData(lacp.Lacp):
    def accepts_data(self, number: int) -> bool:
        return self.is_collecting(number)


class _RightPriority(lacp.Lacp):
    def tick(self, now: float) -> list[Effect]:
        effects = super().tick(now)
        candidates = [known for known in self.system.aggregators if known.distributing]
        best = min(candidates, key=lambda a: a.partner.system_priority, default=None)
        if best is not None and best is not self.system.active:
            self.system.active = best
            lacp_mux.update_port_map(self.system)
        return effects


class _ForgetsTheCount(LacpProtocol):
    def active_ports(self) -> int:
        return 1 if self.lagg.active else 0


class _HidesDistributing(LacpProtocol):
    def port_flags(self, port: LaggPort) -> PortFlag:
        return super().port_flags(port) & ~PortFlag.DISTRIBUTING


class _NoCarrierOfOwn(LacpProtocol):
    owns_link_state = False

    def do(self, effect: Effect) -> None:
        if not isinstance(effect, LinkState):
            super().do(effect)
        self.lagg.update_link_state()


class _OneSender(LacpProtocol):
    def do(self, effect: Effect) -> None:
        if isinstance(effect, Send) and effect.port != self.lagg.ports[0].interface.index:
            return
        super().do(effect)


FAULTS = (
    Fault(
        "lacp-is-silent",
        "C-15",
        "LACPDUs are never sent",
        table(
            "transmit",
            on(TransmitEvent.CLEAR_TO_SEND, (TransmitState.NEED_TO_TRANSMIT,), nothing),
        ),
    ),
    Fault(
        "lacp-sends-on-one-port",
        "C-15",
        "LACPDUs are sent on the first port only",
        part(_OneSender),
    ),
    Fault(
        "lacp-is-deaf",
        "C-15",
        "LACPDUs are not heard",
        table("receive", never(ReceiveEvent.PDU, _HEARING)),
    ),
    Fault(
        "lacp-misses-sync",
        "C-15",
        "the partner never counts as in sync",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _take_as_out_of_sync)),
    ),
    Fault(
        "lacp-waits-too-long",
        "C-15",
        "a port waits twelve seconds for others of its group instead of two",
        table("mux", on(MuxEvent.SELECTED, (MuxState.DETACHED,), _wait_twelve)),
    ),
    Fault(
        "lacp-stops-at-collecting",
        "C-15",
        "a port collects and never distributes",
        table("mux", never(MuxEvent.PARTNER_COLLECTING, (MuxState.COLLECTING,))),
    ),
    Fault(
        "lacp-wants-an-active-partner",
        "S-08",
        "a passive partner is not heard",
        table("receive", on(ReceiveEvent.PDU, _HEARING, _take_active_only)),
    ),
    Fault(
        "lacp-trusts-silence",
        "C-17",
        "a port without a partner counts as in sync and sends data",
        table("receive", on(ReceiveEvent.EXPIRY, (ReceiveState.EXPIRED,), _forget_to_optimism)),
    ),
    Fault(
        "lacp-link-by-carrier",
        "C-17",
        "an LACP group has a link as soon as a port has one",
        part(_NoCarrierOfOwn),
    ),
    Fault(
        "lacp-keeps-dead-port",
        "C-05",
        "a port that lost its link stays in the group",
        table("mux", never(MuxEvent.LINK_LOST, _WITH_AGGREGATOR)),
    ),
    Fault(
        "lacp-waits-for-markers",
        "C-05",
        "when markers are not answered, data is held back for good",
        table("marker", _hold_for_good),
    ),
    Fault(
        "lacp-mixes-partners",
        "C-16",
        "ports to two switches join one group",
        table("selection", on(SelectionEvent.NONE_FITS, (Selected.UNSELECTED,), _join_the_first)),
    ),
    Fault(
        "lacp-mixes-speeds",
        "C-16",
        "ports of different speed join one group",
        part(_OneSpeed),
    ),
    Fault(
        "lacp-hears-idle-port",
        "defect.B-07",
        "data is accepted on a port that is not in the active group",
        part(_TakesIdleData),
    ),
    Fault(
        "lacp-compares-priority-rightly",
        "P-04",
        "of two partners the one with the lower priority value wins",
        part(_RightPriority),
    ),
    Fault(
        "lacp-counts-to-one",
        "C-15",
        "an LACP group reports one active port, however many there are",
        part(_ForgetsTheCount),
    ),
    Fault(
        "lacp-hides-distributing",
        "C-15",
        "ports of an LACP group do not report that they distribute",
        part(_HidesDistributing),
    ),
)
