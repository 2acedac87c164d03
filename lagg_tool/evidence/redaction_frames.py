"""Addresses inside frames, replaced with stand-ins of the same length, checksums kept right.

Addresses are found where the protocols put them, and then replaced wherever their bytes
stand in the frame: DHCP and ARP repeat a MAC address, LACPDUs carry the partner's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from lagg_tool.wire.ethernet import TAG_TYPES
from lagg_tool.wire.ip import Protocol, checksum, pseudo_header

_ARP, _IPV4, _IPV6, _SLOW = 0x0806, 0x0800, 0x86DD, 0x8809
# Where each protocol keeps its checksum.
_CHECKSUM_AT: Mapping[int, int] = {
    Protocol.ICMP: 2,
    Protocol.TCP: 16,
    Protocol.UDP: 6,
    Protocol.ICMPV6: 2,
}

Address = IPv4Address | IPv6Address


class FrameRedactor:
    """Replaces what ``mac`` and ``address`` have stand-ins for."""

    def __init__(
        self, mac: Callable[[bytes], bytes], address: Callable[[Address], Address]
    ) -> None:
        self._mac = mac
        self._address = address

    def frame(self, frame: bytes, names: Mapping[bytes, bytes]) -> bytes:
        """Return the frame of the same length without secret addresses and ``names``."""
        changed = frame
        for old, new in self._pairs(frame):
            if old != new:
                changed = changed.replace(old, new)
        for name, stand_in in names.items():
            if name in changed:
                fitted = stand_in[: len(name)].ljust(len(name), b"x")
                changed = changed.replace(name, fitted)
        return changed if changed == frame else _summed(changed, frame)

    def _pairs(self, frame: bytes) -> Iterator[tuple[bytes, bytes]]:
        for mac in _macs(frame):
            yield mac, self._mac(mac)
        for packed in _addresses(frame):
            yield packed, self._address(ip_address(packed)).packed


def _payload(frame: bytes) -> tuple[int, int]:
    """Return the Ethertype after any VLAN tags, and where its payload begins."""
    at = 12
    while int.from_bytes(frame[at : at + 2], "big") in TAG_TYPES:
        at += 4
    return int.from_bytes(frame[at : at + 2], "big"), at + 2


def _macs(frame: bytes) -> Iterator[bytes]:
    kind, at = _payload(frame)
    found = [frame[0:6], frame[6:12]]
    if kind == _ARP:
        found += [frame[at + 8 : at + 14], frame[at + 18 : at + 24]]
    elif kind == _SLOW:  # actor's and partner's system, or a marker's
        found += [frame[at + 6 : at + 12], frame[at + 26 : at + 32]]
    yield from (mac for mac in found if len(mac) == 6)
    for address in _addresses(frame):
        if len(address) == 16 and address[11:13] == b"\xff\xfe":
            yield bytes([address[8] ^ 2]) + address[9:11] + address[13:]


def _addresses(frame: bytes) -> Iterator[bytes]:
    kind, at = _payload(frame)
    places = {
        _ARP: ((14, 4), (24, 4)),
        _IPV4: ((12, 4), (16, 4)),
        _IPV6: ((8, 16), (24, 16)),
    }.get(kind, ())
    found = [frame[at + start : at + start + size] for start, size in places]
    if kind == _IPV6 and frame[at + 6 : at + 7] == bytes([Protocol.ICMPV6]):
        neighbour = frame[at + 48 : at + 64]  # the target of neighbour discovery
        if frame[at + 40 : at + 41] in (b"\x87", b"\x88") and len(neighbour) == 16:
            found.append(neighbour)
    yield from (address for address in found if len(address) in (4, 16))


def _summed(frame: bytes, original: bytes) -> bytes:
    """Make checksums right that were right before; wrong ones may be what is shown."""
    kind, at = _payload(frame)
    if kind == _IPV4 and len(frame) >= at + 20:
        header = (frame[at] & 0x0F) * 4
        fixed = bytearray(frame)
        if checksum(original[at : at + header]) == 0:
            fixed[at + 10 : at + 12] = b"\0\0"
            fixed[at + 10 : at + 12] = checksum(bytes(fixed[at : at + header])).to_bytes(2, "big")
        whole = int.from_bytes(frame[at + 2 : at + 4], "big")
        if int.from_bytes(frame[at + 6 : at + 8], "big") & 0x3FFF:
            return bytes(fixed)  # a fragment has no checksum of its own
        return _transport(fixed, original, at + header, at + whole, frame[at + 9])
    if kind == _IPV6 and len(frame) >= at + 40:
        end = at + 40 + int.from_bytes(frame[at + 4 : at + 6], "big")
        return _transport(bytearray(frame), original, at + 40, end, frame[at + 6])
    return frame


def _transport(frame: bytearray, original: bytes, begin: int, end: int, protocol: int) -> bytes:
    place = _CHECKSUM_AT.get(protocol)
    if place is None or end > len(frame) or end - begin < place + 2:
        return bytes(frame)
    if checksum(_covered(original, begin, end, protocol)) != 0:
        return bytes(frame)
    frame[begin + place : begin + place + 2] = b"\0\0"
    total = checksum(_covered(bytes(frame), begin, end, protocol))
    if protocol == Protocol.UDP and total == 0:
        total = 0xFFFF
    frame[begin + place : begin + place + 2] = total.to_bytes(2, "big")
    return bytes(frame)


def _covered(frame: bytes, begin: int, end: int, protocol: int) -> bytes:
    data = frame[begin:end]
    if protocol == Protocol.ICMP:
        return data
    kind, at = _payload(frame)
    first, size = (at + 12, 4) if kind == _IPV4 else (at + 8, 16)
    source, destination = (ip_address(frame[a : a + size]) for a in (first, first + size))
    return pseudo_header(source, destination, protocol, len(data)) + data
