"""netstat(1) of FreeBSD 13 (usr.bin/netstat): interfaces and routes."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network

from lagg_tool.simulator.kernel.addresses import (
    AddressCounters,
    InetAddress,
    InterfaceAddress,
    unembed,
)
from lagg_tool.simulator.kernel.counters import Counters
from lagg_tool.simulator.kernel.flags import IFF, Kind
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.routes import Route
from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.programs.routing_text import (
    address_text,
    destination_text,
    gateway_text,
    letters,
)
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.system.process import Process
from lagg_tool.wire.ethernet import mac_text

USAGE = """\
usage: netstat [-j jail] [-46AaCcLnPRSTWx] [-f protocol_family | -p protocol]
               [-M core] [-N system]
       netstat -i | -I interface [-j jail] [-46abdhnW] [-f address_family]
               [-M core] [-N system]
       netstat -w wait [-j jail] [-I interface] [-46d] [-M core] [-N system]
               [-q howmany]
       netstat -s [-j jail] [-46sz] [-f protocol_family | -p protocol]
               [-M core] [-N system]
       netstat -i | -I interface -s [-j jail] [-46s]
               [-f protocol_family | -p protocol] [-M core] [-N system]
       netstat -m [-j jail] [-M core] [-N system]
       netstat -B [-j jail] [-z] [-I interface]
       netstat -r [-j jail] [-46AnW] [-F fibnum] [-f address_family]
               [-M core] [-N system]
       netstat -rs [-j jail] [-s] [-M core] [-N system]
       netstat -g [-j jail] [-46W] [-f address_family] [-M core] [-N system]
       netstat -gs [-j jail] [-46s] [-f address_family] [-M core] [-N system]
       netstat -Q [-j jail]
"""
NAME_WIDTH, NETWORK_WIDTH, ADDRESS_WIDTH = 5, 13, 17
ROUTE_WIDTHS = {4: (18, 18), 6: (33, 29)}  # destination and gateway
LINK = -1  # the family of the rows <Link#N>
FAMILIES = {"inet": 4, "inet6": 6, "link": LINK}


# Header, width, name of the counter, and the option that asks for the column.
_COUNTERS = (
    *(("Ipkts", 8, "ipackets", ""), ("Ierrs", 5, "ierrors", ""), ("Idrop", 5, "iqdrops", "")),
    *(("Ibytes", 10, "ibytes", "b"), ("Opkts", 8, "opackets", ""), ("Oerrs", 5, "oerrors", "")),
    *(("Obytes", 10, "obytes", "b"), ("Coll", 5, "collisions", ""), ("Drop", 5, "oqdrops", "d")),
)
# Name, MTU, network, address; and what counts.
_Row = tuple[str, str, str, str, Counters | AddressCounters]


class Interfaces:
    """netstat -i (intpr in if.c)."""

    def __init__(self, process: Process, options: Options) -> None:
        self.process = process
        self.numeric = "n" in options
        self.drops = "d" in options
        self.counters = [each for each in _COUNTERS if not each[3] or each[3] in options]

    def show(self, interfaces: Sequence[Interface], family: int) -> None:
        """Print a table of these interfaces, and of their addresses of a family (0: all)."""
        rows = [row for each in interfaces for row in self._rows(each, family)]
        widths = self._widths(interfaces, rows)
        line = self._columns(("Name", "Mtu", "Network", "Address"), widths)
        line += "".join(f" {header:>{width}}" for header, width, _, _ in self.counters)
        self.process.out(line + "\n")
        for *columns, counters in rows:
            line = self._columns(columns, widths)
            for _, width, name, _ in self.counters:  # an address counts less than an interface
                line += f" {getattr(counters, name, '-'):>{width}}"
            self.process.out(line + (" \n" if self.drops else "\n"))

    def _widths(self, interfaces: Sequence[Interface], rows: list[_Row]) -> tuple[int, int, int]:
        names = [len(each.name) + (not each.flags & IFF.UP) for each in interfaces]
        name = max([NAME_WIDTH, *names])
        if Behaviour.NETSTAT_FITS_COLUMNS not in self.process.kernel.release.behaviours:
            return name, NETWORK_WIDTH, ADDRESS_WIDTH
        networks = [len(network) + 1 for _, _, network, _, _ in rows]
        addresses = [len(address) for _, _, _, address, _ in rows]
        return name, max([len("Network"), *networks]), max([ADDRESS_WIDTH, *addresses])

    def _columns(self, columns: Sequence[object], widths: tuple[int, int, int]) -> str:
        name, mtu, network, address = columns
        first, second, third = widths
        return (
            f"{name:{first}.{first}} {mtu:>5.5} "
            f"{network:{second}.{second}} {address:{third}.{third}}"
        )

    def _rows(self, interface: Interface, family: int) -> list[_Row]:
        rows: list[_Row] = []
        if family in {0, LINK}:
            name = interface.name if interface.up else f"{interface.name}*"
            loop = interface.kind is Kind.LOOP
            address = interface.name if loop else mac_text(interface.lladdr)
            link = f"<Link#{interface.index}>"
            rows.append((name, str(interface.mtu), link, address, interface.counters))
        rows += [
            self._address_row(interface, entry)
            for entry in interface.addresses
            if family in {0, entry.address.version}
        ]
        return rows

    def _address_row(self, interface: Interface, entry: InterfaceAddress) -> _Row:
        vnet = self.process.vnet
        address = address_text(entry.address.ip, vnet)
        if isinstance(entry, InetAddress):
            network = f"{entry.address.network.network_address}/{entry.address.network.prefixlen}"
        else:
            network = _network6(entry.address.network, interface, numeric=self.numeric)
        if not self.numeric and address in {"127.0.0.1", "::1"}:
            address = "localhost"
        return interface.name, "-", network, address, entry.counters


def _network6(network: IPv6Network, interface: Interface, *, numeric: bool) -> str:
    """Return an IPv6 prefix as netname6() does: with the interface, and hosts by name."""
    base = unembed(network.network_address)
    if base.is_link_local:
        return f"{base}%{interface.name}/{network.prefixlen}"
    if not numeric and base == IPv6Address("::1"):
        return "localhost"
    return f"{base}/{network.prefixlen}"


class Routes:
    """netstat -r (route.c)."""

    def __init__(self, process: Process) -> None:
        self.process = process
        wide = Behaviour.NETSTAT_WIDE_FLAGS in process.kernel.release.behaviours
        self.flags_width = 10 if wide else 6
        known = process.kernel.release.behaviours
        self.scope_of_route = Behaviour.NETSTAT_SCOPE_OF_ROUTE in known

    def show(self, family: int) -> None:
        """Print the routes of a family, of both for 0."""
        self.process.out("Routing tables\n")
        routes = list(self.process.vnet.routes)
        for version, title in ((4, "Internet"), (6, "Internet6")):
            chosen = [route for route in routes if route.destination.version == version]
            if chosen and family in {0, version}:
                self._table(version, title, chosen)

    def _table(self, version: int, title: str, routes: list[Route]) -> None:
        self.process.out(f"\n{title}:\n")
        self.process.out(
            self._line(version, "Destination", "Gateway", "Flags", "Netif") + " Expire\n"
        )
        vnet = self.process.vnet
        for route in routes:
            destination = destination_text(route, vnet, scope_of_route=self.scope_of_route)
            shown = destination, gateway_text(route, vnet)
            self.process.out(
                self._line(version, *shown, letters(route.flags), route.interface.name) + "\n"
            )

    def _line(
        self, version: int, destination: str, gateway: str, flags: str, interface: str
    ) -> str:
        first, second = ROUTE_WIDTHS[version]
        return (
            f"{destination:{first}.{first}} {gateway:{second}.{second}} "
            f"{flags:{self.flags_width}} {interface:>8.8}"
        )


async def netstat(process: Process) -> int:
    """Run netstat."""
    options = getopt(process, "46bdf:I:inrW", USAGE)
    family = FAMILIES.get(options.value("f"), 0)
    if "f" in options and not family:
        process.warn(f"{options.value('f')}: unknown address family")
        return 1
    if "4" in options or "6" in options:
        family = 4 if "4" in options else 6
    if "i" in options or "I" in options:
        name = options.value("I")
        chosen = [each for each in process.vnet if name in {"", each.name}]
        Interfaces(process, options).show(chosen, family)
    elif "r" in options:
        Routes(process).show(family)
    else:
        fail(process, "", USAGE)
    return 0
