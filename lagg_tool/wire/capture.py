"""A capture file of either format, pcap or pcapng, as packets."""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool.pasted_text import refuse_compressed
from lagg_tool.wire import pcap, pcapng
from lagg_tool.wire.packet import Packet


def read(data: bytes) -> Iterator[Packet]:
    """Yield the packets; one that is cut off at the end is left out.

    Raises UnreadableError where the data is no capture of Ethernet frames.
    """
    refuse_compressed(data)
    if data[:4] == pcapng.MAGIC:
        yield from pcapng.read(data)
    else:
        for when, frame, original in pcap.read_with_length(data):
            yield Packet(when, frame, original)
