"""Slips in lagg_ioctl and lagg_port_create: what changes though it must stay, or the reverse."""

from __future__ import annotations

import contextlib

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.hash import ALL_LAYERS
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option


class _TakesMtuOfRefused(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        try:
            return super().share_mtu(interface)
        except KernelError:
            self.mtu = interface.mtu
            raise


class _RefusedKeepsMtu(Lagg):
    def stacks_on(self, interface: Interface) -> bool:
        if not super().stacks_on(interface):
            raise KernelError(Errno.EINVAL)  # before the MTU is given back
        return True


class _LastAnswerCounts(Lagg):
    def change_mtu(self, mtu: int) -> None:
        ports, self.ports = self.ports, self.ports[-1:]
        try:
            super().change_mtu(mtu)
        finally:
            self.ports = ports
        for port in ports[:-1]:
            with contextlib.suppress(KernelError):
                port.interface.change_mtu(mtu)


class _HashIsReset(Lagg):
    def set_protocol(self, name: str) -> None:
        super().set_protocol(name)
        self.layers = ALL_LAYERS


class _VlansKeepOffloading(Lagg):
    def vlan_capabilities(self) -> None:
        """Leave them as they are."""


class _StrictStaysOff(Lacp):
    def set_option(self, option: Option, *, on: bool) -> None:
        if not (on and option is Option.LACP_STRICT):
            super().set_option(option, on=on)


FAULTS = (
    Fault(
        "refused-port-gives-its-mtu",
        "O-05",
        "a LAGG takes the MTU of a port that it refuses",
        part(_TakesMtuOfRefused),
    ),
    Fault(
        "refused-lagg-keeps-the-mtu",
        "C-03",
        "a LAGG that is refused as a port keeps the MTU that it was to have as one",
        part(_RefusedKeepsMtu),
    ),
    Fault(
        "mtu-asks-the-last-port",
        "O-05",
        "an MTU is taken when the last port does not refuse it",
        part(_LastAnswerCounts),
    ),
    Fault(
        "lagghash-is-reset",
        "P-05",
        "a change of the protocol resets lagghash",
        part(_HashIsReset),
    ),
    Fault(
        "vlan-keeps-its-offloading",
        "O-02",
        "a VLAN does not follow the offloading of its LAGG",
        part(_VlansKeepOffloading),
    ),
    Fault(
        "lacp-strict-stays-off",
        "lacp.L-23",
        "the option lacp_strict can be switched off only",
        part(_StrictStaysOff),
    ),
)
