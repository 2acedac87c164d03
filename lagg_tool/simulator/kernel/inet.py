"""IPv4 addresses of interfaces, their routes, and ARP on the wire.

netinet/in.c (in_control, in_addprefix, in_scrubprefix), netinet/if_ether.c (arpintr,
arp_ifinit) and rip_ctlinput() of netinet/raw_ip.c, which withdraws a downed interface's
routes. Packets are the matter of ip.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lagg_tool.simulator.kernel.addresses import InetAddress
from lagg_tool.simulator.kernel.arp import ArpTable
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.kernel.link import Link, bring_up, is_loopback
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.kernel.routes import Route, RouteFlag, RoutingTable
from lagg_tool.simulator.kernel.timers import Timers
from lagg_tool.wire.arp import Arp, Operation, reply, request

ANY = IPv4Address(0)
LIMITED_BROADCAST = IPv4Address("255.255.255.255")


class Inet:
    """IPv4 configuration of one network stack.

    ``links`` gives the stack's interfaces in the order of their indexes.
    """

    def __init__(
        self,
        timers: Timers,
        routes: RoutingTable,
        links: Callable[[], Sequence[Link]],
        log: Callable[[str], None],
        *,
        parts: Parts,
        loopback_link_is_lo: bool = False,
        any_width: bool = False,
    ) -> None:
        self.routes = routes
        self.arp = parts.of(ArpTable)(timers, self._ask, log)
        self._links = links
        self._log = log
        self._loopback_link_is_lo = loopback_link_is_lo
        self._any_width = any_width

    # Addresses

    def addresses(self, link: Link) -> list[InetAddress]:
        """Return the IPv4 addresses of an interface in their order."""
        return [each for each in link.addresses if isinstance(each, InetAddress)]

    def all_addresses(self) -> Iterator[tuple[Link, InetAddress]]:
        """Go through the IPv4 addresses of all interfaces."""
        for link in self._links():
            for address in self.addresses(link):
                yield link, address

    def own(self, address: IPv4Address) -> tuple[Link, InetAddress] | None:
        """Return the interface and the entry of one of the stack's own addresses."""
        for link, entry in self.all_addresses():
            if entry.address.ip == address:
                return link, entry
        return None

    def is_broadcast(self, link: Link, address: IPv4Address) -> bool:
        """Whether packets to the address are for everybody on the link (in_broadcast)."""
        return address in {LIMITED_BROADCAST, ANY} or any(
            address in {entry.broadcast, _old_broadcast(entry)} for entry in self.addresses(link)
        )

    def add_address(
        self,
        link: Link,
        address: IPv4Interface,
        broadcast: IPv4Address | None = None,
        alias: bool = False,
    ) -> None:
        """Set an address as ifconfig does; without ``alias`` it replaces the first one.

        Raises EEXIST when its prefix is routed elsewhere already, and leaves
        the interface without the address then (in_aifaddr_ioctl).
        """
        if not alias:
            first = next(iter(self.addresses(link)), None)
            if first is not None:
                self._remove(link, first)
        for known in self.addresses(link):
            if known.address.ip == address.ip:
                self._remove(link, known)
        entry = InetAddress(address, broadcast or default_broadcast(link, address))
        link.addresses.append(entry)
        self._initialise(link, entry)
        try:
            self._add_prefix(link, entry)
        except KernelError:
            self._forget(link, entry)
            raise
        self._add_loopback_route(link, entry)

    def delete_address(self, link: Link, address: IPv4Address | None = None) -> None:
        """Delete an address, the first one for None. Raises EADDRNOTAVAIL."""
        for entry in self.addresses(link):
            if address is None or entry.address.ip == address:
                self._remove(link, entry)
                return
        raise KernelError(Errno.EADDRNOTAVAIL)

    # What happens to an interface

    def interface_down(self, link: Link) -> None:
        """Withdraw the routes of the interface's prefixes (rip_ctlinput, PRC_IFDOWN)."""
        for entry in self.addresses(link):
            if entry.has_route:
                self._scrub_prefix(link, entry, static=False)
                self.routes.remove_all(
                    lambda route, entry=entry: (
                        route.source is entry  # type: ignore[misc]
                        and not route.flags & RouteFlag.STATIC
                        and not _is_own_route(route)
                    )
                )

    def interface_up(self, link: Link) -> None:
        """Bring the routes back (rip_ctlinput, PRC_IFUP)."""
        for entry in self.addresses(link):
            if not entry.has_route:
                entry.has_route = self.routes.add(self._prefix_route(link, entry))
                self._add_loopback_route(link, entry)

    def lladdr_changed(self, link: Link) -> None:
        """Take over a new MAC address that if_setlladdr() announces."""
        self.arp.update_own(link, link.lladdr)
        for entry in self.addresses(link):
            self._announce(link, entry.address.ip)

    def interface_gone(self, link: Link) -> None:
        """Forget an interface that is destroyed or leaves the stack (in_ifdetach)."""
        for entry in self.addresses(link):
            self._remove(link, entry)
        self.arp.forget_link(link, own=True)
        self.routes.remove_all(lambda route: route.interface is link)

    # ARP

    def receive_arp(self, link: Link, payload: bytes) -> None:
        """Learn from an ARP packet and answer it (in_arpinput)."""
        packet = Arp.parse(payload)
        if packet is None or link.flags & IFF.NOARP or packet.sender_mac == link.lladdr:
            return
        mine = {entry.address.ip for entry in self.addresses(link)}
        if not mine or packet.sender_mac[0] & 1:
            return
        target = packet.target
        if packet.sender in mine:
            self._log(
                f"arp: {packet.sender_mac.hex(':')} is using my IP address "
                f"{packet.sender} on {link.name}!"
            )
            target = packet.sender
        elif packet.sender != ANY:
            self._learn(link, packet, mine)
        if packet.operation == Operation.REQUEST and target in mine:
            self._answer(link, packet, target)

    def _learn(self, link: Link, packet: Arp, mine: set[IPv4Address]) -> None:
        on_link = self.routes.lookup(packet.sender)
        create = packet.target in mine and on_link is not None and on_link.interface is link
        self.arp.learn(link, packet.sender, packet.sender_mac, create=create)

    def _answer(self, link: Link, packet: Arp, target: IPv4Address) -> None:
        asked = Arp(packet.operation, packet.sender_mac, packet.sender, b"", target)
        self._emit(link, reply(asked, link.lladdr).encode())

    def _ask(self, link: Link, target: IPv4Address) -> None:
        sender = self._sender_for(link, target)
        if sender is not None:
            self._emit(link, request(link.lladdr, sender, target).encode())

    def _sender_for(self, link: Link, target: IPv4Address) -> IPv4Address | None:
        """Return the address to ask with: one in the target's prefix (arprequest_internal)."""
        entries = self.addresses(link)
        for entry in entries:
            if target in entry.address.network:
                return entry.address.ip
        return None

    def _announce(self, link: Link, address: IPv4Address) -> None:
        if address == ANY or is_loopback(link) or link.flags & IFF.NOARP:
            return
        self._emit(link, request(link.lladdr, address, address).encode())

    def _emit(self, link: Link, frame: bytes) -> None:
        try:
            link.output(frame)
        except KernelError:
            return  # ARP does not tell anybody

    # Routes of addresses

    def _initialise(self, link: Link, entry: InetAddress) -> None:
        bring_up(link)
        if is_loopback(link) or entry.address.ip == ANY:
            return
        self._announce(link, entry.address.ip)
        self.arp.set_own(link, entry.address.ip, link.lladdr)

    def _add_prefix(self, link: Link, entry: InetAddress) -> None:
        if any(
            other.has_route and other.address.network == entry.address.network
            for _, other in self.all_addresses()
        ):
            return
        route = self._prefix_route(link, entry)
        if self._any_width and entry.address.network.prefixlen == 0:
            # An interface's own prefix replaces a route that was entered by hand.
            self.routes.remove_all(
                lambda known: known.key == route.key and not known.flags & RouteFlag.PINNED
            )
        if not self.routes.add(route):
            raise KernelError(Errno.EEXIST)
        entry.has_route = True

    def _prefix_route(self, link: Link, entry: InetAddress) -> Route:
        flags = RouteFlag.UP | RouteFlag.PINNED
        destination = entry.address.network
        loopback = self.loopback
        if destination.prefixlen == 32 and loopback is not None and entry.address.ip != ANY:
            # ifa_maintain_loopback_route() finds the prefix's route and turns it to lo0.
            flags |= RouteFlag.HOST
            via = loopback if self._loopback_link_is_lo else link
            return Route(destination, flags, loopback, via, source=entry)
        if is_loopback(link):
            flags |= RouteFlag.HOST
            destination = IPv4Network(entry.address.ip)
        return Route(destination, flags, link, link, source=entry)

    def _add_loopback_route(self, link: Link, entry: InetAddress) -> None:
        """Route the stack's own address through lo0 (ifa_add_loopback_route)."""
        loopback = self.loopback
        if loopback is None or is_loopback(link) or entry.address.ip == ANY:
            return
        flags = RouteFlag.UP | RouteFlag.HOST | RouteFlag.STATIC | RouteFlag.PINNED
        via = loopback if self._loopback_link_is_lo else link
        source = next(iter(self.addresses(loopback)), entry)
        self.routes.add(Route(IPv4Network(entry.address.ip), flags, loopback, via, source=source))

    @property
    def loopback(self) -> Link | None:
        """The stack's lo0."""
        return next((link for link in self._links() if is_loopback(link)), None)

    def _remove(self, link: Link, entry: InetAddress) -> None:
        if entry.has_route:
            self._scrub_prefix(link, entry, static=True)
        self._forget(link, entry)
        self.routes.remove_all(lambda route: route.source is entry)
        self._move_prefix(entry)

    def _forget(self, link: Link, entry: InetAddress) -> None:
        link.addresses.remove(entry)
        self.arp.forget_own(link, entry.address.ip)
        own = self.routes.get(IPv4Network(entry.address.ip), host=True)
        if own is not None and _is_own_route(own) and self.own(entry.address.ip) is None:
            self.routes.remove(own)

    def _scrub_prefix(self, link: Link, entry: InetAddress, *, static: bool) -> None:
        entry.has_route = False
        route = self._prefix_route(link, entry)
        known = self.routes.get(route.destination, host=route.is_host)
        if known is not None and known.source is entry:
            self.routes.remove(known)
        network = entry.address.network
        for neighbour in list(self.arp.entries([link])):
            goes = static or neighbour.expires
            if goes and neighbour.address in network and not neighbour.own:
                self.arp.delete(link, neighbour.address)

    def _move_prefix(self, gone: InetAddress) -> None:
        """Give the route of a prefix to another address in it (in_scrubprefix)."""
        for link, entry in self.all_addresses():
            if (
                entry.address.network == gone.address.network
                and not entry.has_route
                and link.flags & IFF.UP
            ):
                entry.has_route = self.routes.add(self._prefix_route(link, entry))
                return


def _is_own_route(route: Route) -> bool:
    """Whether it leads to one of the stack's own addresses, through lo0."""
    return is_loopback(route.interface) and bool(route.flags & RouteFlag.PINNED)


def default_broadcast(link: Link, address: IPv4Interface) -> IPv4Address | None:
    """Return the broadcast address that in_aifaddr_ioctl() makes from the mask."""
    if not link.flags & IFF.BROADCAST or address.network.prefixlen == 0:
        return None
    if address.network.prefixlen == 31:
        return LIMITED_BROADCAST  # RFC 3021
    return address.network.broadcast_address


def _old_broadcast(entry: InetAddress) -> IPv4Address | None:
    network = entry.address.network
    return network.network_address if 0 < network.prefixlen < 31 else None
