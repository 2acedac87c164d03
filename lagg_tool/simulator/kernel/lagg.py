"""lagg(4): the interface over ports (sys/net/if_lagg.c).

What the protocols do is in lagg_protocols.py and lacp/, what the ports do in lagg_ports.py;
here are the protocol, the options, and the entry points of the data path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from lagg_tool.simulator.kernel.contract import Services
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Direction
from lagg_tool.simulator.kernel.hash import ALL_LAYERS, Layer
from lagg_tool.simulator.kernel.lagg_hooks import Hooks, Option
from lagg_tool.simulator.kernel.lagg_port import LaggPort, PortFlag
from lagg_tool.simulator.kernel.lagg_ports import PortsInterface
from lagg_tool.simulator.release import Behaviour

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


class Lagg(PortsInterface):
    """A lagg and its ports."""

    driver = "lagg"
    default_protocol: ClassVar[str] = DEFAULT_PROTOCOL

    def __init__(self, kernel: Services, name: str, unit: int, protocols: Protocols) -> None:
        super().__init__(kernel, name, unit)
        self.protocols = protocols
        self.layers = ALL_LAYERS
        self.own_options = Option(0)
        self.flowid_shift = 16
        self.sequence = 0  # of round robin
        self.stride = 0
        self.active = 0  # LACP's count of the aggregator that changed last
        self.flapping = 0
        self.protocol: Hooks = self.protocols[self.default_protocol](self)

    def attached(self) -> None:
        """Take over the defaults of the network stack (lagg_clone_create)."""
        variable = self.vnet.variable
        if variable("net.link.lagg.default_use_flowid"):
            self.own_options |= Option.USE_FLOWID
        if variable("net.link.lagg.default_use_numa"):
            self.own_options |= Option.USE_NUMA
        self.flowid_shift = variable("net.link.lagg.default_flowid_shift")

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


Protocols = Mapping[str, Callable[[Lagg], Hooks]]  # by name
