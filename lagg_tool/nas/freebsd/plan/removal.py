"""The removal of a LAGG: its VLANs go with it, and addresses go back to where they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lagg_tool.lagg import HostState, InterfaceState, Record, Route, check_name
from lagg_tool.nas.freebsd.boot import Variables, next_boot, variable_name
from lagg_tool.nas.freebsd.plan.checks import removal_findings
from lagg_tool.nas.freebsd.plan.config import LaggConfig, observed
from lagg_tool.nas.freebsd.plan.moved_vlans import has_ipv6, made_again
from lagg_tool.nas.freebsd.plan.moving import give_back_lease, hand_over_lease
from lagg_tool.nas.freebsd.plan.plan import Plan, Way, plan_between
from lagg_tool.nas.freebsd.plan.rcconf import (
    Edit,
    RcChange,
    as_written,
    clone_of,
    made_as,
    rc_changes,
    route_changes,
)
from lagg_tool.nas.freebsd.plan.routes import over_others, route_steps
from lagg_tool.nas.freebsd.plan.step import family_of, ifconfig_step
from lagg_tool.nas.freebsd.plan.vlans import VlanSteps
from lagg_tool.nas.step import Step


def removal_plan(name: str, host: HostState) -> Plan:
    """Return the way from the observed state to one without the lagg and the VLANs on it."""
    check_name(name)
    before = observed(host, name)
    rc = list(rc_changes(before, None, name, host))
    # Without the LAGG, no boot would have the VLANs that name it.
    later = {made.name for made in next_boot(host).interfaces.values() if made.parent == name}
    rc += _vlan_changes(name, later, as_written(host, rc))
    back = _Back(name, before, host)
    rc += back.values(as_written(host, rc))
    vlans = [host.interfaces[each] for each in host.vlans_on(name)]
    gone = tuple(ifconfig_step("remove the VLAN", each.name, "destroy") for each in vlans)
    made = tuple(step for each in vlans for step in made_again(each, host))
    way = Way(
        before,
        None,
        VlanSteps(gone, tuple(back.steps())),
        VlanSteps(tuple(back.inverse()), made),
    )
    plan = plan_between(way, name, host, list(_findings(name, host)), tuple(rc))
    return replace(plan, notes=(*plan.notes, *_vlan_notes(name, vlans), *back.notes()))


def _findings(name: str, host: HostState) -> Iterator[str]:
    """Yield what uses the LAGG or a VLAN on it and does not go with it."""
    yield from removal_findings(name, host, vlans=False)
    for vlan in host.vlans_on(name):
        yield from removal_findings(vlan, host)
        if lagg := host.lagg_of(vlan):
            yield f"{vlan}: it is a port of {lagg}; remove it there first"


def _vlan_notes(name: str, vlans: list[InterfaceState]) -> Iterator[str]:
    for each in vlans:
        shown = ", ".join(str(one.address) for one in each.addresses if not one.made)
        yield f"VLAN {each.name} (tag {each.vlan_tag}) goes with {name}" + (
            f", and its addresses: {shown}" if shown else ""
        )


class _Back:
    """What goes back to the ports that had it before the LAGG did."""

    def __init__(self, name: str, before: LaggConfig | None, host: HostState) -> None:
        self._name, self._host = name, host
        record = host.records.get(name, Record())
        ports = before.ports if before else ()
        has = before.addresses if before else ()
        self._addresses = [
            (port, address)
            for port, those in record.addresses.items()
            for address in those
            if port in ports and address in has
        ]
        leases = record.leases if before and before.dhcp else ()
        self._leases = [port for port in leases if port in ports]
        self._moved = dict.fromkeys((*(port for port, _ in self._addresses), *self._leases))
        # The routes that name an interface, and no port is recorded for: this one gets them.
        self._first = next(iter(self._moved), "")
        self._values = record.values
        self._routes = {
            destination: port for destination, port in record.routes.items() if port in self._moved
        }

    def notes(self) -> Iterator[str]:
        """Yield the addresses, with their ports, and the routes of which the port is unknown."""
        for port, address in self._addresses:
            yield f"address {address} goes back to {port}, which had it before"
        own = [each for each in self._host.routes if each.interface == self._name and each.static]
        for each in own if len(self._moved) > 1 else ():
            if each.by_interface and each.destination not in self._routes:
                yield (
                    f"the route to {each.destination} goes over {self._first}: which port had it"
                    " before is not recorded"
                )

    def values(self, host: HostState) -> Iterator[RcChange]:
        """Yield the changes that give ports the lines that gave them their addresses."""
        for port in self._moved:
            # Only what the move changed, and nobody has since.
            for variable, value in self._values.items():
                own = Variables({**host.rc_conf, variable: value}).names(port)
                if variable in own and host.rc_conf.get(variable) != value:
                    yield RcChange(Edit.SET, variable, value, host.rc_conf.get(variable))
        moved = over_others(dict.fromkeys(self._moved, self._name), self._values)
        back = [
            RcChange(Edit.SET, variable, self._values[variable], host.rc_conf[variable])
            for variable, value in moved.items()
            if host.rc_conf.get(variable, "").split() == value.split()
        ]
        yield from back
        onto = {self._name: self._first} if self._first else {}
        yield from route_changes(onto, as_written(host, back))

    def steps(self) -> Iterator[Step]:
        """Yield the commands behind the removal."""
        why = "the port had it before"
        for port, address in self._addresses:
            yield ifconfig_step(why, port, family_of(address), str(address), "alias")
        yield from map(give_back_lease, self._leases)
        reached = [address for _, address in self._addresses]
        if first := self._first:
            routes = [each for each in self._host.routes if self._reaches_link(each)]
            host = replace(self._host, routes=tuple(routes))
            yield from route_steps(self._name, first, reached, host, others=self._routes)

    def _reaches_link(self, route: Route) -> bool:
        """Return whether a router that a link alone reaches is reached by then."""
        port = self._routes.get(route.destination, self._first)
        return "%" not in route.gateway or self._has_ipv6(port)

    def _has_ipv6(self, port: str) -> bool:
        found = self._host.interfaces.get(port)
        return (found is not None and has_ipv6(found)) or any(
            each == port and address.version == 6 for each, address in self._addresses
        )

    def inverse(self) -> Iterator[Step]:
        """Yield the commands before the LAGG is made again."""
        yield from map(hand_over_lease, self._leases)
        for port, address in self._addresses:
            yield ifconfig_step(
                "it was the LAGG's", port, family_of(address), str(address.ip), "-alias"
            )


def _vlan_changes(name: str, later: set[str], host: HostState) -> Iterator[RcChange]:
    """Yield the changes of rc.conf that leave no VLAN of the LAGG; ``host`` has the LAGG's."""
    variables = Variables(host.rc_conf)
    listed = f"vlans_{variable_name(name)}"
    named = variables.get(listed).split()
    children = {f"{name}.{each}" if each.isdecimal() else each for each in named}
    children |= {*host.vlans_on(name), *later}
    own = [listed] if listed in host.rc_conf else []
    for child in sorted(children):
        those = (*variables.names(child), *made_as(child, host.rc_conf))
        own += [each for each in those if each not in own]
    for variable in own:
        yield RcChange(Edit.DELETE, variable, "", host.rc_conf[variable])
    clones = host.rc_conf.get("cloned_interfaces")
    for entry in (clones or "").split():
        if clone_of(entry, host.rc_conf) in children:
            gone = RcChange(Edit.REMOVE_WORD, "cloned_interfaces", entry, clones)
            clones = gone.after
            yield gone
