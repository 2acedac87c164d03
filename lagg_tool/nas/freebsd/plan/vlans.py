"""The VLANs of the file: created, changed and kept in rc.conf with the LAGG below them.

VLANs that the file does not name are left alone.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from lagg_tool.command import script
from lagg_tool.lagg import Address, HostState, LaggSpec, VlanSpec
from lagg_tool.nas.freebsd.boot import Variables, next_boot, variable_name, without_addresses
from lagg_tool.nas.freebsd.boot.variables import DEFAULT
from lagg_tool.nas.freebsd.plan.bootview import Difference
from lagg_tool.nas.freebsd.plan.moved_vlans import (
    given_mac,
    has_ipv6,
    made_again,
    moved_vlans,
    name_on,
)
from lagg_tool.nas.freebsd.plan.moving import asks_dhcp
from lagg_tool.nas.freebsd.plan.neighbours import reached_vlans
from lagg_tool.nas.freebsd.plan.rcconf import (
    Edit,
    RcChange,
    as_written,
    kept_variables,
    needed_of,
    without,
)
from lagg_tool.nas.freebsd.plan.routes import route_steps
from lagg_tool.nas.freebsd.plan.setting_steps import DROP_IPV6
from lagg_tool.nas.freebsd.plan.step import family_of, ifconfig_step
from lagg_tool.nas.step import Step


@dataclass(frozen=True)
class VlanSteps:
    """The commands for VLANs: ``first`` before those of the LAGG, ``then`` behind them."""

    first: tuple[Step, ...] = ()
    then: tuple[Step, ...] = ()


NO_STEPS = VlanSteps()


@dataclass(frozen=True)
class _Vlan:
    """A VLAN as it is or is to be; ``created`` is the name that it is created by."""

    name: str
    mtu: int
    addresses: tuple[Address, ...] = ()
    up: bool = True
    rtadv: bool = False
    created: str = field(default="", compare=False)
    description: str = field(default="", compare=False)
    mac: str = field(default="", compare=False)
    ipv6: bool = field(default=False, compare=False)
    ipv6_off: bool = field(default=False, compare=False)


def vlan_name(spec: LaggSpec, vlan: VlanSpec, host: HostState) -> str:
    """Return the name of the VLAN with this tag: as it is there, or as rc.d/netif makes it."""
    for name, found in host.interfaces.items():
        if found.vlan_parent == spec.name and found.vlan_tag == vlan.tag:
            return name
    if old := moved_vlans(spec, host).get(vlan.tag):
        return name_on(spec.name, old)
    for name, made in next_boot(host).interfaces.items():
        if made.parent == spec.name and made.tag == vlan.tag:
            return name
    return f"{spec.name}.{vlan.tag}"


def _wanted(spec: LaggSpec, vlan: VlanSpec, host: HostState) -> _Vlan:
    mtu = spec.mtu if vlan.mtu is None else vlan.mtu
    name = vlan_name(spec, vlan, host)
    # The file says nothing of router advertisements: what other lines ask for stays.
    old = moved_vlans(spec, host).get(vlan.tag)
    now = old.name if old else name
    return _Vlan(
        name,
        mtu,
        vlan.addresses,
        rtadv=_hears(now, host) and "accept_rtadv" not in _by_default(now, host),
        created=f"{spec.name}.{vlan.tag}",
        description=old.description if old else "",
        mac=given_mac(old, host) if old else "",
        ipv6=old is not None and has_ipv6(old),
    )


def _hears(name: str, host: HostState) -> bool:
    nd6 = host.interfaces[name].nd6 if name in host.interfaces else frozenset()
    return "ACCEPT_RTADV" in nd6 and "IFDISABLED" not in nd6


def _by_default(name: str, host: HostState) -> str:
    """Return what ifconfig_DEFAULT alone has an interface of the next boot ask for."""
    made, variables = next_boot(host).interfaces.get(name), Variables(host.rc_conf)
    if made is None or DEFAULT not in host.rc_conf:
        return ""
    asks = (("DHCP", made.dhcp, ""), ("accept_rtadv", made.ipv6_auto, "_ipv6"))
    return " ".join(
        word for word, yes, suffix in asks if yes and variables.source(name, suffix) == DEFAULT
    )


def _present(name: str, wanted: _Vlan, host: HostState) -> _Vlan | None:
    found = host.interfaces.get(name)
    if found is None:
        return None
    at_boot = next_boot(host).interfaces.get(name)
    known = {*wanted.addresses, *(at_boot.addresses if at_boot else ())}
    addresses = tuple(each.address for each in found.addresses if each.address in known)
    off = not has_ipv6(found)
    return _Vlan(name, found.mtu, addresses, found.up, _hears(name, host), ipv6_off=off)


def vlan_steps(spec: LaggSpec, host: HostState, edited: HostState) -> tuple[VlanSteps, VlanSteps]:
    """Return the commands that make the VLANs as the file has them, and those back.

    The way back may begin after a boot by the ``edited`` rc.conf, which gave the LAGG's new
    MTU to VLANs that the file does not name.
    """
    names = [vlan_name(spec, each, host) for each in spec.vlans]
    there, back = NO_STEPS, NO_STEPS
    for name, was, then in reached_vlans(spec.name, host, edited, names):
        back = _joined(back, _between(_Vlan(name, then), _Vlan(name, was)))
    moved = moved_vlans(spec, host)
    for vlan in spec.vlans:
        wanted, old = _wanted(spec, vlan, host), moved.get(vlan.tag)
        now = None if old else _present(wanted.name, wanted, host)
        there = _joined(there, _between(now, wanted))
        back = _joined(_between(wanted, now), back)
        if old:
            gone = ifconfig_step(f"it moves onto {spec.name}", old.name, "destroy")
            routes = tuple(route_steps(old.name, wanted.name, wanted.addresses, host))
            there = VlanSteps((gone, *there.first), there.then + routes)
            back = VlanSteps(back.first, (*back.then, *made_again(old, host)))
        elif now and not set(now.addresses) <= set(wanted.addresses):
            routes = tuple(route_steps(now.name, now.name, wanted.addresses, host))
            there = VlanSteps(there.first, there.then + routes)
            routes = tuple(route_steps(now.name, now.name, now.addresses, host))
            back = VlanSteps(back.first, back.then + routes)
    return there, back


def _joined(one: VlanSteps, other: VlanSteps) -> VlanSteps:
    return VlanSteps(one.first + other.first, one.then + other.then)


def _between(now: _Vlan | None, after: _Vlan | None) -> VlanSteps:
    """Return the commands; a VLAN goes before what is below it is changed."""
    if after is None:
        gone = [ifconfig_step("remove the VLAN", now.name, "destroy")] if now else []
        return VlanSteps(first=tuple(gone))
    name = after.name
    first: list[Step] = []
    then: list[Step] = []
    if now is None:
        then += _creation(after)
        now = _Vlan(name, after.mtu, up=False)
    if now.mtu != after.mtu:
        # Never above that of the LAGG: lowered before it, raised behind it.
        step = ifconfig_step("MTU of the VLAN", name, "mtu", str(after.mtu))
        (first if after.mtu < now.mtu else then).append(step)
    then += _address_steps(now, after)
    if now.rtadv != after.rtadv:
        hears = ("-ifdisabled", "accept_rtadv") if after.rtadv else ("-accept_rtadv",)
        then.append(ifconfig_step("router advertisements", name, "inet6", *hears))
    if now.up != after.up:
        then.append(ifconfig_step("state of the VLAN", name, "up" if after.up else "down"))
    return VlanSteps(tuple(first), tuple(then))


def _address_steps(now: _Vlan, after: _Vlan) -> Iterator[Step]:
    name = after.name
    for address in now.addresses:
        if address not in after.addresses:
            words = (family_of(address), str(address.ip), "-alias")
            yield ifconfig_step("remove an address", name, *words)
    for address in after.addresses:
        if address not in now.addresses:
            words = (family_of(address), str(address), "alias")
            yield ifconfig_step("add an address", name, *words)
    if after.ipv6_off and any(each.version == 6 for each in now.addresses):
        yield Step(script(DROP_IPV6, name), "IPv6 was disabled")


def _creation(after: _Vlan) -> Iterator[Step]:
    yield ifconfig_step("create the VLAN", after.created, "create")
    if after.name != after.created:
        yield ifconfig_step("the name of the VLAN", after.created, "name", after.name)
    if after.mac:
        yield ifconfig_step("MAC address", after.name, "ether", after.mac)
    if after.description:
        yield ifconfig_step("description", after.name, "description", after.description)
    yield ifconfig_step("MTU of the VLAN", after.name, "mtu", str(after.mtu))
    if after.ipv6:
        yield ifconfig_step("IPv6", after.name, "inet6", "-ifdisabled")


def vlan_differences(spec: LaggSpec, host: HostState) -> tuple[Difference, ...]:
    """Return how the VLANs after the next boot differ from those of the file."""
    return tuple(
        difference
        for vlan in spec.vlans
        for difference in _differences(_wanted(spec, vlan, host), vlan.tag, spec.name, host)
    )


def _differences(wanted: _Vlan, tag: int, parent: str, host: HostState) -> Iterator[Difference]:
    made = next_boot(host).interfaces.get(wanted.name)
    title = f"VLAN {wanted.name}"
    if made is None or made.parent != parent:
        yield Difference(title, "", f"tag {tag} on {parent}")
        return
    pairs = {
        "tag": (str(made.tag), str(tag)),
        "MTU": (str(made.mtu), str(wanted.mtu)),
        "addresses": (_text(made.addresses), _text(wanted.addresses)),
        "state": ("up" if made.up else "down", "up"),
        f"by {DEFAULT}": (_by_default(wanted.name, host), ""),
    }
    for what, (is_now, is_to_be) in pairs.items():
        if is_now != is_to_be:
            yield Difference(f"{title}, {what}", is_now, is_to_be)


def vlan_boot_findings(spec: LaggSpec, edited: HostState) -> Iterator[str]:
    """Yield what keeps the rc.conf that the plan makes from bringing the VLANs up as wanted."""
    boot = next_boot(edited).interfaces
    for vlan in spec.vlans:
        wanted = _wanted(spec, vlan, edited)
        made = boot.get(wanted.name)
        early = (
            made is not None
            and made.mtu_lost
            and all(boot[port].long_frames for port in spec.ports if port in boot)
        )
        why = (
            f": it is made before {spec.name} has ports, and its tag takes four octets of the MTU"
            f" for good; have it made by vlans_{variable_name(spec.name)} instead of"
            f" cloned_interfaces, or write mtu = {wanted.mtu - 4} for it in the file"
            if early
            else ""
        )
        for each in _differences(wanted, vlan.tag, spec.name, edited):
            yield f"after the next boot, {each.text}{why if each.field.endswith('MTU') else ''}"


def _text(addresses: Iterable[Address]) -> str:
    return " ".join(str(each) for each in sorted(addresses, key=lambda each: each.version))


def vlan_changes(spec: LaggSpec, host: HostState) -> tuple[RcChange, ...]:
    """Return the changes of rc.conf that make the VLANs come up; ``host`` has the LAGG's."""
    changes: list[RcChange] = []
    for vlan in spec.vlans:
        edited = as_written(host, changes)
        wanted = _wanted(spec, vlan, edited)
        do = functools.partial(_boots, wanted, vlan.tag, spec.name, edited)
        if not do([]):
            changes += needed_of(_changes(wanted, vlan.tag, spec.name, edited), do)
    return tuple(changes)


def _boots(wanted: _Vlan, tag: int, parent: str, host: HostState, rc: list[RcChange]) -> bool:
    """Return whether the next boot makes the VLAN as it is wanted, once rc.conf is changed."""
    return not any(_differences(wanted, tag, parent, as_written(host, rc)))


def _changes(wanted: _Vlan, tag: int, parent: str, host: HostState) -> Iterator[RcChange]:
    listed = f"vlans_{variable_name(parent)}"
    made = next_boot(host).interfaces.get(wanted.name)
    if made is None or made.parent != parent:
        yield RcChange(Edit.ADD_WORD, listed, str(tag), host.rc_conf.get(listed))
    main = f"ifconfig_{variable_name(wanted.name)}"
    # What else its line says stays: its description and, where it is a clone, tag and parent.
    others = ("mtu",) if made and made.parent == parent else ("mtu", "vlan", "vlandev", "vlanproto")
    own = without(others, without_addresses(host.rc_conf.get(main, "").split()))
    own = [word for word in own if word.lower() not in ("up", "down", "noauto")]
    values = dict(_values(main, wanted, kept_variables(wanted.name, host), own))
    if DEFAULT in host.rc_conf:
        values.setdefault(f"{main}_ipv6", "")  # which takes its place
    lines = [main, f"{main}_ipv6", f"ipv4_addrs_{variable_name(wanted.name)}"]
    lines += [each for each in host.rc_conf if each.startswith(f"{main}_al")]
    for variable, value in values.items():
        if host.rc_conf.get(variable) != value:
            yield RcChange(Edit.SET, variable, value, host.rc_conf.get(variable))
    for variable in lines:
        if variable in host.rc_conf and variable not in values:
            yield RcChange(Edit.DELETE, variable, "", host.rc_conf[variable])


def _values(
    main: str, wanted: _Vlan, taken: Container[str], own: Iterable[str]
) -> Iterator[tuple[str, str]]:
    first4 = next((each for each in wanted.addresses if each.version == 4), None)
    first6 = next((each for each in wanted.addresses if each.version == 6), None)
    address = [f"inet {first4}"] if first4 else []
    yield main, " ".join([*address, *own, f"mtu {wanted.mtu}"])
    if first6 or wanted.rtadv:
        words = [str(first6)] * bool(first6) + ["accept_rtadv"] * wanted.rtadv
        yield f"{main}_ipv6", " ".join(["inet6", *words])
    others = (each for each in wanted.addresses if each not in (first4, first6))
    numbered = (f"{main}_alias{number}" for number in itertools.count())
    free = (variable for variable in numbered if variable not in taken)
    for variable, each in zip(free, others, strict=False):
        yield variable, f"{family_of(each)} {each}"


def vlan_management(spec: LaggSpec, host: HostState) -> Iterator[str]:
    """Yield the VLANs that carry this session and change, or would take over its route."""
    way = host.management
    if not way.client:
        return
    client = ip_address(way.client.partition("%")[0])
    moved = moved_vlans(spec, host)
    for vlan in spec.vlans:
        if vlan.tag in moved:  # its port carries this session
            continue
        wanted = _wanted(spec, vlan, host)
        now = _present(wanted.name, wanted, host)
        if wanted.name == way.interface and now != wanted:
            yield f"{wanted.name} carries this session (from {way.client} over {way.interface})"
        elif wanted.name != way.interface:
            yield from (
                f"address {address} of VLAN {wanted.name} would take over the route to this"
                f" session's client, {way.client}, from {way.interface}"
                for address in wanted.addresses
                if client in address.network and not (now and address in now.addresses)
            )


def vlan_findings(spec: LaggSpec, host: HostState) -> Iterator[str]:
    """Yield what keeps a VLAN from being made."""
    moved = moved_vlans(spec, host)
    for vlan in spec.vlans:
        name = vlan_name(spec, vlan, host)
        found = host.interfaces.get(name)
        if found is not None and found.vlan_parent != spec.name and vlan.tag not in moved:
            yield (
                f"VLAN {name}: there is an interface of this name that is not a VLAN on {spec.name}"
            )
        fixed = next((each for each in vlan.addresses if each.version == 4), None)
        if found is not None and fixed and asks_dhcp(name, host) and vlan.tag not in moved:
            yield (
                f"VLAN {name}: it asks for an address by DHCP, and would have that of a lease"
                f" beside {fixed} until the next boot; take DHCP out of rc.conf, end its dhclient"
                " and remove the lease's address first"
            )
        for address in vlan.addresses:
            for other, state in host.interfaces.items():
                if other == name or {other, state.vlan_parent} & set(spec.ports):
                    continue  # these have a finding of their own
                theirs = [each.address for each in state.addresses if not each.made]
                yield from (
                    f"address {address} of VLAN {name}: {other} is in that network already"
                    f" ({each}); choose another network, or remove it there first"
                    for each in theirs
                    if each.version == address.version and each.ip in address.network
                )
