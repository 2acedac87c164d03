"""Faults of ports that join and leave: what else in if_lagg.c has to follow them."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.kernel.lagg_protocols import LoadBalance, RoundRobin
from lagg_tool.simulator.release.capabilities import Cap

# -- the ports that a protocol knows


class _BalanceKeepsPorts(LoadBalance):
    _left: tuple[LaggPort, ...] = ()

    def remove_port(self, port: LaggPort) -> None:
        self._left += (port,)

    def start(self, frame: bytes) -> None:
        table = (*self.lagg.ports, *self._left)
        port = table[self.flow(frame) % len(table)]
        if port in self._left:
            port.interface.transmit(frame)
        else:
            self.send_by(port, frame)


class _BalanceForgetsTheLast(LoadBalance):
    _table: tuple[LaggPort, ...] = ()

    def add_port(self, port: LaggPort) -> None:
        del port
        self._table = tuple(self.lagg.ports)

    def remove_port(self, port: LaggPort) -> None:
        del port
        self._table = self._table[:-1]

    def start(self, frame: bytes) -> None:
        port = self._table[self.flow(frame) % len(self._table)]
        if port in self.lagg.ports:
            self.send_by(port, frame)


class _BalanceForgetsLater(LoadBalance):
    _later = 0

    def add_port(self, port: LaggPort) -> None:
        del port
        self._later += self.lagg.running

    def start(self, frame: bytes) -> None:
        ports = self.lagg.ports
        self.send_by(ports[self.flow(frame) % max(1, len(ports) - self._later)], frame)


class _BalanceBeginsEmpty(LoadBalance):
    def __init__(self, lagg: Lagg) -> None:
        super().__init__(lagg)
        self._empty = bool(lagg.ports)

    def start(self, frame: bytes) -> None:
        if self._empty:
            raise self.refused(Errno.ENETDOWN)
        super().start(frame)


class _RoundCountsUp(RoundRobin):
    _count = 0

    def start(self, frame: bytes) -> None:
        ports = self.lagg.ports
        self._count = max(self._count, len(ports))
        turn = self.next_turn() % self._count
        if turn >= len(ports):
            raise self.refused(Errno.ENETDOWN)
        self.send_by(ports[turn], frame)


class _RoundForgetsLater(RoundRobin):
    _later = 0

    def add_port(self, port: LaggPort) -> None:
        del port
        self._later += self.lagg.running

    def start(self, frame: bytes) -> None:
        ports = self.lagg.ports
        self.send_by(ports[self.next_turn() % max(1, len(ports) - self._later)], frame)


# -- what joins, what may leave


class _TwiceIsBusy(Lagg):
    def check_port(self, interface: Interface) -> None:
        try:
            super().check_port(interface)
        except KernelError as error:
            raise (KernelError(Errno.EBUSY) if error.errno is Errno.EEXIST else error) from error


class _JoinsWithItsMtu(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        try:
            return super().share_mtu(interface)
        except KernelError:
            return None


class _RemovesAnyPort(Lagg):
    def remove_port(self, name: str) -> None:
        port = self._named(name).lagg_port
        if not isinstance(port, LaggPort):
            raise KernelError(Errno.ENOENT)
        port.lagg.destroy_port(port)


class _LeavesItsOutput(LaggPort):
    def unhook(self) -> None:
        super().unhook()
        vars(self.interface)["output"] = self._refuse  # if_output stays lagg_port_output

    def _refuse(self, frame: bytes) -> None:
        del frame
        raise KernelError(Errno.ENETDOWN)


class _StaysWithoutItsInterface(LaggPort):
    def interface_gone(self) -> None:
        self.gone = True


class _SendsItsOwn(LaggPort):
    def hook(self) -> None:
        super().hook()
        vars(self.interface)["output"] = self.interface.output_raw

    def unhook(self) -> None:
        super().unhook()
        del vars(self.interface)["output"]


# -- what follows the ports


class _LinkStays(Lagg):
    def destroy_port(self, port: LaggPort, *, tell_protocol: bool = True) -> None:
        self._leaving = True
        super().destroy_port(port, tell_protocol=tell_protocol)
        self._leaving = False

    def update_link_state(self) -> None:
        if not getattr(self, "_leaving", False):
            super().update_link_state()


class _OffloadOfFirst(Lagg):
    def update_capabilities(self) -> None:
        for port in self.ports[1:]:
            port.interface.change_capabilities(self.ports[0].interface.enabled_capabilities)
        super().update_capabilities()


class _OffloadOfJoining(Lagg):
    def update_capabilities(self) -> None:
        before = {port.interface: port.interface.enabled_capabilities for port in self.ports}
        super().update_capabilities()
        for interface, enabled in before.items():
            interface.change_capabilities(enabled)


class _JoinsWithItsOffload(Lagg):
    def _create_port(self, interface: Interface) -> None:
        own = interface.enabled_capabilities
        super()._create_port(interface)
        interface.change_capabilities(own)


class _PortOffloadUnseen(LaggPort):
    def capabilities_changed(self) -> None:
        """Leave the lagg and its VLAN children as they are."""


class _NoRoomForTags(Lagg):
    def update_capabilities(self) -> None:
        super().update_capabilities()
        self.enabled_capabilities &= ~Cap.VLAN_MTU


class _VlanKeepsItsAddress(Lagg):
    def lladdr_event(self) -> None:
        vlans, self.vlans = self.vlans, []
        super().lladdr_event()
        self.vlans = vlans


class _FirstAddressIsNotTold(Lagg):
    def share_lladdr(self, interface: Interface) -> None:
        vlans, self.vlans = self.vlans, []
        super().share_lladdr(interface)
        self.vlans = vlans


# -- up and down


class _StartsOnce(Lagg):
    _stopped = False

    def stop(self) -> None:
        super().stop()
        self._stopped = True

    def init(self) -> None:
        if not self._stopped:
            super().init()


FAULTS = (
    Fault(
        "loadbalance-keeps-a-port-that-left",
        "C-22",
        "load balance goes on sending by a port that left",
        part(_BalanceKeepsPorts),
    ),
    Fault(
        "loadbalance-forgets-the-last-port",
        "C-22",
        "when a port leaves, load balance forgets the last one in its place",
        part(_BalanceForgetsTheLast),
    ),
    Fault(
        "loadbalance-forgets-later-ports",
        "C-22",
        "load balance sends by no more ports than the LAGG had when it was brought up",
        part(_BalanceForgetsLater),
    ),
    Fault(
        "loadbalance-begins-without-ports",
        "C-12",
        "load balance does not know the ports that a LAGG had under another protocol",
        part(_BalanceBeginsEmpty),
    ),
    Fault(
        "roundrobin-counts-ports-that-left",
        "C-27",
        "round robin gives ports that left their turn, and loses the frames",
        part(_RoundCountsUp),
    ),
    Fault(
        "roundrobin-forgets-later-ports",
        "C-27",
        "round robin gives no turn to a port that joins later",
        part(_RoundForgetsLater),
    ),
    Fault(
        "port-twice-is-refused",
        "C-30",
        "a port that is named again is refused as busy",
        part(_TwiceIsBusy),
    ),
    Fault(
        "port-that-refuses-the-mtu-joins",
        "O-05",
        "a port that does not support the MTU of a LAGG joins all the same",
        part(_JoinsWithItsMtu),
    ),
    Fault(
        "port-of-another-is-removed",
        "C-30",
        "a LAGG can remove the port of another LAGG",
        part(_RemovesAnyPort),
    ),
    Fault(
        "port-that-left-cannot-send",
        "C-30",
        "a port that left sends no packets of its own",
        part(_LeavesItsOutput),
    ),
    Fault(
        "port-stays-without-its-interface",
        "lacp.L-25",
        "an interface that disappears stays a port",
        part(_StaysWithoutItsInterface),
    ),
    Fault(
        "port-sends-for-its-own-address",
        "S-10",
        "a port goes on sending for the address that it had of its own",
        part(_SendsItsOwn),
    ),
    Fault(
        "link-stays-when-a-port-leaves",
        "C-20",
        "a LAGG keeps its link when the only port with one leaves",
        part(_LinkStays),
    ),
    Fault(
        "offload-is-that-of-the-first-port",
        "O-02",
        "a LAGG has the offloading of its first port",
        part(_OffloadOfFirst),
    ),
    Fault(
        "offload-of-others-stays",
        "O-02",
        "a port that joins with less offloading leaves that of the other ports as it is",
        part(_OffloadOfJoining),
    ),
    Fault(
        "offload-of-a-joining-port-stays",
        "O-02",
        "a port joins with more offloading than the LAGG has, and keeps it",
        part(_JoinsWithItsOffload),
    ),
    Fault(
        "offload-of-a-port-is-not-seen",
        "O-02",
        "a LAGG does not follow the offloading that is switched at a port",
        part(_PortOffloadUnseen),
    ),
    Fault(
        "vlan-has-no-room-for-its-tag",
        "O-07",
        "a VLAN on a LAGG has an MTU that is four bytes smaller",
        part(_NoRoomForTags),
    ),
    Fault(
        "vlan-keeps-its-address",
        "P-02",
        "a VLAN keeps the MAC address of a primary that left",
        part(_VlanKeepsItsAddress),
    ),
    Fault(
        "vlan-is-not-told-of-the-first-port",
        "P-02",
        "a VLAN does not take the MAC address of the first port of a LAGG that was empty",
        part(_FirstAddressIsNotTold),
    ),
    Fault(
        "lagg-starts-once",
        "C-18",
        "a LAGG that was taken down does not work again when it is up",
        part(_StartsOnce),
    ),
)
