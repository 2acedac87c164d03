"""The LACPDUs and markers on the cables, and their fields as the features write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from lagg_tool.command import read
from lagg_tool.testbed.contract import Direction
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import mac_text
from steps.world.world import World

# The low five bits of a key that lacp_compose_key makes (sys/net/ieee8023ad_lacp.c) are a
# media subtype of if_media.h; the next ten are the lagg's interface index.
SPEEDS = {3: "10M", 6: "100M", 11: "1G", 18: "10G", 27: "40G"}

TICK = 1.0  # seconds between the kernel's looks at its timers, whenever they began
SLOW = 30.0  # seconds between LACPDUs; Slow_Periodic_Time, 6.4.4


@dataclass(frozen=True)
class SeenLacpdu:
    """An LACPDU on the cable of a port, and when it passed."""

    at: float
    port: int
    pdu: slow.Lacpdu
    data: bytes

    @property
    def state(self) -> slow.State:
        """The state that the sender announces."""
        return self.pdu.actor.state


def lacpdus(
    world: World,
    port: int | None = None,
    direction: Direction = Direction.FROM_NAS,
    *,
    all_of_them: bool = False,
) -> list[SeenLacpdu]:
    """Return the LACPDUs since the last action, or since the first, of one port or of all."""
    return [
        SeenLacpdu(frame.at, frame.port, pdu, frame.data)
        for frame in world.frames(all_of_them=all_of_them)
        if frame.direction is direction
        and port in (None, frame.port)
        and (pdu := slow.Lacpdu.parse(frame.data))
    ]


def markers(
    world: World, kind: slow.MarkerKind, direction: Direction = Direction.FROM_NAS
) -> list[tuple[int, bytes]]:
    """Return the ports and the frames of the markers since the last action."""
    return [
        (frame.port, frame.data)
        for frame in world.frames()
        if frame.direction is direction
        and (marker := slow.Marker.parse(frame.data))
        and marker.kind is kind
    ]


def state_of(words: str) -> slow.State:
    """Return the state of ``ACTIVITY,AGGREGATION``; ``none`` is no bit."""
    state = slow.State(0)
    for word in words.split(","):
        state |= slow.State(0) if word == "none" else slow.State[word]
    return state


def state_text(state: slow.State) -> str:
    """Return a state's bits as the features write them."""
    return ",".join(bit.name or "" for bit in slow.State if bit in state) or "none"


class FieldTexts:
    """The fields of LACPDUs as the features write them; the NAS is asked when one needs it."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def indices(self) -> dict[int, str]:
        """The names of the interfaces, by their index in the kernel."""
        lines = self.world.target.run(read("netstat", "-in")).stdout.splitlines()
        found = (re.match(r"(\S+?)\*?\s+\d+\s+<Link#(\d+)>", line) for line in lines)
        return {int(link[2]): link[1] for link in found if link}

    def text(self, seen: SeenLacpdu, field: str) -> str:
        """Return a field of an LACPDU as the features write it. Raises KeyError."""
        if field in _FRAME:
            return _FRAME[field](self.world, seen)
        if field.startswith("partner "):
            return _INFO[field.removeprefix("partner ")](self, seen.pdu.partner)
        return _INFO[field](self, seen.pdu.actor)


def _key(texts: FieldTexts, info: slow.Info) -> str:
    code = info.key & 0x1F
    number = _number(texts, info)
    if number is not None and SPEEDS.get(code) == speed(texts.world, number):
        fast = f"the speed of port {number}"
    else:
        fast = SPEEDS.get(code, f"media {code}")
    lagg = info.key >> 5 & 0x3FF
    return f"{fast}, in {texts.indices.get(lagg, f'interface {lagg}')}"


def speed(world: World, number: int) -> str:
    """Return the speed that a port's media line shows: 10G of ``10Gbase-T``."""
    media = world.interface(world.name(number)).media
    found = re.match(r"(\d+)(G?)base", media.active or "" if media else "", re.IGNORECASE)
    if found is None:
        return ""
    mega = int(found[1]) * (1000 if found[2] else 1)
    return f"{mega // 1000}G" if mega >= 1000 else f"{mega}M"


def active_port(world: World) -> int:
    """Return the first port of lagg0 that is active."""
    active = [port.name for port in world.interface("lagg0").ports if "ACTIVE" in port.flags.names]
    assert active, "no port of lagg0 is active"
    return list(world.target.ports).index(active[0]) + 1


def _number(texts: FieldTexts, info: slow.Info) -> int | None:
    """Return the testbed's number of the port whose interface index the LACPDU has."""
    name, names = texts.indices.get(info.port), list(texts.world.target.ports)
    return names.index(name) + 1 if name in names else None


def _port(texts: FieldTexts, info: slow.Info) -> str:
    number = _number(texts, info)
    return f"the index of port {number}" if number else str(info.port)


_INFO: Mapping[str, Callable[[FieldTexts, slow.Info], str]] = {
    "system priority": lambda _, info: f"{info.system_priority:04x}",
    "system": lambda texts, info: texts.world.owner(mac_text(info.system)),
    "key": _key,
    "key number": lambda _, info: str(info.key),
    "port priority": lambda _, info: f"{info.port_priority:04x}",
    "port": _port,
    "port number": lambda _, info: str(info.port),
    "state": lambda _, info: state_text(info.state),
}
_FRAME: Mapping[str, Callable[[World, SeenLacpdu], str]] = {
    "length": lambda _, seen: f"{len(seen.data)} bytes",
    "destination": lambda _, seen: mac_text(seen.data[:6]),
    "source": lambda world, seen: world.owner(mac_text(seen.data[6:12])),
    "type, subtype, version": lambda _, seen: seen.data[12:16].hex(" "),
    "actor TLV": lambda _, seen: seen.data[16:18].hex(" "),
    "partner TLV": lambda _, seen: seen.data[36:38].hex(" "),
    "collector TLV": lambda _, seen: seen.data[56:60].hex(" "),
    "terminator TLV": lambda _, seen: seen.data[72:74].hex(" "),
    "reserved bytes": lambda _, seen: (
        "all zero"
        if not any(seen.data[33:36] + seen.data[53:56] + seen.data[60:72] + seen.data[74:])
        else "not zero"
    ),
}
