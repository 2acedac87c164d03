"""From one configuration of a lagg to another: the commands, in an order that is safe.

``steps_between`` serves both directions: the inverse of a change is the way from what is
wanted to what was observed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Mapping
from ipaddress import ip_interface

from lagg_tool.command import load_script, script
from lagg_tool.lagg import HostState, InterfaceState, Protocol, is_lagg_name
from lagg_tool.nas.freebsd.plan.config import (
    DEFAULT_SHIFT,
    LaggConfig,
    after_attach,
    common_offloads,
    fresh_shift,
    fresh_switches,
    primary_after,
)
from lagg_tool.nas.freebsd.plan.moving import (
    give_back_lease,
    gives_addresses,
    own_addresses,
    take_from_port,
)
from lagg_tool.nas.freebsd.plan.routes import route_steps
from lagg_tool.nas.freebsd.plan.setting_steps import settings_steps
from lagg_tool.nas.freebsd.plan.step import family_of, ifconfig_step
from lagg_tool.nas.freebsd.settings import PortSettings, Setting
from lagg_tool.nas.step import Step

Facts = Mapping[str, PortSettings]
# FreeBSD 15 brings a port up with the LAGG, and it gets one then that nobody can predict.
_DROP_LINK_LOCAL = load_script("lagg_tool.nas.freebsd.scripts", "drop_link_local")


def settings_of(interface: InterfaceState) -> PortSettings:
    """Return what has to be restored when this interface stops being a port."""
    rtadv = "ACCEPT_RTADV" in interface.nd6 and "IFDISABLED" not in interface.nd6
    makes = "AUTO_LINKLOCAL" in interface.nd6 and "IFDISABLED" not in interface.nd6
    addresses = tuple(
        (family_of(each.address), str(each.address))
        for each in interface.addresses
        # What a router advertises comes again with the next advertisement.
        if not (rtadv and each.made and not each.address.ip.is_link_local)
    )
    return PortSettings(
        mtu=interface.mtu,
        rtadv=rtadv,
        addresses=addresses,
        up=interface.up,
        link_local=makes,
    )


def steps_between(
    before: LaggConfig | None,
    after: LaggConfig | None,
    host: HostState,
    facts: Facts,
    *,
    back: bool = False,
) -> tuple[Step, ...]:
    """Return the commands that lead from ``before`` to ``after``; none if they are the same.

    What a port has, and the LAGG is to have, moves with the port, and back.

    ``facts`` are the settings of ports that leave. ``host`` was observed before anything was
    done; ``back``: it is no longer so, since a change is being undone, perhaps halfway.
    """
    if after is None:
        steps = () if before is None else _destroy(before, facts)
        gone = before.ports if before else ()
    elif before is None:
        steps = _create(after, host, back=back)
        gone = ()
    else:
        steps = _modify(before, after, host, facts, back=back)
        gone = tuple(port for port in before.ports if port not in after.ports)
    routes: list[Step] = []
    leases: list[Step] = []
    if back:
        leases = [give_back_lease(port) for port in gone if port in host.dhclients]
        for port in gone:
            routes += route_steps(port, port, own_addresses(port, host), host)
    elif after:
        for port in after.ports:
            if gives_addresses(port, after, host):
                routes += route_steps(port, after.name, after.addresses, host, ipv6=after.ipv6)
    was, then = (after, before) if back else (before, after)
    if after and was and not (then and set(was.addresses) <= set(then.addresses)):
        routes += route_steps(after.name, after.name, after.addresses, host, ipv6=after.ipv6)
    return (*steps, *leases, *routes)


def _destroy(before: LaggConfig, facts: Facts) -> tuple[Step, ...]:
    steps = [ifconfig_step("remove the LAGG; its ports become free", before.name, "destroy")]
    for port in before.ports:
        steps += _leave(port, facts.get(port, PortSettings()))
    return tuple(steps)


def _leave(port: str, settings: PortSettings) -> list[Step]:
    """Put a port back: a lagg leaves its MTU behind (B-19), and on some releases takes it down."""
    whys = {
        Setting.ETHER: "the port's own MAC address",
        Setting.MTU: "the port's own MTU (B-19)",
        Setting.RTADV: "the port heard router advertisements",
        Setting.ADDRESS: "the port's own address, which joining a LAGG removed",
        Setting.LINK_LOCAL: "IPv6 begins, with the link-local address of the port itself",
        Setting.UP: f"the port was {'up' if settings.up else 'down'} before",
    }
    steps = [ifconfig_step(whys[setting], port, *words) for setting, words in settings.words]
    addresses = [ip_interface(text).ip for family, text in settings.addresses if family == "inet6"]
    own = [str(each) for each in addresses if each.is_link_local]
    if not (own or settings.link_local):
        return steps
    why = "the address that the port got with the LAGG"
    return [Step(script(_DROP_LINK_LOCAL, port, *own), why), *steps]


def _join(
    after: LaggConfig, ports: Iterable[str], host: HostState, shaken: Container[str], *, back: bool
) -> list[Step]:
    """Add ports, each brought up before; ``shaken`` are those that may have gone down since."""
    lagg = after.name
    steps: list[Step] = []
    for port in ports:
        found = host.interfaces.get(port)
        steps += _mac_steps(port, after, host, shaken, back=back)
        if found is None or not found.up or port in shaken:
            why = "a port that is down carries nothing, and not every release brings it up"
            steps.append(ifconfig_step(why, port, "up"))
        steps.append(ifconfig_step(f"add port {port}", lagg, "laggport", port))
        if not back:
            steps += take_from_port(port, after, host)
    return steps


def _mac_steps(
    port: str, after: LaggConfig, host: HostState, shaken: Container[str], *, back: bool
) -> list[Step]:
    """Give the first port its MAC address before it joins: the lagg takes it, LACP too (B-08).

    A wireless port gets it as well: an access point takes frames of one address only.
    """
    found = host.interfaces.get(port)
    first = port == after.ports[0]
    if not after.mac or found is None or not (first or "wlan" in found.groups):
        return []
    if found.ether == after.mac and port not in shaken:
        return []
    if back and found.ether != after.mac:
        return []
    return [ifconfig_step("the MAC address of the LAGG", port, "ether", after.mac)]


def given_mac(before: LaggConfig | None, after: LaggConfig | None, host: HostState) -> set[str]:
    """Return the ports that get another MAC address when they join."""
    if after is None or not after.mac:
        return set()
    joins = [port for port in after.ports if before is None or port not in before.ports]
    return {port for port in joins if _mac_steps(port, after, host, (), back=False)}


def _create(after: LaggConfig, host: HostState, *, back: bool) -> tuple[Step, ...]:
    name = after.name
    first = host.interfaces.get(after.ports[0]) if after.ports else None
    # Where sysctls ask for other defaults, not every release heeds them (B-04): set them.
    unsure = fresh_switches(host) ^ {"USE_NUMA"}
    shift = fresh_shift(host)
    bare = LaggConfig(
        name=name,
        protocol=after.protocol,
        ports=after.ports,
        mtu=first.mtu if first and not back else 0,
        up=False,
        switches=after_attach(
            (fresh_switches(host) - unsure) | (unsure - after.switches), after.protocol, host
        ),
        flowid_shift=shift if shift == DEFAULT_SHIFT else None,
        rr_limit=1,
        enabled=None if back else common_offloads(after.ports, host),
    )
    made = (name, "create") if is_lagg_name(name) else ("lagg", "create", "name", name)
    steps = [
        ifconfig_step("create the LAGG", *made),
        ifconfig_step(f"protocol {after.protocol.value}", name, "laggproto", after.protocol.value),
        *_join(after, after.ports, host, after.ports if back else (), back=back),
        *settings_steps(bare, after, host),
    ]
    return tuple(steps)


def must_reseat(before: LaggConfig, after: LaggConfig, host: HostState, *, back: bool) -> str:
    """Return why all ports have to be taken out and put back; empty if they need not be."""
    if before.lacp != after.lacp and before.ports:
        return (
            "a change from or to LACP leaves the LAGG's link state stale while ports are in it"
            " (B-01): they are taken out, the protocol is changed, and they are put back"
        )
    kept = primary_after(before.ports, after.ports, host) == before.ports[:1]
    if before.ports and after.mac and before.mac and (before.mac != after.mac or not kept):
        return (
            "the LAGG takes its MAC address from the first port that joins (B-08): all ports are"
            " taken out and put back"
        )
    primary_counts = back or after.protocol is Protocol.FAILOVER
    if primary_counts and after.ports[:1] != primary_after(before.ports, after.ports, host):
        return (
            f"{after.ports[0]} can become the primary only as the first port of an empty LAGG"
            " (C-19): all ports are taken out and put back in order"
        )
    if back and _took_capabilities(before, after, host):
        return (
            "a port that could less took capabilities from the others, which get them back"
            " only by leaving: all ports are taken out and put back in order"
        )
    return ""


def _took_capabilities(before: LaggConfig, after: LaggConfig, host: HostState) -> bool:
    there = host.interfaces
    gone = [there[port] for port in before.ports if port in there and port not in after.ports]
    kept = [there[port] for port in after.ports if port in there]
    return any(each.enabled - other.enabled for each in kept for other in gone)


def _modify(
    before: LaggConfig, after: LaggConfig, host: HostState, facts: Facts, *, back: bool
) -> tuple[Step, ...]:
    reason = must_reseat(before, after, host, back=back)
    gone = tuple(port for port in before.ports if port not in after.ports)
    new = tuple(port for port in after.ports if port not in before.ports)
    shaken = before.ports + after.ports if back else before.ports
    change_ports = _reseat if reason else _exchange
    steps = change_ports(before, after, host, shaken, back=back)
    returning = {
        words[1] for port in gone for words in facts.get(port, PortSettings()).addresses
    } - {str(each) for each in after.addresses}
    for address in before.addresses:
        if str(address) in returning:
            family, ip = family_of(address), str(address.ip)
            steps.append(ifconfig_step("it returns to the port", before.name, family, ip, "-alias"))
    for port in gone:
        steps += _leave(port, facts.get(port, PortSettings()))
    for port in after.ports if back and reason else ():
        for words in facts.get(port, PortSettings()).addresses:
            steps.append(ifconfig_step("joining took it from the port", port, *words, "alias"))
    switches, mtu, enabled = before.switches, before.mtu, before.enabled
    if before.protocol is not after.protocol:
        switches = after_attach(switches, after.protocol, host)
    if reason or gone or new:
        # Ports lose the fast timeout when they are added, or the primary changes (B-11).
        switches = switches - {"LACP_FAST_TIMO"}
    first = host.interfaces.get(after.ports[0]) if after.ports else None
    if (reason or not before.ports) and first:
        # The first port of an empty LAGG dictates it.
        mtu = 0 if back else first.mtu
        # A port that leaves gets its own capabilities back, which the lagg hides.
        enabled = None if before.ports else common_offloads(after.ports, host)
    now = dataclasses.replace(
        before,
        mtu=mtu,
        switches=switches,
        rr_limit=before.rr_limit if before.protocol is after.protocol else 1,
        addresses=tuple(each for each in before.addresses if str(each) not in returning),
        enabled=enabled,
        down=frozenset() if reason else before.down,
    )
    return tuple(steps + settings_steps(now, after, host))


def _protocol(before: LaggConfig, after: LaggConfig) -> list[Step]:
    word = after.protocol.value
    if before.protocol is after.protocol:
        return []
    return [ifconfig_step(f"protocol {word}", after.name, "laggproto", word)]


def _reseat(
    before: LaggConfig, after: LaggConfig, host: HostState, shaken: Container[str], *, back: bool
) -> list[Step]:
    """Take all ports out, the primary last, so that the MAC address changes only once."""
    name = after.name
    return [
        *(
            ifconfig_step(f"take port {port} out", name, "-laggport", port)
            for port in reversed(before.ports)
        ),
        *_protocol(before, after),
        *_join(after, after.ports, host, shaken, back=back),
    ]


def _exchange(
    before: LaggConfig, after: LaggConfig, host: HostState, shaken: Container[str], *, back: bool
) -> list[Step]:
    """Add new ports before old ones leave: the LAGG carries traffic all the while."""
    name = after.name
    new = [port for port in after.ports if port not in before.ports]
    gone = [port for port in before.ports if port not in after.ports]
    return [
        *_join(after, new, host, shaken, back=back),
        *(ifconfig_step(f"remove port {port}", name, "-laggport", port) for port in gone),
        *_protocol(before, after),
    ]
