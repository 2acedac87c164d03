"""ARP for IPv4 over Ethernet (RFC 826)."""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from lagg_tool.wire.ethernet import BROADCAST, Ethernet, EtherType

LENGTH = 28
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET, _ADDRESSES = 1, (6, 4)
_NOBODY = bytes(6)


class Operation(enum.IntEnum):
    """What an ARP packet wants."""

    REQUEST = 1
    REPLY = 2


@dataclass(frozen=True, slots=True)
class Arp:
    """An ARP packet; ``target_mac`` is zero in a request."""

    operation: int
    sender_mac: bytes
    sender: IPv4Address
    target_mac: bytes
    target: IPv4Address

    @property
    def gratuitous(self) -> bool:
        """Whether the sender announces itself."""
        return self.sender == self.target

    def encode(self) -> bytes:
        """Return the packet's 28 bytes, an Ethernet payload."""
        return _ARP.pack(
            _ETHERNET,
            EtherType.IPV4,
            *_ADDRESSES,
            self.operation,
            self.sender_mac,
            self.sender.packed,
            self.target_mac,
            self.target.packed,
        )

    @classmethod
    def parse(cls, payload: bytes) -> Arp | None:
        """Return the packet, or None where it is cut off or not IPv4 over Ethernet."""
        if len(payload) < LENGTH:
            return None
        hardware, protocol, hlen, plen, operation, smac, sip, tmac, tip = _ARP.unpack_from(payload)
        if (hardware, protocol, (hlen, plen)) != (_ETHERNET, EtherType.IPV4, _ADDRESSES):
            return None
        return cls(operation, smac, IPv4Address(sip), tmac, IPv4Address(tip))

    def reply(self, address: bytes) -> Arp:
        """Return the answer of the target whose MAC address is ``address``."""
        return Arp(Operation.REPLY, address, self.target, self.sender_mac, self.sender)


def request(sender_mac: bytes, sender: IPv4Address, target: IPv4Address) -> Ethernet:
    """Return the broadcast frame that asks who has ``target``."""
    packet = Arp(Operation.REQUEST, sender_mac, sender, _NOBODY, target)
    return Ethernet(BROADCAST, sender_mac, EtherType.ARP, packet.encode())


def reply(asked: Arp, address: bytes) -> Ethernet:
    """Return the unicast frame with which the owner of ``address`` answers a request."""
    packet = asked.reply(address)
    return Ethernet(asked.sender_mac, address, EtherType.ARP, packet.encode())
