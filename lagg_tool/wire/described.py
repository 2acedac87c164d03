"""LACPDUs as ``tcpdump -v`` describes them in words, made frames again (its print-slow.c)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lagg_tool.wire.ethernet import octets
from lagg_tool.wire.packet import Packet
from lagg_tool.wire.slow import Info, Lacpdu, State

_MAC = r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"
# Mail may break a line at any blank.
_SIDE = (
    r"(?P<side>Actor|Partner) Information TLV \(0x0[12]\), length:? 20 "
    rf"System (?P<system>{_MAC}), System Priority (?P<priority>\d{{1,5}}), Key (?P<key>\d{{1,5}}), "
    r"Port (?P<number>\d{1,5}), Port Priority (?P<port_priority>\d{1,5}) "
    r"State Flags \[(?P<state>[^\]]{0,120})\]"
).replace(" ", r"\s+")
_WORDS = re.compile(
    r"listening on (?P<port>[\w.]+),|\btcpdump (?:[^\n]{0,80}? )?-\w{0,9}i ?(?P<asked>[a-z]\w*\d)\b"
    rf"|(?:(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d\.\d+)\s+)?(?:(?P<source>{_MAC})\s+>\s[^>]{{0,120}}?)?"
    rf"\bLACPv1\b|{_SIDE}"
)
_STATES = {
    "Activity": State.ACTIVITY,
    "Timeout": State.TIMEOUT,
    "Aggregation": State.AGGREGATION,
    "Synchronization": State.SYNC,
    "Collecting": State.COLLECTING,
    "Distributing": State.DISTRIBUTING,
    "Default": State.DEFAULTED,
    "Expired": State.EXPIRED,
}
_DAY = 86400.0


def described(lines: Iterable[str]) -> Iterator[Packet]:
    """Yield the LACPDUs that a text describes, each with its interface where that is said.

    Times are those of a day; without them no time passes between two frames.
    """
    interface, when, source = "", 0.0, ""
    actor: Info | None = None
    for found in _WORDS.finditer("\n".join(lines)):
        if found["port"] or found["asked"]:
            interface = found["port"] or found["asked"]
        elif found["side"] == "Actor":
            actor = _info(found)
        elif found["side"]:
            if actor is not None:  # else the text is cut: of which frame is the rest?
                frame = Lacpdu(actor, _info(found)).encode(octets(source) or actor.system)
                yield Packet(when, frame, len(frame), interface)
        else:
            actor, source = None, found["source"] or ""
            if found["h"]:
                clock = 3600.0 * int(found["h"]) + 60 * int(found["m"]) + float(found["s"])
                when = clock + _DAY * (clock < when)


def _info(found: re.Match[str]) -> Info:
    state = State(0)
    for word in found["state"].split(","):
        state |= _STATES.get(word.strip(), State(0))
    priority, key, port_priority, port = (
        min(int(found[name]), 0xFFFF) for name in ("priority", "key", "port_priority", "number")
    )
    return Info(priority, octets(found["system"]), key, port_priority, port, state)
