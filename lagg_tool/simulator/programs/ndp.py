"""ndp(8) of FreeBSD 13 (usr.sbin/ndp/ndp.c)."""

from __future__ import annotations

from lagg_tool.simulator import names
from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.link import is_loopback
from lagg_tool.simulator.options import getopt
from lagg_tool.simulator.process import Process
from lagg_tool.simulator.routing_text import address_text
from lagg_tool.wire.ethernet import mac, mac_text

USAGE = """\
usage: ndp [-nt] hostname
       ndp [-nt] -a | -c | -p | -r | -H | -P | -R
       ndp [-nt] -A wait
       ndp [-nt] -d hostname
       ndp [-nt] -f filename
       ndp [-nt] -i interface [flags...]
       ndp [-nt] -I [interface|delete]
       ndp [-nt] -s nodename etheraddr [temp] [proxy]
"""
ADDRESS_WIDTH, MAC_WIDTH, NAME_WIDTH = 36, 17, 6


class Ndp:
    """One run of ndp."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.network = process.vnet.network

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return address, MAC, interface, time left and state of all neighbours."""
        vnet = self.process.vnet
        found = []
        for link in self.network.links():
            if is_loopback(link):
                continue
            found += [
                (
                    address_text(entry.address.ip, vnet),
                    mac_text(link.lladdr),
                    link.name,
                    "permanent",
                    "R",
                )
                for entry in self.network.inet6.addresses(link)
            ]
            for neighbour in self.network.ip6.neighbours.entries([link]):
                left = int(self.network.ip6.neighbours.seconds_left(neighbour))
                until = "permanent" if neighbour.permanent else duration(left)
                hardware = mac_text(neighbour.mac) if neighbour.mac else "(incomplete)"
                address = address_text(neighbour.address, vnet)
                found.append((address, hardware, link.name, until, neighbour.state.value))
        return found

    def show(self, address: str = "") -> int:
        """Print all neighbours, or one."""
        rows = [row for row in self.rows() if address in {"", row[0]}]
        if address and not rows:
            self.process.out(f"{address} ({address}) -- no entry\n")
            return 1
        self.process.out(
            f"{'Neighbor':{ADDRESS_WIDTH}} {'Linklayer Address':{MAC_WIDTH}} "
            f"{'Netif':>{NAME_WIDTH}} {'Expire':9} {'S':1} {'Flags':5}\n"
        )
        for host, hardware, name, until, state in rows:
            self.process.out(
                f"{host:{ADDRESS_WIDTH}} {hardware:{MAC_WIDTH}} "
                f"{name:>{NAME_WIDTH}} {until:9.9} {state} \n"
            )
        return 0

    def delete(self, host: str) -> int:
        """Forget a neighbour."""
        address = names.ipv6(host, self.process.vnet)
        if address is None:
            self.process.warn(f"{host}: Name could not be resolved at this time")
            return 1
        for link in self.network.links():
            if self.network.ip6.neighbours.delete(link, address):
                self.process.out(f"{host} ({host}) deleted\n")
                return 0
        self.process.warn(f"delete: cannot locate {host}")
        return 1

    def clear(self) -> int:
        """Forget all neighbours that are not permanent."""
        for link in self.network.links():
            for neighbour in list(self.network.ip6.neighbours.entries([link])):
                if not neighbour.permanent:
                    self.delete(address_text(neighbour.address, self.process.vnet))
        return 0

    def set(self, words: list[str]) -> int:
        """Enter a neighbour."""
        address = names.ipv6(words[0], self.process.vnet)
        route = self.network.routes.match(address) if address is not None else None
        if address is None or route is None or route.gateway is not None:
            self.process.warn(f"cannot intuit interface index and type for {words[0]}")
            return 1
        try:
            hardware = mac(words[1])
        except ValueError:
            self.process.err(USAGE)
            return 1
        self.network.ip6.neighbours.set_permanent(route.link, address, hardware)
        return 0


def duration(seconds: int) -> str:
    """Return a time as sec2str() writes it: 1d2h3m4s without leading zeros."""
    if seconds <= 0:
        return "expired"
    text = ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count or text or unit == "s":
            text += f"{count}{unit}"
    return text


async def ndp(process: Process) -> int:  # noqa: PLR0911 - one for each mode
    """Run ndp."""
    given = getopt(process, "acd:f:Ii:nprstA:HPR", USAGE)
    rest, options = given.words, dict(given.pairs)
    run = Ndp(process)
    if process.uid and options.keys() & {"c", "d", "s"}:
        process.warn(f"socket: {Errno.EPERM.text}")
        return 1
    if "a" in options:
        return run.show()
    if "c" in options:
        return run.clear()
    if "d" in options:
        return run.delete(options["d"])
    if "s" in options and len(rest) >= 2:
        return run.set(rest)
    if len(rest) == 1 and not options.keys() - {"n", "t"}:
        return run.show(rest[0])
    process.err(USAGE)
    return 1


PROGRAMS = {"/usr/sbin/ndp": ndp}
