"""The management network: whether an SSH session to the simulated NAS still gets through.

The NAS's session comes in through vtnet0 at 10.0.2.15, as in the recordings. It goes on
while the kernel holds that address on an interface whose packets reach vtnet0's cable:
vtnet0 itself, or a lagg that sends through it. Otherwise it stalls: this is a lock-out.
"""

from __future__ import annotations

from lagg_tool.simulator.kernel.addresses import InetAddress
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.simulator.nas import SimulatedNas

ADDRESS = "10.0.2.15"
CARD = "vtnet0"
_CARRIES = PortFlag.ACTIVE | PortFlag.DISTRIBUTING


def reachable(nas: SimulatedNas) -> bool:
    """Tell whether packets of a session to the management address come and go now."""
    with nas.clock.lock:
        holders = [one for one in nas.kernel.host.interfaces if _holds(one)]
        return any(_usable(one) for one in holders)


def _holds(interface: Interface) -> bool:
    return any(
        isinstance(held, InetAddress) and str(held.address.ip) == ADDRESS
        for held in interface.addresses
    )


def _usable(interface: Interface) -> bool:
    if not interface.up or not interface.running:
        return False
    if isinstance(interface, Lagg):
        return any(_carries(interface, port) for port in interface.ports)
    # A port of a lagg sends nothing of its own (lagg_port_output).
    return interface.name == CARD and interface.lagg_port is None


def _carries(lagg: Lagg, port: LaggPort) -> bool:
    return port.name == CARD and port.usable and bool(lagg.port_flags(port) & _CARRIES)
