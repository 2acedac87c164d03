"""lagg(4) as the kernel has it: its protocols, its cloner, its sysctl leaves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lagg_tool.simulator.kernel.cloning import SimpleCloner
from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_protocols import (
    Broadcast,
    Failover,
    LaggProtocol,
    LoadBalance,
    NoProtocol,
    RoundRobin,
)
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.kernel.sysctl import Node, Scope
from lagg_tool.simulator.release import Behaviour, Release

PROTOCOLS: Mapping[str, type[LaggProtocol]] = MappingProxyType(
    {
        protocol.name: protocol
        for protocol in (NoProtocol, RoundRobin, Failover, LoadBalance, Broadcast, Lacp)
    }
)


class LaggCloner(SimpleCloner):
    """Makes laggN, with the protocols that the kernel has."""

    def __init__(self, parts: Parts) -> None:
        protocols = {name: parts.of(protocol) for name, protocol in PROTOCOLS.items()}

        def make(kernel: Services, name: str, unit: int) -> Lagg:
            return parts.of(Lagg)(kernel, name, unit, protocols)

        super().__init__("lagg", make)


def lagg_nodes(release: Release) -> list[Node]:
    """Return the sysctl leaves of lagg(4), in the order of a walk."""
    reaches = Behaviour.DEFAULT_SYSCTLS_REACH_NEW_LAGGS in release.behaviours
    defaults = Scope.VNET if reaches else Scope.MASTER  # B-04
    return [
        Node(
            "net.link.lagg.default_flowid_shift",
            "Default setting for flowid shift for load sharing",
            16,
            defaults,
        ),
        Node(
            "net.link.lagg.default_use_numa",
            "Defaults to using numa domains when sharing load",
            1,
            defaults,
        ),
        Node(
            "net.link.lagg.default_use_flowid",
            "Default setting for using flow id for load sharing",
            0,
            defaults,
        ),
        Node(
            "net.link.lagg.failover_rx_all",
            "Accept input from any interface in a failover lagg",
            0,
            Scope.VNET,
        ),
        Node(
            "net.link.lagg.lacp.default_strict_mode",
            "LACP strict protocol compliance default",
            1,
            Scope.VNET,
        ),
        Node(
            "net.link.lagg.lacp.debug",
            "Enable LACP debug logging (1=debug, 2=trace)",
            0,
            Scope.VNET,
        ),
    ]
