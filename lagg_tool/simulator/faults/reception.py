"""Faults of what is heard: most of them where the LAGG could not answer by the same port."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.kernel.lagg_protocols import Failover, NoProtocol
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import BROADCAST


class _NoneHears(NoProtocol):
    carries_data = True  # what it sends is refused all the same

    def input(self, port: LaggPort, frame: bytes) -> bool:
        del port, frame
        return True


class _HearsBeforeCollecting(LacpInstance):
    def accepts_data(self, number: int) -> bool:
        return self.is_active(number)


class _HearsWhereItSends(LacpInstance):
    def accepts_data(self, number: int) -> bool:
        return self.is_distributing(number) and self.is_active(number)


class _HearsWithoutPartner(LacpInstance):
    def accepts_data(self, number: int) -> bool:
        return self.system.active is None or super().accepts_data(number)


def _deaf_to_groups(place: int) -> type[Lagg]:
    """Return a LAGG one port of which lets no multicast in."""

    class HearsNoMulticast(Lagg):
        def input_from(self, port: LaggPort, frame: bytes) -> None:
            group = frame[0] & 1 and frame[:6] != BROADCAST and slow.subtype(frame) is None
            if not group or port not in self.ports[place : place + 1]:
                super().input_from(port, frame)

    return HearsNoMulticast


class _FirstPromiscuous(LaggPort):
    def copy_flags(self, flags: IFF) -> None:
        if not isinstance(self.lagg, Lagg) or self not in self.lagg.ports[1:]:
            super().copy_flags(flags)


class _ReceivesOnTwo(Failover):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        return port in self.lagg.ports[:2] and super().input(port, frame)


class _HearsWhileDown(Lagg):
    def input_from(self, port: LaggPort, frame: bytes) -> None:
        flags = self.flags
        self.flags |= IFF.RUNNING
        super().input_from(port, frame)
        self.flags = flags


class _WaitsForLinkLoss(Failover):
    def input(self, port: LaggPort, frame: bytes) -> bool:
        primary = self.lagg.primary
        down = primary is not None and not primary.interface.up
        return super().input(port, frame) and (not down or self.lagg.failover_rx_all())


FAULTS = (
    Fault("none-hears", "C-28", "a LAGG of protocol none receives", part(_NoneHears)),
    Fault(
        "lacp-hears-before-it-collects",
        "lacp.L-15",
        "a port of the active group receives before it collects",
        part(_HearsBeforeCollecting),
    ),
    Fault(
        "lacp-hears-where-it-sends",
        "lacp.L-11",
        "a port receives only while it distributes",
        part(_HearsWhereItSends),
    ),
    Fault(
        "lacp-hears-without-a-partner",
        "C-17",
        "an LACP group without a partner receives",
        part(_HearsWithoutPartner),
    ),
    Fault(
        "first-port-hears-no-multicast",
        "C-21",
        "a group that is joined later is not told to the first port",
        part(_deaf_to_groups(0)),
    ),
    Fault(
        "second-port-hears-no-multicast",
        "C-21",
        "a group that is joined later is told to the first port alone",
        part(_deaf_to_groups(1)),
    ),
    Fault(
        "first-port-alone-is-promiscuous",
        "C-30",
        "a LAGG that becomes promiscuous tells its first port alone",
        part(_FirstPromiscuous),
    ),
    Fault(
        "failover-rx-all-of-two-ports",
        "P-03",
        "the sysctl failover_rx_all concerns the first two ports only",
        part(_ReceivesOnTwo),
    ),
    Fault(
        "lagg-hears-while-down",
        "lacp.L-24",
        "a LAGG that was taken down goes on receiving",
        part(_HearsWhileDown),
    ),
    Fault(
        "failover-deaf-after-down",
        "C-20b",
        "no port receives in place of a primary that was taken down",
        part(_WaitsForLinkLoss),
    ),
)
