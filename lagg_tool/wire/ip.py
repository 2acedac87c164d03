"""IPv4 (RFC 791) and IPv6 (RFC 8200) headers, their checksum, their fragments.

``parse`` takes an Ethernet payload: what follows the packet's own length is padding
and falls away. ``offset`` is in bytes everywhere.
"""

from __future__ import annotations

import dataclasses
import enum
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

_IPV4 = struct.Struct("!BBHHHBBH4s4s")
_IPV6 = struct.Struct("!IHBB16s16s")
_FRAGMENT = struct.Struct("!BBHI")
_PSEUDO6 = struct.Struct("!16s16sIxxxB")
_PSEUDO4 = struct.Struct("!4s4sxBH")

IPV4_HEADER = 20
IPV6_HEADER = 40
_DONT_FRAGMENT, _MORE_FRAGMENTS, _OFFSET = 0x4000, 0x2000, 0x1FFF
_MORE6 = 0x0001
_UNIT = 8  # fragments begin at multiples of eight bytes

Address = IPv4Address | IPv6Address


class Protocol(enum.IntEnum):
    """What a packet carries: IPv4's protocol and IPv6's next header."""

    HOP_BY_HOP = 0
    ICMP = 1
    IGMP = 2
    TCP = 6
    UDP = 17
    FRAGMENT = 44
    ICMPV6 = 58
    NONE = 59


def checksum(data: bytes) -> int:
    """Return the internet checksum (RFC 1071); 0 over data that contains a right one."""
    if len(data) % 2:
        data += b"\0"
    number = int.from_bytes(data, "big")
    # The ones' complement sum of words is the number modulo 2^16-1, where a sum that is not
    # zero never becomes zero by carrying.
    total = number % 0xFFFF or (0xFFFF if number else 0)
    return total ^ 0xFFFF


def pseudo_header(source: Address, destination: Address, protocol: int, length: int) -> bytes:
    """Return what TCP, UDP and ICMPv6 checksums cover besides their own bytes."""
    if isinstance(source, IPv4Address):
        return _PSEUDO4.pack(source.packed, destination.packed, protocol, length & 0xFFFF)
    return _PSEUDO6.pack(source.packed, destination.packed, length, protocol)


@dataclass(frozen=True, slots=True)
class Ipv4:
    """An IPv4 packet or one fragment of it."""

    source: IPv4Address
    destination: IPv4Address
    protocol: int
    payload: bytes
    ttl: int = 64
    identification: int = 0
    service: int = 0
    dont_fragment: bool = False
    more_fragments: bool = False
    offset: int = 0
    options: bytes = b""

    @property
    def is_fragment(self) -> bool:
        """Whether this is less than a whole packet."""
        return self.more_fragments or self.offset > 0

    def encode(self) -> bytes:
        """Return the packet with its header checksum; options must fill words of four bytes."""
        header_length = IPV4_HEADER + len(self.options)
        flags = self.dont_fragment * _DONT_FRAGMENT | self.more_fragments * _MORE_FRAGMENTS
        fields = (
            0x40 | header_length // 4,
            self.service,
            header_length + len(self.payload),
            self.identification,
            flags | self.offset // _UNIT,
            self.ttl,
            self.protocol,
        )
        addresses = (self.source.packed, self.destination.packed)
        total = checksum(_IPV4.pack(*fields, 0, *addresses) + self.options)
        return _IPV4.pack(*fields, total, *addresses) + self.options + self.payload

    @classmethod
    def parse(cls, data: bytes) -> Ipv4 | None:
        """Return the packet, or None as ip_input() drops it: cut off, or a wrong checksum."""
        if len(data) < IPV4_HEADER:
            return None
        first, service, length, ident, flags, ttl, protocol, _, source, destination = (
            _IPV4.unpack_from(data)
        )
        header_length = (first & 0xF) * 4
        if first >> 4 != 4 or not IPV4_HEADER <= header_length <= length <= len(data):
            return None
        if checksum(data[:header_length]) != 0:
            return None
        return cls(
            IPv4Address(source),
            IPv4Address(destination),
            protocol,
            data[header_length:length],
            ttl,
            ident,
            service,
            bool(flags & _DONT_FRAGMENT),
            bool(flags & _MORE_FRAGMENTS),
            (flags & _OFFSET) * _UNIT,
            data[IPV4_HEADER:header_length],
        )


def fragment(packet: Ipv4, mtu: int) -> list[Ipv4]:
    """Return the packet in pieces of at most ``mtu`` bytes each, header included."""
    header_length = IPV4_HEADER + len(packet.options)
    if header_length + len(packet.payload) <= mtu:
        return [packet]
    size = (mtu - header_length) // _UNIT * _UNIT
    if size < _UNIT:
        raise ValueError(f"an MTU of {mtu} leaves no room for a fragment")
    return [
        dataclasses.replace(
            packet,
            payload=packet.payload[start : start + size],
            offset=packet.offset + start,
            more_fragments=packet.more_fragments or start + size < len(packet.payload),
        )
        for start in range(0, len(packet.payload), size)
    ]


@dataclass(frozen=True, slots=True)
class Ipv6:
    """An IPv6 packet; extension headers are the front of the payload."""

    source: IPv6Address
    destination: IPv6Address
    next_header: int
    payload: bytes
    hop_limit: int = 64
    traffic_class: int = 0
    flow_label: int = 0

    def encode(self) -> bytes:
        """Return the packet's bytes."""
        first = 6 << 28 | self.traffic_class << 20 | self.flow_label
        return (
            _IPV6.pack(
                first,
                len(self.payload),
                self.next_header,
                self.hop_limit,
                self.source.packed,
                self.destination.packed,
            )
            + self.payload
        )

    @classmethod
    def parse(cls, data: bytes) -> Ipv6 | None:
        """Return the packet, or None where it is cut off or of another version."""
        if len(data) < IPV6_HEADER:
            return None
        first, length, next_header, hop_limit, source, destination = _IPV6.unpack_from(data)
        if first >> 28 != 6 or IPV6_HEADER + length > len(data):
            return None
        return cls(
            IPv6Address(source),
            IPv6Address(destination),
            next_header,
            data[IPV6_HEADER : IPV6_HEADER + length],
            hop_limit,
            first >> 20 & 0xFF,
            first & 0xFFFFF,
        )


@dataclass(frozen=True, slots=True)
class FragmentHeader:
    """IPv6's fragment header (RFC 8200 4.5) with the piece behind it."""

    next_header: int
    identification: int
    offset: int
    more_fragments: bool
    payload: bytes

    def encode(self) -> bytes:
        """Return header and piece, the payload of an Ipv6 whose next header is 44."""
        word = self.offset | self.more_fragments * _MORE6
        return _FRAGMENT.pack(self.next_header, 0, word, self.identification) + self.payload

    @classmethod
    def parse(cls, data: bytes) -> FragmentHeader | None:
        """Return header and piece, or None where the header is cut off."""
        if len(data) < _FRAGMENT.size:
            return None
        next_header, _, word, identification = _FRAGMENT.unpack_from(data)
        more = bool(word & _MORE6)
        return cls(next_header, identification, word & ~7, more, data[_FRAGMENT.size :])


def fragment6(packet: Ipv6, mtu: int, identification: int) -> list[Ipv6]:
    """Return the packet in pieces of at most ``mtu`` bytes each, headers included."""
    if IPV6_HEADER + len(packet.payload) <= mtu:
        return [packet]
    size = (mtu - IPV6_HEADER - _FRAGMENT.size) // _UNIT * _UNIT
    if size < _UNIT:
        raise ValueError(f"an MTU of {mtu} leaves no room for a fragment")
    total = len(packet.payload)
    return [
        dataclasses.replace(
            packet,
            next_header=Protocol.FRAGMENT,
            payload=FragmentHeader(
                packet.next_header,
                identification,
                start,
                start + size < total,
                packet.payload[start : start + size],
            ).encode(),
        )
        for start in range(0, total, size)
    ]
