"""ICMP (RFC 792), ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861).

One message type serves both: ``rest`` is the second word of the header. ICMP's checksum
covers the message alone, ICMPv6's a pseudo header too; so callers give the addresses for ICMPv6
and none for ICMP.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from ipaddress import IPv6Address

from lagg_tool.wire.ip import Protocol, checksum, pseudo_header

_ICMP = struct.Struct("!BBH4s")
_ECHO = struct.Struct("!HH")
HEADER_LENGTH = _ICMP.size


class Type4(enum.IntEnum):
    """ICMP message types."""

    ECHO_REPLY = 0
    UNREACHABLE = 3
    ECHO_REQUEST = 8
    TIME_EXCEEDED = 11


class Type6(enum.IntEnum):
    """ICMPv6 message types."""

    UNREACHABLE = 1
    TOO_BIG = 2
    TIME_EXCEEDED = 3
    ECHO_REQUEST = 128
    ECHO_REPLY = 129
    MULTICAST_QUERY = 130
    MULTICAST_REPORT = 131
    MULTICAST_DONE = 132
    ROUTER_SOLICITATION = 133
    ROUTER_ADVERTISEMENT = 134
    NEIGHBOUR_SOLICITATION = 135
    NEIGHBOUR_ADVERTISEMENT = 136
    MULTICAST_REPORT_V2 = 143


class Advertised(enum.IntFlag):
    """The flags of a neighbour advertisement, in its ``rest`` word."""

    ROUTER = 0x80000000
    SOLICITED = 0x40000000
    OVERRIDE = 0x20000000


class Option(enum.IntEnum):
    """Neighbour discovery options that carry a link-layer address."""

    SOURCE_LINK = 1
    TARGET_LINK = 2


@dataclass(frozen=True, slots=True)
class Icmp:
    """An ICMP or ICMPv6 message."""

    type: int
    code: int
    rest: bytes
    payload: bytes

    @property
    def identifier(self) -> int:
        """An echo's identifier."""
        return int.from_bytes(self.rest[:2], "big")

    @property
    def sequence(self) -> int:
        """An echo's sequence number."""
        return int.from_bytes(self.rest[2:], "big")

    @property
    def target(self) -> IPv6Address | None:
        """The address that a neighbour solicitation or advertisement is about."""
        return IPv6Address(self.payload[:16]) if len(self.payload) >= 16 else None

    def link_address(self, option: Option) -> bytes | None:
        """Return the MAC address in a neighbour discovery option behind the target."""
        offset = 16
        while offset + 8 <= len(self.payload):
            kind, units = self.payload[offset], self.payload[offset + 1]
            if kind == option and units == 1:
                return self.payload[offset + 2 : offset + 8]
            if units == 0:
                return None
            offset += 8 * units
        return None

    def encode(self, addresses: tuple[IPv6Address, IPv6Address] | None = None) -> bytes:
        """Return the message with its checksum; ``addresses`` (source, destination) for ICMPv6."""
        blank = _ICMP.pack(self.type, self.code, 0, self.rest) + self.payload
        total = checksum(_covered(addresses, len(blank)) + blank)
        return _ICMP.pack(self.type, self.code, total, self.rest) + self.payload

    @classmethod
    def parse(
        cls, data: bytes, addresses: tuple[IPv6Address, IPv6Address] | None = None
    ) -> Icmp | None:
        """Return the message, or None where it is cut off or its checksum is wrong."""
        if len(data) < HEADER_LENGTH or checksum(_covered(addresses, len(data)) + data) != 0:
            return None
        kind, code, _, rest = _ICMP.unpack_from(data)
        return cls(kind, code, rest, data[HEADER_LENGTH:])


def _covered(addresses: tuple[IPv6Address, IPv6Address] | None, length: int) -> bytes:
    return b"" if addresses is None else pseudo_header(*addresses, Protocol.ICMPV6, length)


def echo(kind: int, identifier: int, sequence: int, payload: bytes = b"") -> Icmp:
    """Return an echo request or reply of either family."""
    return Icmp(kind, 0, _ECHO.pack(identifier, sequence), payload)


def neighbour_solicitation(target: IPv6Address, source_link: bytes | None) -> Icmp:
    """Return the question who has ``target``; without a link address it probes duplicates."""
    option = b"" if source_link is None else bytes((Option.SOURCE_LINK, 1)) + source_link
    return Icmp(Type6.NEIGHBOUR_SOLICITATION, 0, bytes(4), target.packed + option)


def neighbour_advertisement(target: IPv6Address, link: bytes, flags: Advertised) -> Icmp:
    """Return the statement that ``target`` is at the MAC address ``link``."""
    option = bytes((Option.TARGET_LINK, 1)) + link
    rest = int(flags).to_bytes(4, "big")
    return Icmp(Type6.NEIGHBOUR_ADVERTISEMENT, 0, rest, target.packed + option)
