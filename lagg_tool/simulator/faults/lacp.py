"""Faults of LACP: the tables of its machines, and what lagg(4) makes of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from lagg_tool.simulator.faults.fault import Fault, part, table
from lagg_tool.simulator.kernel.flags import LinkState as CarrierState
from lagg_tool.simulator.kernel.lacp import mux, receive, selection
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.model import (
    AnyMachine,
    Effect,
    Link,
    LinkState,
    MuxState,
    Port,
    ReceiveState,
    Selected,
    Send,
    System,
    Timer,
)
from lagg_tool.simulator.kernel.lacp.mux import MuxEvent
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lacp.receive import ReceiveEvent
from lagg_tool.simulator.kernel.lacp.selection import SelectionEvent
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


_HEARING = (ReceiveState.EXPIRED, ReceiveState.DEFAULTED, ReceiveState.CURRENT)


# -- receive


def _take_as_out_of_sync(system: System, port: Port, pdu: Lacpdu) -> None:
    receive.take_pdu(system, port, pdu)
    port.partner = port.partner._replace(state=port.partner.state & ~State.SYNC)


def _take_active_only(system: System, port: Port, pdu: Lacpdu) -> None:
    if State.ACTIVITY in pdu.actor.state:
        receive.take_pdu(system, port, pdu)


def _forget_to_optimism(system: System, port: Port) -> None:
    receive.forget_partner(system, port)
    state = State.SYNC | State.COLLECTING | State.AGGREGATION
    port.partner = port.partner._replace(state=state)
    port.state &= ~State.DEFAULTED


# -- mux


def _wait_twelve(system: System, port: Port) -> None:
    mux.wait(system, port)
    port.timers[Timer.WAIT_WHILE] = 12


# -- selection


def _join_the_first(system: System, port: Port) -> None:
    if system.aggregators:
        system.aggregators[0].references += 1
        port.aggregator = system.aggregators[0]
    else:
        selection.create(system, port)


# -- as a whole


class _OneSpeed(LacpInstance):
    def add_port(self, number: int, *, link: Link, **rest: Any) -> list[Effect]:
        return super().add_port(number, link=dataclasses.replace(link, speed=1000), **rest)

    def link_changed(self, number: int, link: Link, now: float) -> list[Effect]:
        return super().link_changed(number, dataclasses.replace(link, speed=1000), now)


class _TakesIdleData(LacpInstance):
    def accepts_data(self, number: int) -> bool:
        return self.is_collecting(number)


class _RightPriority(LacpInstance):
    def tick(self, now: float) -> list[Effect]:
        effects = super().tick(now)
        candidates = [known for known in self.system.aggregators if known.distributing]
        best = min(candidates, key=lambda a: a.partner.system_priority, default=None)
        if best is not None and best is not self.system.active:
            self.system.active = best
            mux.update_port_map(self.system)
        return effects


class _ForgetsTheCount(Lacp):
    def active_ports(self) -> int:
        return 1 if self.lagg.active else 0


class _HidesDistributing(Lacp):
    def port_flags(self, port: LaggPort) -> PortFlag:
        return super().port_flags(port) & ~PortFlag.DISTRIBUTING


class _NoCarrierOfOwn(Lacp):
    owns_link_state = False

    def do(self, effect: Effect) -> None:
        if not isinstance(effect, LinkState):
            super().do(effect)
        self.lagg.update_link_state()


class _OnePort(Lacp):
    def flow(self, frame: bytes) -> int:
        del frame
        return 0


class _IgnoresLostLink(Lacp):
    def link_changed(self, port: LaggPort) -> None:
        if port.interface.link_state is CarrierState.UP:
            super().link_changed(port)


class _OneSender(Lacp):
    def do(self, effect: Effect) -> None:
        if isinstance(effect, Send) and effect.port != self.lagg.ports[0].interface.index:
            return
        super().do(effect)


FAULTS = (
    Fault("lacp-one-port", "C-16", "LACP gives all flows to one port", part(_OnePort)),
    Fault(
        "lacp-ignores-lost-link",
        "C-05",
        "LACP goes on sending by a port that lost its link",
        part(_IgnoresLostLink),
    ),
    Fault(
        "lacp-sends-on-one-port",
        "C-15",
        "LACPDUs are sent on the first port only",
        part(_OneSender),
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
        "lacp-mixes-partners",
        "C-16",
        "ports to two switches join one group",
        table("selection", on(SelectionEvent.NONE_FITS, (Selected.UNSELECTED,), _join_the_first)),
    ),
    Fault("lacp-mixes-speeds", "C-16", "ports of different speed join one group", part(_OneSpeed)),
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
