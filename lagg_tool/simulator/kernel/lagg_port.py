"""A port of a lagg (struct lagg_port): what the lagg keeps of the interface, and its hooks."""

from __future__ import annotations

import enum
from typing import Protocol

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, Kind, LinkState
from lagg_tool.simulator.kernel.interface import Interface


class PortFlag(enum.IntFlag):
    """What SIOCGLAGG tells of a port (LAGG_PORT_*, sys/net/if_lagg.h)."""

    MASTER = 0x1
    STACK = 0x2
    ACTIVE = 0x4
    COLLECTING = 0x8
    DISTRIBUTING = 0x10


class PortOwner(Protocol):
    """A lagg, seen from its ports."""

    name: str
    flags: IFF

    @property
    def up(self) -> bool:
        """Whether it is administratively up."""
        ...

    def set_flags(self, flags: IFF) -> None:
        """Change the flags that can be changed."""

    def update_capabilities(self) -> None:
        """Work out the capabilities again."""

    def vlan_capabilities(self) -> None:
        """Let VLAN children work out theirs again."""

    def port_link_changed(self, port: LaggPort) -> None:
        """Take note of a port's other link state."""

    def input_from(self, port: LaggPort, frame: bytes) -> None:
        """Take a frame that a port received."""

    def destroy_port(self, port: LaggPort) -> None:
        """Take a port out."""


class LaggPort:
    """An interface while it is a port."""

    def __init__(self, lagg: PortOwner, interface: Interface) -> None:
        self.lagg = lagg
        self.interface = interface
        self.lladdr = interface.lladdr  # its own, to be given back
        self.enabled_capabilities = interface.enabled_capabilities  # as well
        self.counters_at_start = interface.counters
        self.kind = interface.kind
        self.gone = False  # lp_detaching: the interface itself goes away
        self._promiscuous = False

    def __repr__(self) -> str:
        return f"<LaggPort {self.interface.name} of {self.lagg.name}>"

    @property
    def name(self) -> str:
        """The interface's name."""
        return self.interface.name

    @property
    def usable(self) -> bool:
        """Whether frames may be sent through it (LAGG_PORTACTIVE): UNKNOWN is not UP."""
        return self.interface.link_state is LinkState.UP and self.interface.up

    def hook(self) -> None:
        """Take the interface over."""
        self.interface.kind = Kind.LAGG_PORT
        self.interface.lagg_port = self

    def unhook(self) -> None:
        """Give the interface back."""
        self.interface.kind = self.kind
        self.interface.lagg_port = None

    def copy_flags(self, flags: IFF) -> None:
        """Be promiscuous if the lagg is (lagg_setflags); nothing here asks for all multicast."""
        promiscuous = bool(flags & IFF.PROMISC)
        if promiscuous != self._promiscuous:
            self._promiscuous = promiscuous
            self.interface.set_promiscuous(on=promiscuous)

    # -- what the interface calls

    def refuse_mtu(self) -> None:
        """Refuse an MTU of its own (lagg_port_ioctl). Raises KernelError."""
        raise KernelError(Errno.EINVAL)

    def capabilities_changed(self) -> None:
        """Update the lagg's capabilities (lagg_port_ioctl)."""
        self.lagg.update_capabilities()
        self.lagg.vlan_capabilities()

    def link_changed(self) -> None:
        """Pass the link state on to the lagg (lagg_port_state)."""
        self.lagg.port_link_changed(self)

    def input(self, frame: bytes) -> None:
        """Give a received frame to the lagg."""
        self.lagg.input_from(self, frame)

    def interface_gone(self) -> None:
        """Leave the lagg, since the interface leaves the stack (lagg_port_ifdetach)."""
        self.gone = True
        self.lagg.destroy_port(self)
