"""What the parts of the kernel ask of each other.

An interface knows the kernel, its network stack and what hangs on it (a lagg, VLANs) by
these protocols only, so that those can be built on interfaces and imports go one way.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol, TypeVar

from lagg_tool.clock import Clock, Timer
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.kernel.sysctl import SysctlTree
from lagg_tool.simulator.release import Release

Attached = TypeVar("Attached")


class Services(Protocol):
    """The kernel, seen from an interface or a network stack."""

    clock: Clock
    release: Release
    random: Random
    parts: Parts
    sysctl: SysctlTree
    hostname: str

    def log(self, line: str) -> None:
        """Add a line to the message buffer."""

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Run ``action`` at a time of the clock."""
        ...

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Run ``action`` after ``seconds``."""
        ...

    def soon(self, action: Callable[[], None]) -> None:
        """Run ``action`` when the caller has returned."""

    def busy(self, seconds: float) -> float:
        """Keep the calling thread in the kernel for ``seconds``; return when it may go on."""
        ...

    def transmit(self, port: int, frame: bytes) -> None:
        """Send a frame on a port's cable."""

    def indexes(self) -> set[int]:
        """Return the interface indexes that are in use in any network stack."""
        ...


class Stack(Protocol[Attached]):
    """A network stack, seen from an interface of type ``Attached``."""

    def find(self, name: str) -> Attached | None:
        """Return the interface of this name."""
        ...

    def detach(self, interface: Attached) -> None:
        """Let an interface go."""

    def variable(self, name: str) -> int:
        """Return this stack's copy of an integer sysctl variable. Raises KeyError."""
        ...

    def input(self, interface: Link, frame: bytes) -> None:
        """Take a frame without VLAN tags."""

    def interface_up(self, interface: Link) -> None:
        """Take note that the interface went up."""

    def interface_down(self, interface: Link) -> None:
        """Take note that the interface is about to go down."""

    def lladdr_changed(self, interface: Link) -> None:
        """Take note of a new MAC address."""

    def mtu_changed(self, interface: Link) -> None:
        """Take note of a new MTU."""

    def strip_inet6(self, interface: Link) -> bool:
        """Remove IPv6 addresses from an interface that becomes a port; return whether any were."""
        ...


class PortHook(Protocol):
    """What makes an interface a port of a lagg, seen from the interface."""

    def refuse_mtu(self) -> None:
        """Refuse an MTU of the interface's own. Raises KernelError."""

    def capabilities_changed(self) -> None:
        """Take note of other capabilities."""

    def link_changed(self) -> None:
        """Take note of another link state."""

    def input(self, frame: bytes) -> None:
        """Take a received frame."""

    def interface_gone(self) -> None:
        """Leave the lagg, since the interface leaves the stack."""


class VlanChild(Protocol):
    """A VLAN interface, seen from its parent."""

    tag: int

    def receive(self, frame: bytes) -> None:
        """Take a frame whose tag the parent took off."""

    def parent_lladdr_changed(self) -> None:
        """Follow the parent's MAC address."""

    def parent_link_changed(self) -> None:
        """Follow the parent's link state."""

    def update_capabilities(self) -> None:
        """Work out the capabilities again."""

    def unconfigure(self) -> None:
        """Part from the parent."""
