"""Which port of a LAGG captured frames belong to, and what they say for its diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lagg_tool.ifconfig import Interface, Listing
from lagg_tool.lagg.finding import last_seen
from lagg_tool.lagg.frames import is_cut, lacpdu_of
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import octets
from lagg_tool.wire.packet import Direction, Packet
from lagg_tool.wire.slow import Lacpdu

# A partner on the slow timer sends every 30 seconds (802.1AX, 6.4.4): silence for less than
# that proves nothing.
SLOW_PERIOD = 30


# The port that sends with an LACP system and a port number.
Systems = Mapping[tuple[bytes, int | None], str]


@dataclass(frozen=True)
class Captured:
    """What captures say of the ports; ``unplaced`` are interfaces that belong to none."""

    received: Mapping[str, Sequence[Lacpdu]] = field(default_factory=dict)
    foreign: Mapping[str, int] = field(default_factory=dict)
    watched: frozenset[str] = frozenset()
    unplaced: tuple[str, ...] = ()


def captured(streams: Mapping[str, Iterable[Packet]], name: str, listing: Listing) -> Captured:
    """Sort captured packets by the ports of the LAGG ``name``.

    ``streams`` are packets by what is known of their place: the name of a port, of an
    interface, or of a file. A port is recognised by that name, or by the LACPDUs: each
    carries the number of the NAS's port, which ``ifconfig -v`` prints.
    """
    lagg = last_seen(listing, name)
    if lagg is None:
        return Captured(unplaced=tuple(streams))
    systems: Systems = {
        (octets(port.actor.system), port.actor.port): port.name for port in lagg.ports if port.actor
    }
    names = [port.name for port in lagg.ports]
    return placed(streams, names, _own_addresses(lagg, listing), systems)


def placed(
    streams: Mapping[str, Iterable[Packet]],
    names: Sequence[str],
    ours: frozenset[bytes],
    systems: Systems,
) -> Captured:
    """Sort captured packets by ports.

    ``ours`` are the MAC addresses of the NAS, which sends and does not receive; ``systems``
    says which port sends with an LACP system and a port number.
    """
    received: dict[str, list[Lacpdu]] = {}
    foreign: dict[str, int] = {}
    times: dict[str, list[float]] = {}
    unread: set[str] = set()  # ports at which LACPDUs came that cannot be read
    unplaced: list[str] = []
    for place, packets in streams.items():
        kept = list(packets)
        port = _port_of(place, kept, names, systems)
        if port is None:
            unplaced.append(place)
            continue
        for packet in kept:
            times.setdefault(port, []).append(packet.when)
            pdu = lacpdu_of(packet)
            outgoing = packet.direction is Direction.OUT or packet.frame[6:12] in ours
            if pdu is not None and pdu.actor.system not in ours and not outgoing:
                received.setdefault(port, []).append(pdu)
            elif outgoing:
                continue
            elif is_cut(packet) or slow.behind_tag(packet.frame) is not None:
                unread.add(port)
            elif slow.subtype(packet.frame) is None:
                foreign[port] = foreign.get(port, 0) + 1
    watched = {
        port
        for port, when in times.items()
        if max(when) - min(when) > SLOW_PERIOD and port not in unread
    }
    return Captured(received, foreign, frozenset(watched), tuple(unplaced))


def _own_addresses(lagg: Interface, listing: Listing) -> frozenset[bytes]:
    found: set[bytes] = set()
    names = (lagg.name, *(port.name for port in lagg.ports))
    for interface in listing.interfaces:
        if interface.name in names:
            found |= {octets(text) for text in (interface.ether, interface.hwaddr) if text}
    found |= {octets(port.actor.system) for port in lagg.ports if port.actor}
    return frozenset(found - {b"", bytes(6)})


def _port_of(
    place: str,
    packets: Sequence[Packet],
    names: Sequence[str],
    systems: Systems,
) -> str | None:
    if place in names:
        return place
    seen = set()
    for packet in packets:
        pdu = lacpdu_of(packet)
        for side in (pdu.actor, pdu.partner) if pdu else ():
            seen.add(systems.get((side.system, side.port)))
    seen.discard(None)
    if len(seen) == 1:
        return seen.pop()
    return names[0] if len(names) == 1 else None
