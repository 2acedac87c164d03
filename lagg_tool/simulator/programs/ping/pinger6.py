"""ping(8)'s IPv6 half (sbin/ping/ping6.c)."""

from __future__ import annotations

from ipaddress import IPv6Address

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.ip6 import icmp_packet
from lagg_tool.simulator.kernel.sockets import RawSocket
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.ping.pinger import (
    STAMP,
    Pinger,
    Settings,
    body,
    elapsed,
    parse_settings,
    refuse,
)
from lagg_tool.simulator.programs.routing_text import address_text
from lagg_tool.simulator.system.process import Process
from lagg_tool.wire.icmp import HEADER_LENGTH, Icmp, Type6, echo
from lagg_tool.wire.ip import IPV6_HEADER, Ipv6, Protocol

OPTIONS6 = "6c:i:nqS:s:t:W:"
DEFAULT_SIZE = 8
HOP_LIMIT = 64
MAX_PAYLOAD = 0xFFFF - IPV6_HEADER - HEADER_LENGTH


class Pinger6(Pinger):
    """IPv6."""

    deviation = "std-dev"
    title = "ping6"
    send_call = "sendmsg"

    def __init__(
        self, process: Process, settings: Settings, host: str, target: IPv6Address
    ) -> None:
        super().__init__(process, settings, host)
        self.target = target
        self.network = process.vnet.network
        self.source = IPv6Address(0)
        self.socket = RawSocket[Ipv6](Protocol.ICMPV6)

    def choose_source(self) -> None:
        """Take the source that was asked for or that fits. Raises Exit."""
        if self.settings.source:
            source = names.ipv6(self.settings.source, self.process.vnet)
            if source is None:
                raise refuse(self.process, 1, f"invalid source address: {self.settings.source}")
            own = self.network.inet6.own(source)
            if own is None or not own[1].usable:
                raise refuse(self.process, 1, f"bind: {Errno.EADDRNOTAVAIL.text}")
            self.source = source
            return
        try:
            self.source = self.network.ip6.source_for(self.target)
        except KernelError as error:
            raise refuse(self.process, 1, f"UDP connect: {error}") from error

    def send(self) -> None:
        """Send the next echo request."""
        message = echo(
            Type6.ECHO_REQUEST,
            self.identifier,
            self.statistics.transmitted & 0xFFFF,
            body(self.settings, self.process.now()),
        )
        self.network.ip6.output(icmp_packet(self.source, self.target, message, HOP_LIMIT))

    def pending(self) -> bool:
        """Whether something was received."""
        return bool(self.socket.received)

    def take(self) -> None:
        """Handle one packet (pr_pack)."""
        now, packet = self.socket.received.popleft()
        data = packet.payload
        if len(data) < HEADER_LENGTH or data[0] != Type6.ECHO_REPLY:
            return
        message = Icmp(data[0], data[1], data[4:8], data[8:])
        if message.identifier != self.identifier:
            return
        time = elapsed(message.payload, now) if self.settings.size >= STAMP.size else None
        duplicate = self.statistics.reply(message.sequence, time)
        if self.settings.quiet:
            return
        source = address_text(packet.source, self.process.vnet)
        text = (
            f"{len(data)} bytes from {source}, icmp_seq={message.sequence} hlim={packet.hop_limit}"
        )
        if time is not None:
            text += f" time={time:.3f} ms"
        if duplicate:
            text += "(DUP!)"
        self.process.out(text + "\n")


async def run6(process: Process, found: list[tuple[str, str]], host: str) -> int:
    """Run ping for an IPv6 host; ``found`` are the options."""
    vnet = process.vnet
    target = names.ipv6(host, vnet)
    if target is None:
        process.warn("Unknown host")
        return 1
    if not any(letter == "s" for letter, _ in found):
        found = [*found, ("s", str(DEFAULT_SIZE))]
    settings = parse_settings(process, found, MAX_PAYLOAD)
    pinger = Pinger6(process, settings, address_text(target, vnet), target)
    pinger.choose_source()
    sockets = pinger.network.sockets
    sockets.raw6.append(pinger.socket)
    try:
        total = IPV6_HEADER + HEADER_LENGTH + settings.size
        source = address_text(pinger.source, vnet)
        process.out(f"PING6({total}=40+8+{settings.size} bytes) {source} --> {pinger.host}\n")
        return await pinger.run()
    finally:
        sockets.raw6.remove(pinger.socket)
