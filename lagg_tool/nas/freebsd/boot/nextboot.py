"""The next boot: rc.d/netif with network.subr, from rc.conf to interfaces."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lagg_tool import releases
from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.boot.actions import make_vlan
from lagg_tool.nas.freebsd.boot.arguments import run_words
from lagg_tool.nas.freebsd.boot.interface import BootInterface, Unclear
from lagg_tool.nas.freebsd.boot.line import StopError
from lagg_tool.nas.freebsd.boot.variables import Variables, is_bridge, split, variable_name


@dataclass(frozen=True)
class NextBoot:
    """The interfaces after the next boot; ``unclear`` is what was not understood.

    ``started`` are the names that rc.d/netif configures. Who asks changes nothing in it: the
    next one who asks about the same host gets the same.
    """

    interfaces: Mapping[str, BootInterface]
    unclear: tuple[Unclear, ...] = ()
    started: frozenset[str] = frozenset()

    def unclear_of(self, interface: str, variables: Variables) -> tuple[Unclear, ...]:
        """Return what was not understood of one interface."""
        own = {
            *variables.names(interface),
            *variables.strangers(interface),
            variables.source(interface),
        }
        return tuple(each for each in self.unclear if each.variable in own)


@dataclass
class _Boot:
    variables: Variables
    interfaces: dict[str, BootInterface]
    unclear: list[Unclear] = field(default_factory=list)

    def ifconfig(self, name: str, words: list[str], variable: str) -> None:
        interface = self.interfaces.get(name)
        if interface is None:
            return
        try:
            for word in run_words(interface, words, self.interfaces):
                self.unclear.append(Unclear(variable, word))
        except StopError as stop:
            self.unclear.append(Unclear(variable, str(stop), stops=True))


def next_boot(host: HostState) -> NextBoot:
    """Return the interfaces that rc.conf makes of this host at its next boot."""
    return _next_boot(tuple(host.rc_conf.items()), _hardware(host), _brings_ports_up(host))


# A plan asks some fifteen times, about the host as it is and as it is with the change.
@functools.lru_cache(maxsize=4)
def _next_boot(
    rc_conf: tuple[tuple[str, str], ...], hardware: tuple[_Nic, ...], brings_ports_up: bool
) -> NextBoot:
    variables = Variables(dict(rc_conf))
    made = {
        nic.name: BootInterface(nic.name, ether=nic.ether, long_frames=nic.long_frames)
        for nic in hardware
    }
    boot = _Boot(variables, made)
    _clone(boot)
    started = _started(boot)
    for name in started:
        _start(boot, name)
    if brings_ports_up:
        for interface in list(boot.interfaces.values()):
            for port in interface.ports if interface.up else ():
                boot.interfaces[port].up = True
    for name, interface in boot.interfaces.items():
        interface.ipv6_auto = interface.ipv6_auto and interface.ipv6  # IFDISABLED
        boot.unclear += [Unclear(each, variables.get(each)) for each in variables.strangers(name)]
    return NextBoot(boot.interfaces, tuple(dict.fromkeys(boot.unclear)), frozenset(started))


class _Nic(NamedTuple):
    name: str
    ether: str
    long_frames: bool


def _hardware(host: HostState) -> tuple[_Nic, ...]:
    """Return the interfaces that no configuration makes."""
    names = [
        name
        for name, found in host.interfaces.items()
        if found.lagg is None
        and not found.vlan_parent
        and not any(re.fullmatch(rf"{re.escape(group)}\d+[ab]?", name) for group in found.groups)
    ] + ["lo0"] * ("lo0" in host.interfaces)
    found = ((name, host.interfaces[name]) for name in names)
    return tuple(
        _Nic(name, each.own_mac, "VLAN_MTU" in each.capable | each.enabled) for name, each in found
    )


def _brings_ports_up(host: HostState) -> bool:
    """Whether a lagg brings its ports up on this release (lagg_if_updown, from 15 on)."""
    words = host.system.split()  # as uname -a has them; a system of another name has a date too
    facts = {"osreldate": host.sysctls.get("kern.osreldate", ""), "system": " ".join(words[:3:2])}
    return releases.precedes("freebsd-14", releases.release_of(facts))


def _clone(boot: _Boot) -> None:
    """Create what cloned_interfaces and wlans_IF name (clone_up, wlan_up), and rename it."""
    for name in boot.variables.wireless():
        words = split(boot.variables.of(name, "create_args_IF"))
        ether = dict(itertools.pairwise(words)).get("wlanaddr", "")
        boot.interfaces.setdefault(name, BootInterface(name, ether=ether.lower()))
    for entry in split(boot.variables.get("cloned_interfaces")):
        name = entry.partition(":")[0]
        for each in _ends(name):
            _create(boot, each)
    for name in list(boot.interfaces):
        new = boot.variables.of(name, "ifconfig_IF_name")
        if new and new not in boot.interfaces:
            _rename(boot, name, new)


def _ends(name: str) -> tuple[str, ...]:
    """Return the interfaces of a name: an epair has two."""
    return (f"{name}a", f"{name}b") if re.fullmatch(r"epair\d+", name) else (name,)


def _rename(boot: _Boot, old: str, new: str) -> None:
    """Rename an interface, which keeps its place (ifnet_rename)."""
    boot.interfaces[old].name = new
    boot.interfaces = {
        new if name == old else name: found for name, found in boot.interfaces.items()
    }
    for each in boot.interfaces.values():
        each.parent = new if each.parent == old else each.parent
        each.master = new if each.master == old else each.master
        each.ports = [new if port == old else port for port in each.ports]


def _create(boot: _Boot, name: str) -> None:
    """Create an interface that is not there yet (ifconfig NAME create)."""
    vlan = re.fullmatch(r"(.+)\.([0-9]+)", name)  # vlan_clone_match_ethervid()
    if name in boot.interfaces or (vlan and vlan[1] not in boot.interfaces):
        return
    made = BootInterface(name, lagg=re.fullmatch(r"lagg\d+", name) is not None)
    made.vlan = vlan is not None or re.fullmatch(r"vlan\d+", name) is not None
    if vlan:
        made.parent, made.tag = vlan[1], int(vlan[2])
        make_vlan(made, boot.interfaces)
    boot.interfaces[name] = made
    if words := split(boot.variables.of(name, "create_args_IF")):
        boot.ifconfig(name, words, f"create_args_{variable_name(name)}")
    _drop_half_vlan(boot, made)


def _drop_half_vlan(boot: _Boot, made: BootInterface) -> None:
    """Take back a VLAN with a parent or a tag alone: its creation fails (vlan_create)."""
    if bool(made.parent) != (made.tag is not None):
        del boot.interfaces[made.name]


def _started(boot: _Boot) -> list[str]:
    """Return the names that are configured, in their order (list_net_interfaces)."""
    listed = boot.variables.get("network_interfaces") or "AUTO"
    if listed.upper() == "AUTO":
        names = [name for name in boot.interfaces if boot.variables.automatic(name)]
    else:
        # As they are written: lagg0:sticky is no interface, and stays without configuration.
        names = split(f"{listed} {boot.variables.get('cloned_interfaces')}")
        names = names if "lo0" in names else ["lo0", *names]
        names = [each for name in dict.fromkeys(names) for each in _ends(name)]
        return [name for name in names if name in boot.interfaces]
    return sorted(names, key=lambda name: name != "lo0")


def _start(boot: _Boot, name: str) -> None:
    """Configure one interface (ifn_start)."""
    variables, interface = boot.variables, boot.interfaces[name]
    aliases = variables.aliases(name)
    configured = variables.dhcp(name) or variables.wireless_daemon(name)
    _start_ipv6(boot, name)
    if words := variables.words(name):
        boot.ifconfig(name, words, variables.source(name))
        configured = True
    if words := variables.words(name, "_ipv6"):
        interface.ipv6 = True
        variable = variables.source(name, "_ipv6")
        if re.match(r":|[0-9a-fA-F].*:", " ".join(words)):
            words = ["inet6", *words]
        boot.ifconfig(name, words, variable)
        configured = True
    if words := split(variables.of(name, "ipv6_ifconfig_IF")):
        interface.ipv6 = True
        boot.ifconfig(name, ["inet6", *words], f"ipv6_ifconfig_{variable_name(name)}")
        configured = True
    _start_aliases(boot, name, aliases, "link")
    _start_aliases(boot, name, aliases, "ether")
    if description := variables.of(name, "ifconfig_IF_descr"):
        interface.description = " ".join(description.split())
    if variables.autoconfigured(name):  # ifconfig IF inet6 accept_rtadv up
        interface.ipv6_auto = configured = True
    interface.up = interface.up or configured
    interface.dhcp = variables.dhcp(name)
    _start_aliases(boot, name, aliases, "inet")
    if variables.has_ipv6(name):
        _start_aliases(boot, name, aliases, "inet6")
    _start_vlans(boot, name)


def _start_aliases(
    boot: _Boot, name: str, aliases: list[tuple[str, list[str]]], family: str
) -> None:
    """Set the aliases of a family (ifalias)."""
    for variable, words in aliases:
        if words[0] == family:
            boot.ifconfig(name, [*words, "alias"], variable)


def _start_ipv6(boot: _Boot, name: str) -> None:
    """Do what holds for all interfaces, and what releases before 9.0 had for IPv6."""
    variables, interface = boot.variables, boot.interfaces[name]
    if variables.activates_ipv6:
        interface.ipv6 = True
    gateway = variables.is_yes("ipv6_gateway_enable")
    if variables.is_yes("ipv6_enable") and not gateway and not is_bridge(name):
        interface.ipv6_auto = True
    if variables.get("ipv6_cpe_wanif") == name:
        interface.ipv6_auto = True


def _start_vlans(boot: _Boot, parent: str) -> None:
    """Create and configure the VLANs of vlans_IF (childif_create)."""
    for child in split(boot.variables.of(parent, "vlans_IF")):
        name = f"{parent}.{child}" if child.isdecimal() else child
        if name not in boot.interfaces:
            _create_child(boot, name, parent, int(child) if child.isdecimal() else None)
        if name in boot.interfaces and boot.variables.automatic(name):
            _start(boot, name)


def _create_child(boot: _Boot, name: str, parent: str, tag: int | None) -> None:
    made = BootInterface(name, vlan=True, parent=parent, tag=tag)
    make_vlan(made, boot.interfaces)
    boot.interfaces[name] = made
    if words := split(boot.variables.of(name, "create_args_IF")):
        boot.ifconfig(name, words, f"create_args_{variable_name(name)}")
    _drop_half_vlan(boot, made)
