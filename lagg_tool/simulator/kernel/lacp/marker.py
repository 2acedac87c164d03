"""Marker generator and responder (802.1AX 6.5; lacp_suppress_distributing, lacp_marker_input).

At every change of the active aggregator's ports FreeBSD holds data back, sends a marker on
every LACP port, silent and dead ones too, and goes on when all have answered or after
three seconds. Taking the lagg down cancels the three seconds and not the hold (B-03).
"""

from __future__ import annotations

import enum

from lagg_tool.simulator.kernel.lacp.model import (
    TRANSIT_DELAY,
    MarkerState,
    Port,
    ResponderState,
    System,
)
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing
from lagg_tool.wire.slow import Marker, MarkerKind, marker_response


class MarkerEvent(enum.Enum):
    """What bears on a flush."""

    MEMBERSHIP_CHANGED = "the active aggregator's ports changed"
    ALL_ANSWERED = "the last marker was answered"
    TIMEOUT = "three seconds passed"
    LAGG_DOWN = "the lagg was taken down"


class ResponderEvent(enum.Enum):
    """What the responder hears."""

    MARKER = "a marker arrives"


def send_markers(system: System) -> None:
    """Send a marker on every port, and wait for those that the drivers took."""
    for port in system.ports:
        port.transaction = (port.transaction + 1) & 0xFFFFFFFF
        marker = sent_marker(port)
        port.awaits_marker = system.enqueue(port, marker.encode(port.source))
    system.marker_deadline = system.now + TRANSIT_DELAY


def cancel_timeout(system: System) -> None:
    """Forget the three seconds, and nothing else (B-03)."""
    system.marker_deadline = None


def answer(system: System, port: Port, frame: bytes) -> None:
    """Send the marker back as a response, without any limit (V-09)."""
    system.enqueue(port, marker_response(frame, port.source))


_CLAUSE = "802.1AX-2014 6.5.4.1"
_OPEN, _FLUSHING = MarkerState.OPEN, MarkerState.FLUSHING
_EVENT = MarkerEvent
_SUPPRESS = "lacp_suppress_distributing"

GENERATOR = Machine(
    "Marker generator",
    tuple(MarkerState),
    (
        Transition(_OPEN, _EVENT.MEMBERSHIP_CHANGED, _FLUSHING, send_markers, _CLAUSE, _SUPPRESS),
        Transition(
            _FLUSHING, _EVENT.MEMBERSHIP_CHANGED, _FLUSHING, send_markers, _CLAUSE, _SUPPRESS
        ),
        Transition(_FLUSHING, _EVENT.ALL_ANSWERED, _OPEN, nothing, _CLAUSE, "lacp_marker_input"),
        Transition(_FLUSHING, _EVENT.TIMEOUT, _OPEN, nothing, _CLAUSE, "lacp_transit_expire"),
        Transition(_OPEN, _EVENT.TIMEOUT, _OPEN, nothing, _CLAUSE, "lacp_transit_expire"),
        Transition(
            _FLUSHING, _EVENT.LAGG_DOWN, _FLUSHING, cancel_timeout, "none: B-03", "lacp_stop"
        ),
        Transition(_OPEN, _EVENT.LAGG_DOWN, _OPEN, cancel_timeout, "none", "lacp_stop"),
    ),
)

_WAIT = ResponderState.WAIT_FOR_MARKER
RESPONDER = Machine(
    "Marker responder",
    tuple(ResponderState),
    (
        Transition(
            _WAIT,
            ResponderEvent.MARKER,
            _WAIT,
            answer,
            "802.1AX-2014 6.5.4.2",
            "lacp_marker_input",
        ),
    ),
)


def step(system: System, event: MarkerEvent) -> None:
    """Run the generator."""
    system.marker = system.machines.marker.step(system.marker, event, system)


def sent_marker(port: Port) -> Marker:
    """Return the last marker that the port sent."""
    return Marker(MarkerKind.INFORMATION, port.number, port.system, port.transaction)


def receive(system: System, port: Port, frame: bytes) -> None:
    """Answer a marker; take a response to the last marker (lacp_marker_input)."""
    marker = Marker.parse(frame)
    if marker is None:
        return
    if marker.kind is MarkerKind.INFORMATION:
        system.machines.responder.step(_WAIT, ResponderEvent.MARKER, system, port, frame)
    elif marker[1:] == sent_marker(port)[1:]:
        port.awaits_marker = False
        if not any(other.awaits_marker for other in system.ports):
            step(system, MarkerEvent.ALL_ANSWERED)
