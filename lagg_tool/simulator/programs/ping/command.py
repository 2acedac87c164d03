"""ping(8) of FreeBSD 13 (sbin/ping/main.c, ping.c): IPv4, and the way to IPv6."""

from __future__ import annotations

from ipaddress import IPv4Address

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.sockets import RawSocket
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.options import getopt
from lagg_tool.simulator.programs.ping.pinger import (
    EX_NOHOST,
    STAMP,
    Pinger,
    Settings,
    body,
    elapsed,
    parse_settings,
    refuse,
)
from lagg_tool.simulator.programs.ping.pinger6 import OPTIONS6, run6
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.system.process import Process
from lagg_tool.wire.icmp import HEADER_LENGTH, Icmp, Type4, echo
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


class Pinger4(Pinger):
    """IPv4."""

    def __init__(
        self, process: Process, settings: Settings, host: str, target: IPv4Address
    ) -> None:
        super().__init__(process, settings, host)
        self.target = target
        self.source = IPv4Address(0)
        self.network = process.vnet.network
        self.socket = RawSocket[Ipv4](Protocol.ICMP)
        self.payload = b""

    def bind(self) -> None:
        """Take the source address that was asked for. Raises Exit."""
        source = names.ipv4(self.settings.source)
        if source is None:
            raise refuse(
                self.process, EX_NOHOST, f"cannot resolve {self.settings.source}: Unknown host"
            )
        if self.network.inet.own(source) is None:
            raise refuse(self.process, 1, f"bind: {Errno.EADDRNOTAVAIL.text}")
        self.source = source

    def send(self) -> None:
        """Send the next echo request."""
        settings = self.settings
        self.payload = body(settings, self.process.now())
        message = echo(
            Type4.ECHO_REQUEST, self.identifier, self.statistics.transmitted & 0xFFFF, self.payload
        )
        self.network.ip.output(
            Ipv4(
                self.source,
                self.target,
                Protocol.ICMP,
                message.encode(),
                dont_fragment=settings.dont_fragment,
            )
        )

    def pending(self) -> bool:
        """Whether something was received."""
        return bool(self.socket.received)

    def take(self) -> None:
        """Handle one packet: an answer to us (pr_pack)."""
        now, packet = self.socket.received.popleft()
        message = Icmp.parse(packet.payload)
        if message is None or message.type != Type4.ECHO_REPLY:
            return
        if message.identifier == self.identifier:
            self._reply(now, packet, message)

    def _reply(self, now: float, packet: Ipv4, message: Icmp) -> None:
        time = elapsed(message.payload, now) if self.settings.size >= STAMP.size else None
        late = self.settings.wait_given and time is not None and time > self.settings.wait * 1000
        duplicate = self.statistics.reply(message.sequence, time)
        if self.settings.quiet:
            return
        if late:
            self.statistics.late += 1
            return
        text = (
            f"{len(packet.payload)} bytes from {packet.source}: "
            f"icmp_seq={message.sequence} ttl={packet.ttl}"
        )
        if time is not None:
            text += f" time={time:.3f} ms"
        if duplicate:
            text += " (DUP!)"
        self.process.out(text + wrong_data(self.payload, message.payload) + "\n")


def wrong_data(sent: bytes, received: bytes) -> str:
    """Return the complaint about the first byte that is not as it was sent, if there is one."""
    for index in range(STAMP.size, min(len(sent), len(received))):
        if sent[index] != received[index]:
            return (
                f"\nwrong data byte #{index} should be 0x{sent[index]:x} "
                f"but was 0x{received[index]:x}\ncp:{_dump(received[: len(sent)])}"
                f"\ndp:{_dump(sent)}"
            )
    return ""


def _dump(data: bytes) -> str:
    return "".join(("\n\t" if i % 16 == 8 else "") + f"{byte:2x} " for i, byte in enumerate(data))


def usage(process: Process) -> int:
    """Print the usage of both families and return the exit status."""
    process.err(USAGE)
    return 1


async def ping(process: Process) -> int:
    """Run ping; a target of the other family goes to ping6."""
    words = process.argv[1:]
    six = process.name == "ping6" or any(word.startswith("-6") for word in words[:-1])
    if not words:
        return usage(process)
    target = words[-1]
    if not six and names.ipv4(target) is None and names.ipv6(target, process.vnet) is not None:
        six = True
    options = getopt(process, OPTIONS6 if six else OPTIONS4, USAGE)
    found, hosts = options.pairs, options.words
    if len(hosts) != 1:
        return usage(process)
    if six:
        return await run6(process, found, hosts[0])
    address = names.ipv4(hosts[0])
    if address is None:
        return unknown_host(process, hosts[0])
    settings = parse_settings(process, found, MAX_PAYLOAD)
    pinger = Pinger4(process, settings, hosts[0], address)
    if settings.source:
        pinger.bind()
    sockets = pinger.network.sockets
    sockets.raw4.append(pinger.socket)
    try:
        origin = f" from {settings.source}" if settings.source else ""
        process.out(f"PING {hosts[0]} ({address}){origin}: {settings.size} data bytes\n")
        return await pinger.run()
    finally:
        sockets.raw4.remove(pinger.socket)


def unknown_host(process: Process, host: str) -> int:
    """Say that a name cannot be resolved, in the release's words."""
    if Behaviour.PING_NAMES_UNKNOWN_HOST in process.kernel.release.behaviours:
        process.warn(f"cannot resolve {host}: Name could not be resolved at this time")
        return EX_NOHOST
    process.warn("Unknown host")
    return 1
