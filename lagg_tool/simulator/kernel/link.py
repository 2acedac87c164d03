"""What the network stack asks of an interface.

kernel/interface.py has the interfaces themselves; addresses, routes, ARP and IP need no
more of them than this.
"""

from __future__ import annotations

from typing import Protocol

from lagg_tool.simulator.kernel.addresses import InterfaceAddress
from lagg_tool.simulator.kernel.flags import IFF, ND6, LinkState


class Link(Protocol):
    """An interface, seen from the network layer; see Interface for the meaning of each."""

    name: str
    index: int
    mtu: int
    lladdr: bytes
    flags: IFF
    link_state: LinkState
    nd6: ND6
    nd6_mtu: int  # the MTU that IPv6 knows of (ndi->maxmtu)
    addresses: list[InterfaceAddress]

    @property
    def linkstate_capable(self) -> bool:
        """Whether its link state is to be believed."""
        ...

    @property
    def is_port(self) -> bool:
        """Whether it is a port of a lagg (IFT_IEEE8023ADLAG)."""
        ...

    def set_flags(self, flags: IFF) -> None:
        """Change the flags that can be changed."""
        ...

    def output(self, frame: bytes) -> None:
        """Send a frame. Raises KernelError as ether_output() and the driver return it."""
        ...

    def count(self, **numbers: int) -> None:
        """Add to the interface's counters."""
        ...


def is_loopback(link: Link) -> bool:
    """Whether packets on it come straight back."""
    return bool(link.flags & IFF.LOOPBACK)


def route_is_usable(link: Link) -> bool:
    """Whether routes over it may be used: RT_LINK_IS_UP (net/route.h).

    An interface that does not report its carrier (epair) is always fit, and so is lo0,
    whose link loioctl() declares up with its first address.
    """
    return is_loopback(link) or not link.linkstate_capable or link.link_state is LinkState.UP


def bring_up(link: Link) -> None:
    """Set IFF_UP, as ether_ioctl() does for an interface that is given an address."""
    if not link.flags & IFF.UP:
        link.set_flags(link.flags | IFF.UP)
