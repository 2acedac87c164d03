"""The bridges that have a LAGG or a port of it, now and at the next boot."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.jails import jail_behind, residents

# The groups and names of what bridges have guests by: tap(4) of bhyve, epair(4) of vnet jails.
_GUESTS = (
    ("of a virtual machine", frozenset({"tap", "vmnet", "vm-port"}), r"(tap|vmnet)\d+"),
    ("of a jail", frozenset({"epair"}), r"(epair\d+[ab]|vnet\d.*)"),
)
# The words by which a bridge of FreeBSD 15 filters VLANs (ifconfig(8)).
_VLAN_WORDS = re.compile(r"[+-]?(vlanfilter|(def|if)?(untagged|tagged|qinq)|ifvlanproto)")


def users_notes(name: str, host: HostState, *, certain: bool) -> Iterator[str]:
    """Yield what uses the LAGG and loses the network while it is changed; ``certain`` if all do."""
    lose, loses = ("lose", "loses") if certain else ("may lose", "may lose")
    for each in (name, *host.vlans_above(name)):
        bridge = host.bridge_of(each)
        if bridge:
            others = [one for one in host.interfaces[bridge].members if one != each]
            shown = ", ".join(f"{one}{_guest(one, host)}" for one in others)
            yield (
                f"{each} is a member of {bridge}{f' with {shown}' if shown else ''}: what is"
                f" behind it, jails and virtual machines perhaps, {loses} the network for a moment"
            )
        jails = [f"{jail.name} ({address})" for jail, address in residents(each, host)]
        if jails:
            yield (
                f"jails run with addresses of {each}, and {lose} the network for a moment:"
                f" {', '.join(jails)}"
            )
    if vlans := host.vlans_above(name):
        yield (f"VLANs use {name}, and {lose} the network with it for a moment: {', '.join(vlans)}")


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
    """Yield the bridges that get the LAGG at the next boot, or would get a port of it."""
    concerned: list[_Use] = []
    for each in dict.fromkeys((name, *host.vlans_above(name), *vlans)):
        for use in _uses(each, host):
            concerned.append(use)
            if after is None:
                yield f"rc.conf: {use.said} names {each}, and {use.bridge} loses it"
            elif host.bridge_of(each) != use.bridge:
                devd = ", and already when it is made, if devd runs" if use.at_once else ""
                yield (
                    f"rc.conf: {use.said} puts {each} into {use.bridge} at the next boot{devd}:"
                    f" {use.bridge} then shares its network"
                )
    for port in after.ports if after else ():
        for use in _uses(port, host):
            concerned.append(use)
            yield (
                f"rc.conf: {use.said} is for port {port} too; the kernel takes no port of a LAGG"
                " into a bridge, and one that is in it before is deaf there, so that"
                f" {use.bridge} is without it. If {use.bridge} is to have"
                f" the LAGG, name {name} there"
            )
    for bridge in dict.fromkeys(use.bridge for use in concerned):
        yield from _unknown_notes(bridge, host)


@dataclass(frozen=True)
class _Use:
    """What puts an interface into a bridge; ``at_once``: when it is made, not only at boot."""

    bridge: str
    said: str
    at_once: bool = False


def _uses(interface: str, host: HostState) -> Iterator[_Use]:
    """Yield the bridges that an interface is put into (bridge_test; addm of ifconfig)."""
    for bridge in host.rc_conf.get("autobridge_interfaces", "").split():
        variable = f"autobridge_{bridge}"
        value = host.rc_conf.get(variable, "")
        if any(fnmatchcase(interface, pattern) for pattern in value.split()):
            yield _Use(bridge, f"{variable}={value!r}", at_once=True)
    for variable, value in host.rc_conf.items():
        found = re.fullmatch(r"(?:ifconfig|create_args)_(\w+)", variable)
        if found and ("addm", interface) in itertools.pairwise(value.split()):
            yield _Use(found[1], f"{variable}={value!r}")


def _unknown_notes(bridge: str, host: HostState) -> Iterator[str]:
    """Yield what rc.conf has of a bridge that this tool does not follow: VLANs of FreeBSD 15."""
    for variable in (f"create_args_{bridge}", f"ifconfig_{bridge}"):
        words = host.rc_conf.get(variable, "").split()
        unknown = next((word for word in words if _VLAN_WORDS.fullmatch(word)), "")
        if unknown:
            yield (
                f"rc.conf: {variable}: this tool does not understand {unknown!r}; which VLANs pass"
                f" {bridge} after the next boot is not known"
            )
    variable = f"vlans_{bridge}"
    if value := host.rc_conf.get(variable):
        yield (
            f"rc.conf: {variable}={value!r}: this tool does not know VLANs on a bridge; what it"
            " makes of the next boot is not known"
        )
