"""The reasons against a change that depend on the host: all at once, before it begins."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import ip_address

from lagg_tool.lagg import NO_PORT, Address, HostState, InterfaceState, LaggSpec
from lagg_tool.nas.freebsd.boot import Variables, next_boot, variable_name
from lagg_tool.nas.freebsd.boot.variables import DEFAULT
from lagg_tool.nas.freebsd.plan.config import LaggConfig, wanted
from lagg_tool.nas.freebsd.plan.jails import held_by_jails
from lagg_tool.nas.freebsd.plan.moved_vlans import given_mac, hindrance, moved_vlans
from lagg_tool.nas.freebsd.plan.moving import asks_dhcp, moves, own_addresses
from lagg_tool.nas.freebsd.plan.neighbours import carp_findings, media_doubts


def under(interface: str, host: HostState) -> frozenset[str]:
    """Return the interface and all below it: VLAN parent, lagg's ports, members."""
    found: set[str] = set()
    todo = [interface]
    while todo:
        name = todo.pop()
        state = host.interfaces.get(name)
        if name in found or state is None:
            continue
        found.add(name)
        todo += [state.vlan_parent, *state.members]
        if state.lagg:
            todo += [port.name for port in state.lagg.ports]
    return frozenset(found)


def port_findings(spec: LaggSpec, host: HostState, edited: HostState) -> list[str]:
    """Return the reasons against each port; ``edited`` has the rc.conf that the plan makes."""
    findings: list[str] = []
    for port in spec.ports:
        found = host.interfaces.get(port)
        if found is None:
            names = ", ".join(name for name in host.interfaces if not name.startswith("lo"))
            jail = (
                f"; rc.conf has it, so a jail with vnet may hold it{_running(host)}, which is to"
                " give it back first"
                if Variables(host.rc_conf).names(port)
                else ""
            )
            findings.append(f"port {port}: there is no such interface; there are {names}{jail}")
            continue
        if spec.name in under(port, host):
            findings.append(f"port {port}: it is on {spec.name} itself; name the NICs below it")
            continue
        if found.lagg or NO_PORT & set(found.groups):  # whatever its name
            findings.append(
                f"port {port}: only an Ethernet interface or a VLAN can be a port; name the NICs"
                " themselves"
            )
            continue
        if (owner := host.lagg_of(port)) not in ("", spec.name):
            findings.append(f"port {port}: it is a port of {owner}; remove it there first")
        findings += _vlans_of(port, spec, host, edited)
        if bridge := host.bridge_of(port):
            findings.append(
                f"port {port}: it is a member of {bridge}; remove it there first, and put"
                f" {spec.name} there for what is behind {bridge}"
            )
        stay = not host.lagg_of(port) and not moves(port, spec, host)
        now = _addresses_now(port, spec, host) if stay else []
        # What moves is taken from rc.conf with it: one way out, not two.
        findings += now or _addresses_at_boot(port, spec, edited)
    moved = (each.name for each in moved_vlans(spec, host).values())
    joins = (port for port in spec.ports if not host.lagg_of(port))
    findings += _link_local_goes(spec.name, wanted(spec, host), host, {*joins, *moved})
    return findings


def _vlans_of(port: str, spec: LaggSpec, host: HostState, edited: HostState) -> Iterator[str]:
    """Yield the VLANs that use a port, now or after the next boot, and do not move with it."""
    there = host.vlans_on(port)
    for each in there:
        if why := hindrance(host.interfaces[each], spec, host):
            yield f"port {port}: the VLAN {each} on it would go deaf; {why}"
    at_boot = next_boot(edited).interfaces.items()
    if made := [name for name, found in at_boot if found.parent == port and name not in there]:
        listed = f"vlans_{variable_name(port)}"
        said = host.rc_conf.get(listed)
        where = f" ({listed}={said!r})" if said else ""
        yield (
            f"port {port}: rc.conf makes VLANs on it{where}, which would be deaf after the next"
            f" boot: {', '.join(made)}; have them made on the LAGG instead"
        )


def _addresses_now(port: str, spec: LaggSpec, host: HostState) -> list[str]:
    """Return the addresses that a port would lose, with what to write to move them."""
    shown = own_addresses(port, host)
    if not shown:
        return []
    if vhids := [each.vhid for each in host.interfaces[port].addresses if each.vhid]:
        return [
            (
                f"port {port}: it has addresses of CARP (vhid {', '.join(vhids)}); remove them"
                " there first, and set them on the LAGG"
            )
        ]
    if asks_dhcp(port, host):
        return [_lease_now(port, shown, spec)]
    wanted = [str(each) for each in dict.fromkeys((*shown, *spec.addresses))]
    write = f"addresses = [{', '.join(quoted(each) for each in wanted)}]"
    return [
        (
            f"port {port}: it has addresses ({', '.join(str(each) for each in shown)}), useless"
            f" once it is a port (S-10); to move them onto {spec.name}, write {write} in the file;"
            f" or remove them first{held_by_jails(port, shown, spec.name, host)}"
        )
    ]


def _lease_now(port: str, shown: tuple[Address, ...], spec: LaggSpec) -> str:
    """Return what to write for a port whose IPv4 address is that of a lease."""
    fixed = dict.fromkeys((*(each for each in shown if each.version == 6), *spec.addresses))
    leased = {each for each in shown if each.version == 4}
    beside = [quoted(str(each)) for each in fixed if each not in leased]
    also = f" and addresses = [{', '.join(beside)}]" if beside else ""
    return (
        f"port {port}: it has addresses ({', '.join(str(each) for each in shown)}), useless once it"
        f" is a port (S-10), and asks for one by DHCP; for {spec.name} to ask in its place, write"
        f" dhcp = true{also} in the file; for a fixed one, end its dhclient and give rc.conf that"
        " address for it first"
    )


def _running(host: HostState) -> str:
    """Return the jails with vnet that run."""
    names = [each.name for each in host.jails if each.vnet]
    return f" ({', '.join(names)})" if names else ""


def bond_findings(spec: LaggSpec) -> list[str]:
    """Return that the options of Linux's driver mean nothing here."""
    if not spec.bond.said:
        return []
    said = ", ".join(option for option, _ in spec.bond.said)
    return [f"[bond]: {said} is of Linux's bonding driver, and this host has lagg(4); leave it out"]


def quoted(text: str) -> str:
    """Return text as TOML writes it; for addresses, which have nothing to escape."""
    return f'"{text}"'


def _addresses_at_boot(port: str, spec: LaggSpec, host: HostState) -> list[str]:
    """Return the variables that give a port addresses at the next boot."""
    found = next_boot(host).interfaces.get(port)
    variables = Variables(host.rc_conf)
    if found is None or not variables.gives_addresses(found):
        return []
    sources = [
        variables.source(port),
        variables.source(port, "_ipv6"),
        *(variable for variable, _ in variables.aliases(port)),
    ]
    plain = f"ifconfig_{variable_name(port)}"
    said = [
        f"{each}={host.rc_conf[each]!r}"
        for each in dict.fromkeys(sources)
        if host.rc_conf.get(each, "up") != "up"
    ]
    more = [
        each
        for each in dict.fromkeys(sources)
        if each not in (plain, DEFAULT) and each in host.rc_conf
    ]
    also = f" and remove {', '.join(more)}" if more else ""
    ask = f"write dhcp = true in the file, for {spec.name} to ask in its place, or "
    instead = ask if found.dhcp and not spec.dhcp else ""
    return [
        (
            f"port {port}: rc.conf gives it addresses ({', '.join(said)});"
            f" {instead}change that to {plain}=up{also} first"
        )
    ]


def address_findings(spec: LaggSpec, host: HostState) -> list[str]:
    """Return the networks that another interface already has."""
    findings: list[str] = []
    for address in spec.addresses:
        for name, found in host.interfaces.items():
            if name in (spec.name, *spec.ports):
                continue
            for each in found.addresses:
                theirs = each.address
                if each.made or theirs.version != address.version or theirs.ip.is_unspecified:
                    continue
                if theirs.ip in address.network or address.ip in theirs.network:
                    findings.append(
                        f"address {address}: {name} is in that network already ({theirs});"
                        f" choose another network, or remove it there first{_joining(found, spec)}"
                    )
    return findings


def _joining(card: InterfaceState, spec: LaggSpec) -> str:
    """Return that a network card may join with the address that it has."""
    if card.groups or card.lagg or card.vlan_parent or card.members or card.name.startswith("lo"):
        return ""
    ports = ", ".join(quoted(each) for each in (*spec.ports, card.name))
    return f"; or write ports = [{ports}] for {card.name} to join with its address"


def management_findings(
    name: str,
    before: LaggConfig | None,
    after: LaggConfig | None,
    host: HostState,
) -> list[str]:
    """Return how the change would touch the way that this session comes in."""
    way = host.management
    if not way.interface:
        if not way.client:
            return []
        return [f"the route to {way.client} is unknown, so the change may cut it off"]
    touched = {name, *(before.ports if before else ()), *(after.ports if after else ())}
    findings = [
        f"{each} carries this session (from {way.client} over {way.interface})"
        for each in sorted(touched & under(way.interface, host))
    ]
    if after is None or way.interface == name:
        return findings
    client = ip_address(way.client.partition("%")[0])
    findings += [
        f"address {address} would take over the route to this session's client,"
        f" {way.client}, from {way.interface}"
        for address in after.addresses
        if client in address.network
    ]
    found = host.interfaces.get(way.interface)
    networks = [each.address.network for each in found.addresses] if found else []
    on_link = any(client in network for network in networks)
    asks = (after.dhcp and not (before and before.dhcp) and client.version == 4) or (
        after.ipv6_auto and not (before and before.ipv6_auto) and client.version == 6
    )
    if asks and not on_link:
        findings.append(
            f"a new default route may take over the route to this session's client, {way.client}"
        )
    return findings


def _link_local_goes(
    name: str, after: LaggConfig | None, host: HostState, gone: Collection[str]
) -> Iterator[str]:
    """Yield that the link-local address goes to which this session comes.

    ``gone`` are the interfaces that join, move or go. It stays where the LAGG, or the VLAN on it,
    has the same MAC address and makes the same one; no file can ask for it.
    """
    way = host.management
    bare = way.address.partition("%")[0]
    found = host.interfaces.get(way.interface)
    if not found or way.interface not in gone or ":" not in bare:
        return
    source = host.interfaces.get(name) or host.interfaces.get(after.ports[0] if after else "")
    made = after and (after.mac or (source.ether if source else ""))
    ipv6 = after and (after.ipv6 or found.vlan_parent)
    stays = ipv6 and (found.ether == made or given_mac(found, host))
    if ip_address(bare).is_link_local and not stays:
        yield (
            f"this session comes to {way.address}, which goes with the change, and which only the"
            f" kernel gives {name}: log in by another address of this host"
        )


def removal_findings(name: str, host: HostState, *, vlans: bool = True) -> list[str]:
    """Return what still uses an interface that is to be removed; ``vlans`` among it."""
    findings = [*carp_findings(name, host), *_link_local_goes(name, None, host, {name})]
    if vlans and (above := host.vlans_on(name)):
        findings.append(
            f"{name}: the following VLANs depend on this interface: {', '.join(above)};"
            " remove them first"
        )
    if bridge := host.bridge_of(name):
        findings.append(f"{name}: it is a member of {bridge}; remove it there first")
    return findings


def doubts(after: LaggConfig, host: HostState) -> list[str]:
    """Return what may fail and cannot be known before; the guard reverts if it does."""
    ports = {port: host.interfaces[port] for port in after.ports if port in host.interfaces}
    found = [
        f"{name} does not announce JUMBO_MTU: if its driver refuses MTU {after.mtu},"
        " the change is reverted"
        for name, port in ports.items()
        if after.mtu > max(1500, port.mtu) and "JUMBO_MTU" not in port.capable | port.enabled
    ]
    found += media_doubts(after, host)
    return found
