"""The LACPDUs and markers on the cables, and their fields in the words of the features."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from lagg_tool.command import read
from lagg_tool.testbed.contract import Direction
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import mac_text
from steps.world import World

# The low five bits of a key that lacp_compose_key makes (sys/net/ieee8023ad_lacp.c) are a
# media subtype of if_media.h; the next ten are the lagg's interface index.
SPEEDS = {3: "10M", 6: "100M", 11: "1G", 18: "10G", 27: "40G"}

TICK = 1.0  # seconds between the kernel's looks at its timers, whenever they began
SLOW = 30.0  # seconds between LACPDUs; Slow_Periodic_Time, 6.4.4


@dataclass(frozen=True)
class Spoken:
    """A LACPDU on a cable: when, and in its own words."""

    at: float
    port: int
    pdu: slow.Lacpdu
    data: bytes

    @property
    def state(self) -> slow.State:
        """What the sender says of itself."""
        return self.pdu.actor.state


def spoken(
    world: World,
    port: int | None = None,
    direction: Direction = Direction.FROM_NAS,
    *,
    all_of_them: bool = False,
) -> list[Spoken]:
    """Return the LACPDUs since the last action, or since the first, of one port or of all."""
    return [
        Spoken(frame.at, frame.port, pdu, frame.data)
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


class Reader:
    """Says the fields of LACPDUs in the features' words; the NAS is asked when one needs it."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def indices(self) -> dict[int, str]:
        """The interfaces by the numbers that the kernel gave them (if_index)."""
        lines = self.world.target.run(read("netstat", "-in")).stdout.splitlines()
        found = (re.match(r"(\S+?)\*?\s+\d+\s+<Link#(\d+)>", line) for line in lines)
        return {int(link[2]): link[1] for link in found if link}

    def field(self, said: Spoken, field: str) -> str:
        """Return a field of a LACPDU as the features write it."""
        if field in _FRAME:
            return _FRAME[field](self.world, said)
        if field.startswith("partner "):
            return _INFO[field.removeprefix("partner ")](self, said.pdu.partner)
        return _INFO[field](self, said.pdu.actor)


def _system(reader: Reader, info: slow.Info) -> str:
    return whose(reader.world, info.system)


def whose(world: World, address: bytes) -> str:
    """Say whose burned-in MAC address it is, or the address."""
    text = mac_text(address)
    number = world.own_addresses.get(text)
    return f"that of port {number}" if number else text


def _key(reader: Reader, info: slow.Info) -> str:
    code = info.key & 0x1F
    number = _number(reader, info)
    if number is not None and SPEEDS.get(code) == speed(reader.world, number):
        fast = f"the speed of port {number}"
    else:
        fast = SPEEDS.get(code, f"media {code}")
    lagg = info.key >> 5 & 0x3FF
    return f"{fast}, in {reader.indices.get(lagg, f'interface {lagg}')}"


def speed(world: World, number: int) -> str:
    """Return the speed that a port's media line shows, as 10G of ``10Gbase-T``."""
    media = world.interface(world.name(number)).media
    found = re.match(r"(\d+)(G?)base", media.active or "" if media else "", re.IGNORECASE)
    if found is None:
        return ""
    mega = int(found[1]) * (1000 if found[2] else 1)
    return f"{mega // 1000}G" if mega >= 1000 else f"{mega}M"


def _number(reader: Reader, info: slow.Info) -> int | None:
    """Return the bench's number of the port whose interface index the LACPDU has."""
    name, names = reader.indices.get(info.port), list(reader.world.target.ports)
    return names.index(name) + 1 if name in names else None


def _port(reader: Reader, info: slow.Info) -> str:
    number = _number(reader, info)
    return f"the index of port {number}" if number else str(info.port)


_INFO: Mapping[str, Callable[[Reader, slow.Info], str]] = {
    "system priority": lambda _, info: f"{info.system_priority:04x}",
    "system": _system,
    "key": _key,
    "key number": lambda _, info: str(info.key),
    "port priority": lambda _, info: f"{info.port_priority:04x}",
    "port": _port,
    "port number": lambda _, info: str(info.port),
    "state": lambda _, info: state_text(info.state),
}
_FRAME: Mapping[str, Callable[[World, Spoken], str]] = {
    "length": lambda _, said: f"{len(said.data)} bytes",
    "destination": lambda _, said: mac_text(said.data[:6]),
    "source": lambda world, said: whose(world, said.data[6:12]),
    "type, subtype, version": lambda _, said: said.data[12:16].hex(" "),
    "actor TLV": lambda _, said: said.data[16:18].hex(" "),
    "partner TLV": lambda _, said: said.data[36:38].hex(" "),
    "collector TLV": lambda _, said: said.data[56:60].hex(" "),
    "terminator TLV": lambda _, said: said.data[72:74].hex(" "),
    "reserved bytes": lambda _, said: (
        "all zero"
        if not any(said.data[33:36] + said.data[53:56] + said.data[60:72] + said.data[74:])
        else "not zero"
    ),
}
