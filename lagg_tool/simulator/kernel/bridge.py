"""bridge(4) without members: here for what a lagg says of one (sys/net/if_bridge.c)."""

from __future__ import annotations

from lagg_tool.simulator.kernel.cloning import Cloner, SimpleCloner
from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.flags import Kind
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lladdr import generated_lladdr


class Bridge(Interface):
    """A bridge: neither a port of a lagg nor anything else."""

    driver = "bridge"
    kind = Kind.BRIDGE

    def __init__(self, kernel: Services, name: str, unit: int) -> None:
        super().__init__(kernel, name, unit, generated_lladdr(kernel.release, name))


def bridge_cloner() -> Cloner:
    """Return the cloner of bridgeN."""
    return SimpleCloner("bridge", Bridge)
