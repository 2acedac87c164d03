"""A plan for TrueNAS: calls to its middleware instead of commands. Pure.

An *item* is one element of ``interface.query``. Rules and defects (B-xx, S-xx) are those of
the middleware's plugins/network.py, releases 12.0 to 13.3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from lagg_tool.errors import RefusedError
from lagg_tool.lagg import HostState, LaggSpec, Protocol, check_name, is_lagg_name
from lagg_tool.nas import contract
from lagg_tool.nas.freebsd.plan.bridges import users_notes
from lagg_tool.nas.freebsd.plan.checks import (
    address_findings,
    bond_findings,
    doubts,
    management_findings,
    port_findings,
    removal_findings,
)
from lagg_tool.nas.freebsd.plan.config import observed, wanted
from lagg_tool.nas.freebsd.plan.jails import jail_notes
from lagg_tool.nas.freebsd.plan.moving import moves

Item = Mapping[str, Any]
Items = Mapping[str, Item]

# What of an interface can be written back with interface.update.
EDITABLE = ("aliases", "description", "ipv4_dhcp", "ipv6_auto", "mtu", "options")
LAGG_FIELDS = (*EDITABLE, "lag_protocol", "lag_ports", "disable_offload_capabilities")
DEFAULT_MTU = 1500


@dataclass(frozen=True)
class Call:
    """One call: a method and its arguments."""

    method: str
    arguments: tuple[Any, ...]
    why: str


@dataclass(frozen=True)
class MiddlewarePlan(contract.Plan):
    """The calls of a change; ``before`` are the items that can be restored from it."""

    calls: tuple[Call, ...]
    before: Items

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.calls

    @property
    def summary(self) -> str:
        """Who makes the change."""
        return "by the middleware"

    @property
    def lines(self) -> list[str]:
        """The calls with their reasons."""
        return [
            f"  {call.method} "
            + " ".join(json.dumps(word, ensure_ascii=False) for word in call.arguments)
            + f"  # {call.why}"
            for call in self.calls
        ]

    @property
    def data(self) -> dict[str, Any]:
        """The calls, as JSON takes them."""
        return {
            "changes": [{"method": call.method, "arguments": call.arguments} for call in self.calls]
        }

    def at_runtime_only(self) -> Self:
        """Raise RefusedError: there is no such change."""
        raise RefusedError(
            "--runtime-only: the middleware of a TrueNAS keeps every change; leave the option out"
        )


def fields_of(spec: LaggSpec) -> dict[str, Any]:
    """Return the spec as fields of a request."""
    return {
        "lag_protocol": spec.protocol.value.upper(),
        "lag_ports": list(spec.ports),
        "description": spec.description,
        "mtu": None if spec.mtu == DEFAULT_MTU else spec.mtu,
        "aliases": [
            {
                "type": "INET" if address.version == 4 else "INET6",
                "address": str(address.ip),
                "netmask": address.network.prefixlen,
            }
            for address in spec.addresses
        ],
        "ipv4_dhcp": spec.dhcp,
        "ipv6_auto": spec.ipv6_auto,
        "options": " ".join(spec.options.words),
    }


def make_middleware_plan(spec: LaggSpec, items: Items, host: HostState) -> MiddlewarePlan:
    """Return the calls that lead from the database as it is to the spec."""
    fields = fields_of(spec)
    item = items.get(spec.name)
    stored = item is not None and is_stored(item)
    if spec.offload is not None:
        fields["disable_offload_capabilities"] = not spec.offload
    if item is not None and stored:
        changed = {key: value for key, value in fields.items() if not same(key, item, value)}
        calls = (
            [Call("interface.update", (spec.name, changed), _summary(changed))] if changed else []
        )
    else:
        request = {"type": "LINK_AGGREGATION", "name": spec.name, **fields}
        calls = [Call("interface.create", (request,), f"create {spec.name}")]
    calls = [*_moving_calls(spec, items, host), *calls]
    before, after = observed(host, spec.name, spec.addresses), wanted(spec, host)
    findings = _findings(spec, items, host) if calls else []
    way = management_findings(spec.name, before, after, host) if calls else []
    return MiddlewarePlan(
        name=spec.name,
        calls=tuple(calls),
        before=_kept(spec.name, spec.ports, items),
        spec=spec,
        findings=tuple(findings),
        management=tuple(way),
        notes=(
            *order_notes(spec, host),
            *(users_notes(spec.name, host, certain=False) if calls and before else ()),
        ),
        doubts=tuple(doubts(after, host)) if calls else (),
    )


def _moving_calls(spec: LaggSpec, items: Items, host: HostState) -> Iterator[Call]:
    """Yield the calls that take from ports what the LAGG is to have (S-10)."""
    for port in spec.ports:
        item = items.get(port)
        if item is not None and moves(port, spec, host):
            empty = {"aliases": [], "ipv4_dhcp": False, "ipv6_auto": False}
            fields = {key: value for key, value in empty.items() if item.get(key)}
            if fields:
                why = f"its addresses move onto {spec.name}"
                yield Call("interface.update", (port, fields), why)


def removal_middleware_plan(name: str, items: Items, host: HostState) -> MiddlewarePlan:
    """Return the call that removes a lagg."""
    check_name(name)
    item = items.get(name)
    if item is None or not is_stored(item):
        return MiddlewarePlan(name, (), {})
    return MiddlewarePlan(
        name=name,
        calls=(Call("interface.delete", (name,), f"remove {name}"),),
        before=_kept(name, item["lag_ports"], items),
        findings=tuple(removal_findings(name, host)),
        management=tuple(management_findings(name, observed(host, name), None, host)),
        notes=(
            f"the settings of its ports go with {name} (S-03)",
            *jail_notes(name, None, host),
        ),
    )


def is_stored(item: Item) -> bool:
    """Return whether the database has this lagg; one made with ifconfig has no ports there."""
    return bool(item.get("lag_ports"))


def same(key: str, item: Item, value: Any) -> bool:
    """Return whether a field of an item has a value already."""
    has = item.get(key)
    if key == "aliases":
        return _aliases(has or []) == _aliases(value)
    return bool((has or None) == (value or None)) if key != "lag_ports" else has == value


def _aliases(aliases: Sequence[Item]) -> set[tuple[str, int]]:
    return {(alias["address"], alias["netmask"]) for alias in aliases}


def _summary(changed: Mapping[str, Any]) -> str:
    return f"change {', '.join(changed)}"


def _kept(name: str, ports: Sequence[str], items: Items) -> Items:
    """Return the items that the change may alter: the lagg, its ports before and after."""
    item = items.get(name)
    old = item["lag_ports"] if item is not None and is_stored(item) else ()
    lagg = {name: item} if item is not None and is_stored(item) else {}
    return {**lagg, **{port: items[port] for port in (*ports, *old) if port in items}}


def _findings(spec: LaggSpec, items: Items, host: HostState) -> list[str]:
    findings = port_findings(spec, host, host) + address_findings(spec, host)
    findings += bond_findings(spec)
    if spec.protocol is Protocol.BROADCAST:
        findings.append(
            "protocol broadcast: TrueNAS does not offer it; choose lacp, failover, loadbalance,"
            " roundrobin or none"
        )
    if not is_lagg_name(spec.name):
        findings.append(f"{spec.name}: TrueNAS knows only names such as lagg0; write one of these")
    if spec.vlans:
        findings.append("[[vlan]]: TrueNAS makes VLANs in its web interface; leave them out")
    if spec.mac:
        findings.append("mac: TrueNAS keeps no MAC address for an interface; leave it out")
    findings += [
        f"port {port}: it is a VLAN, and TrueNAS takes only physical interfaces as ports"
        for port in spec.ports
        if port in host.interfaces and host.interfaces[port].vlan_parent
    ]
    item = items.get(spec.name)
    if item is not None and not is_stored(item):
        findings.append(
            f"{spec.name}: it was made beside the middleware, which destroys it at its next"
            f" change; remove it first (ifconfig {spec.name} destroy)"
        )
    others = [item for name, item in items.items() if name != spec.name]
    for key, words in (("ipv4_dhcp", "DHCP"), ("ipv6_auto", "IPv6 autoconfiguration")):
        users = [str(item["name"]) for item in others if item.get(key)]
        asked = spec.dhcp if key == "ipv4_dhcp" else spec.ipv6_auto
        if asked and users:
            findings.append(
                f"{words}: only one interface can use it, and {', '.join(users)} does (S-05, B-14)"
            )
    return findings


def order_notes(spec: LaggSpec, host: HostState) -> list[str]:
    """Return what the middleware makes of the order of the ports (B-15, B-16)."""
    by_name = sorted(spec.ports)
    by_index = [name for name in host.interfaces if name in spec.ports]
    notes: list[str] = []
    if spec.protocol is Protocol.FAILOVER and by_name[0] != spec.ports[0]:
        notes.append(
            f"the primary will be {by_name[0]}, not {spec.ports[0]}: TrueNAS adds ports in the"
            " order of their names, whatever was chosen (B-15)"
        )
    if by_index and by_index[0] != by_name[0]:
        notes.append(
            f"every later change of the network destroys {spec.name} for a moment and creates"
            f" it again: {by_name[0]} is first by name and {by_index[0]} by index (B-16)"
        )
    return notes


def restoring_calls(name: str, before: Items, now: Items) -> list[Call]:
    """Return the calls that bring recorded items back, whatever happened since."""
    calls: list[Call] = []
    there = name in now and is_stored(now[name])
    if name not in before:
        if there:
            calls.append(Call("interface.delete", (name,), f"remove {name}"))
    elif there:
        fields = _lagg_fields(before[name])
        changed = {key: value for key, value in fields.items() if not same(key, now[name], value)}
        if changed:
            calls.append(Call("interface.update", (name, changed), _summary(changed)))
    else:
        request = {"type": "LINK_AGGREGATION", "name": name, **_lagg_fields(before[name])}
        calls.append(Call("interface.create", (request,), f"create {name}"))
    ports = [port for port in before if port != name]
    # Deleting a lagg deletes its ports' rows: then all that they had is written.
    rows_go = any(call.method == "interface.delete" for call in calls)
    for port in ports:
        calls += _port_calls(before[port], {} if rows_go else now[port], name in before)
    return calls


def _lagg_fields(item: Item) -> dict[str, Any]:
    return {key: item[key] for key in LAGG_FIELDS if key in item}


def _port_calls(before: Item, now: Item, lagg_stays: bool) -> list[Call]:
    """Return the call that restores a port's settings; a lagg's port has a description only."""
    keys = ("description",) if lagg_stays else EDITABLE
    fields = {key: before[key] for key in keys if not same(key, now, before[key])}
    if fields and not now:
        # Where no interface has a row, the middleware takes each as one that asks for addresses.
        fields |= {key: bool(before[key]) for key in ("ipv4_dhcp", "ipv6_auto")}
    return [Call("interface.update", (before["name"], fields), _summary(fields))] if fields else []


def kernel_differences(spec: LaggSpec, host: HostState) -> list[str]:
    """Return what of the spec the kernel does not have, though the middleware took it.

    The order of the ports is not compared: the middleware has its own.
    """
    found = observed(host, spec.name, spec.addresses)
    if found is None:
        return [f"there is no {spec.name}"]
    pairs: list[tuple[str, object, object]] = [
        ("protocol", found.protocol.value, spec.protocol.value),
        ("ports", sorted(found.ports), sorted(spec.ports)),
        ("mtu", found.mtu, spec.mtu),
        ("description", found.description, spec.description),
    ]
    missing = [str(each) for each in spec.addresses if each not in found.addresses]
    differences = [f"{field} is {has}, not {want}" for field, has, want in pairs if has != want]
    if missing:
        differences.append(f"addresses: {', '.join(missing)} missing")
    return differences + _options(spec, host)


def _options(spec: LaggSpec, host: HostState) -> list[str]:
    """Return the options without effect: the middleware only logs ifconfig's errors (B-23)."""
    found, options = wanted(spec, host), observed(host, spec.name, spec.addresses)
    if options is None:
        return []
    pairs: list[tuple[str, object, object]] = [
        ("lagghash", options.layers, found.layers),
        ("flowid_shift", options.flowid_shift, found.flowid_shift),
        ("rr_limit", options.rr_limit, found.rr_limit),
        ("switches", sorted(options.switches), sorted(found.switches)),
    ]
    return [
        f"option {word} did not take effect: it is {has}, not {want}"
        for word, has, want in pairs
        if has != want
    ]
