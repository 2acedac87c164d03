"""Slips of one line in if_lagg.c: what a patch gets wrong and tests pass.

Each is near something that works: another port, another layer, the way back, a later port.
"""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Kind, LinkState
from lagg_tool.simulator.kernel.hash import Layer, flow_hash
from lagg_tool.simulator.kernel.interface import NO_ADDRESS, Interface
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.simulator.kernel.lagg_protocols import Broadcast, Failover, LoadBalance, RoundRobin
from lagg_tool.simulator.kernel.media import Media, MediaStatus, MediaType
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import BROADCAST


class _WithoutLayer3(LoadBalance):
    def flow(self, frame: bytes) -> int:
        return flow_hash(self.lagg.layers & ~Layer.L3, frame, self.key)


class _WithoutLayer2(LoadBalance):
    def flow(self, frame: bytes) -> int:
        return flow_hash(self.lagg.layers & ~Layer.L2, frame, self.key)


class _Layer2IsAll(LoadBalance):
    def flow(self, frame: bytes) -> int:
        layers = self.lagg.layers
        return flow_hash(layers | Layer.L3 if layers & Layer.L2 else layers, frame, self.key)


class _BalanceLeavesLastOut(LoadBalance):
    def start(self, frame: bytes) -> None:
        ports = self.lagg.ports
        self.send_by(ports[self.flow(frame) % max(1, len(ports) - 1)], frame)


class _GoesOnHearing(Failover):
    _substitute: LaggPort | None = None

    def input(self, port: LaggPort, frame: bytes) -> bool:
        taken = super().input(port, frame)
        return taken or port is self._substitute

    def link_changed(self, port: LaggPort) -> None:
        del port
        chosen = self.chosen()
        if chosen is not self.lagg.primary:
            self._substitute = chosen


class _HearsAllStandbys(Failover):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        primary = self.lagg.primary
        return super().input(port, frame) or (primary is not None and not primary.usable)


class _LastCopyTwice(Broadcast):
    def start(self, frame: bytes) -> None:
        super().start(frame)
        next(port for port in reversed(self.lagg.ports) if port.usable).interface.transmit(frame)


class _OneFrameMore(Lagg):
    def set_stride(self, stride: int) -> None:
        super().set_stride(stride)
        self.stride = stride + 1


class _LaterPortNotPromiscuous(Lagg):
    def insert_port(self, port: LaggPort) -> None:
        port.copy_flags(IFF.NONE)
        super().insert_port(port)


class _NotPromiscuous(LaggPort):
    def copy_flags(self, flags: IFF) -> None:
        super().copy_flags(flags & ~IFF.PROMISC)


class _StaysPromiscuous(LaggPort):
    def copy_flags(self, flags: IFF) -> None:
        if flags:
            super().copy_flags(flags)


class _KeepsOffloading(Lagg):
    def restore_port(self, port: LaggPort) -> None:
        port.interface.set_lladdr(port.lladdr)


class _KeepsItsMtu(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        if self.ports or interface.mtu == self.mtu:
            return super().share_mtu(interface)
        old = interface.mtu
        interface.change_mtu(self.mtu)
        return old


class _NewPrimaryAlone(Lagg):
    def replace_primary(self) -> None:
        self.primary = self.ports[0] if self.ports else None
        if not self._destroying:
            self.take_lladdr(self.primary.lladdr if self.primary else NO_ADDRESS)
            if self.primary is not None:
                self.primary.interface.set_lladdr(self.lladdr)


class _GivesBackOne(Lagg):
    _given_back = False

    def restore_port(self, port: LaggPort) -> None:
        if not (self._destroying and self._given_back):
            super().restore_port(port)
        self._given_back = self._destroying


class _LastPortStays(Lagg):
    def replace_primary(self) -> None:
        if self.ports:
            super().replace_primary()


class _KeepsItsAddress(Lagg):
    def share_lladdr(self, interface: Interface) -> None:
        if self.ports or self.lladdr == NO_ADDRESS:
            super().share_lladdr(interface)
        else:
            interface.set_lladdr(self.lladdr)

    def replace_primary(self) -> None:
        if self.ports or self._destroying:
            super().replace_primary()
        else:
            self.primary = None


class _AddressNotPushed(Lagg):
    def init(self) -> None:
        self.flags |= IFF.RUNNING
        self.own_port_up(up=True)
        self.protocol.init()


class _LaterPortHearsNoMulticast(Lagg):
    def insert_port(self, port: LaggPort) -> None:
        super().insert_port(port)
        self._later = {*getattr(self, "_later", ()), *([port] if self.running else [])}

    def input_from(self, port: LaggPort, frame: bytes) -> None:
        group = frame[0] & 1 and frame[:6] != BROADCAST and slow.subtype(frame) is None
        if not (group and port in getattr(self, "_later", ())):
            super().input_from(port, frame)


class _VlanKeepsItsLink(Lagg):
    def change_link_state(self, state: LinkState, *, log: bool = True) -> None:
        vlans, self.vlans = self.vlans, []
        super().change_link_state(state, log=log)
        self.vlans = vlans


def _status(has_carrier: Callable[[Lagg], bool]) -> type[Lagg]:
    """Return a LAGG whose status rests on this."""

    class OtherStatus(Lagg):
        def media_status(self) -> MediaStatus:
            auto = Media(MediaType.AUTO)
            return MediaStatus(auto, auto, has_carrier(self), (auto,))

    return OtherStatus


class _SavesOffloadLate(Lagg):
    def insert_port(self, port: LaggPort) -> None:
        super().insert_port(port)
        self.update_capabilities()
        port.enabled_capabilities = port.interface.enabled_capabilities


class _RefusesVlans(Lagg):
    def check_port(self, interface: Interface) -> None:
        super().check_port(interface)
        if interface.kind is Kind.L2VLAN:
            raise KernelError(Errno.EPROTONOSUPPORT)


class _DeadPortsAreActive(LoadBalance):
    def port_flags(self, port: LaggPort) -> PortFlag:
        del port
        return PortFlag.ACTIVE


class _DeadTurnsAreActive(RoundRobin):
    def port_flags(self, port: LaggPort) -> PortFlag:
        del port
        return PortFlag.ACTIVE


class _CountsDeadPorts(LoadBalance):
    def active_ports(self) -> int:
        return len(self.lagg.ports)


class _LinkOfTheLast(Lagg):
    def port_link_changed(self, port: LaggPort) -> None:
        super().port_link_changed(port)
        if not self.protocol.owns_link_state:
            self.change_link_state(port.interface.link_state)


class _DropsTagged(Lagg):
    def input_from(self, port: LaggPort, frame: bytes) -> None:
        if frame[12:14] != b"\x81\x00":
            super().input_from(port, frame)


FAULTS = (
    Fault(
        "loadbalance-without-layer-3",
        "P-05",
        "the hash leaves out the IP addresses",
        part(_WithoutLayer3),
    ),
    Fault(
        "loadbalance-without-layer-2",
        "P-05",
        "the hash leaves out the MAC addresses",
        part(_WithoutLayer2),
    ),
    Fault(
        "loadbalance-adds-layer-3",
        "P-05",
        "lagghash l2 hashes the IP addresses as well",
        part(_Layer2IsAll),
    ),
    Fault(
        "loadbalance-leaves-the-last-port-out",
        "C-22",
        "load balance never sends by the last port",
        part(_BalanceLeavesLastOut),
    ),
    Fault(
        "failover-goes-on-hearing",
        "C-20b",
        "the port that took over is heard when the primary is back",
        part(_GoesOnHearing),
    ),
    Fault(
        "failover-hears-all-standbys",
        "C-20b",
        "while the primary has no link, every standby port is heard",
        part(_HearsAllStandbys),
    ),
    Fault(
        "broadcast-doubles-a-copy",
        "C-04",
        "broadcast sends two copies by the last port",
        part(_LastCopyTwice),
    ),
    Fault(
        "roundrobin-adds-one",
        "C-27",
        "with rr_limit a port sends one frame more",
        part(_OneFrameMore),
    ),
    Fault(
        "later-port-is-not-promiscuous",
        "C-30",
        "a port that joins a promiscuous LAGG is not",
        part(_LaterPortNotPromiscuous),
    ),
    Fault(
        "promiscuous-is-not-passed-on",
        "C-30",
        "the ports of a promiscuous LAGG are not",
        part(_NotPromiscuous),
    ),
    Fault(
        "port-stays-promiscuous",
        "C-30",
        "a port that leaves a promiscuous LAGG stays so",
        part(_StaysPromiscuous),
    ),
    Fault(
        "port-keeps-lagg-offloading",
        "O-02",
        "a port that leaves keeps the offloading of the LAGG",
        part(_KeepsOffloading),
    ),
    Fault(
        "mtu-of-the-first-port-is-ignored",
        "P-01",
        "a LAGG gives its MTU to the first port, too",
        part(_KeepsItsMtu),
    ),
    Fault(
        "new-primary-alone-has-its-address",
        "P-02",
        "when the primary leaves, the other ports keep its MAC address",
        part(_NewPrimaryAlone),
    ),
    Fault(
        "destroy-gives-back-one-address",
        "S-03",
        "a LAGG that is destroyed gives the first port alone its MAC address back",
        part(_GivesBackOne),
    ),
    Fault(
        "last-port-stays-primary",
        "P-02",
        "a LAGG whose last port left still has it for its primary",
        part(_LastPortStays),
    ),
    Fault(
        "empty-lagg-keeps-its-address",
        "P-02",
        "a LAGG without ports keeps its MAC address for the next one",
        part(_KeepsItsAddress),
    ),
    Fault(
        "address-is-not-pushed",
        "C-02",
        "a MAC address that an administrator sets does not reach the ports",
        part(_AddressNotPushed),
    ),
    Fault(
        "later-port-hears-no-multicast",
        "C-21",
        "a port that joins later hears no multicast",
        part(_LaterPortHearsNoMulticast),
    ),
    Fault(
        "vlan-keeps-its-link",
        "C-20",
        "a VLAN does not follow the link of the LAGG",
        part(_VlanKeepsItsLink),
    ),
    Fault(
        "status-ignores-links",
        "C-24",
        "the status of a LAGG with ports is always active",
        part(_status(lambda lagg: bool(lagg.ports))),
    ),
    Fault(
        "status-of-the-primary",
        "C-24",
        "the status of a LAGG is that of its primary",
        part(_status(lambda lagg: lagg.primary is not None and lagg.primary.usable)),
    ),
    Fault(
        "status-of-the-last-port",
        "C-24",
        "the status of a LAGG is that of its last port",
        part(_status(lambda lagg: any(port.usable for port in lagg.ports[-1:]))),
    ),
    Fault(
        "port-gets-offloading-of-the-lagg-back",
        "O-02",
        "what a port gets back is the offloading that it had when it had joined",
        part(_SavesOffloadLate),
    ),
    Fault("vlan-as-port-is-refused", "C-30", "a VLAN cannot be a port", part(_RefusesVlans)),
    Fault(
        "loadbalance-shows-dead-ports-active",
        "C-24",
        "load balance reports ports without a link as ACTIVE",
        part(_DeadPortsAreActive),
    ),
    Fault(
        "roundrobin-shows-dead-ports-active",
        "C-27",
        "round robin reports ports without a link as ACTIVE",
        part(_DeadTurnsAreActive),
    ),
    Fault(
        "dead-ports-are-counted",
        "C-24",
        "ports without a link count as active ports",
        part(_CountsDeadPorts),
    ),
    Fault(
        "link-of-the-last-event",
        "C-05",
        "a LAGG has the link of the port whose link changed last",
        part(_LinkOfTheLast),
    ),
    Fault(
        "tagged-frames-are-dropped", "lacp.L-10", "tagged frames are dropped", part(_DropsTagged)
    ),
)
