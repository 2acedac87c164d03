"""ping(8)'s IPv6 half (sbin/ping/ping6.c)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.ip6 import icmp_packet
from lagg_tool.simulator.kernel.sockets import RawSocket
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.options import Options, fail
from lagg_tool.simulator.programs.ping.pinger import Pinger, Settings, parse_settings
from lagg_tool.simulator.programs.routing_text import address_text
from lagg_tool.simulator.system.process import Process
from lagg_tool.wire.icmp import HEADER_LENGTH, Icmp, Type6
from lagg_tool.wire.ip import IPV6_HEADER, Ipv6, Protocol

OPTIONS6 = "6c:i:nqS:s:t:W:"
DEFAULT_SIZE = 8
HOP_LIMIT = 64
MAX_PAYLOAD = 0xFFFF - IPV6_HEADER - HEADER_LENGTH


class Pinger6(Pinger[Ipv6]):
    """IPv6."""

    deviation = "std-dev"
    title = "ping6"
    send_call = "sendmsg"
    duplicate = "(DUP!)"

    def __init__(
        self, process: Process, settings: Settings, host: str, target: IPv6Address
    ) -> None:
        super().__init__(process, settings, host, RawSocket[Ipv6](Protocol.ICMPV6))
        self.target = target
        self.source = IPv6Address(0)

    def choose_source(self) -> None:
        """Take the source that was asked for or that fits. Raises Exit."""
        if self.settings.source:
            source = names.ipv6(self.settings.source, self.process.vnet)
            if source is None:
                fail(self.process, f"invalid source address: {self.settings.source}", "")
            own = self.network.inet6.own(source)
            if own is None or not own[1].usable:
                fail(self.process, f"bind: {Errno.EADDRNOTAVAIL.text}", "")
            self.source = source
            return
        try:
            self.source = self.network.ip6.source_for(self.target)
        except KernelError as error:
            fail(self.process, f"UDP connect: {error}", "")

    def send(self, message: Callable[[int], Icmp]) -> None:
        """Send an echo request. Raises KernelError."""
        request = message(Type6.ECHO_REQUEST)
        self.network.ip6.output(icmp_packet(self.source, self.target, request, HOP_LIMIT))

    def answer(self, packet: Ipv6) -> tuple[Icmp, str] | None:
        """Return an echo reply, and the words for it; None for any other message."""
        data = packet.payload
        if len(data) < HEADER_LENGTH or data[0] != Type6.ECHO_REPLY:
            return None
        message = Icmp(data[0], data[1], data[4:8], data[8:])
        source = address_text(packet.source, self.process.vnet)
        return message, (
            f"{len(data)} bytes from {source}, icmp_seq={message.sequence} hlim={packet.hop_limit}"
        )


async def run6(process: Process, options: Options, host: str) -> int:
    """Run ping for an IPv6 host."""
    vnet = process.vnet
    target = names.ipv6(host, vnet)
    if target is None:
        fail(process, "Unknown host", "")
    if "s" not in options:
        options.pairs.append(("s", str(DEFAULT_SIZE)))
    settings = parse_settings(process, options, MAX_PAYLOAD)
    pinger = Pinger6(process, settings, address_text(target, vnet), target)
    pinger.choose_source()
    total = IPV6_HEADER + HEADER_LENGTH + settings.size
    source = address_text(pinger.source, vnet)
    process.out(f"PING6({total}=40+8+{settings.size} bytes) {source} --> {pinger.host}\n")
    return await pinger.run(pinger.network.sockets.raw6)
