"""arp(8) of FreeBSD 13 (usr.sbin/arp/arp.c)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address

from lagg_tool.simulator.kernel.arp import ArpEntry
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.inet import Inet
from lagg_tool.simulator.kernel.link import Link, is_loopback
from lagg_tool.simulator.kernel.routes import Route
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.system.process import Process
from lagg_tool.wire.ethernet import mac, mac_text

USAGE = """\
usage: arp [-n] [-i interface] hostname
       arp [-n] [-i interface] -a
       arp -d hostname [pub]
       arp -d [-i interface] -a
       arp -s hostname ether_addr [temp] [reject | blackhole] [pub [only]]
       arp -S hostname ether_addr [temp] [reject | blackhole] [pub [only]]
       arp -f filename
"""
TYPES = {"vlan": "[vlan]", "bridge": "[bridge]"}


class Arp:
    """One run of arp."""

    def __init__(self, process: Process, *, numeric: bool, interface: str) -> None:
        self.process = process
        self.interface = interface  # the only one to be listed; empty for all
        self.inet: Inet = process.vnet.inet
        self.numeric = numeric

    def links(self) -> list[Link]:
        """Return the interfaces in the order of a listing.

        13.2 goes from the newest table to the oldest (V_lltables), 15 by index.
        """
        known = self.process.vnet.links()
        links = [link for link in known if self.interface in {"", link.name}]
        if Behaviour.ARP_LISTS_BY_INDEX not in self.process.kernel.release.behaviours:
            links.reverse()
        return links

    def entries(self) -> list[ArpEntry]:
        """Return the entries of all interfaces."""
        return list(self.inet.arp.entries(self.links()))

    def line(self, entry: ArpEntry) -> str:
        """Return what is printed of an entry (print_entry)."""
        name = "?"
        if not self.numeric and entry.address == names.LOCALHOST4:
            name = "localhost"
        where = mac_text(entry.mac) if entry.mac else "(incomplete)"
        left = entry.expires - self.inet.arp.uptime()
        if not entry.expires:
            until = "permanent"
        else:
            until = f"expires in {left} seconds" if left > 0 else "expired"
        driver = getattr(entry.link, "driver", "")
        kind = TYPES.get(driver, "[ethernet]")
        return f"{name} ({entry.address}) at {where} on {entry.link.name} {until} {kind}\n"

    def show_all(self) -> int:
        """Print the whole table."""
        for entry in self.entries():
            self.process.out(self.line(entry))
        return 0

    def show(self, host: str, address: IPv4Address) -> int:
        """Print one entry."""
        found = [entry for entry in self.entries() if entry.address == address]
        for entry in found:
            self.process.out(self.line(entry))
        if found:
            return 0
        self.process.out(f"{host} ({address}) -- no entry\n")
        return 1

    def delete(self, host: str, address: IPv4Address) -> int:
        """Delete one entry."""
        route = self._route(address)
        if route is None:
            return self._no_route(host)
        link = route.link
        if route.gateway is not None or (is_loopback(link) and route.is_host):
            self.process.warn(f"delete: cannot locate {host}")
            return 1
        try:
            self.inet.arp.delete(link, address)
        except KernelError as error:
            self._complain("delete", host, error)
            return 1
        self.process.out(f"{host} ({address}) deleted\n")
        return 0

    def set(self, host: str, address: IPv4Address, words: list[str]) -> int:
        """Enter a neighbour."""
        try:
            hardware = mac(words[0])
        except ValueError:
            self.process.warn(f"invalid Ethernet address '{words[0]}'")
            return 1
        route = self._route(address)
        if route is None:
            return self._no_route(host)
        if route.gateway is not None or is_loopback(route.link):
            self.process.warn(f"cannot intuit interface index and type for {host}")
            return 1
        try:
            self._enter(route, address, hardware)
        except KernelError as error:
            self._complain("set", host, error)
            return 1
        return 0

    def _enter(self, route: Route, address: IPv4Address, hardware: bytes) -> None:
        """Do what RTM_ADD does: the entry's own route must be usable (in_lltable_rtcheck)."""
        own = self.inet.own(address) is not None
        usable = self.inet.routes.lookup(address)
        if not own and (usable is None or usable.interface is not route.link):
            raise KernelError(Errno.ENOMEM)
        self.inet.arp.set_static(route.link, address, hardware)

    def _route(self, address: IPv4Address) -> Route | None:
        return self.inet.routes.match(address)

    def _no_route(self, host: str) -> int:
        if Behaviour.ARP_ERROR_NAMES_HOST not in self.process.kernel.release.behaviours:
            self.process.warn(f"writing to routing socket: {Errno.ESRCH.text}")
        self.process.warn(f"{host}: {Errno.ESRCH.text}")
        return 1

    def _complain(self, what: str, host: str, error: KernelError) -> None:
        if Behaviour.ARP_ERROR_NAMES_HOST in self.process.kernel.release.behaviours:
            self.process.warn(f"{what} {host}: {error}")
        else:
            self.process.warn(f"writing to routing socket: {error}")


async def arp(process: Process) -> int:
    """Run arp."""
    options = getopt(process, "andsi:", USAGE)
    modes = {letter for letter in "ads" if letter in options}
    run = Arp(process, numeric="n" in options, interface=_interface(process, options, modes))
    if modes == {"a"}:
        return run.show_all()
    action = _action(run, modes, options.words)
    if action is None:
        fail(process, "", USAGE)
    host = options.words[0]
    address = names.ipv4(host)
    if address is None:
        process.warn(f"{host}: Unknown host")
        return 1
    if process.uid and modes:
        process.warn(f"writing to routing socket: {Errno.EPERM.text}")
        return 1
    return action(host, address)


def _interface(process: Process, options: Options, modes: set[str]) -> str:
    """Return the name given by -i, or nothing. Raises Exit."""
    name = options.value("i")
    complaint = ""
    if name and modes & {"d", "s"}:
        complaint = "-i not applicable to this operation"
    elif name and process.vnet.find(name) is None:
        complaint = f"interface {name} does not exist"
    if complaint:
        fail(process, complaint, "")
    return name


def _action(run: Arp, modes: set[str], rest: list[str]) -> Callable[[str, IPv4Address], int] | None:
    """Return what to do with the host that the words begin with; None for wrong usage."""
    if not modes and len(rest) == 1:
        return run.show
    if modes == {"d"} and 1 <= len(rest) <= 2:
        return run.delete
    if modes == {"s"} and len(rest) == 2:
        return lambda host, address: run.set(host, address, rest[1:])
    return None
