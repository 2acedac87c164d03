"""route(8) of FreeBSD 13 (sbin/route/route.c): get, add, change, delete."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.routes import Address, Network, Route, RouteFlag
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.options import fail
from lagg_tool.simulator.programs.routing_text import address_text, network, words
from lagg_tool.simulator.system.process import Process

USAGE = "usage: route [-j jail] [-46dnqtv] command [[modifiers] args]\n"
EX_USAGE, EX_NOHOST, EX_NOPERM = 64, 68, 77
METRICS = """\
 recvpipe  sendpipe  ssthresh  rtt,msec    mtu        weight    expire
"""
# route_strerror()
REASONS = {
    Errno.ESRCH: "not in table",
    Errno.EBUSY: "entry in use",
    Errno.ENOBUFS: "not enough memory",
    Errno.EADDRINUSE: "gateway uses the same route",
    Errno.EEXIST: "route already in table",
}


@dataclass
class Request:
    """What the words after the command say."""

    destination: Network | None = None
    text: str = ""
    gateway: str = ""
    host: bool = False
    interface_only: bool = False
    flags: RouteFlag = RouteFlag.STATIC | RouteFlag.UP


class Routing:
    """One run of route."""

    def __init__(self, process: Process, *, quiet: bool, six: bool) -> None:
        self.process = process
        self.quiet = quiet
        self.six = six
        self.network = process.vnet

    def parse(self, arguments: list[str]) -> Request:
        """Read modifiers, destination, gateway and mask. Raises Exit."""
        request = Request()
        plain, switches, values = self._sort(arguments)
        for word in switches:
            request.flags |= _FLAG_WORDS.get(word, RouteFlag(0))
        self.six |= bool(switches & {"-inet6", "-6"})
        request.interface_only = bool(switches & {"-iface", "-interface"})
        forced = "-net" if "-net" in switches else ""
        mask = values.get("-netmask", values.get("-prefixlen", ""))
        if "-gateway" in values:
            plain.append(values["-gateway"])
        if not plain:
            fail(self.process, "", USAGE, EX_USAGE)
        if len(plain) > 2 and not mask:
            mask = plain[2]
        request.text = plain[0]
        request.gateway = plain[1] if len(plain) > 1 else ""
        self._set_destination(request, forced, mask)
        return request

    def _sort(self, arguments: list[str]) -> tuple[list[str], set[str], dict[str, str]]:
        """Return plain words, modifiers, and modifiers with their values. Raises Exit."""
        rest = list(arguments)
        plain: list[str] = []
        switches: set[str] = set()
        values: dict[str, str] = {}
        while rest:
            word = rest.pop(0)
            if not word.startswith("-"):
                plain.append(word)
            elif word in _SWITCHES or word in _FLAG_WORDS:
                switches.add(word)
            elif word in _WITH_ARGUMENT and rest:
                values[word] = rest.pop(0)
            else:
                wrong = "" if word in _WITH_ARGUMENT else f"bad keyword: {word[1:]}"
                fail(self.process, wrong, USAGE, EX_USAGE)
        return plain, switches, values

    def _set_destination(self, request: Request, forced: str, mask: str) -> None:
        text = request.text
        if ":" in text:
            self.six = True
        host: Address | None = names.ipv6(text, self.process.vnet) if self.six else names.ipv4(text)
        is_net = forced == "-net" or bool(mask) or "/" in text or text == "default"
        if not is_net and host is not None:
            request.destination, request.host = _host_network(host), True
            return
        if mask:
            text = f"{text.partition('/')[0]}/{_mask_length(mask)}"
        request.destination = network(text, six=self.six)
        if request.destination is None:
            fail(self.process, f"bad address: {request.text}", "", EX_NOHOST)
        request.text = str(request.destination.network_address)
        if request.destination.prefixlen == 0:
            request.text = "default"

    # Commands

    def get(self, arguments: list[str]) -> int:
        """Print the route to a destination."""
        request = self.parse(arguments)
        assert request.destination is not None  # noqa: S101 -- parse() has set it
        target = request.destination.network_address
        route = self.network.routes.match(target)
        if route is None:
            self.process.warn("route has not been found")
            return 1
        vnet = self.process.vnet
        out = self.process.out
        out(f"   route to: {address_text(target, vnet)}\n")
        destination = route.destination
        shown = address_text(destination.network_address, vnet)
        out(f"destination: {'default' if destination.prefixlen == 0 else shown}\n")
        if not route.is_host:
            mask = destination.netmask
            out(f"       mask: {'default' if destination.prefixlen == 0 else mask}\n")
        if route.gateway is not None:
            out(f"    gateway: {address_text(route.gateway, vnet)}\n")
        out("        fib: 0\n")
        out(f"  interface: {route.interface.name}\n")
        out(f"      flags: {words(route.flags | RouteFlag.DONE)}\n")
        out(METRICS)
        mtu = route.interface.mtu
        out(f"{0:8d}  {0:8d}  {0:8d}  {0:8d}  {mtu:8d}  {1:8d}  {0:8d} \n")
        return 0

    def add(self, arguments: list[str]) -> int:
        """Enter a route."""
        request = self.parse(arguments)
        return self._report("add", request, self._add(request))

    def delete(self, arguments: list[str]) -> int:
        """Take a route out."""
        request = self.parse(arguments)
        return self._report("delete", request, self._delete(request))

    def change(self, arguments: list[str]) -> int:
        """Lead a route elsewhere."""
        request = self.parse(arguments)
        made = self._made(request)  # what cannot be made leaves the route as it was
        if isinstance(made, Errno):
            return self._report("change", request, made)
        return self._report("change", request, self._delete(request) or self._enter(made))

    def _add(self, request: Request) -> Errno | None:
        made = self._made(request)
        return made if isinstance(made, Errno) else self._enter(made)

    def _enter(self, route: Route) -> Errno | None:
        return None if self.network.routes.add(route) else Errno.EEXIST

    def _made(self, request: Request) -> Route | Errno:
        assert request.destination is not None  # noqa: S101 -- parse() has set it
        if not request.gateway:
            return Errno.EINVAL
        found = self._next_hop(request)
        if isinstance(found, Errno):
            return found
        link, gateway, source = found
        flags = request.flags | (RouteFlag.HOST if request.host else RouteFlag(0))
        if gateway is not None and self._own(gateway) is None:
            flags |= RouteFlag.GATEWAY
        entry = next(iter(link.addresses), None) if source is None else source.source
        return Route(request.destination, flags, link, link, gateway, entry)

    def _next_hop(self, request: Request) -> tuple[Link, Address | None, Route | None] | Errno:
        vnet = self.process.vnet
        if request.interface_only:
            link = vnet.find(request.gateway)
            return (link, None, None) if link is not None else Errno.ENETUNREACH
        gateway: Address | None = (
            names.ipv6(request.gateway, vnet) if self.six else names.ipv4(request.gateway)
        )
        if gateway is None:
            fail(self.process, f"bad address: {request.gateway}", "", EX_NOHOST)
        own = self._own(gateway)
        if own is not None:
            return own, gateway, None
        route = self.network.routes.match(gateway)
        if route is None or route.gateway is not None:
            return Errno.ENETUNREACH
        return route.interface, gateway, route

    def _own(self, address: Address) -> Link | None:
        for link in self.network.links():
            if any(entry.address.ip == address for entry in link.addresses):
                return link
        return None

    def _delete(self, request: Request) -> Errno | None:
        assert request.destination is not None  # noqa: S101 -- parse() has set it
        route = self.network.routes.get(request.destination, host=request.host)
        if route is None:
            return Errno.ESRCH
        if route.flags & RouteFlag.PINNED:
            return Errno.EADDRINUSE
        self.network.routes.remove(route)
        return None

    def _report(self, command: str, request: Request, error: Errno | None) -> int:
        """Print the outcome as newroute() does, complaints first as rtmsg() does."""
        if error is Errno.ESRCH:
            self.process.warn("route has not been found")
        elif error not in {None, Errno.EEXIST}:
            assert error is not None  # noqa: S101 -- not in the set above
            self.process.warn(f"writing to routing socket: {error.text}")
        line = f"{command} {'host' if request.host else 'net'} {request.text}"
        if request.gateway:
            line += f": gateway {request.gateway}"
        if error is not None:
            line += f" fib 0: {REASONS.get(error, error.text)}"
        if error is not None or not self.quiet:
            self.process.out(line + "\n")
        return 0 if error is None else 1


_FLAG_WORDS = {
    "-static": RouteFlag.STATIC,
    "-reject": RouteFlag.REJECT,
    "-blackhole": RouteFlag.BLACKHOLE,
    "-proto1": RouteFlag.PROTO1,
    "-proto2": RouteFlag.PROTO2,
}
_SWITCHES = frozenset(
    ("-net", "-host", "-inet6", "-6", "-inet", "-4", "-n", "-iface", "-interface")
)
_WITH_ARGUMENT = frozenset(
    ("-netmask", "-prefixlen", "-ifp", "-ifa", "-mtu", "-fib", "-gateway", "-weight", "-expire")
)


def _host_network(address: Address) -> Network:
    return IPv6Network(address) if isinstance(address, IPv6Address) else IPv4Network(address)


def _mask_length(text: str) -> str:
    """Return a mask's length, whether it is written as an address, a number or a length."""
    if text.startswith("0x"):
        return str(int(text, 16).bit_count())
    if "." in text:
        try:
            return str(IPv4Network(f"0.0.0.0/{text}").prefixlen)
        except ValueError:
            return "bad"
    return text


async def route(process: Process) -> int:
    """Run route."""
    arguments = list(process.argv[1:])
    quiet = six = False
    while arguments and arguments[0].startswith("-"):
        word = arguments.pop(0)
        quiet |= "q" in word
        six |= "6" in word
    run = Routing(process, quiet=quiet, six=six)
    commands = {
        "get": run.get,
        "show": run.get,
        "add": run.add,
        "change": run.change,
        "delete": run.delete,
        "del": run.delete,
    }
    if not arguments or arguments[0] not in commands:
        wrong = f"bad keyword: {arguments[0]}" if arguments else ""
        fail(process, wrong, USAGE, EX_USAGE)
    if process.uid and commands[arguments[0]] != run.get:
        fail(process, "must be root to alter routing table", "", EX_NOPERM)
    return commands[arguments[0]](arguments[1:])
