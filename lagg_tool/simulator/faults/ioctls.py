"""Slips in lagg_ioctl and lagg_port_create: what changes though it must stay, or the reverse."""

from __future__ import annotations

import contextlib
import re

from lagg_tool.simulator.faults.fault import Fault, part, program
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.hash import ALL_LAYERS
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.release.capabilities import Cap


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


class _RefusedPortResetsOthers(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        try:
            return super().share_mtu(interface)
        except KernelError:
            for port in self.ports:
                port.interface.change_mtu(interface.mtu)
            raise


class _RefusedLaggResetsOthers(Lagg):
    def share_mtu(self, interface: Interface) -> int | None:
        restored = super().share_mtu(interface)
        if restored is not None and not self.stacks_on(interface):
            for port in self.ports:
                port.interface.change_mtu(restored)
        return restored


class _AnyPortIsPrimary(Lagg):
    def destroy_port(self, port: LaggPort, *, tell_protocol: bool = True) -> None:
        self.primary = port
        super().destroy_port(port, tell_protocol=tell_protocol)


class _MtuOfThePrimaryIsFree(LaggPort):
    def refuse_mtu(self) -> None:
        if isinstance(self.lagg, Lagg) and self.lagg.primary is not self:
            super().refuse_mtu()


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


class _VlansKeepOffloadingOfIoctl(Lagg):
    def set_capabilities(self, wanted: Cap) -> None:
        vlans, self.vlans = self.vlans, []
        super().set_capabilities(wanted)
        self.vlans = vlans


class _NumaStaysOn(Lagg):
    def set_option(self, option: Option, *, on: bool) -> None:
        if on or option is not Option.USE_NUMA:
            super().set_option(option, on=on)


class _FastTimeoutIsShown(Lacp):
    _asked = Option(0)

    def set_option(self, option: Option, *, on: bool) -> None:
        super().set_option(option, on=on)
        self._asked |= option & Option.LACP_FAST_TIMO

    def options(self) -> Option:
        return super().options() | self._asked


_LAYERS_SWAPPED = {"l3": "l4", "l4": "l3", "l2,l3": "l2,l4", "l2,l4": "l2,l3"}


def _swap_layers(text: str) -> str:
    def swap(found: re.Match[str]) -> str:
        return found[1] + _LAYERS_SWAPPED.get(found[2], found[2])

    return re.sub(r"(lagghash )(\S+)", swap, text)


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
        "refused-port-resets-the-others",
        "O-05",
        "when a port that does not support the MTU is refused, the other ports get its MTU",
        part(_RefusedPortResetsOthers),
    ),
    Fault(
        "refused-lagg-resets-the-others",
        "C-03",
        "when a LAGG is refused as a port, the other ports get the MTU that it had",
        part(_RefusedLaggResetsOthers),
    ),
    Fault(
        "any-port-that-leaves-is-the-primary",
        "P-02",
        "when any port leaves, the LAGG takes another primary",
        part(_AnyPortIsPrimary),
    ),
    Fault(
        "mtu-of-the-primary-is-free",
        "O-05",
        "the MTU of the primary can be changed on its own",
        part(_MtuOfThePrimaryIsFree),
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
        "vlan-keeps-offloading-of-the-ioctl",
        "O-02",
        "a VLAN does not follow the offloading that is switched at its LAGG",
        part(_VlansKeepOffloadingOfIoctl),
    ),
    Fault("numa-stays-on", "defect.B-17", "-use_numa has no effect", part(_NumaStaysOn)),
    Fault(
        "lacp-fast-timeout-is-shown-for-good",
        "lacp.L-26",
        "ifconfig shows lacp_fast_timeout after it was switched off",
        part(_FastTimeoutIsShown),
    ),
    Fault(
        "lagghash-shows-another-layer",
        "P-05",
        "ifconfig shows layer 4 of lagghash for layer 3, and the other way round",
        program("/sbin/ifconfig", out=_swap_layers),
    ),
    Fault(
        "lacp-strict-stays-off",
        "lacp.L-23",
        "the option lacp_strict can be switched off only",
        part(_StrictStaysOff),
    ),
)
