"""Capture files in the pcapng format: several interfaces, each with its name.

draft-ietf-opsawg-pcapng: a section header (3.1) sets the order of bytes, interface
descriptions (4.2) the link types and the resolution of times, and packets are enhanced
(4.3), simple (4.4) or of the obsolete kind. What is written has one section, times in
microseconds, and an interface for each port.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lagg_tool.errors import UnreadableError
from lagg_tool.wire.cooked import uncooked
from lagg_tool.wire.packet import Direction, Packet
from lagg_tool.wire.pcap import ETHERNET, LINKS, refuse_other_links

MAGIC = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDER = 0x1A2B3C4D
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
# Options: numbers of the draft.
_END, _COMMENT, _APPLICATION = 0, 1, 4
_IF_NAME, _IF_TSRESOL, _IF_TSOFFSET, _EPB_FLAGS = 2, 9, 14, 2
_DIRECTIONS = dict(enumerate(Direction))
_UNKNOWN_LENGTH = 0xFFFFFFFFFFFFFFFF
_MICROSECONDS = 6


@dataclass(frozen=True)
class _Interface:
    name: str
    link: int
    ticks: int  # in a second
    offset: int  # seconds


def read(data: bytes) -> Iterator[Packet]:
    """Yield the Ethernet packets; a block cut off at the end is left out.

    Raises UnreadableError where a block cannot be what it says.
    """
    order = ""
    interfaces: list[_Interface] = []
    links: set[int] = set()
    for kind, body, order in _blocks(data):
        if kind == _SECTION:
            interfaces = []
        elif kind == _INTERFACE:
            interfaces.append(_interface(body, order, len(interfaces)))
            links.add(interfaces[-1].link)
        elif kind in {_ENHANCED, _OLD_PACKET, _SIMPLE}:
            try:
                packet = _packet(kind, body, order, interfaces)
            except (struct.error, IndexError):
                raise UnreadableError("a packet of this pcapng file is damaged") from None
            if packet is not None:
                yield packet
    if links and not links & LINKS:
        refuse_other_links(min(links))


def _blocks(data: bytes) -> Iterator[tuple[int, bytes, str]]:
    """Yield each block's kind, its body and the order of its bytes."""
    order, offset = "", 0
    while offset + 12 <= len(data):
        if data[offset : offset + 4] == MAGIC:
            order = next(
                (
                    o
                    for o in "<>"
                    if struct.unpack_from(o + "I", data, offset + 8)[0] == _BYTE_ORDER
                ),
                "",
            )
        if not order:
            raise UnreadableError("this is not a pcapng file: it does not begin with a section")
        kind, length = struct.unpack_from(order + "II", data, offset)
        if length < 12 or length % 4:
            raise UnreadableError(f"this pcapng file is damaged: a block of {length} bytes")
        if offset + length > len(data):
            return
        yield kind, data[offset + 8 : offset + length - 4], order
        offset += length


def _options(data: bytes, order: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    offset = 0
    while offset + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, offset)
        if code == _END:
            break
        found.setdefault(code, data[offset + 4 : offset + 4 + length])
        offset += 4 + (length + 3) // 4 * 4
    return found


def _interface(body: bytes, order: str, number: int) -> _Interface:
    if len(body) < 8:
        raise UnreadableError("an interface of this pcapng file is damaged")
    options = _options(body[8:], order)
    resolution = (options.get(_IF_TSRESOL) or b"\x06")[0]
    # The highest bit says whether the rest is a power of two or of ten.
    ticks = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10 ** (resolution & 0x7F)
    offset = options.get(_IF_TSOFFSET, b"")
    name = options.get(_IF_NAME, b"").rstrip(b"\0").decode("utf-8", "replace")
    # A name is a word of a line: with a line break in it, it would look like several.
    name = "".join(each if each.isprintable() else "\ufffd" for each in name)
    return _Interface(
        name or f"interface {number}",
        struct.unpack_from(order + "H", body)[0],
        ticks,
        struct.unpack(order + "q", offset)[0] if len(offset) == 8 else 0,
    )


def _packet(kind: int, body: bytes, order: str, interfaces: list[_Interface]) -> Packet | None:
    direction = Direction.UNKNOWN
    if kind == _SIMPLE:
        number, high, low = 0, 0, 0
        (original,) = struct.unpack_from(order + "I", body)
        captured, start = min(original, len(body) - 4), 4
    else:
        form = "IIIII" if kind == _ENHANCED else "HHIIII"
        fields = struct.unpack_from(order + form, body)
        number = fields[0]
        high, low, captured, original = fields[-4:]
        start = 20
        rest = body[start + (captured + 3) // 4 * 4 :]
        flags = _options(rest, order).get(_EPB_FLAGS, b"")
        if len(flags) == 4:
            direction = _DIRECTIONS.get(struct.unpack(order + "I", flags)[0] & 3, direction)
    interface = interfaces[number]
    frame = body[start : start + captured]
    if len(frame) != captured:
        raise IndexError
    if interface.link not in LINKS:
        return None
    when = (high << 32 | low) / interface.ticks + interface.offset
    packet = Packet(when, frame, original, interface.name, direction)
    return packet if interface.link == ETHERNET else uncooked(interface.link, packet)


def write(packets: Sequence[Packet], comment: str, application: str) -> bytes:
    """Return a capture of Ethernet packets; ``comment`` says where it comes from."""
    names = sorted({packet.interface for packet in packets})
    head = struct.pack("<IHHQ", _BYTE_ORDER, 1, 0, _UNKNOWN_LENGTH)
    named = _option(_COMMENT, comment.encode()) + _option(_APPLICATION, application.encode())
    parts = [_block(_SECTION, head + named + _option(_END))]
    for name in names:
        options = _option(_IF_NAME, name.encode()) + _option(_IF_TSRESOL, bytes([_MICROSECONDS]))
        body = struct.pack("<HHI", ETHERNET, 0, 0) + options + _option(_END)
        parts.append(_block(_INTERFACE, body))
    parts += [_enhanced(packet, names.index(packet.interface)) for packet in packets]
    return b"".join(parts)


def _enhanced(packet: Packet, interface: int) -> bytes:
    when = round(max(packet.when, 0.0) * 10**_MICROSECONDS)
    lengths = len(packet.frame), packet.original
    head = struct.pack("<IIIII", interface, when >> 32, when & 0xFFFFFFFF, *lengths)
    flags = _option(_EPB_FLAGS, struct.pack("<I", packet.direction))
    return _block(_ENHANCED, head + _padded(packet.frame) + flags + _option(_END))


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _option(code: int, value: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
