"""FreeBSD 13.2's LACP (sys/net/ieee8023ad_lacp.c), without input, output or a clock.

``LacpInstance`` is the LACP of one lagg. Its owner passes on what happens, with the time in
seconds on one monotonic scale, and gets the effects in order: frames to send, the lagg's
link state, lines for the console. ``next_deadline`` says when ``tick`` is due. Frames in
effects are sent after the step, as the kernel's lock has it: no answer can arrive in the
middle of a tick.

The machines are tables, each in a module of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.simulator.kernel.lacp import marker, mux, periodic, receive, selection, transmit
from lagg_tool.simulator.kernel.lacp.marker import MarkerEvent
from lagg_tool.simulator.kernel.lacp.model import (
    TICK,
    AnyMachine,
    Effect,
    Link,
    Machines,
    MarkerState,
    Port,
    System,
    Timer,
)
from lagg_tool.simulator.kernel.lacp.receive import ReceiveEvent
from lagg_tool.wire import slow
from lagg_tool.wire.slow import NOBODY, Info, Lacpdu, State

MACHINES: tuple[AnyMachine, ...] = (
    receive.MACHINE,
    periodic.MACHINE,
    selection.MACHINE,
    mux.MACHINE,
    transmit.MACHINE,
    marker.GENERATOR,
    marker.RESPONDER,
)

_EXPIRIES = {
    Timer.PERIODIC: periodic.expire,
    Timer.WAIT_WHILE: mux.expire,
}


def is_control(frame: bytes) -> bool:
    """Whether LACP consumes the frame; everything else is data (lagg_lacp_input).

    An untagged slow protocols frame of the subtypes LACP and marker is consumed, good or
    bad; other subtypes are data.
    """
    return slow.subtype(frame) in (slow.Subtype.LACP, slow.Subtype.MARKER)


class LacpInstance:
    """The LACP of one lagg. Ports are known by number, the interface's index."""

    def __init__(
        self,
        lagg_index: int,
        *,
        strict: bool = True,
        accepts: Callable[[int], bool] = lambda _port: True,
    ) -> None:
        self.system = System(self.machines(), lagg_index, strict, accepts)
        self._ports: dict[int, Port] = {}

    def machines(self) -> Machines:
        """Return the tables to run."""
        return Machines(*MACHINES)

    # What happens.

    def start(self, now: float) -> None:
        """Begin to tick: the lagg is up (lacp_init). Nothing else is reset (B-03, V-11)."""
        self.system.tick_deadline = now + TICK

    def stop(self) -> None:
        """Stop ticking: the lagg is down (lacp_stop)."""
        self.system.tick_deadline = None
        marker.step(self.system, MarkerEvent.LAGG_DOWN)

    def add_port(
        self,
        number: int,
        *,
        name: str,
        unit: int,
        source: bytes,
        system: bytes,
        link: Link,
        now: float,
    ) -> list[Effect]:
        """Add a port (lacp_port_create).

        ``number`` is its interface's index, ``unit`` its driver's unit, ``source`` its own
        MAC address, ``system`` that of the lagg at this moment.
        """
        port = Port(number, name, unit, source, system, link)
        self._ports[number] = port
        self.system.ports.insert(0, port)
        self.system.now = now
        receive.step(self.system, port, ReceiveEvent.BEGIN)
        return self.link_changed(number, link, now)

    def remove_port(self, number: int, now: float) -> list[Effect]:
        """Remove a port without a goodbye (lacp_port_destroy).

        A port that leaves while it waits for its aggregator stays counted as waiting, as
        in the kernel, which disarms the timer before it looks.
        """
        port = self._ports.pop(number)
        self.system.now = now
        port.timers[:] = [0] * len(Timer)
        port.state &= ~State.COLLECTING
        mux.disable_distributing(self.system, port)
        selection.leave(self.system, port)
        self.system.ports.remove(port)
        return self._effects()

    def link_changed(self, number: int, link: Link, now: float) -> list[Effect]:
        """Look at the port's media (lacp_linkstate).

        A port that is just being added is looked at once it is there (lacp_port_create).
        """
        port = self._ports.get(number)
        if port is None:
            return []
        self.system.now = now
        before = port.state, port.key
        port.link = link
        event = ReceiveEvent.LINK_UP if link.aggregatable else ReceiveEvent.LINK_DOWN
        receive.step(self.system, port, event)
        port.compose_key(self.system.lagg_index)
        if before != (port.state, port.key):
            selection.unselect(self.system, port)
        return self._effects()

    def receive(self, number: int, frame: bytes, now: float) -> list[Effect]:
        """Take a frame for which ``is_control`` holds (lacp_input)."""
        port = self._ports[number]
        self.system.now = now
        if slow.subtype(frame) == slow.Subtype.MARKER:
            marker.receive(self.system, port, frame)
        elif not transmit.drops(port, enabled=self.system.drop_received):
            pdu = Lacpdu.parse(frame)
            if pdu is not None:
                receive.hear(self.system, port, pdu)
        return self._effects()

    def next_deadline(self) -> float | None:
        """Return when ``tick`` is due; None while nothing runs."""
        deadlines = (self.system.marker_deadline, self.system.tick_deadline)
        return min((when for when in deadlines if when is not None), default=None)

    def tick(self, now: float) -> list[Effect]:
        """Run what is due until ``now``: the one-second tick, the end of a marker flush."""
        system = self.system
        while (due := self.next_deadline()) is not None and due <= now:
            system.now = due
            if due == system.marker_deadline:
                system.marker_deadline = None
                marker.step(system, MarkerEvent.TIMEOUT)
            else:
                system.tick_deadline = due + TICK
                for port in system.ports:
                    if port.enabled:
                        self._tick_port(port)
        system.now = now
        return self._effects()

    def _tick_port(self, port: Port) -> None:
        # lacp_tick, in its order.
        system = self.system
        self._run_timers(port)
        selection.run(system, port)
        mux.run(system, port)
        transmit.run(system, port)
        periodic.schedule(system, port)

    def _run_timers(self, port: Port) -> None:
        # lacp_run_timers: current_while does not count in the first second after a PDU, so
        # that a timeout takes up to a second longer. A PDU that answers a tick's comes a
        # little after it and is less than a second old at the next, however fast the answer.
        timers = port.timers
        age = self.system.now - port.last_received
        if timers[Timer.CURRENT_WHILE] and age > TICK:
            timers[Timer.CURRENT_WHILE] -= 1
            if not timers[Timer.CURRENT_WHILE]:
                receive.step(self.system, port, ReceiveEvent.EXPIRY)
        for timer, expire in _EXPIRIES.items():
            if timers[timer]:
                timers[timer] -= 1
                if not timers[timer]:
                    expire(self.system, port)

    def _effects(self) -> list[Effect]:
        effects, self.system.effects = self.system.effects, []
        return effects

    # Options.

    @property
    def strict(self) -> bool:
        """Whether a partner that describes us rightly counts as in sync (lacp_strict)."""
        return self.system.strict

    @strict.setter
    def strict(self, strict: bool) -> None:
        self.system.strict = strict

    def set_fast_timeout(self, *, fast: bool) -> None:
        """Set the TIMEOUT bit of the ports of now (B-11); neither NTT nor timers follow (B-09)."""
        for port in self.system.ports:
            port.state = port.state | State.TIMEOUT if fast else port.state & ~State.TIMEOUT

    def set_transmit_test(self, *, drop: bool) -> None:
        """Drop LACPDUs that unit 0 ports would send (lacp_txtest, B-18)."""
        self.system.drop_sent = drop

    def set_receive_test(self, *, drop: bool) -> None:
        """Drop LACPDUs that unit 0 ports receive (lacp_rxtest, B-18)."""
        self.system.drop_received = drop

    # What data and ifconfig ask.

    @property
    def suppressed(self) -> bool:
        """Whether data is refused because markers are on their way."""
        return self.system.marker is MarkerState.FLUSHING

    @property
    def port_map(self) -> tuple[int, ...]:
        """The ports among which a hash chooses, in the kernel's order."""
        return tuple(port.number for port in self.system.port_map)

    @property
    def lag_id(self) -> tuple[Info, Info]:
        """Actor and partner of the active aggregator; zeros without one (lacp_req)."""
        active = self.system.active
        return (NOBODY, NOBODY) if active is None else (active.actor, active.partner)

    def port(self, number: int) -> Port:
        """Return a port's record: ``actor`` and ``partner`` are what ``ifconfig -v`` shows."""
        return self._ports[number]

    def is_active(self, number: int) -> bool:
        """Whether the port has joined the active aggregator (lacp_isactive)."""
        port = self._ports[number]
        return port.aggregator is not None and port.aggregator is self.system.active

    def is_collecting(self, number: int) -> bool:
        """Whether the port takes data, into whatever aggregator (lacp_iscollecting)."""
        return State.COLLECTING in self._ports[number].state

    def is_distributing(self, number: int) -> bool:
        """Whether the port sends data, of whatever aggregator (lacp_isdistributing)."""
        return State.DISTRIBUTING in self._ports[number].state

    def accepts_data(self, number: int) -> bool:
        """Whether data that arrives at the port is taken (lagg_lacp_input; B-07)."""
        return self.is_collecting(number) and self.is_active(number)
