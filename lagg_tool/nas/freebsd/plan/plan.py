"""The plan: spec and observed state in, changes and their inverse out. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Self

from lagg_tool.lagg import HostState, LaggSpec, Record, is_lagg_name
from lagg_tool.nas.contract import needs_root
from lagg_tool.nas.freebsd.boot import Variables
from lagg_tool.nas.freebsd.plan.bootchecks import (
    boot_findings,
    boot_notes,
    edit_findings,
    lost_mac_notes,
    script_notes,
    unreadable_findings,
)
from lagg_tool.nas.freebsd.plan.bootview import Difference, boot_differences
from lagg_tool.nas.freebsd.plan.bridges import (
    boot_bridge_notes,
    bridge_mtu_notes,
    users_notes,
)
from lagg_tool.nas.freebsd.plan.change import NO_SYSRC, Change
from lagg_tool.nas.freebsd.plan.checks import (
    address_findings,
    bond_findings,
    doubts,
    management_findings,
    port_findings,
)
from lagg_tool.nas.freebsd.plan.config import LaggConfig, foreign, observed, wanted
from lagg_tool.nas.freebsd.plan.gone_routes import gone_route_notes
from lagg_tool.nas.freebsd.plan.jails import jail_notes, residents
from lagg_tool.nas.freebsd.plan.moved_vlans import (
    has_ipv6,
    moved_notes,
    moved_vlans,
    with_moved,
)
from lagg_tool.nas.freebsd.plan.moving import (
    asks_dhcp,
    moves,
    own_addresses,
)
from lagg_tool.nas.freebsd.plan.neighbours import mtu_findings, vlan_mtu_notes, wireless_findings
from lagg_tool.nas.freebsd.plan.rcconf import (
    Edit,
    RcChange,
    as_written,
    has_mac_of,
    rc_between,
    rc_changes,
)
from lagg_tool.nas.freebsd.plan.rendering import plan_lines
from lagg_tool.nas.freebsd.plan.routes import over_others
from lagg_tool.nas.freebsd.plan.step import family_of
from lagg_tool.nas.freebsd.plan.steps import (
    given_mac,
    must_reseat,
    settings_of,
    steps_between,
)
from lagg_tool.nas.freebsd.plan.vlans import (
    NO_STEPS,
    VlanSteps,
    vlan_boot_findings,
    vlan_changes,
    vlan_differences,
    vlan_findings,
    vlan_management,
    vlan_name,
    vlan_steps,
)
from lagg_tool.nas.freebsd.settings import PortSettings


@dataclass(frozen=True)
class Plan(Change):
    """The way of one LAGG.

    ``boot`` is how the next boot differs from what is wanted while rc.conf is as it is.
    ``record`` is to be kept for the lagg's removal, None if there is to be none.
    """

    _: KW_ONLY
    before: LaggConfig | None
    after: LaggConfig | None
    record: Record | None = None
    boot: tuple[Difference, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do, now and at the next boot."""
        return not self.steps and not self.rc and not self.boot

    @property
    def summary(self) -> str:
        """The plan in a word, or a few."""
        verb = "create" if not self.before else "change" if self.after else "remove"
        return verb if self.steps else "keep, and have it at boot"

    @property
    def lines(self) -> list[str]:
        """The difference, the commands, and the changes of rc.conf."""
        return plan_lines(self.before, self.after, self.steps, self.rc, self.boot)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """How the next boot differs from what is wanted while rc.conf is as it is."""
        return self.boot

    @property
    def records(self) -> Mapping[str, Record | None]:
        """What is kept for the removal of the LAGG."""
        return {self.name: self.record} if self.record or self.after is None else {}

    def without_boot(self) -> Self:
        """Return the plan without what concerns the next boot."""
        return replace(self, boot=(), record=None)


def make_plan(spec: LaggSpec, host: HostState) -> Plan:
    """Return the way from the observed state to the spec."""
    before, after = observed(host, spec.name, spec.addresses), wanted(spec, host)
    moved = [port for port in spec.ports if moves(port, spec, host)]
    rc = rc_changes(before, after, spec.name, host, moved)
    edited = with_moved(spec, host, as_written(host, rc))
    changes = vlan_changes(spec, edited)
    edited = as_written(edited, changes)
    moves_vlans = bool(moved_vlans(spec, host))
    rc = tuple(rc_between(host.rc_conf, edited.rc_conf)) if moves_vlans else (*rc, *changes)
    names = tuple(vlan_name(spec, each, host) for each in spec.vlans)
    findings = [
        *port_findings(spec, host, edited),
        *address_findings(spec, host),
        *wireless_findings(spec, host),
        *mtu_findings(after, host, edited, names),
        *vlan_findings(spec, host),
        *bond_findings(spec),
    ]
    if before is None and spec.name in host.interfaces:
        findings.append(f"{spec.name}: there is an interface of this name that is not a lagg")
    elif before is None and not is_lagg_name(spec.name):
        findings.append(
            f"{spec.name}: there is no such LAGG, and only one with a name such as lagg0 can be"
            " made; it can be renamed in rc.conf (ifconfig_lagg0_name)"
        )
    vlans = vlan_steps(spec, host, edited)
    plan = plan_between(Way(before, after, *vlans, names), spec.name, host, findings, rc)
    boot = (*plan.boot, *vlan_differences(spec, host))
    left = vlan_boot_findings(spec, edited) if not plan.findings else ()
    return replace(
        plan,
        spec=spec,
        boot=boot,
        management=tuple(dict.fromkeys((*plan.management, *vlan_management(spec, host)))),
        findings=(*plan.findings, *left),
        notes=(
            *plan.notes,
            *moved_notes(spec, host),
            *vlan_mtu_notes(spec.name, host, edited, names),
            *lost_mac_notes(after, host, edited),
        ),
    )


@dataclass(frozen=True)
class Way:
    """From one configuration of the LAGG to another, with the VLANs on it, and back."""

    before: LaggConfig | None
    after: LaggConfig | None
    vlans: VlanSteps = NO_STEPS
    vlans_back: VlanSteps = NO_STEPS
    vlan_names: tuple[str, ...] = ()


def plan_between(
    way: Way, name: str, host: HostState, findings: list[str], rc: tuple[RcChange, ...]
) -> Plan:
    """Return the plan of a way, with what is against it."""
    before, after = way.before, way.after
    steps = steps_between(before, after, host, _leaving(name, before, host))
    facts = _returning(host, given_mac(before, after, host))
    back = _back_to(before, after, host)
    inverse = steps_between(after, back, host, facts, back=True) if steps else ()
    touches = bool(steps)
    steps = (*way.vlans.first, *steps, *way.vlans.then)
    inverse = (*way.vlans_back.first, *inverse, *way.vlans_back.then)
    boot = boot_differences(after, host) if after else ()
    # Where there is nothing to do, nothing is against it.
    against = findings if steps or rc or boot else []
    unreadable = tuple(unreadable_findings(host))
    return Plan(
        name=name,
        before=before,
        after=after,
        steps=steps,
        inverse=inverse,
        rc=rc,
        rc_text=host.rc_text,
        findings=(
            *unreadable,
            *against,
            *edit_findings(name, host, rc),
            *(
                boot_findings(after, as_written(host, rc))
                if after and not (against or unreadable)
                else ()
            ),
        ),
        management=tuple(management_findings(name, before, after, host)) if touches else (),
        notes=(
            *_notes(before, after, host),
            *boot_notes(name, after, host, rc),
            *(script_notes((name, *after.ports, *way.vlan_names), host) if after else ()),
            *boot_bridge_notes(name, way.vlan_names, after, host),
            *jail_notes(name, after, host),
            *gone_route_notes(steps, host),
        ),
        boot=boot,
        record=_record(name, before, after, rc, host),
        doubts=tuple(doubts(after, host)) if after and steps else (),
        obstacles=tuple(_obstacles(rc, host)),
    )


def _obstacles(rc: tuple[RcChange, ...], host: HostState) -> Iterator[str]:
    """Yield what keeps this session from applying a plan."""
    if not host.root:
        yield needs_root(host.user)
    if rc and host.sysrc:
        yield (
            f"{NO_SYSRC} ({host.sysrc}), so that rc.conf cannot be kept;"
            " --runtime-only makes a change that a reboot undoes"
        )


def _leaving(name: str, before: LaggConfig | None, host: HostState) -> dict[str, PortSettings]:
    """Return how ports are to be that leave for good: as before the creation, if it is known.

    A port without a record keeps what it has, and stays up: not every release leaves it up
    when its lagg is destroyed.
    """
    record = host.records.get(name, Record())
    facts: dict[str, PortSettings] = {}
    for port in before.ports if before else ():
        found = host.interfaces.get(port)
        up = port not in record.ports and bool(found and found.up)
        mtu = record.mtus.get(port)
        given = before and found and has_mac_of(before, port, host.rc_conf)
        addresses = record.addresses.get(port, ())
        ipv6 = bool(found and has_ipv6(found)) or any(each.version == 6 for each in addresses)
        facts[port] = PortSettings(
            ether=found.own_mac if given and found else None,
            mtu=mtu if found and mtu != found.mtu else None,
            up=up,
            link_local=ipv6,
            ipv6_begins=ipv6,
        )
    return facts


def _back_to(
    before: LaggConfig | None, after: LaggConfig | None, host: HostState
) -> LaggConfig | None:
    """Return what an undo leads to; with a MAC address only if the change is about it."""
    if before is None or (after and after.mac):
        return before
    given = not after and any(has_mac_of(before, port, host.rc_conf) for port in before.ports)
    return before if given else replace(before, mac="")


def _returning(host: HostState, given_mac: Container[str]) -> dict[str, PortSettings]:
    """Return how ports are to be when a change is undone: exactly as they were observed."""
    facts = {name: settings_of(found) for name, found in host.interfaces.items()}
    return {
        name: replace(found, ether=host.interfaces[name].ether) if name in given_mac else found
        for name, found in facts.items()
    }


def _notes(before: LaggConfig | None, after: LaggConfig | None, host: HostState) -> tuple[str, ...]:
    reason = must_reseat(before, after, host, back=False) if before and after else ""
    notes = [reason] if reason else []
    notes += _foreign_notes(before, after, host)
    if before and after and (reason or _shakes(before, after)):
        notes += users_notes(before.name, host, certain=bool(reason))
        notes += bridge_mtu_notes(before, after, host)
    if host.records_hidden:
        notes.append(
            f"what was recorded when LAGGs were made can be read by root only, not by {host.user}:"
            " as root, more may be set back than is shown here"
        )
    return tuple(notes)


def _shakes(before: LaggConfig, after: LaggConfig) -> bool:
    """Return whether a change may cost frames though the ports stay in."""
    return (before.ports, before.protocol, before.mtu) != (after.ports, after.protocol, after.mtu)


def _foreign_notes(
    before: LaggConfig | None, after: LaggConfig | None, host: HostState
) -> Iterator[str]:
    """Yield the addresses that are left alone, and whose they may be."""
    if before is None or after is None:
        return
    jails = {address: jail.name for jail, address in residents(before.name, host)}
    for each in foreign(host.interfaces[before.name], host, before.addresses):
        family = family_of(each.address)
        jail = jails.get(str(each.address.ip))
        whose = (
            f"CARP group {each.vhid} has it"
            if each.vhid
            else f"the jail {jail} has it"
            if jail
            else "rc.conf does not have it, so a jail or another program may have set it; to"
            f" remove it: ifconfig {before.name} {family} {each.address.ip} -alias"
        )
        yield f"address {each.address} is left alone: {whose}"


def _record(
    name: str,
    before: LaggConfig | None,
    after: LaggConfig | None,
    rc: tuple[RcChange, ...],
    host: HostState,
) -> Record | None:
    """Return what the removal of the lagg will need to know."""
    old = host.records.get(name)
    if after is None:
        return None
    if (
        before is not None
        and old is None
        and not any(port not in before.ports for port in after.ports)
    ):
        return None
    kept = old or Record()
    new = [port for port in after.ports if before is None or port not in before.ports]
    states = {port: host.interfaces[port] for port in new if port in host.interfaces}
    made = [
        each.variable
        for each in rc
        if each.before is None
        and each.edit in (Edit.SET, Edit.ADD_WORD)
        and not each.variable.startswith(f"ifconfig_{name}")
    ]
    present = set(after.ports)
    moved = {
        port: tuple(
            each
            for each in own_addresses(port, host)
            if each in after.addresses and (each.version == 6 or not asks_dhcp(port, host))
        )
        for port in states
    }
    leases = [port for port in states if after.dhcp and asks_dhcp(port, host)]
    variables = {each for port in states for each in Variables(host.rc_conf).names(port)}
    variables |= over_others(dict.fromkeys(states, name), host.rc_conf).keys()
    values = {
        each.variable: each.before
        for each in rc
        if each.before is not None and each.variable in variables
    }
    routes = {
        each.destination: each.interface
        for each in host.routes
        if each.static
        and (each.by_interface or "%" in each.gateway)
        and (moved.get(each.interface) or each.interface in leases)
    }
    down = [port for port, state in states.items() if not state.up]
    return Record(
        tuple(dict.fromkeys((*kept.variables, *made))),
        tuple(port for port in (*kept.ports, *down) if port in present),
        {port: mtu for port, mtu in kept.mtus.items() if port in present}
        | {port: state.mtu for port, state in states.items()},
        {port: those for port, those in kept.addresses.items() if port in present}
        | {port: those for port, those in moved.items() if those},
        tuple(port for port in (*kept.leases, *leases) if port in present),
        {**kept.values, **values},
        {**kept.routes, **routes},
    )
