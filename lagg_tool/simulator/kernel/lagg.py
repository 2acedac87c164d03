"""lagg(4): the interface over ports (sys/net/if_lagg.c).

What the protocols do is in lagg_protocols.py and lacp/; here are the ports, the MAC
address, MTU, capabilities, link state, counters and the entry points of the data path.
Order matters: it is that of the kernel's functions, which the docstrings name.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.counters import Counters
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Direction, Kind, LinkState
from lagg_tool.simulator.kernel.hash import ALL_LAYERS, Layer
from lagg_tool.simulator.kernel.interface import NO_ADDRESS, Interface
from lagg_tool.simulator.kernel.lagg_hooks import Hooks, Option
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.simulator.kernel.media import Media, MediaStatus, MediaType
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.release.capabilities import Cap

MAX_PORTS = 32
DEFAULT_PROTOCOL = "failover"
NO_PROTOCOL = "none"
_OWN_OPTIONS = Option.USE_FLOWID | Option.USE_NUMA
_LACP_OPTIONS = Option.LACP_STRICT | Option.LACP_TXTEST | Option.LACP_RXTEST | Option.LACP_FAST_TIMO


@dataclass(frozen=True)
class LaggOptions:
    """The answer to SIOCGLAGGOPTS."""

    flags: Option
    active: int
    flapping: int
    flowid_shift: int
    stride: int


class Lagg(Interface):
    """A lagg and its ports."""

    driver = "lagg"
    default_protocol: ClassVar[str] = DEFAULT_PROTOCOL
    max_ports: ClassVar[int] = MAX_PORTS

    def __init__(self, kernel: Services, name: str, unit: int, protocols: Protocols) -> None:
        super().__init__(kernel, name, unit)
        self.protocols = protocols
        self.ports: list[LaggPort] = []  # by interface index
        self.primary: LaggPort | None = None
        self.layers = ALL_LAYERS
        self.own_options = Option(0)
        self.flowid_shift = 16
        self.sequence = 0  # of round robin
        self.stride = 0
        self.active = 0  # LACP's count of the aggregator that changed last
        self.flapping = 0
        self._detached = Counters()  # of ports that left
        self._destroying = False
        self.protocol: Hooks = self.protocols[self.default_protocol](self)

    def attached(self) -> None:
        """Take over the defaults of the network stack (lagg_clone_create)."""
        variable = self.vnet.variable
        if variable("net.link.lagg.default_use_flowid"):
            self.own_options |= Option.USE_FLOWID
        if variable("net.link.lagg.default_use_numa"):
            self.own_options |= Option.USE_NUMA
        self.flowid_shift = variable("net.link.lagg.default_flowid_shift")

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
        return not isinstance(interface, Lagg)

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

    def port_flags(self, port: LaggPort) -> PortFlag:
        """Return what SIOCGLAGG tells of a port."""
        return self.protocol.port_flags(port)

    def link_active(self, port: LaggPort | None) -> LaggPort | None:
        """Return the port if it is usable, else the next in the list, else the first usable.

        The kernel looks no further than the immediate successor (lagg_link_active).
        """
        if port is not None:
            if port.usable:
                return port
            following = self.ports[self.ports.index(port) + 1 :]
            if following and following[0].usable:
                return following[0]
        return next((known for known in self.ports if known.usable), None)

    # -- protocol and options (SIOCSLAGG, SIOCSLAGGOPTS, SIOCSLAGGHASH)

    def set_protocol(self, name: str) -> None:
        """Change the protocol. Raises KernelError.

        The link state is not updated (B-01), in any release.
        """
        if name not in self.protocols:
            raise KernelError(Errno.EPROTONOSUPPORT)
        old, self.protocol = self.protocol, self.protocols[NO_PROTOCOL](self)
        old.detach()
        self.protocol = self.protocols[name](self)

    def options(self) -> LaggOptions:
        """Answer SIOCGLAGGOPTS."""
        return LaggOptions(
            flags=self.own_options | self.protocol.options(),
            active=self.protocol.active_ports(),
            flapping=self.flapping,
            flowid_shift=self.flowid_shift,
            stride=self.stride,
        )

    def set_option(self, option: Option, *, on: bool) -> None:
        """Switch an option. Raises KernelError.

        The kernel gets ``-option`` for off and clears ``~-option``: all of them, for
        USE_FLOWID (B-17).
        """
        if option & _OWN_OPTIONS:
            if on:
                self.own_options |= option
            else:
                self.own_options = Option(self.own_options & ~-int(option) & int(_OWN_OPTIONS))
        elif option & _LACP_OPTIONS:
            self.protocol.set_option(option, on=on)
        else:
            raise KernelError(Errno.EINVAL)

    def set_stride(self, stride: int) -> None:
        """Set how many frames a port gets in its turn (rr_limit). Raises KernelError."""
        if not self.protocol.takes_turns or stride == 0:
            raise KernelError(Errno.EINVAL)
        self.stride = stride

    def set_layers(self, layers: Layer) -> None:
        """Choose what is hashed. Raises KernelError."""
        if not layers:
            raise KernelError(Errno.EINVAL)
        self.layers = layers

    def failover_rx_all(self) -> bool:
        """Whether failover accepts from all ports."""
        return bool(self.vnet.variable("net.link.lagg.failover_rx_all"))

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

    # -- driver

    def flags_changed(self) -> None:
        """Copy flags to the ports, then start or stop (lagg_ioctl's SIOCSIFFLAGS)."""
        for port in self.ports:
            port.copy_flags(self.flags)
        if not self.up and self.running:
            self.stop()
        elif self.up and not self.running:
            self.init()

    def init(self) -> None:
        """Run, with our MAC address on every port (lagg_init)."""
        self.flags |= IFF.RUNNING
        for port in self.ports:
            if port.interface.lladdr != self.lladdr:
                port.interface.set_lladdr(self.lladdr)
        self.own_port_up(up=True)
        self.protocol.init()

    def stop(self) -> None:
        """Run no longer (lagg_stop)."""
        self.flags &= ~IFF.RUNNING
        self.protocol.stop()
        self.own_port_up(up=False)

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

    def transmit(self, frame: bytes) -> None:
        """Send by the protocol (lagg_transmit_ethernet). Raises KernelError."""
        if not self.protocol.carries_data or not self.ports:
            down = self.has(Behaviour.LAGG_NONE_IS_NETDOWN)
            raise self.protocol.refused(Errno.ENETDOWN if down else Errno.ENXIO)
        self.tap(frame, Direction.OUT)
        self.protocol.start(frame)

    def input_from(self, port: LaggPort, frame: bytes) -> None:
        """Take a frame that a port received (lagg_input_ethernet)."""
        if not self.running or port.gone or not self.protocol.carries_data:
            return
        self.tap(frame, Direction.IN)
        if self.protocol.input(port, frame) and not self.flags & IFF.MONITOR:
            self.demultiplex(frame)

    def detach(self) -> None:
        """Remove all ports, the one with the lowest index first (lagg_clone_destroy)."""
        self._destroying = True
        if self.running:
            self.stop()
        self.flags &= ~IFF.UP
        while self.ports:
            self.destroy_port(self.ports[0])
        old, self.protocol = self.protocol, self.protocols[NO_PROTOCOL](self)
        old.detach()
        super().detach()


def _common(sets: Iterable[Cap]) -> Cap:
    known = list(sets)
    return functools.reduce(operator.and_, known) if known else Cap.NONE


Protocols = Mapping[str, Callable[[Lagg], Hooks]]  # by name
