"""An interface over ports (sys/net/if_lagg.c): how they come, go, and make it what it is.

The MAC address, the MTU, capabilities, link state and counters are those of the ports. Order
matters: it is that of the kernel's functions, which the docstrings name.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import ClassVar

from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.counters import Counters
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Kind, LinkState
from lagg_tool.simulator.kernel.interface import NO_ADDRESS, Interface
from lagg_tool.simulator.kernel.lagg_hooks import Hooks
from lagg_tool.simulator.kernel.lagg_port import LaggPort
from lagg_tool.simulator.kernel.media import Media, MediaStatus, MediaType
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.release.capabilities import Cap

MAX_PORTS = 32


class PortsInterface(Interface):
    """An interface over ports, without a word on how they carry data: that is the protocol's."""

    protocol: Hooks
    max_ports: ClassVar[int] = MAX_PORTS

    def __init__(self, kernel: Services, name: str, unit: int) -> None:
        super().__init__(kernel, name, unit)
        self.ports: list[LaggPort] = []  # by interface index
        self.primary: LaggPort | None = None
        self._detached = Counters()  # of ports that left
        self._destroying = False

    def input_from(self, port: LaggPort, frame: bytes) -> None:
        """Take a frame that a port received."""
        raise NotImplementedError

    # -- ports (SIOCSLAGGPORT, lagg_port_create; SIOCSLAGGDELPORT, lagg_port_destroy)

    def add_port(self, name: str) -> None:
        """Make an interface a port. Raises KernelError."""
        interface = self._named(name)
        if self.vnet.strip_inet6(interface):
            self.log(
                f"IPv6 addresses on {interface.name} have been removed before adding it as a "
                "member to prevent IPv6 address scope violation."
            )
        old_mtu = self.mtu
        self._create_port(interface)
        if self.mtu != old_mtu and self.has(Behaviour.LAGG_NOTIFIES_FIRST_PORT_MTU):
            self.vnet.mtu_changed(self)
        self.vlan_capabilities()

    def remove_port(self, name: str) -> None:
        """Remove a port. Raises KernelError."""
        port = self._port_of(self._named(name))
        if port is None:
            raise KernelError(Errno.ENOENT)
        self.destroy_port(port)
        self.vlan_capabilities()

    def _named(self, name: str) -> Interface:
        interface = self.vnet.find(name) if name else None
        if interface is None:
            raise KernelError(Errno.EINVAL)
        return interface

    def _port_of(self, interface: Interface) -> LaggPort | None:
        return next((port for port in self.ports if port.interface is interface), None)

    def _create_port(self, interface: Interface) -> None:
        self.check_port(interface)
        restore_mtu = self.share_mtu(interface)
        if not self.stacks_on(interface):
            if restore_mtu is not None:
                interface.change_mtu(restore_mtu)
            raise KernelError(Errno.EINVAL)
        port = self.kernel.parts.of(LaggPort)(self, interface)
        self.share_lladdr(interface)
        port.copy_flags(self.flags)
        if self.primary is None:
            self.primary = port
        port.hook()
        port.counters_at_start = interface.counters
        self.insert_port(port)
        try:
            self.protocol.add_port(port)
        except KernelError:
            self.destroy_port(port, tell_protocol=False)
            if restore_mtu is not None:
                interface.change_mtu(restore_mtu)
            raise
        self.update_capabilities()
        self.update_link_state()

    def check_port(self, interface: Interface) -> None:
        """Refuse what cannot be a port. Raises KernelError; the order is the kernel's."""
        if interface is self:
            self.log("cannot add a lagg to itself as a port")
            raise KernelError(Errno.EINVAL)
        if len(self.ports) >= self.max_ports:
            raise KernelError(Errno.ENOSPC)
        if interface.lagg_port is not None:
            same = self._port_of(interface) is not None
            raise KernelError(Errno.EEXIST if same else Errno.EBUSY)
        if interface.kind not in (Kind.ETHER, Kind.L2VLAN):
            raise KernelError(Errno.EPROTONOSUPPORT)

    def stacks_on(self, interface: Interface) -> bool:
        """Whether an interface may be a port for all that lies below it: a lagg may not."""
        return not isinstance(interface, PortsInterface)

    def share_mtu(self, interface: Interface) -> int | None:
        """Take the first port's MTU, give ours to later ones; return what to restore.

        Raises KernelError.
        """
        if not self.ports:
            self.mtu = interface.mtu
            return None
        old = interface.mtu
        if old == self.mtu:
            return None
        try:
            interface.change_mtu(self.mtu)
        except KernelError:
            self.log(f"invalid MTU for {interface.name}")
            raise
        return old

    def share_lladdr(self, interface: Interface) -> None:
        """Take the first port's MAC address, give ours to later ones."""
        if not self.ports:
            self.take_lladdr(interface.lladdr)
        else:
            interface.set_lladdr(self.lladdr)

    def take_lladdr(self, lladdr: bytes) -> None:
        """Have the primary's MAC address, without being restarted for it."""
        self.lladdr = lladdr
        self.protocol.lladdr_changed()
        self.lladdr_event()

    def insert_port(self, port: LaggPort) -> None:
        """Enter a port in the list, which is sorted by interface index."""
        self.ports.append(port)
        self.ports.sort(key=lambda known: known.interface.index)

    def destroy_port(self, port: LaggPort, *, tell_protocol: bool = True) -> None:
        """Take a port out and give it back what was its own."""
        if tell_protocol:
            self.protocol.remove_port(port)
        interface = port.interface
        port.unhook()
        self._detached += interface.counters - port.counters_at_start
        self.ports.remove(port)
        if port is self.primary:
            self.replace_primary()
        if not port.gone:
            port.copy_flags(IFF.NONE)
            self.restore_port(port)
        self.update_capabilities()
        self.update_link_state()

    def replace_primary(self) -> None:
        """Make the first port the primary, with its own MAC address for all."""
        self.primary = self.ports[0] if self.ports else None
        if self._destroying:
            return
        self.take_lladdr(self.primary.lladdr if self.primary else NO_ADDRESS)
        for port in self.ports:
            port.interface.set_lladdr(self.lladdr)

    def restore_port(self, port: LaggPort) -> None:
        """Give capabilities and MAC address back; the MTU stays as it is (B-19)."""
        if port.interface.enabled_capabilities != port.enabled_capabilities:
            port.interface.change_capabilities(port.enabled_capabilities)
        port.interface.set_lladdr(port.lladdr)

    # -- link state, capabilities, media, counters

    def port_link_changed(self, port: LaggPort) -> None:
        """Follow a port's link state (lagg_port_state)."""
        self.update_link_state()
        self.protocol.link_changed(port)

    def update_link_state(self) -> None:
        """Have a link if any port has one, up or not (lagg_linkstate, B-20)."""
        if self.protocol.owns_link_state:
            return
        links = any(port.interface.link_state is LinkState.UP for port in self.ports)
        self.change_link_state(LinkState.UP if links else LinkState.DOWN)

    def update_capabilities(self) -> None:
        """Enable what all ports have enabled, and nothing else on them (lagg_capabilities)."""
        interfaces = [port.interface for port in self.ports]
        enabled = _common(interface.enabled_capabilities for interface in interfaces)
        previous = None
        while previous != enabled:
            previous = enabled
            for interface in interfaces:
                if interface.enabled_capabilities != enabled:
                    interface.change_capabilities(enabled)
                enabled &= interface.enabled_capabilities
        self.enabled_capabilities = enabled
        self.capabilities = _common(interface.capabilities for interface in interfaces)

    def media_status(self) -> MediaStatus:
        """Have carrier if any port is usable, whatever the protocol (lagg_media_status, B-02)."""
        auto = Media(MediaType.AUTO)
        return MediaStatus(auto, auto, any(port.usable for port in self.ports), (auto,))

    @property
    def counters(self) -> Counters:
        """What passed the ports while they were ports, and our own (lagg_get_counter)."""
        total = self.tally + self._detached
        for port in self.ports:
            total += port.interface.counters - port.counters_at_start
        return total

    def own_port_up(self, *, up: bool) -> None:
        """Bring the ports up or down with us, where the release does so (lagg_if_updown)."""
        if not self.has(Behaviour.LAGG_OWNS_PORT_UP):
            return
        for port in self.ports:
            flags = port.interface.flags
            if up and flags & IFF.UP:
                self.vnet.interface_up(port.interface)  # if_up() of one that is up already
            port.interface.set_flags(flags | IFF.UP if up else flags & ~IFF.UP)

    def change_mtu(self, mtu: int) -> None:
        """Set all ports' MTU, or none's (lagg_ioctl's SIOCSIFMTU). Raises KernelError."""
        if mtu == self.mtu and not self.has(Behaviour.LAGG_MTU_UPDATES_CAPABILITIES):
            return
        try:
            for port in self.ports:
                self._change_port_mtu(port, mtu)
        except KernelError:
            for port in self.ports:
                port.interface.change_mtu(self.mtu)
            raise
        self.mtu = mtu
        if self.has(Behaviour.LAGG_MTU_UPDATES_CAPABILITIES):
            self.update_capabilities()

    def _change_port_mtu(self, port: LaggPort, mtu: int) -> None:
        try:
            port.interface.change_mtu(mtu)
        except KernelError:
            self.log(f"invalid MTU for {port.name}")
            raise

    def change_capabilities(self, wanted: Cap) -> None:
        """Ask every port, then see what came of it."""
        for port in self.ports:
            port.interface.change_capabilities(wanted)
        self.update_capabilities()


def _common(sets: Iterable[Cap]) -> Cap:
    known = list(sets)
    return functools.reduce(operator.and_, known) if known else Cap.NONE
