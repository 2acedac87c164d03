"""A capture file of either format, pcap or pcapng, as packets."""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool.errors import UnreadableError
from lagg_tool.pasted_text import decoded, is_text, refuse_compressed
from lagg_tool.wire import pcap, pcapng
from lagg_tool.wire.packet import Packet

_BEGIN = 4000  # bytes that show whether a file is text


def read(data: bytes) -> Iterator[Packet]:
    """Yield the packets; one that is cut off at the end is left out.

    Raises UnreadableError where the data is no capture of Ethernet frames.
    """
    refuse_compressed(data)
    if not data:
        raise UnreadableError("this file is empty: nothing was captured, or written yet")
    if _is_text(data):
        raise UnreadableError("this is text, not a capture; tcpdump -w FILE writes one")
    if data[:4] == pcapng.MAGIC:
        yield from pcapng.read(data)
    else:
        yield from pcap.packets(data)


def _is_text(data: bytes) -> bool:
    """Return whether these are words, as tcpdump prints them where no file is named."""
    begin, _ = decoded(data[:_BEGIN])
    return is_text(begin if len(data) <= _BEGIN else begin[:-3])  # a character may be cut
