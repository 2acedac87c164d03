"""ping(8) of FreeBSD 13 (sbin/ping/main.c, ping.c): IPv4, and the way to IPv6."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.sockets import RawSocket
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.programs.ping.pinger import (
    EX_NOHOST,
    Pinger,
    Settings,
    parse_settings,
)
from lagg_tool.simulator.programs.ping.pinger6 import OPTIONS6, run6
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.system.process import Process
from lagg_tool.wire.icmp import HEADER_LENGTH, Icmp, Type4
from lagg_tool.wire.ip import IPV4_HEADER, Ipv4, Protocol

USAGE = (
    "usage:\n"
    "\tping [-4AaDdfHnoQqRrv] [-C pcp] [-c count] [-G sweepmaxsize]\n"
    "\t    [-g sweepminsize] [-h sweepincrsize] [-i wait] [-l preload]\n"
    "\t    [-M mask | time] [-m ttl] [-P policy] [-p pattern] [-S src_addr] \n"
    "\t    [-s packetsize] [-t timeout] [-W waittime] [-z tos] IPv4-host\n"
    "\tping [-4AaDdfHLnoQqRrv] [-C pcp] [-c count] [-I iface] [-i wait]\n"
    "\t    [-l preload] [-M mask | time] [-m ttl] [-P policy] [-p pattern]\n"
    "\t    [-S src_addr] [-s packetsize] [-T ttl] [-t timeout] [-W waittime]\n"
    "\t    [-z tos] IPv4-mcast-group\n"
    "\tping [-6AaDdfHnNoOquvyY] [-b bufsiz] [-c count] [-e gateway]\n"
    "\t    [-I interface] [-i wait] [-k addrtype] [-l preload] [-m hoplimit]\n"
    "\t    [-p pattern] [-P policy] [-S sourceaddr] [-s packetsize] [-t timeout]\n"
    "\t    [-W waittime] [-z tclass] [IPv6-hops ...] IPv6-host\n"
)
OPTIONS4 = "4c:Di:nqS:s:t:W:"
MAX_PAYLOAD = 0xFFFF - IPV4_HEADER - HEADER_LENGTH


class Pinger4(Pinger[Ipv4]):
    """IPv4."""

    def __init__(
        self, process: Process, settings: Settings, host: str, target: IPv4Address
    ) -> None:
        super().__init__(process, settings, host, RawSocket[Ipv4](Protocol.ICMP))
        self.target = target
        self.source = IPv4Address(0)

    def bind(self) -> None:
        """Take the source address that was asked for. Raises Exit."""
        source = names.ipv4(self.settings.source)
        if source is None:
            complaint = f"cannot resolve {self.settings.source}: Unknown host"
            fail(self.process, complaint, "", EX_NOHOST)
        if self.network.inet.own(source) is None:
            fail(self.process, f"bind: {Errno.EADDRNOTAVAIL.text}", "")
        self.source = source

    def send(self, message: Callable[[int], Icmp]) -> None:
        """Send an echo request. Raises KernelError."""
        self.network.ip.output(
            Ipv4(
                self.source,
                self.target,
                Protocol.ICMP,
                message(Type4.ECHO_REQUEST).encode(),
                dont_fragment=self.settings.dont_fragment,
            )
        )

    def answer(self, packet: Ipv4) -> tuple[Icmp, str] | None:
        """Return an echo reply, and the words for it; None for any other message."""
        message = Icmp.parse(packet.payload)
        if message is None or message.type != Type4.ECHO_REPLY:
            return None
        return message, (
            f"{len(packet.payload)} bytes from {packet.source}: "
            f"icmp_seq={message.sequence} ttl={packet.ttl}"
        )


async def ping(process: Process) -> int:
    """Run ping; a target of the other family goes to ping6."""
    words = process.argv[1:]
    six = process.name == "ping6" or any(word.startswith("-6") for word in words[:-1])
    if not words:
        fail(process, "", USAGE)
    target = words[-1]
    if not six and names.ipv4(target) is None and names.ipv6(target, process.vnet) is not None:
        six = True
    options = getopt(process, OPTIONS6 if six else OPTIONS4, USAGE)
    if len(options.words) != 1:
        fail(process, "", USAGE)
    host = options.words[0]
    if six:
        return await run6(process, options, host)
    address = names.ipv4(host)
    if address is None:
        return unknown_host(process, host)
    settings = parse_settings(process, options, MAX_PAYLOAD)
    pinger = Pinger4(process, settings, host, address)
    if settings.source:
        pinger.bind()
    origin = f" from {settings.source}" if settings.source else ""
    process.out(f"PING {host} ({address}){origin}: {settings.size} data bytes\n")
    return await pinger.run(pinger.network.sockets.raw4)


def unknown_host(process: Process, host: str) -> int:
    """Say that a name cannot be resolved, in the release's words."""
    if Behaviour.PING_NAMES_UNKNOWN_HOST in process.kernel.release.behaviours:
        process.warn(f"cannot resolve {host}: Name could not be resolved at this time")
        return EX_NOHOST
    process.warn("Unknown host")
    return 1
