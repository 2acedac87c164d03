"""One network stack (VIMAGE): the host's, or that of a jail with vnet.

It holds the interfaces with their names, indexes and groups, and passes events of
interfaces on to the protocol families. A family is whatever implements ``Family``; it
enters itself in ``families`` and its ethertypes in ``protocols``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, ND6, Kind
from lagg_tool.simulator.kernel.inet import Inet
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.network import Network
from lagg_tool.simulator.kernel.sysctl import Value
from lagg_tool.simulator.kernel.timers import Timers
from lagg_tool.simulator.release import Behaviour

if TYPE_CHECKING:
    from lagg_tool.simulator.kernel.kernel import Kernel

NAME_LENGTH = 16  # IFNAMSIZ
IPV6_MINIMUM_MTU = 1280  # IPV6_MMTU
Handler = Callable[[Interface, bytes], None]


class Family(Protocol):
    """What a protocol family is told about interfaces."""

    def attached(self, interface: Interface) -> None:
        """The interface belongs to the stack now; it has no addresses yet."""

    def detached(self, interface: Interface) -> None:
        """The interface leaves: forget its addresses, routes and neighbours."""

    def interface_up(self, interface: Interface) -> None:
        """The interface is administratively up, and its driver has started it (if_up)."""

    def interface_down(self, interface: Interface) -> None:
        """The interface is about to go administratively down (if_down)."""

    def lladdr_changed(self, interface: Interface) -> None:
        """The interface has a new MAC address (iflladdr_event)."""

    def link_changed(self, interface: Interface) -> None:
        """The interface has a new link state."""

    def mtu_changed(self, interface: Interface) -> None:
        """The interface's MTU was set to another value (if_notifymtu)."""

    def strip(self, interface: Interface) -> bool:
        """Remove all IPv6 addresses if there is a link-local one in use; tell whether."""
        ...


class Vnet:
    """A network stack."""

    def __init__(self, kernel: Kernel, name: str = "") -> None:
        self.kernel = kernel
        self.name = name  # the jail's, empty for the host
        self.interfaces: list[Interface] = []  # in the order of their attachment
        self.groups: dict[str, list[Interface]] = {}  # members in the order of joining
        self.sysctl: dict[str, Value] = kernel.sysctl.values_for_new_vnet()
        self.families: list[Family] = []
        self.protocols: dict[int, Handler] = {}  # by ethertype
        self.network = self._make_network()
        self.inet6 = self.network.inet6

    def _make_network(self) -> Network:
        """Set up IP on this stack."""
        kernel = self.kernel
        network = Network(
            Timers(kernel.clock.now, kernel.after),
            kernel.random,
            kernel.log,
            lambda: sorted(self.interfaces, key=lambda interface: interface.index),
            lambda: kernel.hostname,
            loopback_link_is_lo=Behaviour.OWN_ROUTES_VIA_LOOPBACK in kernel.release.behaviours,
            any_width=Behaviour.INET_ANY_WIDTH in kernel.release.behaviours,
        )
        self.families.append(network)
        for ethertype in network.ETHERTYPES:
            self.protocols[ethertype] = network.input
        return network

    @property
    def inet(self) -> Inet:
        """IPv4 of this stack."""
        return self.network.inet

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
        for family in self.families:
            family.attached(interface)

    def detach(self, interface: Interface) -> None:
        """Let an interface go; its index is free again."""
        if interface.up:
            self.interface_down(interface)
            interface.flags &= ~IFF.UP
        for family in self.families:
            family.detached(interface)
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
        stacks = self.kernel.vnets if self._indexes_are_global else [self]
        taken = {known.index for stack in stacks for known in stack.interfaces}
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

    # -- events and frames

    def input(self, interface: Interface, frame: bytes) -> None:
        """Give a frame without VLAN tags to the family of its ethertype (ether_demux)."""
        handler = self.protocols.get(int.from_bytes(frame[12:14]))
        if handler is not None:
            handler(interface, frame)

    def interface_up(self, interface: Interface) -> None:
        """Tell the families; see ``Family``."""
        for family in self.families:
            family.interface_up(interface)

    def interface_down(self, interface: Interface) -> None:
        """Tell the families; see ``Family``."""
        for family in self.families:
            family.interface_down(interface)

    def lladdr_changed(self, interface: Interface) -> None:
        """Tell the families; see ``Family``."""
        for family in self.families:
            family.lladdr_changed(interface)

    def link_changed(self, interface: Interface) -> None:
        """Tell the families; see ``Family``."""
        for family in self.families:
            family.link_changed(interface)

    def mtu_changed(self, interface: Interface) -> None:
        """Tell the families; see ``Family``. IPv6 complains once of an MTU below its minimum."""
        old, interface.nd6_mtu = interface.nd6_mtu, interface.mtu
        if old >= IPV6_MINIMUM_MTU > interface.mtu:  # nd6_setmtu0, netinet6/nd6.c
            self.kernel.log(
                f"nd6_setmtu0: new link MTU on {interface.name} ({interface.mtu}) "
                "is too small for IPv6"
            )
        for family in self.families:
            family.mtu_changed(interface)

    def strip_inet6(self, interface: Interface) -> bool:
        """Remove IPv6 addresses from an interface that becomes a port; tell whether any were."""
        stripped = [family.strip(interface) for family in self.families]
        return any(stripped)
