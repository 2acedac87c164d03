"""One network stack (VIMAGE): the host's, or that of a jail with vnet.

It holds the interfaces with their names, indexes and groups; what is above them is Network's.
"""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, ND6, Kind
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.network import Network
from lagg_tool.simulator.kernel.sysctl import Value
from lagg_tool.simulator.kernel.timers import Timers
from lagg_tool.simulator.release import Behaviour

NAME_LENGTH = 16  # IFNAMSIZ
IPV6_MINIMUM_MTU = 1280  # IPV6_MMTU


class Vnet(Network):
    """A network stack with its interfaces."""

    def __init__(self, kernel: Services, name: str = "") -> None:
        self.kernel = kernel
        self.name = name  # the jail's, empty for the host
        self.interfaces: list[Interface] = []  # in the order of their attachment
        self.clones: list[Interface] = []  # what was made here, wherever it is now
        self.groups: dict[str, list[Interface]] = {}  # members in the order of joining
        self.sysctl: dict[str, Value] = kernel.sysctl.values_for_new_vnet()
        super().__init__(
            Timers(kernel.clock.now, kernel.after),
            kernel.random,
            kernel.log,
            lambda: sorted(self.interfaces, key=lambda interface: interface.index),
            lambda: kernel.hostname,
            parts=kernel.parts,
            loopback_link_is_lo=Behaviour.OWN_ROUTES_VIA_LOOPBACK in kernel.release.behaviours,
            any_width=Behaviour.INET_ANY_WIDTH in kernel.release.behaviours,
        )

    # -- finding

    def __iter__(self) -> Iterator[Interface]:
        """Go through the interfaces in the order in which ifconfig(8) shows them."""
        return iter(list(self.interfaces))

    def find(self, name: str) -> Interface | None:
        """Return the interface of this name (ifunit)."""
        return next((known for known in self.interfaces if known.name == name), None)

    def get(self, name: str) -> Interface:
        """Return the interface of this name. Raises KernelError (ENXIO)."""
        interface = self.find(name)
        if interface is None:
            raise KernelError(Errno.ENXIO)
        return interface

    def by_index(self, index: int) -> Interface | None:
        """Return the interface with this index."""
        return next((known for known in self.interfaces if known.index == index), None)

    def members(self, group: str) -> tuple[Interface, ...]:
        """Return the members of a group, which may be unknown."""
        return tuple(self.groups.get(group, ()))

    # -- coming and going (if_attach, if_detach, if_vmove)

    def attach(self, interface: Interface) -> None:
        """Take an interface in: an index, groups, IPv6 settings."""
        interface.vnet = self
        if not (self._indexes_are_global and interface.index):
            interface.index = self._free_index()
        self.interfaces.append(interface)
        interface.nd6 = self._initial_nd6(interface)
        interface.nd6_mtu = interface.mtu
        groups, interface.groups = interface.groups, []
        for group in groups:
            self.join(interface, group)

    def detach(self, interface: Interface) -> None:
        """Let an interface go; its index is free again."""
        if interface.up:
            self.interface_down(interface)
            interface.flags &= ~IFF.UP
        self.detached(interface)
        interface.addresses.clear()
        for group in list(interface.groups):
            self._leave(interface, group)
        self.interfaces.remove(interface)

    def move(self, interface: Interface, target: Vnet) -> None:
        """Move an interface to another stack. Raises KernelError (EEXIST)."""
        if target.find(interface.name) is not None:
            raise KernelError(Errno.EEXIST)
        interface.departing()
        groups = list(interface.groups)
        self.detach(interface)
        interface.taps.clear()
        interface.groups = groups
        target.attach(interface)

    def rename(self, interface: Interface, name: str) -> None:
        """Give an interface another name (SIOCSIFNAME). Raises KernelError."""
        if not name:
            raise KernelError(Errno.EINVAL)
        if self.find(name) is not None:
            raise KernelError(Errno.EEXIST)
        interface.log(f"changing name to '{name}'")
        interface.name = name

    def variable(self, name: str) -> int:
        """Return this stack's copy of an integer sysctl variable. Raises KeyError."""
        return int(self.sysctl[name])

    def _free_index(self) -> int:
        taken = {known.index for known in self.interfaces}
        if self._indexes_are_global:
            taken = self.kernel.indexes()
        return next(index for index in range(1, len(taken) + 2) if index not in taken)

    @property
    def _indexes_are_global(self) -> bool:
        return Behaviour.GLOBAL_INTERFACE_INDEX in self.kernel.release.behaviours

    @staticmethod
    def _initial_nd6(interface: Interface) -> ND6:
        """Return what nd6_ifattach sets: IPv6 is off everywhere but on loopback."""
        if interface.flags & IFF.LOOPBACK:
            return ND6.PERFORMNUD | ND6.AUTO_LINKLOCAL
        if interface.kind is Kind.BRIDGE:
            return ND6.PERFORMNUD | ND6.IFDISABLED
        return ND6.PERFORMNUD | ND6.IFDISABLED | ND6.AUTO_LINKLOCAL

    # -- groups (if_addgroup, if_delgroup)

    def join(self, interface: Interface, group: str) -> None:
        """Enter an interface in a group. Raises KernelError."""
        if group[-1:].isdigit():
            raise KernelError(Errno.EINVAL)
        if group in interface.groups:
            raise KernelError(Errno.EEXIST)
        interface.groups.append(group)
        self.groups.setdefault(group, []).append(interface)

    def leave(self, interface: Interface, group: str) -> None:
        """Take an interface out of a group. Raises KernelError."""
        if group not in interface.groups:
            raise KernelError(Errno.ENOENT)
        self._leave(interface, group)

    def _leave(self, interface: Interface, group: str) -> None:
        interface.groups.remove(group)
        self.groups[group].remove(interface)

    def mtu_changed(self, interface: Link) -> None:
        """Complain once of an MTU below IPv6's minimum (if_notifymtu)."""
        old, interface.nd6_mtu = interface.nd6_mtu, interface.mtu
        if old >= IPV6_MINIMUM_MTU > interface.mtu:  # nd6_setmtu0, netinet6/nd6.c
            self.kernel.log(
                f"nd6_setmtu0: new link MTU on {interface.name} ({interface.mtu}) "
                "is too small for IPv6"
            )
