"""VLANs of a NIC that move with it onto the LAGG, where the file has them.

lagg(4) takes what a port receives before the VLANs of the port see it: they would be deaf.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from lagg_tool.lagg import HostState, InterfaceState, LaggSpec
from lagg_tool.nas.freebsd.boot import Variables, variable_name
from lagg_tool.nas.freebsd.plan.jails import held_by_jails
from lagg_tool.nas.freebsd.plan.moving import asks_dhcp, own_addresses
from lagg_tool.nas.freebsd.plan.rcconf import clone_of, made_as, without
from lagg_tool.nas.freebsd.plan.routes import over_others, route_steps
from lagg_tool.nas.freebsd.plan.step import family_of, ifconfig_step
from lagg_tool.nas.step import Step


def moved_vlans(spec: LaggSpec, host: HostState) -> dict[int, InterfaceState]:
    """Return the VLANs of ports that are to be on the LAGG, as they are now, by their tag."""
    found = (host.interfaces[name] for port in spec.ports for name in host.vlans_on(port))
    return {each.vlan_tag or 0: each for each in found if not hindrance(each, spec, host)}


def name_on(lagg: str, old: InterfaceState) -> str:
    """Return the name of a VLAN that has moved: its own, unless that has its parent in it."""
    usual = old.name == f"{old.vlan_parent}.{old.vlan_tag}"
    return f"{lagg}.{old.vlan_tag}" if usual else old.name


def _undescribed(vlan: InterfaceState, host: HostState) -> str:
    """Return what a VLAN has that no [[vlan]] describes, and what to do."""
    if any(each.vhid for each in vlan.addresses):
        return "it has addresses of CARP; remove them first"
    if asks_dhcp(vlan.name, host):
        return "it asks for an address by DHCP, which no [[vlan]] does; give it a fixed one first"
    if vlan.vlan_words:
        return f"it has {vlan.vlan_words}, which no [[vlan]] has; set that back first"
    return ""


def hindrance(old: InterfaceState, spec: LaggSpec, host: HostState) -> str:
    """Return why a VLAN of a port does not move, and what to do; nothing if it does."""
    name, own = old.name, own_addresses(old.name, host)
    listed = next((each for each in spec.vlans if each.tag == old.vlan_tag), None)
    same = [
        each
        for parent in (spec.name, *spec.ports)
        for each in host.vlans_on(parent)
        if host.interfaces[each].vlan_tag == old.vlan_tag and each != name
    ]
    used = (*host.vlans_on(name), host.bridge_of(name), host.lagg_of(name))
    if kind := _undescribed(old, host):
        return kind
    if any(used):
        return f"{', '.join(filter(None, used))} uses it; take it out there first"
    if same:
        return f"{same[0]} has the same tag; remove one of the two first"
    if listed is None or not set(own) <= set(listed.addresses):
        shown = ", ".join(f'"{each}"' for each in own)
        addresses = f", addresses = [{shown}]" if shown else ""
        table = f"[[vlan]] with tag = {old.vlan_tag}{addresses}"
        return f"for it to move onto {spec.name}, write {table} in the file" + held_by_jails(
            name, own, name_on(spec.name, old), host
        )
    return ""


def with_moved(spec: LaggSpec, host: HostState, edited: HostState) -> HostState:
    """Return the host whose rc.conf has the lines of the VLANs for their new parent."""
    rc_conf = dict(edited.rc_conf)
    for old in moved_vlans(spec, host).values():
        _move(old, spec.name, rc_conf)
    return dataclasses.replace(edited, rc_conf=rc_conf)


def _move(old: InterfaceState, lagg: str, rc_conf: dict[str, str]) -> None:
    new = name_on(lagg, old)
    listed = f"vlans_{variable_name(old.vlan_parent)}"
    for variable in (listed, "cloned_interfaces"):
        prefix = f"{old.vlan_parent}." if variable == listed else ""
        words = rc_conf.get(variable, "").split()
        names = [
            f"{prefix}{each}" if each.isdecimal() else clone_of(each, rc_conf) for each in words
        ]
        left = [word for word, name in zip(words, names, strict=True) if name != old.name]
        if left != words:
            rc_conf[variable] = " ".join(left)
        if words and not left:
            del rc_conf[variable]
    renamed = {each: rc_conf.pop(each) for each in made_as(old.name, rc_conf)}
    lines = {each: rc_conf.pop(each) for each in Variables(rc_conf).names(old.name)}
    created = [value for each, value in {**renamed, **lines}.items() if "create_args_" in each]
    for variable, value in lines.items():
        main = variable == f"ifconfig_{variable_name(old.name)}"
        rest = " ".join(without(("vlan", "vlandev"), value.split())) if main else value
        if rest and not variable.startswith("create_args_"):
            its = variable.replace(f"_{variable_name(old.name)}", f"_{variable_name(new)}", 1)
            rc_conf[its] = rest
    arguments = without(("vlan", "vlandev"), " ".join(created).split())
    if new == old.name:
        arguments = ["vlan", str(old.vlan_tag), *arguments]
    if arguments:
        rc_conf[f"create_args_{variable_name(new)}"] = " ".join(arguments)
    rc_conf.update(over_others({old.name: new}, rc_conf))  # which no boot would find any more
    listed = f"vlans_{variable_name(lagg)}"
    word = new if new == old.name else str(old.vlan_tag)
    rc_conf[listed] = " ".join([*rc_conf.get(listed, "").split(), word])


def moved_notes(spec: LaggSpec, host: HostState) -> Iterator[str]:
    """Yield the VLANs that move, and their new names."""
    for old in moved_vlans(spec, host).values():
        new = name_on(spec.name, old)
        named = f" as {new}: what names {old.name} elsewhere, such as pf.conf, has to name that"
        yield (
            f"VLAN {old.name} moves from {old.vlan_parent} onto {spec.name}"
            f"{named if new != old.name else ''}"
        )


def has_ipv6(vlan: InterfaceState) -> bool:
    """Return whether IPv6 is on, if only with the address that the kernel makes."""
    return bool(vlan.nd6) and "IFDISABLED" not in vlan.nd6


def given_mac(vlan: InterfaceState, host: HostState) -> str:
    """Return the MAC address of a VLAN if it is another one than its parent's."""
    parent = host.interfaces.get(vlan.vlan_parent)
    return vlan.ether if parent and vlan.ether != parent.ether else ""


def made_again(vlan: InterfaceState, host: HostState) -> Iterator[Step]:
    """Yield the commands that make a VLAN as it was."""
    usual = f"{vlan.vlan_parent}.{vlan.vlan_tag}"
    made: tuple[str, ...] = (usual, "create")
    if vlan.vlan_words:  # which a name cannot say
        tag = ("vlan", str(vlan.vlan_tag), "vlandev", vlan.vlan_parent)
        made = ("vlan", "create", *tag, *vlan.vlan_words.split(), "name", vlan.name)
    yield ifconfig_step("the VLAN was there", *made)
    if vlan.name != usual and not vlan.vlan_words:
        yield ifconfig_step("its name", usual, "name", vlan.name)
    yield ifconfig_step("its MTU", vlan.name, "mtu", str(vlan.mtu))
    if mac := given_mac(vlan, host):
        yield ifconfig_step("its MAC address", vlan.name, "ether", mac)
    if vlan.description:
        yield ifconfig_step("its description", vlan.name, "description", vlan.description)
    if has_ipv6(vlan):
        hears = ["accept_rtadv"] if "ACCEPT_RTADV" in vlan.nd6 else []
        yield ifconfig_step("IPv6", vlan.name, "inet6", "-ifdisabled", *hears)
    for each in vlan.addresses:
        if not each.made:
            yield ifconfig_step(
                "its address", vlan.name, family_of(each.address), str(each.address), "alias"
            )
    yield ifconfig_step("its state", vlan.name, "up" if vlan.up else "down")
    yield from route_steps(vlan.name, vlan.name, own_addresses(vlan.name, host), host)
