"""The bridges that have a LAGG or a port of it, now and at the next boot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.jails import jail_behind, residents

# The groups and names of what bridges have guests by: tap(4) of bhyve, epair(4) of vnet jails.
_GUESTS = (
    ("of a virtual machine", frozenset({"tap", "vmnet", "vm-port"}), r"(tap|vmnet)\d+"),
    ("of a jail", frozenset({"epair"}), r"(epair\d+[ab]|vnet\d.*)"),
)


def users_notes(name: str, host: HostState, *, certain: bool) -> Iterator[str]:
    """Yield what uses the LAGG and loses the network while it is changed; ``certain`` if all do."""
    loses = "loses the network for a moment" if certain else "may lose the network for a moment"
    for each in (name, *host.vlans_on(name)):
        bridge = host.bridge_of(each)
        if bridge:
            others = [one for one in host.interfaces[bridge].members if one != each]
            shown = ", ".join(f"{one}{_guest(one, host)}" for one in others)
            yield (
                f"{each} is a member of {bridge}{f' with {shown}' if shown else ''}: what is"
                f" behind it, jails and virtual machines perhaps, {loses}"
            )
        jails = [f"{jail.name} ({address})" for jail, address in residents(each, host)]
        if jails:
            lose = loses.replace("loses", "lose", 1)
            yield f"jails run with addresses of {each}, and {lose}: {', '.join(jails)}"
    if vlans := host.vlans_on(name):
        lose = "lose the network with it" if certain else "may lose the network with it"
        yield f"VLANs use {name}, and {lose} for a moment: {', '.join(vlans)}"


def _guest(member: str, host: HostState) -> str:
    """Return whose a member of a bridge is; empty if that is not known."""
    if jail := jail_behind(member, host):
        return f" (of the jail {jail})"
    found = host.interfaces.get(member)
    groups = frozenset(found.groups) if found else frozenset()
    for whose, those, names in _GUESTS:
        if groups & those or re.fullmatch(names, member):
            return f" ({whose})"
    return ""


def bridge_mtu_notes(before: LaggConfig, after: LaggConfig, host: HostState) -> Iterator[str]:
    """Yield that a bridge would have members with different MTUs."""
    bridge = host.bridge_of(before.name)
    if bridge and before.mtu != after.mtu:
        members = [each for each in host.interfaces[bridge].members if each != before.name]
        yield (
            f"{before.name} gets MTU {after.mtu} and is a member of {bridge}, whose members are to"
            f" have one MTU (if_bridge(4)): set that of {', '.join((bridge, *members))} too"
        )


def boot_bridge_notes(
    name: str, vlans: Iterable[str], after: LaggConfig | None, host: HostState
) -> Iterator[str]:
    """Yield the bridges that rc.d/bridge puts the LAGG into, or would put a port into."""
    for each in dict.fromkeys((name, *host.vlans_on(name), *vlans)):
        for bridge, said in _autobridges(each, host):
            if after is None:
                yield f"rc.conf: {said} names {each}, and {bridge} loses it"
            elif host.bridge_of(each) != bridge:
                yield (
                    f"rc.conf: {said} puts {each} into {bridge} at the next boot, and already when"
                    f" it is made, if devd runs: {bridge} then shares its network"
                )
    for port in after.ports if after else ():
        for bridge, said in _autobridges(port, host):
            yield (
                f"rc.conf: {said} is for port {port} too; the kernel takes no port of a LAGG into"
                f" a bridge, so that {bridge} is without it. If {bridge} is to have the LAGG,"
                f" name {name} there"
            )


def _autobridges(interface: str, host: HostState) -> Iterator[tuple[str, str]]:
    """Yield the bridges that an interface is put into, with what says so (bridge_test)."""
    for bridge in host.rc_conf.get("autobridge_interfaces", "").split():
        variable = f"autobridge_{bridge}"
        value = host.rc_conf.get(variable, "")
        if any(fnmatchcase(interface, pattern) for pattern in value.split()):
            yield bridge, f"{variable}={value!r}"
