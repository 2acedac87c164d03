"""Slips of one line in ieee8023ad_lacp.c: what a patch gets wrong and tests pass.

Each is near something that works: another port, another layer, the way back, a later port.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from lagg_tool.simulator.faults.fault import Fault, part, table
from lagg_tool.simulator.faults.lacp import on
from lagg_tool.simulator.kernel.hash import ALL_LAYERS, Layer, flow_hash
from lagg_tool.simulator.kernel.lacp import marker, mux, receive
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.marker import MarkerEvent
from lagg_tool.simulator.kernel.lacp.model import (
    Aggregator,
    AnyMachine,
    Effect,
    MarkerState,
    MuxState,
    Port,
    ReceiveState,
    System,
    Timer,
)
from lagg_tool.simulator.kernel.lacp.model import LinkState as LinkStateEffect
from lagg_tool.simulator.kernel.lacp.mux import MuxEvent
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lacp.receive import ReceiveEvent
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.wire.slow import Marker, MarkerKind, State

_HEARING = (ReceiveState.EXPIRED, ReceiveState.DEFAULTED, ReceiveState.CURRENT)


class _LacpAllLayers(Lacp):
    def flow(self, frame: bytes) -> int:
        return flow_hash(ALL_LAYERS, frame, self.key)


class _LacpWithoutLayer4(Lacp):
    def flow(self, frame: bytes) -> int:
        return flow_hash(self.lagg.layers & ~Layer.L4, frame, self.key)


class _LacpLeavesLastOut(LacpInstance):
    @property
    def port_map(self) -> tuple[int, ...]:
        ports = super().port_map
        return ports[:-1] if len(ports) > 1 else ports


class _LacpKeepsItsLink(Lacp):
    def do(self, effect: Effect) -> None:
        if not isinstance(effect, LinkStateEffect) or effect.up:
            super().do(effect)


class _OneMarkerIsEnough(LacpInstance):
    def receive(self, number: int, frame: bytes, now: float) -> list[Effect]:
        found = Marker.parse(frame)
        if found is not None and found.kind is not MarkerKind.INFORMATION:
            for port in self.system.ports:
                port.awaits_marker = port.awaits_marker and port.number == number
        return super().receive(number, frame, now)


class _FirstPortPriority(LacpInstance):
    def add_port(self, number: int, **rest: Any) -> list[Effect]:
        effects = super().add_port(number, **rest)
        self.port(number).key ^= 0x20  # of the lagg beside
        return effects


def _remember(system: System, port: Port) -> None:
    partner = port.partner
    receive.disable(system, port)
    port.partner = partner


def _stay_aggregatable(system: System, port: Port) -> None:
    receive.disable(system, port)
    port.state |= State.AGGREGATION


def _wait_alone(_system: System, port: Port) -> None:
    port.timers[Timer.WAIT_WHILE] = 0


class _ForgetsOnDown(Lacp):
    def stop(self) -> None:
        super().stop()
        for port in self.lagg.ports:
            self.remove_port(port)
            self.add_port(port)


def _collects_out_of_sync(known: AnyMachine) -> AnyMachine:
    early = Transition(
        *(MuxState.ATTACHED, MuxEvent.NOT_IN_SYNC, MuxState.COLLECTING, mux.collect),
        clause="none",
        function="lacp_sm_mux",
    )
    late = known.without(MuxState.COLLECTING, MuxEvent.NOT_IN_SYNC)
    return Machine(late.name, late.states, (*late.transitions, early))


class _StrictStays(Lacp):
    def set_option(self, option: Option, *, on: bool) -> None:
        if option is not Option.LACP_STRICT:
            super().set_option(option, on=on)


class _FastForTheFirst(LacpInstance):
    def set_fast_timeout(self, *, fast: bool) -> None:
        states = [port.state for port in self.system.ports]
        super().set_fast_timeout(fast=fast)
        for port, state in list(zip(self.system.ports, states, strict=True))[:-1]:
            port.state = state


class _SlowIsShort(LacpInstance):
    def set_fast_timeout(self, *, fast: bool) -> None:
        if fast:
            super().set_fast_timeout(fast=True)


def _send_first_markers(system: System) -> None:
    for port in system.ports:
        port.transaction = 0
    marker.send_markers(system)


class _AnswersAsItCame(LacpInstance):
    def receive(self, number: int, frame: bytes, now: float) -> list[Effect]:
        port = self.port(number)
        own, port.source = port.source, frame[6:12]
        effects = super().receive(number, frame, now)
        port.source = own
        return effects


def _prefer(system: System, better: Callable[[int, int], bool]) -> None:
    """Choose between aggregators of one bandwidth by their places in the list."""
    used = system.active
    for place, known in enumerate(system.aggregators):
        if used is None or _worth(known) != _worth(used):
            continue
        if better(place, system.aggregators.index(used)):
            used = known
    if used is not system.active:
        system.active = used
        mux.update_port_map(system)


def _worth(known: Aggregator) -> tuple[int, int]:
    return known.bandwidth, known.partner.system_priority


class _PrefersTheLast(LacpInstance):
    def tick(self, now: float) -> list[Effect]:
        effects = super().tick(now)
        _prefer(self.system, operator.gt)
        return effects


class _PrefersTheFirst(LacpInstance):
    def tick(self, now: float) -> list[Effect]:
        effects = super().tick(now)
        _prefer(self.system, operator.lt)
        return effects


def _goes_on(sends: Callable[[Port | None], bool]) -> type[LacpInstance]:
    """Return LACP that goes on sending by ports that it has stopped; None is one that left."""

    class GoesOn(LacpInstance):
        _map: tuple[int, ...] = ()

        def tick(self, now: float) -> list[Effect]:
            effects = super().tick(now)
            mapped = super().port_map
            known = {port.number: port for port in self.system.ports}
            stopped = [n for n in self._map if n not in mapped and sends(known.get(n))]
            self._map = (*mapped, *stopped) if mapped else ()
            return effects

        @property
        def port_map(self) -> tuple[int, ...]:
            return self._map

    return GoesOn


def _is_stopped(port: Port | None) -> bool:
    return port is not None and port.enabled


def _has_lost_its_partner(port: Port | None) -> bool:
    return _is_stopped(port) and bool(port and port.state & (State.EXPIRED | State.DEFAULTED))


FAULTS = (
    Fault("lacp-ignores-lagghash", "P-05", "LACP hashes all layers", part(_LacpAllLayers)),
    Fault(
        "lacp-without-layer-4",
        "P-05",
        "LACP's hash leaves out the ports of UDP and TCP",
        part(_LacpWithoutLayer4),
    ),
    Fault(
        "lacp-leaves-the-last-port-out",
        "C-16",
        "LACP never sends by the port that joined first",
        part(_LacpLeavesLastOut),
    ),
    Fault(
        "lacp-keeps-its-link",
        "C-17",
        "an LACP group keeps its link when the last port stops",
        part(_LacpKeepsItsLink),
    ),
    Fault(
        "lacp-takes-one-marker-for-all",
        "lacp.L-18",
        "the first marker that is answered ends the wait",
        part(_OneMarkerIsEnough),
    ),
    Fault(
        "lacp-key-of-another-lagg",
        "lacp.L-03",
        "the key holds the number of another interface",
        part(_FirstPortPriority),
    ),
    Fault(
        "lacp-remembers-over-link-loss",
        "lacp.L-08",
        "a port whose link was lost remembers its partner",
        table("receive", on(ReceiveEvent.LINK_DOWN, ReceiveState, _remember)),
    ),
    Fault(
        "lacp-aggregates-without-a-link",
        "lacp.L-08",
        "LACP goes on at a port whose link was lost",
        table("receive", on(ReceiveEvent.LINK_DOWN, ReceiveState, _stay_aggregatable)),
    ),
    Fault(
        "lacp-waits-alone",
        "lacp.L-10",
        "a port does not wait for others of its group",
        table("mux", on(MuxEvent.SELECTED, (MuxState.DETACHED,), _wait_alone)),
    ),
    Fault(
        "lacp-forgets-on-down",
        "lacp.L-24",
        "a LAGG that is taken down forgets its partners",
        part(_ForgetsOnDown),
    ),
    Fault(
        "lacp-collects-out-of-sync",
        "lacp.L-23",
        "a port collects whether its partner is in sync or not",
        table("mux", _collects_out_of_sync),
    ),
    Fault(
        "lacp-strict-cannot-be-switched",
        "lacp.L-23",
        "the option lacp_strict has no effect",
        part(_StrictStays),
    ),
    Fault(
        "lacp-fast-timeout-of-one-port",
        "lacp.L-26",
        "lacp_fast_timeout concerns the port that joined first only",
        part(_FastForTheFirst),
    ),
    Fault(
        "lacp-fast-timeout-for-good",
        "lacp.L-26",
        "lacp_fast_timeout cannot be switched off",
        part(_SlowIsShort),
    ),
    Fault(
        "lacp-markers-have-one-number",
        "lacp.L-18",
        "every marker of the NAS has the same transaction",
        table("marker", on(MarkerEvent.MEMBERSHIP_CHANGED, MarkerState, _send_first_markers)),
    ),
    Fault(
        "lacp-answers-markers-as-they-came",
        "lacp.L-16",
        "a marker goes back with the source address of the switch",
        part(_AnswersAsItCame),
    ),
    Fault(
        "lacp-second-switch-takes-over",
        "lacp.L-30",
        "of two switches with the same bandwidth the one that came last is used",
        part(_PrefersTheLast),
    ),
    Fault(
        "lacp-first-switch-takes-over-again",
        "lacp.L-30",
        "of two switches with the same bandwidth the one that came first is used again",
        part(_PrefersTheFirst),
    ),
    Fault(
        "lacp-sends-by-stopped-ports",
        "lacp.L-12",
        "a port that its partner stopped still gets its flows",
        part(_goes_on(_is_stopped)),
    ),
    Fault(
        "lacp-sends-by-ports-without-a-partner",
        "lacp.L-14",
        "a port that has lost its partner still gets its flows",
        part(_goes_on(_has_lost_its_partner)),
    ),
    Fault(
        "lacp-sends-by-ports-that-left",
        "lacp.L-25",
        "the flows of a port that left are lost",
        part(_goes_on(lambda port: port is None)),
    ),
)
