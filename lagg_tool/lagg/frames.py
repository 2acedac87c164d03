"""What a capture says about LACP, port by port: who sends, how often, in which states."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lagg_tool.wire import slow
from lagg_tool.wire.cooked import ANY
from lagg_tool.wire.ethernet import mac_text
from lagg_tool.wire.packet import Packet
from lagg_tool.wire.slow import NOBODY, Info, Lacpdu, Marker, State, Subtype

# A sender on the fast timer sends every second, on the slow one every 30 (802.1AX 6.4.4).
_FAST_PERIOD = 5.0
_LONG = 30.0
# What a frame that was captured in part ends with: the other TLVs, and zeros.
_TEMPLATE = Lacpdu(NOBODY, NOBODY).encode(bytes(6))
_NEEDED = 58  # octets, up to the collector's TLV


@dataclass(frozen=True)
class Heard:
    """A LACPDU with its time, in seconds since the epoch."""

    when: float
    pdu: Lacpdu


@dataclass(frozen=True)
class Sender:
    """A system's port that sends LACPDUs: all of them, in the order of their times."""

    system: bytes
    port: int
    heard: tuple[Heard, ...]

    @property
    def last(self) -> Lacpdu:
        """The last LACPDU."""
        return self.heard[-1].pdu

    @property
    def period(self) -> float | None:
        """The median of the times between two LACPDUs, in seconds; None for a single one."""
        gaps = sorted(b.when - a.when for a, b in itertools.pairwise(self.heard))
        return gaps[len(gaps) // 2] if gaps else None

    @property
    def is_fast(self) -> bool | None:
        """Whether it sends on the fast timer; None where one LACPDU alone was captured."""
        period = self.period
        return None if period is None else period < _FAST_PERIOD

    @property
    def changes(self) -> tuple[Heard, ...]:
        """The LACPDUs in which the sender's state, or its view of the partner, is another."""
        found: list[Heard] = []
        for each in self.heard:
            if not found or _shown(each.pdu) != _shown(found[-1].pdu):
                found.append(each)
        return tuple(found)


def _shown(pdu: Lacpdu) -> tuple[Info, Info]:
    return pdu.actor, pdu.partner


@dataclass(frozen=True)
class PortFrames:
    """What was captured on one interface: LACP, markers, and others' frames by source."""

    name: str
    first: float
    last: float
    senders: tuple[Sender, ...]
    markers: int
    damaged: int
    cut: int  # LACPDUs of which too little was captured
    tagged: Mapping[int, int]  # LACPDUs behind a tag, by VLAN
    others: Mapping[bytes, int]

    @property
    def span(self) -> float:
        """How long the capture is, in seconds."""
        return self.last - self.first


def lacpdu_of(packet: Packet) -> Lacpdu | None:
    """Return the LACPDU of a captured packet, also where its end was cut off or has an FCS."""
    frame = packet.frame[: slow.LENGTH]
    if _NEEDED <= len(frame) < slow.LENGTH <= packet.original:
        frame += _TEMPLATE[len(frame) :]
    return Lacpdu.parse(frame)


def is_cut(packet: Packet) -> bool:
    """Return whether too little of a LACPDU was captured to read it."""
    short = len(packet.frame) < min(_NEEDED, packet.original)
    return short and slow.subtype(packet.frame) == Subtype.LACP


def frames_by_port(packets: Iterable[Packet]) -> tuple[PortFrames, ...]:
    """Return what was captured, interface by interface, in the order of their first packets."""
    ports: dict[str, list[Packet]] = {}
    for packet in packets:
        ports.setdefault(packet.interface, []).append(packet)
    return tuple(_port(name, found) for name, found in ports.items())


def _port(name: str, packets: list[Packet]) -> PortFrames:
    senders: dict[tuple[bytes, int], list[Heard]] = {}
    others: Counter[bytes] = Counter()
    tagged: Counter[int] = Counter()
    markers = damaged = cut = 0
    for packet in packets:
        subtype = slow.subtype(packet.frame)
        pdu = lacpdu_of(packet)
        if pdu is not None:
            key = (pdu.actor.system, pdu.actor.port)
            senders.setdefault(key, []).append(Heard(packet.when, pdu))
        elif is_cut(packet):
            cut += 1
        elif subtype == Subtype.LACP:
            damaged += 1
        elif Marker.parse(packet.frame[: slow.LENGTH]) is not None:
            markers += 1
        elif (vlan := slow.behind_tag(packet.frame)) is not None:
            tagged[vlan] += 1
        elif len(packet.frame) >= 14 and subtype is None:
            others[packet.frame[6:12]] += 1
    times = [packet.when for packet in packets]
    return PortFrames(
        name,
        min(times),
        max(times),
        tuple(
            Sender(system, port, tuple(sorted(heard, key=lambda each: each.when)))
            for (system, port), heard in senders.items()
        ),
        markers,
        damaged,
        cut,
        tagged,
        others,
    )


def _who_speaks(port: PortFrames) -> Iterator[str]:
    systems = {sender.system for sender in port.senders}
    if port.cut:
        yield f"{port.cut} LACPDUs were captured in part: capture with tcpdump -s 0"
    elif port.tagged:
        for vlan, count in port.tagged.items():
            yield (
                f"{count} LACPDUs carry a tag (VLAN {vlan}), and LACP is spoken without: capture at"
                " the port itself, not at a VLAN's or a mirror's; else the switch sends them so"
            )
    elif port.damaged and not port.senders:
        yield "LACPDUs were sent here, none of the right length and form (IEEE 802.1AX, 6.4.2)"
    elif not port.senders:
        long = port.span > _LONG
        yield "no LACPDU in " + (
            f"{port.span:.0f} s: nobody speaks LACP here" if long else "too short a time to say"
        )
    elif port.name == ANY and (len(port.senders) > len(systems) or len(systems) > 2):
        yield (
            "the frames of all interfaces are in one, and nothing tells which came where: "
            "tcpdump -i any -y LINUX_SLL2 numbers them"
        )
    elif len(systems) == 1 and len(port.senders) > 1:
        # tcpdump -i lagg0 shows what all ports receive, and nothing that LACP sends (if_lagg.c).
        yield (
            f"one system sends from {len(port.senders)} ports: this was captured at the LAGG, where"
            " what it sends itself is not seen; capture at its ports"
        )
    elif len(systems) == 1:
        yield _one_side(port)
    elif len(systems) > 2:
        yield f"{len(systems)} systems send LACPDUs: one cable has two"


def _one_side(port: PortFrames) -> str:
    """Return what it means that one port alone was heard."""
    heard = port.senders[0].last.partner.system
    if heard != bytes(6):
        return (
            "LACPDUs of one side alone were captured, and that side hears its partner, "
            f"{mac_text(heard)}: this is a capture of one direction"
        )
    if port.span > _LONG:
        return "one system alone sends LACPDUs: no partner answers it"
    return "one system alone sends LACPDUs, in too short a time to say that no partner answers"


def remarks(port: PortFrames) -> tuple[str, ...]:
    """Return in sentences what these frames mean for LACP on this port."""
    found = list(_who_speaks(port))
    for sender in port.senders:
        who = f"{mac_text(sender.system)} port {sender.port}"
        if all(each.pdu.partner.system == bytes(6) for each in sender.heard):
            found.append(f"{who} hears nobody: its partner record stays empty")
        state = sender.last.actor.state
        if not state & State.AGGREGATION:
            found.append(f"{who} cannot be part of a group (AGGREGATION is not set)")
        elif not state & State.SYNC:
            found.append(f"{who} is not in sync: its port is not selected, or on standby")
        asked = bool(sender.last.partner.state & State.TIMEOUT)
        if sender.is_fast is False and asked and sender.last.partner.system != bytes(6):
            found.append(f"{who} sends slowly, though its partner asks for the fast timer")
        if state & State.EXPIRED or state & State.DEFAULTED:
            found.append(f"{who} has lost its partner (EXPIRED or DEFAULTED)")
    return tuple(found)
