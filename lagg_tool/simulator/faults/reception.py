"""Faults of what is heard: most of them where the LAGG could not answer by the same port."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.kernel.lagg_protocols import NoProtocol
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


class _HearsNoMulticast(Lagg):
    def input_from(self, port: LaggPort, frame: bytes) -> None:
        group = frame[0] & 1 and frame[:6] != BROADCAST and slow.subtype(frame) is None
        if not group or port is not self.ports[0]:
            super().input_from(port, frame)


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
        part(_HearsNoMulticast),
    ),
)
