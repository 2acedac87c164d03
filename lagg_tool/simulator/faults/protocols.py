"""Faults of the protocols but failover and LACP: which port sends, which port is heard."""

from __future__ import annotations

import itertools

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.kernel.hash import ALL_LAYERS, Layer, flow_hash
from lagg_tool.simulator.kernel.lagg import Lagg, Protocols
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.simulator.kernel.lagg_protocols import Broadcast, LoadBalance, NoProtocol, RoundRobin
from lagg_tool.wire.ethernet import BROADCAST, Ethernet

_LOOPBACK_TYPE = 0x9000  # the Ethernet configuration test protocol


class _RoundSticks(RoundRobin):
    def next_turn(self) -> int:
        return 0


class _RoundSkipsLast(RoundRobin):
    def next_turn(self) -> int:
        return super().next_turn() % max(len(self.lagg.ports) - 1, 1)


class _RoundBackwards(RoundRobin):
    def next_turn(self) -> int:
        return -super().next_turn()


class _RoundLosesTurns(RoundRobin):
    def start(self, frame: bytes) -> None:
        chosen = self.lagg.ports[self.next_turn() % len(self.lagg.ports)]
        if not chosen.usable:
            raise self.refused(Errno.ENETDOWN)
        chosen.interface.transmit(frame)


class _RoundIgnoresLimit(RoundRobin):
    def next_turn(self) -> int:
        self.lagg.stride = 1
        return super().next_turn()


class _RoundDeaf(RoundRobin):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        del frame
        return port is self.lagg.primary


class _BalanceIgnoresLink(LoadBalance):
    def start(self, frame: bytes) -> None:
        chosen = self.lagg.ports[self.flow(frame) % len(self.lagg.ports)]
        chosen.interface.transmit(frame)


class _BalanceRehashes(LoadBalance):
    def start(self, frame: bytes) -> None:
        usable = [known for known in self.lagg.ports if known.usable]
        if not usable:
            raise self.refused(Errno.ENETDOWN)
        usable[self.flow(frame) % len(usable)].interface.transmit(frame)


class _BalancePerPacket(LoadBalance):
    _sent = 0

    def flow(self, frame: bytes) -> int:
        self._sent += 1
        return super().flow(frame) + self._sent


class _BalanceOnePort(LoadBalance):
    def flow(self, frame: bytes) -> int:
        del frame
        return 0


class _BalanceDeaf(LoadBalance):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        del frame
        return port is self.lagg.primary


class _BalanceStaysMoved(LoadBalance):
    def __init__(self, lagg: Lagg) -> None:
        self._lost: set[LaggPort] = set()
        super().__init__(lagg)

    def link_changed(self, port: LaggPort) -> None:
        self._lost.add(port)

    def start(self, frame: bytes) -> None:
        ports = self.lagg.ports
        turn = self.flow(frame) % len(ports)
        around = ports[turn:] + ports[:turn]
        self.send_by(next((p for p in around if p not in self._lost), None), frame)


class _BalanceIgnoresHash(LoadBalance):
    def flow(self, frame: bytes) -> int:
        return flow_hash(ALL_LAYERS, frame, self.key)


class _BalanceWithoutLayer4(LoadBalance):
    def flow(self, frame: bytes) -> int:
        return flow_hash(self.lagg.layers & ~Layer.L4, frame, self.key)


class _BalanceMonitors(LoadBalance):
    def __init__(self, lagg: Lagg) -> None:
        super().__init__(lagg)
        lagg.kernel.after(10.0, self._probe)

    def _probe(self) -> None:
        if self.lagg.protocol is not self:
            return
        for known in self.lagg.ports:
            if known.usable:
                frame = Ethernet(BROADCAST, known.lladdr, _LOOPBACK_TYPE, bytes(46)).encode()
                known.interface.transmit(frame)
        self.lagg.kernel.after(10.0, self._probe)


class _BroadcastByFirst(Broadcast):
    def start(self, frame: bytes) -> None:
        self.send_by(self.lagg.primary, frame)


class _BroadcastStopsAtDead(Broadcast):
    def start(self, frame: bytes) -> None:
        for known in self.lagg.ports:
            if not known.usable:
                raise KernelError(Errno.ENETDOWN)
            known.interface.transmit(frame)


class _BroadcastStopsBehindALivePort(Broadcast):
    def start(self, frame: bytes) -> None:
        ports = self.lagg.ports
        first = next((at for at, port in enumerate(ports) if port.usable), 0)
        self.lagg.ports = list(itertools.takewhile(lambda port: port.usable, ports[first:]))
        try:
            super().start(frame)
        finally:
            self.lagg.ports = ports


class _BroadcastNeedsTheLast(Broadcast):
    def start(self, frame: bytes) -> None:
        if self.lagg.ports[-1].usable:
            super().start(frame)


class _BroadcastShowsNobody(Broadcast):
    def port_flags(self, port: LaggPort) -> PortFlag:
        del port
        return PortFlag(0)


class _BroadcastHearsFirst(Broadcast):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        del frame
        return port is self.lagg.primary


class _NoneSends(Lagg):
    def transmit(self, frame: bytes) -> None:
        if isinstance(self.protocol, NoProtocol):
            self.protocol.send_by(self.primary, frame)
        else:
            super().transmit(frame)


class _NoneGoesDown(Lagg):
    def set_protocol(self, name: str) -> None:
        super().set_protocol(name)
        if name == NoProtocol.name:
            self.set_flags(self.flags & ~IFF.UP)

    def init(self) -> None:
        if not isinstance(self.protocol, NoProtocol):
            super().init()


class _StartsWithLoadBalance(Lagg):
    default_protocol = LoadBalance.name


class _WithoutRoundRobin(Lagg):
    def __init__(self, kernel: Services, name: str, unit: int, protocols: Protocols) -> None:
        known = {each: make for each, make in protocols.items() if each != RoundRobin.name}
        super().__init__(kernel, name, unit, known)


class _ChangeLosesPorts(Lagg):
    def set_protocol(self, name: str) -> None:
        super().set_protocol(name)
        for known in self.ports[1:]:
            self.destroy_port(known)


FAULTS = (
    Fault("roundrobin-sticks", "C-27", "round robin sends by one port only", part(_RoundSticks)),
    Fault(
        "roundrobin-skips-the-last",
        "C-27",
        "round robin never comes to the last port",
        part(_RoundSkipsLast),
    ),
    Fault(
        "roundrobin-backwards",
        "C-27",
        "round robin takes the ports in the reverse order",
        part(_RoundBackwards),
    ),
    Fault(
        "roundrobin-loses-turns",
        "C-27",
        "the turn of a port without a link is lost, with its frame",
        part(_RoundLosesTurns),
    ),
    Fault(
        "roundrobin-ignores-rr-limit",
        "C-27",
        "round robin changes the port with every frame, whatever rr_limit says",
        part(_RoundIgnoresLimit),
    ),
    Fault("roundrobin-deaf", "C-26", "round robin hears the primary only", part(_RoundDeaf)),
    Fault(
        "loadbalance-ignores-link",
        "C-24",
        "load balance sends into ports without a link",
        part(_BalanceIgnoresLink),
    ),
    Fault(
        "loadbalance-does-not-return",
        "C-24",
        "load balance never uses a port again that lost its link once",
        part(_BalanceStaysMoved),
    ),
    Fault(
        "loadbalance-moves-all-flows",
        "C-22",
        "a lost link moves flows of the other ports too",
        part(_BalanceRehashes),
    ),
    Fault(
        "loadbalance-per-packet",
        "C-22",
        "load balance spreads the packets of one flow",
        part(_BalancePerPacket),
    ),
    Fault(
        "loadbalance-one-port",
        "C-22",
        "load balance gives all flows to one port",
        part(_BalanceOnePort),
    ),
    Fault("loadbalance-deaf", "C-21", "load balance hears the primary only", part(_BalanceDeaf)),
    Fault(
        "loadbalance-without-layer-4",
        "P-05",
        "the hash leaves out the ports of UDP and TCP",
        part(_BalanceWithoutLayer4),
    ),
    Fault(
        "loadbalance-ignores-lagghash",
        "P-05",
        "the hash takes in all layers, whatever lagghash says",
        part(_BalanceIgnoresHash),
    ),
    Fault(
        "loadbalance-monitors",
        "C-25",
        "load balance sends frames to watch its ports",
        part(_BalanceMonitors),
    ),
    Fault(
        "broadcast-by-one-port", "C-04", "broadcast sends by one port only", part(_BroadcastByFirst)
    ),
    Fault(
        "broadcast-stops-at-dead-port",
        "C-05",
        "broadcast gives up at the first port without a link",
        part(_BroadcastStopsAtDead),
    ),
    Fault(
        "broadcast-stops-behind-a-live-port",
        "C-05",
        "broadcast sends no copy by the ports after one without a link",
        part(_BroadcastStopsBehindALivePort),
    ),
    Fault(
        "broadcast-needs-the-last-port",
        "C-05",
        "broadcast sends nothing while the last port is not usable",
        part(_BroadcastNeedsTheLast),
    ),
    Fault(
        "broadcast-hears-one-port",
        "C-04",
        "broadcast hears the primary only",
        part(_BroadcastHearsFirst),
    ),
    Fault(
        "broadcast-shows-no-port-active",
        "C-05",
        "no port of broadcast is reported as ACTIVE",
        part(_BroadcastShowsNobody),
    ),
    Fault("none-sends", "C-28", "a LAGG of protocol none sends by its primary", part(_NoneSends)),
    Fault("none-goes-down", "C-29", "protocol none disables the interface", part(_NoneGoesDown)),
    Fault(
        "default-is-loadbalance",
        "S-09",
        "a new LAGG begins with load balance",
        part(_StartsWithLoadBalance),
    ),
    Fault(
        "roundrobin-is-missing",
        "C-12",
        "the kernel was built without round robin",
        part(_WithoutRoundRobin),
    ),
    Fault(
        "protocol-change-loses-ports",
        "C-12",
        "a LAGG keeps its first port only when the protocol changes",
        part(_ChangeLosesPorts),
    ),
)
