"""A capture file of either format, pcap or pcapng, as packets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lagg_tool.errors import UnreadableError
from lagg_tool.pasted_text import decoded, refuse_compressed
from lagg_tool.wire import pcap, pcapng
from lagg_tool.wire.packet import Packet


def read(data: bytes) -> Iterator[Packet]:
    """Yield the packets; one that is cut off at the end is left out.

    Raises UnreadableError where the data is no capture of Ethernet frames.
    """
    refuse_compressed(data)
    if not data:
        raise UnreadableError("this file is empty: nothing was captured, or written yet")
    if _is_text(data):
        raise UnreadableError("this is text, no capture; tcpdump -w FILE writes one")
    if data[:4] == pcapng.MAGIC:
        yield from pcapng.read(data)
    else:
        for when, frame, original in pcap.read_with_length(data):
            yield Packet(when, frame, original)


def _is_text(data: bytes) -> bool:
    """Return whether these are words, as tcpdump prints them where no file is named."""
    text, _ = decoded(data[:4000])
    return not re.search("[\x00-\x08\x0e-\x1a\x1c-\x1f\ud800-\udfff]", text[:-1])
