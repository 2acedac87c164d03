"""Frames of Linux's ``-i any``, which have a header of their own in Ethernet's place.

LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 (tcpdump.org/linktypes). The destination is not in
them; that of the slow protocols is known, since they have one.
"""

from __future__ import annotations

import struct

from lagg_tool.wire.ethernet import ADDRESS_LENGTH, BROADCAST, HEADER_LENGTH, EtherType
from lagg_tool.wire.packet import Direction, Packet
from lagg_tool.wire.slow import GROUP

SLL, SLL2 = 113, 276
ANY = "any"  # the interface, where the header does not tell which
# The kind of packet, ARPHRD, the length of the address, the address, the type.
_SLL = struct.Struct("!HHH6s2xH")
# The type, the interface, ARPHRD, the kind of packet, the length of the address, the address.
_SLL2 = struct.Struct("!H2xIHBB6s2x")
_ETHER = 1  # ARPHRD_ETHER
_TO_ALL, _TO_GROUP, _SENT = 1, 2, 4


def uncooked(link: int, packet: Packet) -> Packet | None:
    """Return the packet as on its wire; None where that is not Ethernet, or its header is cut."""
    header = _SLL2 if link == SLL2 else _SLL
    if len(packet.frame) < header.size:
        return None
    if link == SLL2:
        ethertype, index, hardware, kind, _, source = _SLL2.unpack_from(packet.frame)
        name = f"interface {index}"
    else:
        kind, hardware, _, source, ethertype = _SLL.unpack_from(packet.frame)
        name = ANY
    if hardware != _ETHER:
        return None
    destination = bytes(ADDRESS_LENGTH)
    if kind == _TO_ALL:
        destination = BROADCAST
    elif ethertype == EtherType.SLOW and kind in (_TO_GROUP, _SENT):
        destination = GROUP
    return Packet(
        packet.when,
        destination + source + ethertype.to_bytes(2, "big") + packet.frame[header.size :],
        packet.original - header.size + HEADER_LENGTH,
        name,
        Direction.OUT if kind == _SENT else Direction.IN,
    )
