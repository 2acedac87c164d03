"""LACP as a protocol of lagg(4): between a lagg and its LacpInstance.

What the machines want done (frames, link state, console lines) is done after each of their
steps, in order: an answer that arrives while a frame is being sent waits its turn, as it
waits for the kernel's lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import ClassVar

from lagg_tool.clock import Timer
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import LinkState
from lagg_tool.simulator.kernel.hash import flow_hash, hash_key
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance, is_control
from lagg_tool.simulator.kernel.lacp.model import Effect, Flapped, Link, Log, Send
from lagg_tool.simulator.kernel.lacp.model import LinkState as LinkStateEffect
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.simulator.kernel.lagg_protocols import LaggProtocol
from lagg_tool.wire.slow import Info


class Lacp(LaggProtocol):
    """``lacp``: the ports of the active aggregator, by the flow's hash."""

    name: ClassVar[str] = "lacp"
    owns_link_state: ClassVar[bool] = True

    def __init__(self, lagg: Lagg) -> None:
        strict = bool(lagg.vnet.variable("net.link.lagg.lacp.default_strict_mode"))
        machine_type = lagg.kernel.parts.of(LacpInstance)
        self.machine = machine_type(lagg.index, strict=strict, accepts=self.accepts)
        self.key = hash_key(lagg.kernel.random.getrandbits(32))
        self._tests = Option(0)  # lacp_txtest, lacp_rxtest, lacp_fast_timeout as they were set
        self._timer: Timer | None = None
        self._effects: deque[Effect] = deque()
        self._applying = False
        self.lagg = lagg
        if lagg.running:
            self.init()
        for port in lagg.ports:
            self.add_port(port)

    # -- the hooks of struct lagg_proto

    def detach(self) -> None:
        """Remove all ports, then stop (lagg_lacp_detach)."""
        for port in list(self.lagg.ports):
            self.remove_port(port)
        self.machine.stop()
        self._schedule()

    def start(self, frame: bytes) -> None:
        """Send by the flow's port (lagg_lacp_start, lacp_select_tx_port). Raises KernelError."""
        if self.machine.suppressed:
            raise self.refused(Errno.ENOBUFS)
        ports = self.machine.port_map
        if not ports:
            raise self.refused(Errno.ENETDOWN)
        chosen = self._port(ports[self.flow(frame) % len(ports)])
        if chosen is not None:
            chosen.interface.transmit(frame)

    def flow(self, frame: bytes) -> int:
        """Return the flow's number."""
        return flow_hash(self.lagg.layers, frame, self.key)

    def input(self, port: LaggPort, frame: bytes) -> bool:
        """Consume LACP's frames; accept data on ports that collect for the active aggregator."""
        if is_control(frame):
            self.apply(self.machine.receive(port.interface.index, frame, self._now()))
            return False
        return self.machine.accepts_data(port.interface.index)

    def add_port(self, port: LaggPort) -> None:
        """Run LACP on a port, with the lagg's present MAC address as system (B-08)."""
        effects = self.machine.add_port(
            port.interface.index,
            name=port.name,
            unit=port.interface.unit,
            source=port.lladdr,
            system=self.lagg.lladdr,
            link=link_of(port),
            now=self._now(),
        )
        self.apply(effects)

    def remove_port(self, port: LaggPort) -> None:
        """Remove a port without a last LACPDU."""
        self.apply(self.machine.remove_port(port.interface.index, self._now()))

    def link_changed(self, port: LaggPort) -> None:
        """Look at the port's media (lacp_linkstate)."""
        index = port.interface.index
        self.apply(self.machine.link_changed(index, link_of(port), self._now()))

    def init(self) -> None:
        """Tick from now on."""
        self.machine.start(self._now())
        self._schedule()

    def stop(self) -> None:
        """Tick no more; states and flags stay (V-11)."""
        self.machine.stop()
        self._schedule()

    def lladdr_changed(self) -> None:
        """Remove and add all ports, without the fast timeout (lagg_lacp_lladdr, B-11)."""
        for port in self.lagg.ports:
            self.remove_port(port)
        for port in self.lagg.ports:
            self.add_port(port)

    def port_flags(self, port: LaggPort) -> PortFlag:
        """Return ACTIVE for the ports of the active aggregator, collecting or not."""
        index = port.interface.index
        flags = PortFlag(0)
        if self.machine.is_active(index):
            flags |= PortFlag.ACTIVE
        if self.machine.is_collecting(index):
            flags |= PortFlag.COLLECTING
        if self.machine.is_distributing(index):
            flags |= PortFlag.DISTRIBUTING
        return flags

    def options(self) -> Option:
        """Return LACP's options that are on."""
        return self._tests | (Option.LACP_STRICT if self.machine.strict else Option(0))

    def set_option(self, option: Option, *, on: bool) -> None:
        """Set one of LACP's options."""
        match option:
            case Option.LACP_STRICT:
                self.machine.strict = on
                return
            case Option.LACP_TXTEST:
                self.machine.set_transmit_test(drop=on)
            case Option.LACP_RXTEST:
                self.machine.set_receive_test(drop=on)
            case Option.LACP_FAST_TIMO:
                self.machine.set_fast_timeout(fast=on)
            case _:
                raise KernelError(Errno.EINVAL)
        self._tests = self._tests | option if on else self._tests & ~option

    def active_ports(self) -> int:
        """Return the count of the aggregator that changed last (B-05)."""
        return self.lagg.active

    # -- what ifconfig -v shows (lacp_req, lacp_portreq)

    def lag_id(self) -> tuple[Info, Info]:
        """Return actor and partner of the active aggregator; zeros without one."""
        return self.machine.lag_id

    def peers(self, port: LaggPort) -> tuple[Info, Info]:
        """Return actor and partner of a port, with their states."""
        record = self.machine.port(port.interface.index)
        return record.actor, record.partner

    # -- time and effects

    def accepts(self, index: int) -> bool:
        """Whether a port's driver takes a frame now."""
        port = self._port(index)
        return port is not None and port.interface.takes_frames

    def apply(self, effects: Iterable[Effect]) -> None:
        """Do what a step of the machines wants done, and what follows from that."""
        self._effects.extend(effects)
        if self._applying:
            return
        self._applying = True
        while self._effects:
            self.do(self._effects.popleft())
        self._applying = False
        self._schedule()

    def do(self, effect: Effect) -> None:
        """Do one thing."""
        match effect:
            case Send(index, frame):
                self._transmit(index, frame)
            case LinkStateEffect(active):
                self.lagg.active = active
                self.lagg.change_link_state(LinkState.UP if effect.up else LinkState.DOWN)
            case Log(text):
                self.lagg.kernel.log(text)
            case Flapped():
                self.lagg.flapping += 1

    def _transmit(self, index: int, frame: bytes) -> None:
        port = self._port(index)
        if port is None:
            return
        try:
            port.interface.transmit(frame)
        except KernelError:
            # vtnet's queue was full: lost, as on a cable; what refuses was asked before.
            return

    def _port(self, index: int) -> LaggPort | None:
        return next((port for port in self.lagg.ports if port.interface.index == index), None)

    def _now(self) -> float:
        return self.lagg.kernel.clock.now()

    def _schedule(self) -> None:
        due = self.machine.next_deadline()
        if self._timer is not None:
            if self._timer.pending and self._timer.when == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.lagg.kernel.at(due, self._tick)

    def _tick(self) -> None:
        self.apply(self.machine.tick(self._now()))


def link_of(port: LaggPort) -> Link:
    """Return what a port's media say of its link."""
    status = port.interface.media_status()
    if status is None:
        return Link(up=False, ethernet=False)
    return Link(
        up=port.interface.link_state is LinkState.UP,
        speed=status.active.type.megabits,
        full_duplex=status.active.full_duplex,
    )
