"""Several LAGGs in one change: what goes from one to another leaves the first before it joins.

Each LAGG is planned on the host as it is once the ports and addresses that others get are free,
and the LAGGs planned before it are made. That host is a model; the probe after the change looks
at the real one, and the change is reverted if anything is left to do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Self

from lagg_tool.lagg import AddressState, HostState, InterfaceState, LaggSpec, Record, Route
from lagg_tool.nas.freebsd.boot import variable_name
from lagg_tool.nas.freebsd.plan.bootview import Difference
from lagg_tool.nas.freebsd.plan.change import Change
from lagg_tool.nas.freebsd.plan.checks import management_findings
from lagg_tool.nas.freebsd.plan.config import foreign, observed, primary_after, primary_of
from lagg_tool.nas.freebsd.plan.gone_routes import gone_route_notes
from lagg_tool.nas.freebsd.plan.plan import Plan, make_plan
from lagg_tool.nas.freebsd.plan.rcconf import as_written, rc_between
from lagg_tool.nas.freebsd.plan.rclines import line_findings
from lagg_tool.nas.freebsd.plan.rendering import rc_lines
from lagg_tool.nas.freebsd.plan.routes import is_reached, route_step, route_steps
from lagg_tool.nas.freebsd.plan.step import family_of, ifconfig_step
from lagg_tool.nas.freebsd.plan.steps import steps_between
from lagg_tool.nas.freebsd.plan.vlans import vlan_management
from lagg_tool.nas.rendering import command_lines
from lagg_tool.nas.step import Step


@dataclass(frozen=True)
class JointPlan(Change):
    """The ways of several LAGGs; ``released`` are the commands before them, ``routed`` behind."""

    _: KW_ONLY
    parts: tuple[Plan, ...]
    released: tuple[Step, ...] = ()
    routed: tuple[Step, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do for any of them."""
        return not self.steps and not self.rc and all(part.empty for part in self.parts)

    @property
    def summary(self) -> str:
        """The number of LAGGs."""
        return f"{len(self.parts)} LAGGs in one change"

    @property
    def lines(self) -> list[str]:
        """What each LAGG becomes, and all changes of rc.conf."""
        lines = ["what goes over to another LAGG:"] if self.released else []
        lines += command_lines(self.released)
        for part in self.parts:
            title = "nothing to do" if part.empty else part.summary
            lines += [f"{part.name}: {title}", *replace(part, rc=()).lines]
        lines += ["routes, once all have their addresses:"] if self.routed else []
        return [*lines, *command_lines(self.routed), *rc_lines(self.rc)]

    @property
    def data(self) -> dict[str, Any]:
        """The commands and the changes of rc.conf, as JSON takes them."""
        return {**super().data, "laggs": [part.name for part in self.parts]}

    @property
    def differences(self) -> tuple[Difference, ...]:
        """How the next boot differs from what is wanted for any of them."""
        return tuple(each for part in self.parts for each in part.boot)

    @property
    def records(self) -> Mapping[str, Record | None]:
        """What is kept for the removal of each LAGG."""
        return {name: kept for part in self.parts for name, kept in part.records.items()}

    def without_boot(self) -> Self:
        """Return the plan without what concerns the next boot."""
        return replace(self, parts=tuple(part.without_boot() for part in self.parts))


def make_joint_plan(specs: Sequence[LaggSpec], host: HostState) -> JointPlan:
    """Return the way from the observed state to all the specs."""
    going = tuple(_going_over(specs, host))
    free = replace(
        _with_free(specs, host), routes=tuple(each for each in host.routes if each not in going)
    )
    now = free
    parts: list[Plan] = []
    for spec in specs:
        part = make_plan(spec, now)
        parts.append(part)
        now = _with_made(spec, part, now)
    released = tuple(_releasing(specs, host))
    inverse = [step for part in reversed(parts) for step in part.inverse]
    inverse += [step for spec in specs for step in _back(spec.name, free, host) if released]
    leaving = {name for name, _ in _addresses_leaving(specs, host)}
    again = tuple(route_step(each, host, each.gateway) for each in going)
    routed: list[Step] = []
    for part in parts:
        if part.after and part.name in leaving:
            own, ipv6 = part.after.addresses, part.after.ipv6
            routed += route_steps(part.name, part.name, own, free, ipv6=ipv6)
    routed += again
    steps = (*released, *(step for part in parts for step in part.steps), *routed)
    left = replace(host, routes=tuple(each for each in free.routes if each.interface in leaving))
    rc = tuple(rc_between(host.rc_conf, now.rc_conf))
    return JointPlan(
        name=" and ".join(spec.name for spec in specs),
        spec=specs[0],
        others=tuple(specs[1:]),
        parts=tuple(parts),
        released=released,
        routed=tuple(routed),
        steps=steps,
        inverse=(*inverse, *again),
        rc=rc,
        rc_text=host.rc_text,
        findings=_each((*(part.findings for part in parts), line_findings(rc, host))),
        management=_each(
            _management(spec, part, host) for spec, part in zip(specs, parts, strict=True)
        )
        if steps
        else (),
        notes=_each((*(part.notes for part in parts), gone_route_notes(steps, left))),
        doubts=_each(part.doubts for part in parts),
        obstacles=_each(part.obstacles for part in parts),
    )


def _each(texts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for those in texts for text in those))


def _management(spec: LaggSpec, part: Plan, host: HostState) -> Iterator[str]:
    before = observed(host, spec.name, spec.addresses)
    yield from management_findings(spec.name, before, part.after, host)
    yield from vlan_management(spec, host)


def _leaving(specs: Sequence[LaggSpec], host: HostState) -> dict[str, list[str]]:
    """Return the ports that go over from a LAGG of the file to another one of it."""
    wanted = {port: spec.name for spec in specs for port in spec.ports}
    named = {spec.name for spec in specs}
    return {
        name: [port.name for port in found.lagg.ports if wanted.get(port.name, name) != name]
        for name, found in host.laggs.items()
        if found.lagg and name in named
    }


def _addresses_leaving(
    specs: Sequence[LaggSpec], host: HostState
) -> Iterator[tuple[str, AddressState]]:
    """Yield LAGG and address of what goes over to another LAGG of the file."""
    for spec in specs:
        others = [each for other in specs if other is not spec for each in other.addresses]
        found = host.laggs.get(spec.name)
        for each in found.addresses if found else ():
            if each.address.ip in {other.ip for other in others}:
                yield spec.name, each


def _releasing(specs: Sequence[LaggSpec], host: HostState) -> Iterator[Step]:
    for name, ports in _leaving(specs, host).items():
        for port in reversed(ports):
            yield ifconfig_step("it goes over to another LAGG", name, "-laggport", port)
    for name, each in _addresses_leaving(specs, host):
        words = (family_of(each.address), str(each.address.ip), "-alias")
        yield ifconfig_step("it goes over to another LAGG", name, *words)


def _going_over(specs: Sequence[LaggSpec], host: HostState) -> Iterator[Route]:
    """Yield the routes of a LAGG whose gateway another one of the file, or a VLAN, reaches then."""
    for spec in specs:
        found = host.laggs.get(spec.name)
        had = [each.address.network for each in found.addresses] if found else []
        stay = [each.network for each in spec.addresses]
        others = [other.addresses for other in specs if other is not spec]
        others += [vlan.addresses for other in specs for vlan in other.vlans]
        new = [each.network for those in others for each in those]
        for each in host.routes:
            own = each.static and each.interface == spec.name and "%" not in each.gateway
            leaves = own and is_reached(each, had) and not is_reached(each, stay)
            if leaves and is_reached(each, new):
                yield each


def _with_free(specs: Sequence[LaggSpec], host: HostState) -> HostState:
    """Return the host as it is once all that goes over has left, now and in rc.conf."""
    interfaces = dict(host.interfaces)
    rc_conf = dict(host.rc_conf)
    for name, ports in _leaving(specs, host).items():
        interfaces[name] = _without_ports(interfaces[name], ports, host)
        for port in ports:
            found = interfaces[port]
            interfaces[port] = replace(found, up=False, ether=found.own_mac)
        for variable in (f"{each}_{variable_name(name)}" for each in ("ifconfig", "create_args")):
            if variable in rc_conf:
                rc_conf[variable] = _without_words(rc_conf[variable], ports)
    for name, each in _addresses_leaving(specs, host):
        kept = tuple(one for one in interfaces[name].addresses if one != each)
        interfaces[name] = replace(interfaces[name], addresses=kept)
    # The lines of rc.conf are looked at for all changes together.
    return dataclasses.replace(host, interfaces=interfaces, rc_conf=rc_conf, rc_text="")


def _without_ports(found: InterfaceState, ports: Sequence[str], host: HostState) -> InterfaceState:
    """Return a LAGG once these ports have left it; its MAC address is its first port's."""
    if found.lagg is None or not ports:
        return found
    kept = tuple(port for port in found.lagg.ports if port.name not in ports)
    names = tuple(port.name for port in kept)
    first = primary_after((primary_of(found, host),), names, host)
    ether = "".join(host.interfaces[port].own_mac for port in first)
    return replace(found, lagg=replace(found.lagg, ports=kept), ether=ether)


def _without_words(value: str, ports: Sequence[str]) -> str:
    words = value.split()
    left: list[str] = []
    while words:
        word = words.pop(0)
        if word == "laggport" and words and words[0] in ports:
            words.pop(0)
        else:
            left.append(word)
    return " ".join(left)


def _with_made(spec: LaggSpec, part: Plan, host: HostState) -> HostState:
    """Return the host with a LAGG of the file made, as far as the others depend on it."""
    interfaces = dict(host.interfaces)
    found = interfaces.get(spec.name) or InterfaceState(spec.name, groups=("lagg",))
    made = tuple(AddressState(each) for each in (part.after.addresses if part.after else ()))
    known = part.before.addresses if part.before else ()
    others = foreign(found, host, known)
    if part.after and part.after.dhcp:  # it keeps the address of its lease
        others = tuple(each for each in found.addresses if each.address not in known)
    interfaces[spec.name] = replace(found, addresses=(*made, *others))
    return as_written(dataclasses.replace(host, interfaces=interfaces), part.rc)


def _back(name: str, free: HostState, host: HostState) -> tuple[Step, ...]:
    """Return the commands that give a LAGG back what had gone over to another."""
    before, after = observed(free, name), observed(host, name)
    if before is None or after is None or before == after:
        return ()
    # Its parts set a MAC address back if the file gives one.
    return steps_between(before, replace(after, mac=""), host, {}, back=True)
