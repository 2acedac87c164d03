"""The next boot: rc.d/netif with network.subr, from rc.conf to interfaces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.boot.arguments import StopError, run_words
from lagg_tool.nas.freebsd.boot.interface import BootInterface, Unclear
from lagg_tool.nas.freebsd.boot.variables import Variables


@dataclass(frozen=True)
class NextBoot:
    """The interfaces after the next boot; ``unclear`` is what was not understood.

    ``started`` are the names that rc.d/netif configures.
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
    variables = Variables(host.rc_conf)
    boot = _Boot(variables, {name: BootInterface(name) for name in _hardware(host)})
    _clone(boot)
    started = _started(boot)
    for name in started:
        _start(boot, name)
    if _brings_ports_up(host):
        for interface in list(boot.interfaces.values()):
            for port in interface.ports if interface.up else ():
                boot.interfaces[port].up = True
    for name in boot.interfaces:
        boot.unclear += [Unclear(each, host.rc_conf[each]) for each in variables.strangers(name)]
    return NextBoot(boot.interfaces, tuple(dict.fromkeys(boot.unclear)), frozenset(started))


def _hardware(host: HostState) -> list[str]:
    """Return the names of the interfaces that no configuration makes."""
    return [
        name
        for name, found in host.interfaces.items()
        if found.lagg is None
        and not found.vlan_parent
        and not any(re.fullmatch(rf"{re.escape(group)}\d+[ab]?", name) for group in found.groups)
    ] + ["lo0"] * ("lo0" in host.interfaces)


def _brings_ports_up(host: HostState) -> bool:
    """Whether a lagg brings its ports up on this release (lagg_if_updown, from 15 on)."""
    found = re.search(r"FreeBSD \S+ (\d+)\.", host.system)
    return found is not None and int(found[1]) >= 15


def _clone(boot: _Boot) -> None:
    """Create what cloned_interfaces and wlans_IF name (clone_up, wlan_up), and rename it."""
    for name in boot.variables.wireless():
        boot.interfaces.setdefault(name, BootInterface(name))
    for entry in boot.variables.get("cloned_interfaces").split():
        name = entry.partition(":")[0]
        if name in boot.interfaces:
            continue
        lagg = re.fullmatch(r"lagg\d+", name) is not None
        boot.interfaces[name] = BootInterface(name, lagg=lagg)
        words = boot.variables.of(name, "create_args_IF").split()
        if words:
            boot.ifconfig(name, words, f"create_args_{name}")
    for name in list(boot.interfaces):
        new = boot.variables.of(name, "ifconfig_IF_name")
        if new and new not in boot.interfaces:
            renamed = boot.interfaces.pop(name)
            renamed.name = new
            boot.interfaces[new] = renamed
            for port in renamed.ports:
                boot.interfaces[port].master = new


def _started(boot: _Boot) -> list[str]:
    """Return the names that are configured, in their order (list_net_interfaces)."""
    listed = boot.variables.get("network_interfaces") or "AUTO"
    if listed.upper() == "AUTO":
        names = [name for name in boot.interfaces if boot.variables.automatic(name)]
    else:
        clones = boot.variables.get("cloned_interfaces").split()
        names = [*listed.split(), *(entry.partition(":")[0] for entry in clones)]
        names = [name for name in dict.fromkeys(names) if name in boot.interfaces]
    return sorted(names, key=lambda name: name != "lo0")


def _start(boot: _Boot, name: str) -> None:
    """Configure one interface (ifn_start)."""
    variables, interface = boot.variables, boot.interfaces[name]
    configured = variables.dhcp(name) or variables.wireless_daemon(name)
    if words := variables.words(name):
        boot.ifconfig(name, words, variables.source(name))
        configured = True
    if words := variables.words(name, "_ipv6"):
        interface.ipv6 = True
        variable = variables.source(name, "_ipv6")
        if ":" in words[0]:
            words = ["inet6", *words]
        boot.ifconfig(name, words, variable)
        configured = True
    if variables.get("ipv6_activate_all_interfaces").upper() in ("YES", "TRUE", "ON", "1"):
        interface.ipv6 = True
    if description := variables.of(name, "ifconfig_IF_descr"):
        interface.description = " ".join(description.split())
    interface.up = interface.up or configured
    interface.dhcp = variables.dhcp(name)
    for family in ("inet", "inet6"):
        for variable, words in variables.aliases(name):
            if words[0] == family and (family == "inet" or variables.has_ipv6(name)):
                boot.ifconfig(name, [*words, "alias"], variable)
    _start_vlans(boot, name)


def _start_vlans(boot: _Boot, parent: str) -> None:
    """Create and configure the VLANs of vlans_IF (childif_create)."""
    for child in boot.variables.of(parent, "vlans_IF").split():
        name = f"{parent}.{child}" if child.isdecimal() else child
        if name in boot.interfaces:
            continue
        tag = int(child) if child.isdecimal() else None
        made = BootInterface(name, parent=parent, tag=tag, mtu=boot.interfaces[parent].mtu)
        boot.interfaces[name] = made
        words = boot.variables.of(name, "create_args_IF").split()
        if words:
            boot.ifconfig(name, words, f"create_args_{name}")
        if boot.variables.automatic(name):
            _start(boot, name)
