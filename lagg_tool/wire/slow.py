"""The slow protocols' frames: LACPDU (802.1AX-2014 6.4.2) and Marker PDU (6.5.3).

Each is exactly 124 bytes without FCS. ``parse`` accepts what FreeBSD accepts
(sys/net/ieee8023ad_lacp.c): of an LACPDU the length, the destination and the TLV lengths
are checked, types, version and reserved bytes are not (lacp_pdu_input, tlv_check without
check_type); of a marker the version and the TLV types are checked too (lacp_marker_input).
An LACPDU is decoded through one precompiled struct: a capture holds very many.
"""

from __future__ import annotations

import enum
import struct
from typing import NamedTuple

from lagg_tool.wire.ethernet import Ethernet, EtherType

GROUP = bytes.fromhex("0180c2000002")  # 802.3 Annex 57A: the Slow_Protocols_Multicast address
LENGTH = 124


class Subtype(enum.IntEnum):
    """What a slow protocols frame is; the kernel takes LACP and MARKER, the rest is data."""

    LACP = 1
    MARKER = 2
    OAM = 3
    OSSP = 10


class State(enum.IntFlag):
    """An actor's or partner's state octet (6.4.2.3 i)."""

    ACTIVITY = 0x01
    TIMEOUT = 0x02
    AGGREGATION = 0x04
    SYNC = 0x08
    COLLECTING = 0x10
    DISTRIBUTING = 0x20
    DEFAULTED = 0x40
    EXPIRED = 0x80


_STATES = tuple(State(octet) for octet in range(256))  # State(octet) costs more than a lookup


class Info(NamedTuple):
    """One side of a link: the system, the port's key, the port, and its state."""

    system_priority: int
    system: bytes
    key: int
    port_priority: int
    port: int
    state: State


NOBODY = Info(0, bytes(6), 0, 0, 0, State(0))

# Destination, source; then what parse compares as bytes: type, subtype, version and each
# TLV's type and length. Delay; twelve, and behind the terminator fifty, reserved bytes.
_LACPDU = struct.Struct("!6s6sHBBBBH6sHHHB3xBBH6sHHHB3xBBH12xBB50x")
_LACPDU_FIELDS = struct.Struct("!15xB2xH6sHHHB5xH6sHHHB5xH64x")
_MARKER = struct.Struct("!6s6sHBBBBH6sI2sBB90x")
_MARKER_FIELDS = struct.Struct("!18xH6sI2s92x")
_SLOW_LACP = bytes((0x88, 0x09, Subtype.LACP))
_SLOW_MARKER = bytes((0x88, 0x09, Subtype.MARKER, 1))
_ACTOR_LENGTH, _PARTNER_LENGTH, _COLLECTOR_LENGTH, _END_LENGTH = 17, 37, 57, 73
_MARKER_TYPE, _MARKER_END = 16, 32


class Lacpdu(NamedTuple):
    """A LACPDU: what the sender says of itself, and of the one it talks to."""

    actor: Info
    partner: Info
    collector_delay: int = 0
    version: int = 1

    def encode(self, src: bytes, dst: bytes = GROUP) -> bytes:
        """Return the frame of 124 bytes."""
        return _LACPDU.pack(
            dst,
            src,
            EtherType.SLOW,
            Subtype.LACP,
            self.version,
            *(1, 20, *self.actor),
            *(2, 20, *self.partner),
            *(3, 16, self.collector_delay),
            *(0, 0),
        )

    @classmethod
    def parse(cls, frame: bytes) -> Lacpdu | None:
        """Return what FreeBSD would take from the frame; None where it ignores it."""
        if (
            len(frame) != LENGTH
            or frame[:6] != GROUP
            or frame[12:15] != _SLOW_LACP
            or frame[_ACTOR_LENGTH] != 20
            or frame[_PARTNER_LENGTH] != 20
            or frame[_COLLECTOR_LENGTH] != 16
            or frame[_END_LENGTH] != 0
        ):
            return None
        version, prio, system, key, port_prio, port, state, *partner, delay = _LACPDU_FIELDS.unpack(
            frame
        )
        prio2, system2, key2, port_prio2, port2, state2 = partner
        return cls(
            Info(prio, system, key, port_prio, port, _STATES[state]),
            Info(prio2, system2, key2, port_prio2, port2, _STATES[state2]),
            delay,
            version,
        )


class MarkerKind(enum.IntEnum):
    """The TLV type of a marker PDU (6.5.3.3)."""

    INFORMATION = 1
    RESPONSE = 2


class Marker(NamedTuple):
    """A Marker PDU: a question whether everything sent before has arrived, or its answer."""

    kind: MarkerKind
    port: int
    system: bytes
    transaction: int
    pad: bytes = bytes(2)

    def encode(self, src: bytes, dst: bytes = GROUP, version: int = 1) -> bytes:
        """Return the frame of 124 bytes."""
        return _MARKER.pack(
            dst,
            src,
            EtherType.SLOW,
            Subtype.MARKER,
            version,
            *(self.kind, 16, self.port, self.system, self.transaction, self.pad),
            *(0, 0),
        )

    @classmethod
    def parse(cls, frame: bytes) -> Marker | None:
        """Return what FreeBSD would take from the frame; None where it ignores it."""
        if (
            len(frame) != LENGTH
            or frame[:6] != GROUP
            or frame[12:16] != _SLOW_MARKER
            or frame[_MARKER_TYPE] not in (MarkerKind.INFORMATION, MarkerKind.RESPONSE)
            or frame[_MARKER_TYPE + 1] != 16
            or frame[_MARKER_END : _MARKER_END + 2] != b"\0\0"
        ):
            return None
        return cls(MarkerKind(frame[_MARKER_TYPE]), *_MARKER_FIELDS.unpack(frame))


def marker_response(request: bytes, src: bytes) -> bytes:
    """Return a valid marker frame as the responder sends it back (lacp_marker_input).

    Everything stays, the reserved bytes too, but the TLV type and the source address.
    """
    kind = bytes((MarkerKind.RESPONSE,))
    return GROUP + src + request[12:_MARKER_TYPE] + kind + request[_MARKER_TYPE + 1 :]


def subtype(frame: bytes) -> int | None:
    """Return the slow protocols subtype of an untagged frame of that type, else None."""
    if len(frame) > 14 and frame[12:14] == _SLOW_LACP[:2]:
        return frame[14]
    return None


def behind_tag(frame: bytes) -> int | None:
    """Return the VLAN (0: a priority alone) of a tagged frame of the slow protocols, or None."""
    found = Ethernet.parse(frame)
    return found.tags[0].vid if found and found.tags and found.ethertype == EtherType.SLOW else None
