"""Faults the other way round: a defect of FreeBSD's is repaired, and its scenario must say so.

A release that repairs one behaves differently, and people who worked around it have to know.
"""

from __future__ import annotations

from typing import Any

from lagg_tool.simulator.faults.fault import Fault, part, table
from lagg_tool.simulator.kernel.flags import LinkState
from lagg_tool.simulator.kernel.hash import Layer, flow_hash
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.marker import MarkerEvent
from lagg_tool.simulator.kernel.lacp.model import AnyMachine, Effect, MarkerState
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.kernel.lagg_protocols import LoadBalance
from lagg_tool.simulator.kernel.nics import Vtnet
from lagg_tool.wire.slow import State

_FRAGMENT = 0x3FFF  # more fragments, or an offset: bytes 20 and 21 of an IPv4 frame


class _UpdatesLink(Lagg):
    def set_protocol(self, name: str) -> None:
        super().set_protocol(name)
        if name == Lacp.name:
            self.change_link_state(LinkState.DOWN)
        else:
            self.update_link_state()


class _LinkOfUsablePorts(Lagg):
    def update_link_state(self) -> None:
        if self.protocol.owns_link_state:
            return
        links = any(port.usable for port in self.ports)
        self.change_link_state(LinkState.UP if links else LinkState.DOWN)

    @property
    def linkstate_capable(self) -> bool:
        self.update_link_state()
        return super().linkstate_capable


class _CountsActive(Lacp):
    def active_ports(self) -> int:
        return len(self.machine.port_map)


class _KeepsNuma(Lagg):
    def set_option(self, option: Option, *, on: bool) -> None:
        if on or not option & Option.USE_FLOWID:
            super().set_option(option, on=on)
        else:
            self.own_options &= ~option


class _FragmentsTogether(LoadBalance):
    def flow(self, frame: bytes) -> int:
        fragment = len(frame) > 21 and int.from_bytes(frame[20:22]) & _FRAGMENT
        layers = self.lagg.layers & ~Layer.L4 if fragment else self.lagg.layers
        return flow_hash(layers, frame, self.key)


class _RemembersTimeout(LacpInstance):
    _fast = False

    def set_fast_timeout(self, *, fast: bool) -> None:
        self._fast = fast
        super().set_fast_timeout(fast=fast)

    def add_port(self, number: int, **rest: Any) -> list[Effect]:
        effects = super().add_port(number, **rest)
        if self._fast:
            self.port(number).state |= State.TIMEOUT
        return effects


class _TestsAllUnits(LacpInstance):
    def add_port(self, number: int, **rest: Any) -> list[Effect]:
        return super().add_port(number, **{**rest, "unit": 0})


class _CountsLostLinks(Lacp):
    def link_changed(self, port: Any) -> None:
        super().link_changed(port)
        if port.interface.link_state is LinkState.DOWN:
            self.lagg.flapping += 1


class _QueuesNothing(Vtnet):
    def transmit(self, frame: bytes) -> None:
        if self.carrier:
            super().transmit(frame)


class _RefreshesSystem(Lacp):
    def init(self) -> None:
        super().init()
        for port in self.machine.system.ports:
            port.system = self.lagg.lladdr


def _open_when_down(known: AnyMachine) -> AnyMachine:
    return known.altered(MarkerState.FLUSHING, MarkerEvent.LAGG_DOWN, target=MarkerState.OPEN)


class _ExpectsSlowPartners(LacpInstance):
    def set_fast_timeout(self, *, fast: bool) -> None:
        """Wait until the partner keeps up."""


class _LinkOfActive(Lacp):
    def do(self, effect: Effect) -> None:
        super().do(effect)
        if self.machine.port_map:
            self.lagg.change_link_state(LinkState.UP)


FAULTS = (
    Fault(
        "repaired-link-after-protocol-change",
        "defect.B-01",
        "a change of the protocol recomputes the link state",
        part(_UpdatesLink),
    ),
    Fault(
        "repaired-hold-after-down",
        "defect.B-03",
        "data flows again when a LAGG was down while it waited for markers",
        table("marker", _open_when_down),
    ),
    Fault(
        "repaired-count-of-active-ports",
        "defect.B-05",
        "the number of active ports is that of the active group",
        part(_CountsActive),
    ),
    Fault(
        "repaired-link-of-active-group",
        "defect.B-05",
        "the link state is that of the active group",
        part(_LinkOfActive),
    ),
    Fault(
        "repaired-system-after-address",
        "defect.B-08",
        "the system follows the LAGG's MAC address",
        part(_RefreshesSystem),
    ),
    Fault(
        "repaired-fast-timeout",
        "defect.B-09",
        "lacp_fast_timeout does not expire a partner that is still slow",
        part(_ExpectsSlowPartners),
    ),
    Fault(
        "repaired-timeout-of-later-ports",
        "defect.B-11",
        "a port that joins later takes over lacp_fast_timeout",
        part(_RemembersTimeout),
    ),
    Fault(
        "repaired-fragments",
        "defect.B-12",
        "fragments of one datagram leave by one port",
        part(_FragmentsTogether),
    ),
    Fault(
        "repaired-numa-option", "defect.B-17", "-use_flowid leaves USE_NUMA alone", part(_KeepsNuma)
    ),
    Fault(
        "repaired-txtest", "defect.B-18", "lacp_txtest concerns every port", part(_TestsAllUnits)
    ),
    Fault(
        "repaired-link-of-down-ports",
        "defect.B-20",
        "a LAGG loses its link when its ports are taken down",
        part(_LinkOfUsablePorts),
    ),
    Fault(
        "repaired-flapping", "defect.B-22", "lost links count as flapping", part(_CountsLostLinks)
    ),
    Fault(
        "repaired-queue-of-dead-port",
        "defect.B-25",
        "vtnet keeps no frames while it has no link",
        part(_QueuesNothing),
    ),
)
