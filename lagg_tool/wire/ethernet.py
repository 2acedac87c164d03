"""Ethernet II frames without FCS, with the VLAN tags of 802.1Q (clause 9).

A parse of any bytes gives a value or None; it never raises. MAC addresses are six bytes;
``mac`` and ``mac_text`` convert from and to ``52:54:00:aa:00:01``.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

ADDRESS_LENGTH = 6
HEADER_LENGTH = 14
BROADCAST = b"\xff" * ADDRESS_LENGTH

_TAG = struct.Struct("!HH")
_TYPE = struct.Struct("!H")


class EtherType(enum.IntEnum):
    """The Ethernet types that this project knows."""

    IPV4 = 0x0800
    ARP = 0x0806
    VLAN = 0x8100
    IPV6 = 0x86DD
    SERVICE_VLAN = 0x88A8
    SLOW = 0x8809


TAG_TYPES = frozenset((EtherType.VLAN, EtherType.SERVICE_VLAN))


def mac(text: str) -> bytes:
    """Return the six bytes of an address such as ``52:54:00:aa:00:01``."""
    octets = text.split(":")
    if len(octets) != ADDRESS_LENGTH or not all(1 <= len(octet) <= 2 for octet in octets):
        raise ValueError(f"{text!r} is not a MAC address: six octets with colons between")
    try:
        return bytes(int(octet, 16) for octet in octets)
    except ValueError:
        raise ValueError(f"{text!r} is not a MAC address: an octet is not hexadecimal") from None


def mac_text(address: bytes) -> str:
    """Return an address as ``52:54:00:aa:00:01``."""
    return address.hex(":")


def octets(text: str) -> bytes:
    """Return an address that somebody has shown as octets; none for what stands instead of it."""
    try:
        return bytes.fromhex(text.replace("-", "").replace(":", ""))
    except ValueError:
        return b""  # people write xx for what they do not want to show


def same_address(one: str, other: str) -> bool:
    """Whether two texts show one address: xx for xx may be any two, and zeros are nobody's."""
    return octets(one) == octets(other) and any(octets(one))


def is_multicast(address: bytes) -> bool:
    """Whether the address is a group's (the broadcast address is one)."""
    return bool(address[0] & 1)


@dataclass(frozen=True, slots=True)
class Tag:
    """One VLAN tag: the identifier (0..4095), the priority (0..7) and drop eligibility."""

    vid: int
    priority: int = 0
    drop_eligible: bool = False
    ethertype: int = EtherType.VLAN

    @property
    def control(self) -> int:
        """The tag's sixteen bits of control information (802.1Q 9.6)."""
        return self.priority << 13 | self.drop_eligible << 12 | self.vid


@dataclass(frozen=True, slots=True)
class Ethernet:
    """A frame: ``ethertype`` is that of the payload, behind the tags (outermost first)."""

    dst: bytes
    src: bytes
    ethertype: int
    payload: bytes
    tags: tuple[Tag, ...] = ()

    def encode(self) -> bytes:
        """Return the frame's bytes; short frames are not padded, virtual NICs do neither."""
        tags = b"".join(_TAG.pack(tag.ethertype, tag.control) for tag in self.tags)
        return self.dst + self.src + tags + _TYPE.pack(self.ethertype) + self.payload

    @classmethod
    def parse(cls, frame: bytes) -> Ethernet | None:
        """Return the frame, or None where header or a tag is cut off."""
        if len(frame) < HEADER_LENGTH:
            return None
        tags: list[Tag] = []
        offset = 2 * ADDRESS_LENGTH
        (ethertype,) = _TYPE.unpack_from(frame, offset)
        while ethertype in TAG_TYPES:
            if len(frame) < offset + 6:
                return None
            control, following = _TAG.unpack_from(frame, offset + 2)
            tags.append(Tag(control & 0xFFF, control >> 13, bool(control & 0x1000), ethertype))
            ethertype = following
            offset += 4
        return cls(frame[:6], frame[6:12], ethertype, frame[offset + 2 :], tuple(tags))
