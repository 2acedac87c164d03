"""UDP (RFC 768) and TCP (RFC 9293) headers with their checksums."""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

from lagg_tool.wire.ip import Address, Protocol, checksum, pseudo_header

_UDP = struct.Struct("!HHHH")
_TCP = struct.Struct("!HHIIBBHHH")
UDP_HEADER = _UDP.size
TCP_HEADER = _TCP.size


@dataclass(frozen=True, slots=True)
class Udp:
    """A UDP datagram."""

    source_port: int
    destination_port: int
    payload: bytes

    def encode(self, source: Address, destination: Address) -> bytes:
        """Return the datagram with its checksum; zero is sent as all ones."""
        length = UDP_HEADER + len(self.payload)
        blank = _UDP.pack(self.source_port, self.destination_port, length, 0) + self.payload
        total = checksum(pseudo_header(source, destination, Protocol.UDP, length) + blank)
        header = _UDP.pack(self.source_port, self.destination_port, length, total or 0xFFFF)
        return header + self.payload

    @classmethod
    def parse(cls, data: bytes, addresses: tuple[Address, Address] | None = None) -> Udp | None:
        """Return the datagram, or None where it is cut off.

        With ``addresses`` (source, destination) a wrong checksum gives None too. Captures
        are parsed without: a NIC that offloads the checksum leaves a partial one.
        """
        if len(data) < UDP_HEADER:
            return None
        source_port, destination_port, length, total = _UDP.unpack_from(data)
        if not UDP_HEADER <= length <= len(data):
            return None
        if addresses is not None and total != 0:
            pseudo = pseudo_header(*addresses, Protocol.UDP, length)
            if checksum(pseudo + data[:length]) != 0:
                return None
        return cls(source_port, destination_port, data[UDP_HEADER:length])


class Flags(enum.IntFlag):
    """TCP's control bits."""

    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10
    URG = 0x20
    ECE = 0x40
    CWR = 0x80


@dataclass(frozen=True, slots=True)
class Tcp:
    """A TCP segment."""

    source_port: int
    destination_port: int
    payload: bytes
    sequence: int = 0
    acknowledgment: int = 0
    flags: Flags = Flags.SYN
    window: int = 65535
    urgent: int = 0
    options: bytes = b""

    def encode(self, source: Address, destination: Address) -> bytes:
        """Return the segment with its checksum; options must fill words of four bytes."""
        rest = self.options + self.payload
        length = TCP_HEADER + len(rest)
        blank = self._header(0) + rest
        total = checksum(pseudo_header(source, destination, Protocol.TCP, length) + blank)
        return self._header(total) + rest

    def _header(self, total: int) -> bytes:
        return _TCP.pack(
            self.source_port,
            self.destination_port,
            self.sequence,
            self.acknowledgment,
            (TCP_HEADER + len(self.options)) // 4 << 4,
            self.flags,
            self.window,
            total,
            self.urgent,
        )

    @classmethod
    def parse(cls, data: bytes, addresses: tuple[Address, Address] | None = None) -> Tcp | None:
        """Return the segment, or None where it is cut off; checksum as in ``Udp.parse``."""
        if len(data) < TCP_HEADER:
            return None
        (
            source_port,
            destination_port,
            sequence,
            acknowledgment,
            offset,
            flags,
            window,
            _,
            urgent,
        ) = _TCP.unpack_from(data)
        header_length = (offset >> 4) * 4
        if not TCP_HEADER <= header_length <= len(data):
            return None
        if addresses is not None:
            pseudo = pseudo_header(*addresses, Protocol.TCP, len(data))
            if checksum(pseudo + data) != 0:
                return None
        return cls(
            source_port,
            destination_port,
            data[header_length:],
            sequence,
            acknowledgment,
            Flags(flags),
            window,
            urgent,
            data[TCP_HEADER:header_length],
        )
