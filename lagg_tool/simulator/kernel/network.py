"""One network stack: routes, IPv4, IPv6, sockets. The host has one and each vnet jail.

A Vnet is that and its interfaces, which tell it what happens to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from lagg_tool.simulator.kernel.inet import Inet
from lagg_tool.simulator.kernel.inet6 import Inet6
from lagg_tool.simulator.kernel.ip import Ip
from lagg_tool.simulator.kernel.ip6 import Ip6
from lagg_tool.simulator.kernel.link import Link, route_is_usable
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.kernel.routes import RoutingTable
from lagg_tool.simulator.kernel.sockets import Sockets
from lagg_tool.simulator.kernel.timers import Timers
from lagg_tool.wire.ethernet import HEADER_LENGTH, EtherType


class Network:
    """Everything above the interfaces of one network stack.

    ``links`` gives its interfaces by index; ``log`` takes kernel messages; ``random`` is
    the kernel's.
    """

    def __init__(
        self,
        timers: Timers,
        random: Random,
        log: Callable[[str], None],
        links: Callable[[], Sequence[Link]],
        hostname: Callable[[], str],
        *,
        parts: Parts,
        loopback_link_is_lo: bool = False,
        any_width: bool = False,
    ) -> None:
        self.links = links
        self.routes = RoutingTable(route_is_usable)
        self.sockets = Sockets(random.randint)
        self.inet = parts.of(Inet)(
            timers,
            self.routes,
            links,
            log,
            parts=parts,
            loopback_link_is_lo=loopback_link_is_lo,
            any_width=any_width,
        )
        self.ip = parts.of(Ip)(timers, self.inet, self.sockets, random.getrandbits(16))
        self.inet6 = parts.of(Inet6)(
            timers,
            random,
            self.routes,
            links,
            hostname,
            loopback_link_is_lo=loopback_link_is_lo,
        )
        self.ip6 = Ip6(timers, random, self.inet6, self.sockets)

    def input(self, link: Link, frame: bytes) -> None:
        """Take a frame that an interface let in, without tags (ether_demux)."""
        payload = frame[HEADER_LENGTH:]
        ethertype = int.from_bytes(frame[HEADER_LENGTH - 2 : HEADER_LENGTH])
        if ethertype == EtherType.ARP:
            self.inet.receive_arp(link, payload)
        elif ethertype == EtherType.IPV4:
            self.ip.input(link, payload)
        elif ethertype == EtherType.IPV6:
            self.ip6.input(link, payload)

    # What happens to interfaces

    def detached(self, link: Link) -> None:
        """Forget all that hangs on an interface that leaves the stack."""
        self.inet.interface_gone(link)
        self.inet6.interface_gone(link)
        self.ip6.neighbours.forget_link(link)

    def interface_up(self, link: Link) -> None:
        """Route over an interface again."""
        self.inet.interface_up(link)
        self.inet6.interface_up(link)

    def interface_down(self, link: Link) -> None:
        """Withdraw the routes over an interface."""
        self.inet.interface_down(link)
        self.inet6.interface_down(link)

    def lladdr_changed(self, link: Link) -> None:
        """Take over an interface's new MAC address."""
        self.inet.lladdr_changed(link)

    def strip_inet6(self, link: Link) -> bool:
        """Remove IPv6 addresses from an interface that becomes a port; return whether any were."""
        return self.inet6.strip(link)
