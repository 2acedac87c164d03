"""The protocols of lagg(4) but LACP (lagg_protos, sys/net/if_lagg.c).

A protocol is a class with the hooks of lagg_hooks.py; LACP's is in lacp/protocol.py. ``start``
sends a frame or raises KernelError, ``input`` says whether a received frame is accepted.
"""

from __future__ import annotations

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.hash import flow_hash, hash_key
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Hooks
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag


class LaggProtocol(Hooks):
    """The hooks of a lagg, and how its ports send."""

    def __init__(self, lagg: Lagg) -> None:
        """Attach to a lagg, which may have ports already (pr_attach)."""
        self.lagg = lagg
        for port in lagg.ports:
            self.add_port(port)

    def active_ports(self) -> int:
        """Return the number that ifconfig -v calls active ports (SIOCGLAGGOPTS)."""
        return sum(port.usable for port in self.lagg.ports)

    def refused(self, errno: Errno) -> KernelError:
        """Count a frame that cannot be sent, and return the error to raise."""
        self.lagg.count(oerrors=1)
        return KernelError(errno)

    def send_by(self, port: LaggPort | None, frame: bytes) -> None:
        """Send by this port or its substitute. Raises KernelError."""
        chosen = self.lagg.link_active(port)
        if chosen is None:
            raise self.refused(Errno.ENETDOWN)
        chosen.interface.transmit(frame)


class NoProtocol(LaggProtocol):
    """``none``: nothing leaves, nothing enters."""

    carries_data = False


class Failover(LaggProtocol):
    """``failover``: the primary while it is usable, else the next port."""

    name = "failover"

    def start(self, frame: bytes) -> None:
        """Send by the primary or its substitute (lagg_fail_start)."""
        self.send_by(self.lagg.primary, frame)

    def input(self, port: LaggPort, frame: bytes) -> bool:
        """Accept from the primary, and from its substitute while that sends (lagg_fail_input)."""
        del frame
        if port is self.lagg.primary or self.lagg.failover_rx_all():
            return True
        if self.lagg.primary is None or not self.lagg.primary.usable:
            # With no usable port at all the kernel accepts too ("weird, but process it").
            return self.lagg.link_active(None) is None or port is self.chosen()
        return False

    def chosen(self) -> LaggPort | None:
        """Return the port that sends now."""
        return self.lagg.link_active(self.lagg.primary)

    def port_flags(self, port: LaggPort) -> PortFlag:
        """Return MASTER for the primary, ACTIVE for the port that sends."""
        flags = PortFlag(0)
        if port is self.lagg.primary:
            flags |= PortFlag.MASTER
        if port is self.chosen():
            flags |= PortFlag.ACTIVE
        return flags


class _AllPorts(LaggProtocol):
    """Protocols that use every usable port, and accept from every port."""

    def input(self, port: LaggPort, frame: bytes) -> bool:
        """Accept."""
        del port, frame
        return True

    def port_flags(self, port: LaggPort) -> PortFlag:
        """Return ACTIVE for every usable port."""
        return PortFlag.ACTIVE if port.usable else PortFlag(0)


class RoundRobin(_AllPorts):
    """``roundrobin``: port after port, ``stride`` frames each."""

    name = "roundrobin"
    takes_turns = True

    def __init__(self, lagg: Lagg) -> None:
        super().__init__(lagg)
        lagg.sequence = 0
        lagg.stride = 1

    def start(self, frame: bytes) -> None:
        """Send by the port whose turn it is (lagg_rr_start)."""
        turn = self.next_turn() % len(self.lagg.ports)
        self.send_by(self.lagg.ports[turn], frame)

    def next_turn(self) -> int:
        """Return the number of this frame's turn, and count the frame."""
        sequence = self.lagg.sequence
        self.lagg.sequence = (sequence + 1) & 0xFFFFFFFF
        return sequence // (self.lagg.stride & 0xFFFFFFFF)


class LoadBalance(_AllPorts):
    """``loadbalance``: the flow's hash decides; a dead port's flows go to its neighbour."""

    name = "loadbalance"

    def __init__(self, lagg: Lagg) -> None:
        super().__init__(lagg)
        self.key = hash_key(lagg.kernel.random.getrandbits(32))

    def start(self, frame: bytes) -> None:
        """Send by the flow's port (lagg_lb_start)."""
        self.send_by(self.lagg.ports[self.flow(frame) % len(self.lagg.ports)], frame)

    def flow(self, frame: bytes) -> int:
        """Return the flow's number."""
        return flow_hash(self.lagg.layers, frame, self.key)


class Broadcast(_AllPorts):
    """``broadcast``: every frame by every usable port."""

    name = "broadcast"

    def start(self, frame: bytes) -> None:
        """Send by all usable ports (lagg_bcast_start); with none, ENOENT and no count."""
        usable = [port for port in self.lagg.ports if port.usable]
        if not usable:
            raise KernelError(Errno.ENOENT)
        for port in usable[:-1]:
            try:
                port.interface.transmit(frame)
            except KernelError:
                continue
        usable[-1].interface.transmit(frame)
