"""Faults of failover: which port sends, which port is heard."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.flags import LinkState
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.simulator.kernel.lagg_protocols import Failover


class _Sticks(Failover):
    def start(self, frame: bytes) -> None:
        if self.lagg.primary is None:
            raise self.refused(Errno.ENETDOWN)
        self.lagg.primary.interface.transmit(frame)


class _LastPort(Failover):
    def chosen(self) -> LaggPort | None:
        primary = self.lagg.primary
        if primary is not None and primary.usable:
            return primary
        return next((known for known in reversed(self.lagg.ports) if known.usable), None)

    def start(self, frame: bytes) -> None:
        self.send_by(self.chosen(), frame)


class _FirstSubstituteOnly(Lagg):
    def link_active(self, port: LaggPort | None) -> LaggPort | None:
        if port is None or port.usable:
            return port
        following = self.ports[self.ports.index(port) + 1 :][:1]
        return next((known for known in following if known.usable), None)


class _FirstPort(Lagg):
    def link_active(self, port: LaggPort | None) -> LaggPort | None:
        return super().link_active(port if port is not None and port.usable else None)


class _LooksFurther(Lagg):
    def link_active(self, port: LaggPort | None) -> LaggPort | None:
        place = 0 if port is None else self.ports.index(port)
        around = (*self.ports[place:], *self.ports[:place])
        return next((known for known in around if known.usable), None)


class _NoReturn(Failover):
    _diverted: LaggPort | None = None

    def chosen(self) -> LaggPort | None:
        if self._diverted is None or not self._diverted.usable:
            self._diverted = super().chosen()
        return self._diverted

    def start(self, frame: bytes) -> None:
        self.send_by(self.chosen(), frame)

    def link_changed(self, port: LaggPort) -> None:
        del port
        self.chosen()


class _KeepsSubstitute(Failover):
    _substitute: LaggPort | None = None

    def start(self, frame: bytes) -> None:
        primary = self.lagg.primary
        if primary is not None and primary.usable:
            self._substitute = None
        elif self._substitute is None or not self._substitute.usable:
            self._substitute = self.chosen()
        if self._substitute is None:
            super().start(frame)
        else:
            self._substitute.interface.transmit(frame)


class _LooksFromTheEnd(Lagg):
    def link_active(self, port: LaggPort | None) -> LaggPort | None:
        following = self.ports[self.ports.index(port) :][:2] if port is not None else []
        return next((known for known in (*following, *self.ports[::-1]) if known.usable), None)


class _DeafSubstitute(Failover):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        del frame
        return port is self.lagg.primary


class _HearsStandby(Failover):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        del port, frame
        return True


class _IgnoresReceiveAll(Lagg):
    def failover_rx_all(self) -> bool:
        return False


class _IgnoresDown(LaggPort):
    @property
    def usable(self) -> bool:
        return self.interface.link_state is LinkState.UP


class _SendsTwice(Failover):
    def start(self, frame: bytes) -> None:
        super().start(frame)
        for known in self.lagg.ports:
            if known is not self.chosen() and known.usable:
                known.interface.transmit(frame)
                return


class _AllActive(Failover):
    def port_flags(self, port: LaggPort) -> PortFlag:
        return super().port_flags(port) | (PortFlag.ACTIVE if port.usable else PortFlag(0))


class _Announces(Failover):
    def link_changed(self, port: LaggPort) -> None:
        del port
        vnet = self.lagg.vnet
        self.lagg.kernel.soon(lambda: vnet.lladdr_changed(self.lagg))


FAULTS = (
    Fault(
        "failover-does-not-divert",
        "C-19",
        "failover goes on sending by a primary that lost its link",
        part(_Sticks),
    ),
    Fault(
        "failover-takes-the-last-port",
        "C-19",
        "the substitute of the primary is the last usable port, not the next",
        part(_LastPort),
    ),
    Fault(
        "failover-diverts-once",
        "C-19",
        "when the next port fails as well, failover looks no further",
        part(_FirstSubstituteOnly),
    ),
    Fault(
        "failover-takes-the-first-port",
        "C-19",
        "the substitute of the primary is the first usable port, not the next",
        part(_FirstPort),
    ),
    Fault(
        "failover-looks-further",
        "C-19",
        "when the port after the primary fails as well, failover goes on to the one after that",
        part(_LooksFurther),
    ),
    Fault(
        "failover-does-not-return",
        "C-19",
        "failover stays with the substitute when the primary's link is back",
        part(_NoReturn),
    ),
    Fault(
        "failover-keeps-a-substitute-that-left",
        "C-19",
        "failover goes on sending by a substitute that left the LAGG",
        part(_KeepsSubstitute),
    ),
    Fault(
        "last-port-has-the-wrong-neighbour",
        "C-22",
        "the substitute of the last port is the one before it, not the first",
        part(_LooksFromTheEnd),
    ),
    Fault(
        "failover-announces-itself",
        "defect.B-10",
        "failover sends gratuitous ARP when a link changes",
        part(_Announces),
    ),
    Fault(
        "failover-deaf-substitute",
        "C-20b",
        "the port that took over does not hear",
        part(_DeafSubstitute),
    ),
    Fault(
        "failover-hears-standby",
        "C-20b",
        "failover accepts what arrives on standby ports",
        part(_HearsStandby),
    ),
    Fault(
        "failover-ignores-rx-all",
        "P-03",
        "the sysctl failover_rx_all has no effect",
        part(_IgnoresReceiveAll),
    ),
    Fault(
        "failover-ignores-down",
        "C-20",
        "a port with a link counts as usable although it was taken down",
        part(_IgnoresDown),
    ),
    Fault(
        "failover-sends-twice",
        "C-18",
        "failover sends every frame by a standby port as well",
        part(_SendsTwice),
    ),
    Fault(
        "failover-all-active",
        "C-18",
        "failover reports every usable port as ACTIVE",
        part(_AllActive),
    ),
)
