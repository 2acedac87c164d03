"""Faults of LACP's groups: who joins, which one carries traffic, how markers guard its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lagg_tool.simulator.faults.fault import Fault, part, table
from lagg_tool.simulator.faults.lacp import on
from lagg_tool.simulator.kernel.lacp import marker, mux, receive, selection
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.marker import MarkerEvent, ResponderEvent
from lagg_tool.simulator.kernel.lacp.model import (
    Aggregator,
    AnyMachine,
    Effect,
    MarkerState,
    MuxState,
    Port,
    ReceiveState,
    ResponderState,
    Selected,
    System,
    Timer,
)
from lagg_tool.simulator.kernel.lacp.mux import MuxEvent
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lacp.receive import ReceiveEvent
from lagg_tool.simulator.kernel.lacp.selection import SelectionEvent
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.wire import slow

_VERSION = 15  # byte of a slow protocols frame


# -- groups


def _join_individual(system: System, port: Port) -> None:
    for known in system.aggregators:
        if known.partner[:3] == port.partner[:3]:
            known.references += 1
            port.aggregator = known
            return
    selection.create(system, port)


def _take_for_aggregatable(system: System, port: Port, pdu: slow.Lacpdu) -> None:
    known, bit = port.partner.state, slow.State.AGGREGATION
    port.partner = port.partner._replace(state=known & ~bit | pdu.actor.state & bit)
    receive.take_pdu(system, port, pdu)


def _still_waited_for(system: System, port: Port) -> None:
    port.timers[Timer.WAIT_WHILE] = 0
    mux.detach(system, port)


def _distribute_too_early(known: AnyMachine) -> AnyMachine:
    added = Transition(
        MuxState.COLLECTING, MuxEvent.IN_SYNC, MuxState.DISTRIBUTING, mux.distribute, "none", "none"
    )
    wrong = Machine(known.name, known.states, (*known.transitions, added))
    return wrong.without(MuxState.DISTRIBUTING, MuxEvent.IN_SYNC)


def _uses(choose: Callable[[list[Aggregator]], Aggregator]) -> type[LacpInstance]:
    """Return LACP that chooses in its own way among the groups that could be used."""

    class OtherChoice(LacpInstance):
        def tick(self, now: float) -> list[Effect]:
            effects = super().tick(now)
            ready = [known for known in self.system.aggregators if known.distributing]
            chosen = choose(ready) if ready else None
            if chosen is not None and chosen is not self.system.active:
                self.system.active = chosen
                mux.update_port_map(self.system)
            return effects

    return OtherChoice


def _number_of_ports(known: Aggregator) -> tuple[int, int]:
    return -selection.preference(known), len(known.distributing)


class _SystemFollows(Lagg):
    def set_lladdr(self, lladdr: bytes) -> None:
        super().set_lladdr(lladdr)
        if isinstance(self.protocol, Lacp):
            for port in self.protocol.machine.system.ports:
                port.system = lladdr


# -- markers


def _answer_elsewhere(system: System, port: Port, frame: bytes) -> None:
    system.enqueue(system.ports[0], slow.marker_response(frame, port.source))


def _send_from_the_lagg(system: System) -> None:
    sources = [port.source for port in system.ports]
    for port in system.ports:
        port.source = port.system
    marker.send_markers(system)
    for port, source in zip(system.ports, sources, strict=True):
        port.source = source


def _send_by_active_ports(system: System) -> None:
    ports = system.ports
    system.ports = [port for port in ports if port.aggregator is system.active]
    marker.send_markers(system)
    system.ports = ports


class _TakesAnyAnswer(LacpInstance):
    def receive(self, number: int, frame: bytes, now: float) -> list[Effect]:
        found = slow.Marker.parse(frame)
        if found is not None and found.kind is slow.MarkerKind.RESPONSE:
            port = self.port(number)
            frame = found._replace(transaction=port.transaction).encode(port.source)
        return super().receive(number, frame, now)


class _AnswersLaterVersions(LacpInstance):
    def receive(self, number: int, frame: bytes, now: float) -> list[Effect]:
        if slow.subtype(frame) == slow.Subtype.MARKER:
            frame = frame[:_VERSION] + b"\1" + frame[_VERSION + 1 :]
        return super().receive(number, frame, now)


class _HoldsLonger(LacpInstance):
    def link_changed(self, *arguments: Any) -> list[Effect]:
        return self._longer(super().link_changed(*arguments))

    def receive(self, *arguments: Any) -> list[Effect]:
        return self._longer(super().receive(*arguments))

    def tick(self, now: float) -> list[Effect]:
        before = self.system.marker_deadline
        effects = super().tick(now)
        return self._longer(effects) if before is None else effects

    def _longer(self, effects: list[Effect]) -> list[Effect]:
        deadline = self.system.marker_deadline
        if deadline is not None and deadline - self.system.now == 3.0:
            self.system.marker_deadline = self.system.now + 10.0
        return effects


FAULTS = (
    Fault(
        "lacp-groups-individuals",
        "lacp.L-09",
        "ports whose partner cannot aggregate join one group",
        table("selection", on(SelectionEvent.NONE_FITS, (Selected.UNSELECTED,), _join_individual)),
    ),
    Fault(
        "lacp-does-not-see-lost-aggregation",
        "lacp.L-09",
        "ports stay in their group when their partner can no longer aggregate",
        table("receive", on(ReceiveEvent.PDU, (ReceiveState.CURRENT,), _take_for_aggregatable)),
    ),
    Fault(
        "lacp-waits-for-a-lost-port",
        "lacp.L-10",
        "a port that loses its link while it waits is waited for without end",
        table("mux", on(MuxEvent.LINK_LOST, (MuxState.WAITING,), _still_waited_for)),
    ),
    Fault(
        "lacp-sends-too-early",
        "lacp.L-11",
        "data is sent to a partner that is in sync and does not collect",
        table("mux", _distribute_too_early),
    ),
    Fault(
        "lacp-counts-no-flapping",
        "lacp.L-12",
        "a port that a partner stops is not counted as flapping",
        table("mux", on(MuxEvent.IN_SYNC, (MuxState.DISTRIBUTING,), mux.collect)),
    ),
    Fault(
        "lacp-answers-markers-elsewhere",
        "lacp.L-16",
        "markers are answered by another port",
        table(
            "responder",
            on(ResponderEvent.MARKER, (ResponderState.WAIT_FOR_MARKER,), _answer_elsewhere),
        ),
    ),
    Fault(
        "lacp-answers-later-markers",
        "lacp.L-17",
        "markers of a later version are answered",
        part(_AnswersLaterVersions),
    ),
    Fault(
        "lacp-holds-data-ten-seconds",
        "lacp.L-18",
        "markers are waited for ten seconds instead of three",
        part(_HoldsLonger),
    ),
    Fault(
        "lacp-system-follows-address",
        "lacp.L-27",
        "the system takes over an address that an administrator sets",
        part(_SystemFollows),
    ),
    Fault(
        "lacp-first-switch-wins",
        "lacp.L-30",
        "of two switches the first one is used, whatever its bandwidth",
        part(_uses(lambda ready: ready[0])),
    ),
    Fault(
        "lacp-bandwidth-is-the-number-of-ports",
        "lacp.L-30",
        "of two groups the one with more ports is used, however slow they are",
        part(_uses(lambda ready: max(ready, key=_number_of_ports))),
    ),
    Fault(
        "lacp-markers-from-the-lagg",
        "lacp.L-18",
        "markers leave from the MAC address of the LAGG",
        table("marker", on(MarkerEvent.MEMBERSHIP_CHANGED, MarkerState, _send_from_the_lagg)),
    ),
    Fault(
        "lacp-asks-active-ports-only",
        "lacp.L-18",
        "markers are sent by the ports of the active group only",
        table("marker", on(MarkerEvent.MEMBERSHIP_CHANGED, MarkerState, _send_by_active_ports)),
    ),
    Fault(
        "lacp-takes-any-marker-answer",
        "lacp.L-18",
        "the answer to another marker ends the wait",
        part(_TakesAnyAnswer),
    ),
)
