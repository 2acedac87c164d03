"""The gateway behind vtnet0: QEMU's user network, as small as the NAS needs it.

Its gateway 10.0.2.2 answers ARP and echo requests to itself. An echo request that should
go beyond it comes back as QEMU returned one in the recordings: as a reply that carries the
quoted request of the unreachable message that QEMU's host was sent.
"""

from __future__ import annotations

import contextlib
import dataclasses
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.wire.arp import Arp, Operation, reply
from lagg_tool.wire.ethernet import Ethernet, EtherType, mac
from lagg_tool.wire.icmp import Icmp, Type4
from lagg_tool.wire.ip import Ipv4, Protocol

if TYPE_CHECKING:
    from lagg_tool.simulator.kernel.network import Network

GATEWAY = IPv4Address("10.0.2.2")
GATEWAY_MAC = mac("52:55:0a:00:02:02")
GATEWAY_TTL = 255
OUTSIDE, OUTSIDE_TTL = IPv4Address("192.0.2.2"), 62  # QEMU's own host, seen from beyond
DELAY = 0.0002  # seconds until an answer is back


def answer(frame: bytes) -> bytes | None:
    """Return the frame with which the gateway answers, if it does."""
    parsed = Ethernet.parse(frame)
    if parsed is None or parsed.tags:
        return None
    if parsed.ethertype == EtherType.ARP:
        return _answer_arp(parsed)
    if parsed.ethertype == EtherType.IPV4 and parsed.dst == GATEWAY_MAC:
        return _answer_echo(parsed)
    return None


def session_begins(network: Network) -> None:
    """Make the NAS resolve its SSH client, the gateway, as the session's packets would."""
    route = network.routes.lookup(GATEWAY)
    if route is None or network.inet.arp.find(route.interface, GATEWAY) is not None:
        return
    with contextlib.suppress(KernelError):
        network.inet.arp.resolve(route.interface, GATEWAY, lambda _mac: None, gateway=False)


def _answer_arp(frame: Ethernet) -> bytes | None:
    asked = Arp.parse(frame.payload)
    if asked is None or asked.operation != Operation.REQUEST or asked.target != GATEWAY:
        return None
    return reply(asked, GATEWAY_MAC).encode()


def _answer_echo(frame: Ethernet) -> bytes | None:
    packet = Ipv4.parse(frame.payload)
    if packet is None or packet.protocol != Protocol.ICMP:
        return None
    message = Icmp.parse(packet.payload)
    if message is None or message.type != Type4.ECHO_REQUEST or packet.is_fragment:
        return None
    data = message.payload
    if packet.destination != GATEWAY:
        beyond = dataclasses.replace(packet, source=OUTSIDE, ttl=OUTSIDE_TTL, dont_fragment=True)
        data = beyond.encode()[: len(data)]
    back = dataclasses.replace(
        packet,
        source=packet.destination,
        destination=packet.source,
        ttl=GATEWAY_TTL,
        payload=dataclasses.replace(message, type=Type4.ECHO_REPLY, payload=data).encode(),
    )
    return Ethernet(frame.src, GATEWAY_MAC, EtherType.IPV4, back.encode()).encode()
