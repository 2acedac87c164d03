"""The commands that put a Linux host back to a snapshot of its interfaces. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lagg_tool.command import Command, Effect, change, read, script
from lagg_tool.errors import UnreadableError, why_no_json
from lagg_tool.nas.made import Made
from lagg_tool.nas.networks import Network, networks_of

AGGREGATE = "bond0"
FURTHER = ("bond1", "bond2")  # some scenarios make these as well

_SYSCTLS = "grep . /proc/sys/net/ipv6/conf/*/disable_ipv6"
LOOKS = (
    read("ip", "-d", "-j", "address", "show"),
    read("ip", "-j", "neighbour", "show", "nud", "permanent"),
    script(_SYSCTLS, effect=Effect.READ),
)


@dataclass(frozen=True)
class Link:
    """An interface, in what can be restored of it."""

    name: str
    ether: str
    mtu: int
    up: bool
    alias: str = ""
    master: str = ""
    parent: str = ""
    kind: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """The state that can be restored: interfaces, permanent neighbours, sysctls."""

    links: Mapping[str, Link]
    neighbours: Mapping[str, tuple[str, str]]  # device and MAC address, by IP address
    sysctls: Mapping[str, str]

    @property
    def names(self) -> Sequence[str]:
        """The interfaces' names."""
        return tuple(self.links)

    @property
    def networks(self) -> Mapping[Network, str]:
        """The networks that it is in, with the interface of each."""
        return networks_of(
            (link.name, one) for link in self.links.values() for one in link.addresses
        )

    def ether(self, name: str) -> str:
        """Return the MAC address of an interface, or nothing."""
        return self.links[name].ether if name in self.links else ""


def snapshot_of(answers: Sequence[str]) -> Snapshot:
    """Return the snapshot from the output of ``LOOKS``.

    Raises UnreadableError for an empty list: then everything would seem to be gone.
    """
    listed, neighbours, sysctls = answers
    links = {link.name: link for link in map(_link, _objects(listed))}
    if not links:
        raise UnreadableError("ip address show: no interface")
    return Snapshot(
        links,
        {one["dst"]: (one["dev"], one.get("lladdr", "")) for one in _objects(neighbours)},
        dict(line.split(":", 1) for line in sysctls.splitlines() if ":" in line),
    )


def _objects(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or "[]")
    except ValueError as error:
        raise UnreadableError(f"ip -j: {why_no_json(error)}") from error
    return [
        each for each in found if each
    ]  # iproute2 prints an empty object for what it leaves out


def _link(item: Mapping[str, Any]) -> Link:
    return Link(
        item["ifname"],
        item.get("address", ""),
        item.get("mtu", 0),
        "UP" in item.get("flags", ()),
        item.get("ifalias", ""),
        item.get("master", ""),
        item.get("link", ""),
        item.get("linkinfo", {}).get("info_kind", ""),
        tuple(
            f"{one['local']}/{one['prefixlen']}"
            for one in item.get("addr_info", ())
            # The kernel makes a link's own addresses itself, when it comes up.
            if "local" in one and one.get("scope") != "link"
        ),
    )


def restore_commands(before: Snapshot, now: Snapshot, made: Made) -> list[Command]:
    """Return the commands that lead back; none when nothing of the run is left.

    A port shows its own settings only when the bond on it is gone: look again afterwards.
    What the run has not made is left alone.
    """
    gone = [link for link in _new(before, now) if made.has_interface(link.name, link.parent)]
    gone.sort(key=lambda link: not link.parent)  # what is on a bond goes before it
    if gone:
        return [change("ip", "link", "delete", "dev", link.name) for link in gone]
    commands: list[Command] = []
    for name in made.ports:
        if name in before.links and name in now.links:
            commands += _back(before.links[name], now.links[name])
    for address, (device, _) in now.neighbours.items():
        if address not in before.neighbours and made.has_neighbour(address):
            commands.append(change("ip", "neighbour", "del", address, "dev", device))
    for path, value in before.sysctls.items():
        if now.sysctls.get(path, value) != value:
            key = path.removeprefix("/proc/sys/").replace("/", ".")
            commands.append(change("sysctl", "-w", f"{key}={value}"))
    return commands


def foreign_changes(before: Snapshot, now: Snapshot, made: Made) -> list[str]:
    """Return the interfaces that came since and are none of the run's."""
    new = _new(before, now)
    return [link.name for link in new if not made.has_interface(link.name, link.parent)]


def manual_restore_commands(before: Snapshot, ports: Sequence[str]) -> list[Command]:
    """Return the commands that lead back from any state, for a person to run."""
    made = [name for name in (AGGREGATE, *FURTHER) if name not in before.links]
    commands = [change("ip", "link", "delete", "dev", name) for name in made]
    unknown = Link("", "", 0, up=False)
    for name in ports:
        if name in before.links:
            commands.append(change("ip", "address", "flush", "dev", name))
            commands += _back(before.links[name], unknown)
    return commands


def _new(before: Snapshot, now: Snapshot) -> list[Link]:
    return [link for link in now.links.values() if link.name not in before.links]


def _back(was: Link, now: Link) -> list[Command]:
    """Return the commands that restore a port."""
    link = ("ip", "link", "set", "dev", was.name)
    commands: list[Command] = []
    if now.master != was.master:
        commands.append(change(*link, *(("master", was.master) if was.master else ("nomaster",))))
    commands += [
        change("ip", "address", "del", address, "dev", was.name)
        for address in now.addresses
        if address not in was.addresses
    ]
    words: list[str] = []
    if now.ether != was.ether:
        words += ["address", was.ether]
    if now.mtu != was.mtu:
        words += ["mtu", str(was.mtu)]
    if now.alias != was.alias:
        words += ["alias", was.alias]
    if words:  # some drivers take another MAC address only while the port is down
        commands += [change(*link, "down"), change(*link, *words)]
    if now.up != was.up or words:
        commands.append(change(*link, "up" if was.up else "down"))
    commands += [
        change("ip", "address", "add", address, "dev", was.name)
        for address in was.addresses
        if address not in now.addresses
    ]
    return commands
