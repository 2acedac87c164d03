"""IPv6 addresses of interfaces: link-local ones, duplicate detection, routes, groups.

netinet6/in6.c, in6_ifattach.c, nd6_nbr.c (DAD) and mld6.c. Packets are the matter of ip6.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from random import Random

from lagg_tool.clock import Timer
from lagg_tool.simulator.kernel.addresses import (
    Inet6Address,
    Inet6Flag,
    embed,
    unembed,
)
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, ND6
from lagg_tool.simulator.kernel.link import Link, bring_up, is_loopback
from lagg_tool.simulator.kernel.routes import Route, RouteFlag, RoutingTable
from lagg_tool.simulator.kernel.timers import Timers

ANY = IPv6Address(0)
ALL_NODES = IPv6Address("ff02::1")
_SOLICITED = int(IPv6Address("ff02::1:ff00:0"))
_NODE_INFORMATION = int(IPv6Address("ff02::2:ff00:0"))
_OLD_NODE_INFORMATION = int(IPv6Address("ff02::2:0:0"))
DAD_SECONDS = 1.0  # one probe and RETRANS_TIMER
MAX_DELAY = 1.0  # MAX_RTR_SOLICITATION_DELAY
REPORTS = 2  # MLD robustness
NO_MAC = bytes(6)


def solicited_group(address: IPv6Address) -> IPv6Address:
    """Return the solicited-node group of an address (RFC 4291 2.7.1)."""
    return IPv6Address(_SOLICITED | int(address) & 0xFFFFFF)


def node_information_groups(hostname: str) -> list[IPv6Address]:
    """Return the groups for questions about a host's name, new and old form (in6_nigroup)."""
    label = hostname.split(".", maxsplit=1)[0].lower().encode()
    digest = hashlib.md5(bytes([len(label)]) + label, usedforsecurity=False).digest()
    return [
        IPv6Address(_NODE_INFORMATION | int.from_bytes(digest[:3])),
        IPv6Address(_OLD_NODE_INFORMATION | int.from_bytes(digest[:4])),
    ]


_LINK_LOCAL = bytes.fromhex("fe80000000000000")


def link_local(mac: bytes) -> IPv6Address:
    """Return the link-local address that is made of a MAC address (RFC 4291 appendix A)."""
    identifier = bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]
    return IPv6Address(_LINK_LOCAL + identifier)


def _link_local_of_host(hostname: str) -> IPv6Address:
    """Return the one of an interface without a MAC address of its own (get_rand_ifid)."""
    digest = hashlib.md5(hostname.encode(), usedforsecurity=False).digest()
    return IPv6Address(_LINK_LOCAL + bytes([digest[0] & ~2]) + digest[1:8])


class Inet6:
    """IPv6 configuration of one network stack.

    ``probe`` sends a duplicate detection's solicitation with its nonce, ``report`` a
    listener report for groups; both on a link, and quietly.
    """

    def __init__(
        self,
        timers: Timers,
        random: Random,
        routes: RoutingTable,
        links: Callable[[], Sequence[Link]],
        hostname: Callable[[], str],
        *,
        loopback_link_is_lo: bool = False,
    ) -> None:
        self._timers = timers
        self._random = random
        self.routes = routes
        self._links = links
        self._hostname = hostname
        self._loopback_link_is_lo = loopback_link_is_lo
        self._groups: dict[Link, list[IPv6Address]] = {}  # the newest first (if_multiaddrs)
        self._probes: dict[Inet6Address, tuple[Timer, bytes]] = {}
        self._reports: dict[Link, int] = {}
        self.probe: Callable[[Link, IPv6Address, bytes], None] = lambda *_: None
        self.report: Callable[[Link, list[IPv6Address]], None] = lambda *_: None

    # Addresses

    def addresses(self, link: Link) -> list[Inet6Address]:
        """Return the IPv6 addresses of an interface in their order."""
        return [each for each in link.addresses if isinstance(each, Inet6Address)]

    def all_addresses(self) -> Iterator[tuple[Link, Inet6Address]]:
        """Go through the IPv6 addresses of all interfaces."""
        for link in self._links():
            for entry in self.addresses(link):
                yield link, entry

    def own(self, address: IPv6Address) -> tuple[Link, Inet6Address] | None:
        """Return interface and entry of one of the stack's own addresses (kernel form)."""
        for link, entry in self.all_addresses():
            if entry.address.ip == address:
                return link, entry
        return None

    def groups(self, link: Link) -> list[IPv6Address]:
        """Return the groups that the interface has joined, the newest first."""
        return self._groups.get(link, [])

    def add_address(
        self, link: Link, address: IPv6Interface, flags: Inet6Flag = Inet6Flag.NONE
    ) -> None:
        """Set an address. On an interface without IPv6 this enables it (in6_control).

        The address itself is not probed for duplicates then: probing is off at that moment.
        """
        inside = embed(address.ip, link.index)
        entry = next((e for e in self.addresses(link) if e.address.ip == inside), None)
        if entry is not None:
            self._remove(link, entry)
        entry = Inet6Address(IPv6Interface((inside, address.network.prefixlen)), flags)
        link.addresses.append(entry)
        bring_up(link)
        self._configure(link, entry, delay=0.0)
        if link.nd6 & ND6.IFDISABLED:
            self.set_options(link, link.nd6 & ~ND6.IFDISABLED)

    def delete_address(self, link: Link, address: IPv6Address) -> None:
        """Delete an address. Raises EADDRNOTAVAIL."""
        inside = embed(address, link.index)
        for entry in self.addresses(link):
            if entry.address.ip == inside:
                self._remove(link, entry)
                return
        raise KernelError(Errno.EADDRNOTAVAIL)

    def set_options(self, link: Link, options: ND6) -> None:
        """Set neighbour discovery options; clearing IFDISABLED starts IPv6 (nd6_ioctl)."""
        enabled = bool(link.nd6 & ND6.IFDISABLED) and not options & ND6.IFDISABLED
        disabled = not link.nd6 & ND6.IFDISABLED and bool(options & ND6.IFDISABLED)
        automatic = bool(options & ND6.AUTO_LINKLOCAL) and not link.nd6 & ND6.AUTO_LINKLOCAL
        link.nd6 = options
        if disabled:
            for entry in self.addresses(link):
                entry.flags |= Inet6Flag.TENTATIVE
        if (enabled or automatic) and link.flags & IFF.UP:
            self.interface_up(link)

    def strip(self, link: Link) -> bool:
        """Detach IPv6 from an interface that becomes a port; return whether it had any.

        in6_ifdetach; only where it has a link-local address and IPv6 is on (in6ifa_llaonifp).
        """
        has_link_local = any(e.address.ip.is_link_local for e in self.addresses(link))
        if not has_link_local or link.nd6 & ND6.IFDISABLED:
            return False
        self.interface_gone(link)
        return True

    # What happens to an interface

    def interface_up(self, link: Link) -> None:
        """Give an interface its link-local address, probe what is tentative (in6_if_up)."""
        for entry in self.addresses(link):
            self._route_prefix(link, entry)
            if entry.flags & Inet6Flag.TENTATIVE and not link.nd6 & ND6.IFDISABLED:
                self._start_probe(link, entry, self._random.uniform(0, MAX_DELAY))
        if link.nd6 & ND6.IFDISABLED or not link.flags & IFF.MULTICAST:
            return
        if is_loopback(link):
            self._attach_loopback(link)
        elif link.nd6 & ND6.AUTO_LINKLOCAL:
            self._attach_link_local(link)

    def interface_down(self, link: Link) -> None:
        """Withdraw the routes of the interface's prefixes."""
        for entry in self.addresses(link):
            self._stop_probe(entry)
            self.routes.remove_all(
                lambda route, entry=entry: (
                    route.source is entry  # type: ignore[misc]
                    and not route.flags & RouteFlag.STATIC
                )
            )

    def interface_gone(self, link: Link) -> None:
        """Forget an interface's addresses, groups and routes (in6_ifdetach)."""
        for entry in self.addresses(link):
            self._remove(link, entry)
        self._groups.pop(link, None)
        self._reports.pop(link, None)
        self.routes.remove_all(
            lambda route: (
                route.interface is link and route.destination.version == 6 and not is_loopback(link)
            )
        )

    def _attach_loopback(self, link: Link) -> None:
        for text in ("::1/128", "fe80::1/64"):
            self._attach(link, IPv6Interface(text), 0.0)

    def _attach_link_local(self, link: Link) -> None:
        if any(entry.address.ip.is_link_local for entry in self.addresses(link)):
            return
        delay = self._random.uniform(0, MAX_DELAY)
        self._attach(link, IPv6Interface((self._link_local(link), 64)), delay)

    def _attach(self, link: Link, address: IPv6Interface, delay: float) -> None:
        inside = embed(address.ip, link.index)
        if any(entry.address.ip == inside for entry in self.addresses(link)):
            return
        entry = Inet6Address(IPv6Interface((inside, address.network.prefixlen)))
        link.addresses.append(entry)
        self._configure(link, entry, delay)

    def _link_local(self, link: Link) -> IPv6Address:
        """Return the interface's link-local address (get_ifid)."""
        if _has_identifier(link):
            return link_local(link.lladdr)
        for other in self._links():
            if _has_identifier(other) and not other.lladdr[0] & 2:
                return link_local(other.lladdr)
        return _link_local_of_host(self._hostname())

    # One address

    def _configure(self, link: Link, entry: Inet6Address, delay: float) -> None:
        self._route_own(link, entry)
        self._route_prefix(link, entry)
        if is_loopback(link):
            return
        self._join(link, entry)
        if self._probes_duplicates(link, entry):
            entry.flags |= Inet6Flag.TENTATIVE
            self._start_probe(link, entry, delay)

    @staticmethod
    def _probes_duplicates(link: Link, entry: Inet6Address) -> bool:
        """Whether an address is probed for duplicates (in6if_do_dad)."""
        return not (
            is_loopback(link)
            or link.nd6 & (ND6.IFDISABLED | ND6.NO_DAD)
            or entry.flags & (Inet6Flag.ANYCAST | Inet6Flag.NODAD)
        )

    def _route_own(self, link: Link, entry: Inet6Address) -> None:
        loopback = next((each for each in self._links() if is_loopback(each)), None)
        if loopback is None:
            return
        flags = RouteFlag.UP | RouteFlag.HOST | RouteFlag.STATIC | RouteFlag.PINNED
        network = IPv6Network(entry.address.ip)
        via = loopback if self._loopback_link_is_lo else link
        self.routes.add(Route(network, flags, loopback, via, source=entry))

    def _route_prefix(self, link: Link, entry: Inet6Address) -> None:
        if entry.address.network.prefixlen < 128:
            flags = RouteFlag.UP | RouteFlag.PINNED
            self.routes.add(Route(entry.address.network, flags, link, link, source=entry))

    def _remove(self, link: Link, entry: Inet6Address) -> None:
        self._stop_probe(entry)
        link.addresses.remove(entry)
        self.routes.remove_all(lambda route: route.source is entry)
        for other in self.addresses(link):
            self._route_prefix(link, other)
        group = embed(solicited_group(entry.address.ip), link.index)
        others = {solicited_group(each.address.ip) for each in self.addresses(link)}
        groups = self._groups.get(link, [])
        if unembed(group) not in others and unembed(group) in groups:
            groups.remove(unembed(group))

    # Groups

    def _join(self, link: Link, entry: Inet6Address) -> None:
        groups = self._groups.setdefault(link, [])
        wanted = [solicited_group(entry.address.ip), *node_information_groups(self._hostname())]
        new = [group for group in wanted if group not in groups]
        for group in new:
            groups.insert(0, group)
        if new:
            self._reports[link] = REPORTS
            self._timers.after(0.0, lambda: self._send_report(link))

    def _send_report(self, link: Link) -> None:
        """Send a state change report, and once more after a random time (mld_v2)."""
        left = self._reports.get(link, 0)
        if left == 0 or not link.flags & IFF.UP:
            return
        if left == REPORTS:
            self._timers.after(self._random.uniform(0.2, 1.0), lambda: self._send_report(link))
        self._reports[link] = left - 1
        self.report(link, self.groups(link))

    # Duplicate address detection

    def _start_probe(self, link: Link, entry: Inet6Address, delay: float) -> None:
        self._stop_probe(entry)
        nonce = self._random.randbytes(6)
        timer = self._timers.after(delay, lambda: self._send_probe(link, entry, nonce))
        self._probes[entry] = timer, nonce
        if delay == 0.0:
            timer.cancel()
            self._send_probe(link, entry, nonce)

    def _send_probe(self, link: Link, entry: Inet6Address, nonce: bytes) -> None:
        self._probes[entry] = (
            self._timers.after(DAD_SECONDS, lambda: self._probe_is_over(entry)),
            nonce,
        )
        self.probe(link, unembed(entry.address.ip), nonce)

    def _probe_is_over(self, entry: Inet6Address) -> None:
        self._probes.pop(entry, None)
        entry.flags &= ~Inet6Flag.TENTATIVE

    def _stop_probe(self, entry: Inet6Address) -> None:
        timer, _ = self._probes.pop(entry, (None, b""))
        if timer is not None:
            timer.cancel()


def _has_identifier(link: Link) -> bool:
    """Whether its MAC address makes an identifier: not that of a lagg's port (get_hw_ifid)."""
    return len(link.lladdr) == 6 and link.lladdr != NO_MAC and not link.is_port
