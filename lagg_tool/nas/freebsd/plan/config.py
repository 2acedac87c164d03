"""One lagg's configuration, whether it is observed or wanted, in terms that can be compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable
from dataclasses import dataclass

from lagg_tool.lagg import (
    OFFLOADS,
    SWITCHES,
    Address,
    AddressState,
    HostState,
    InterfaceState,
    LaggSpec,
    Protocol,
)
from lagg_tool.nas.freebsd.boot import Variables, next_boot, variable_name

DEFAULT_LAYERS = ("l2", "l3", "l4")  # LAGG_HASHDEFAULT, sys/net/if_lagg.h
DEFAULT_SHIFT = 16
_LACP_SWITCHES = frozenset(name for name, only in SWITCHES.values() if only == "lacp")

# What "hardware offloading" means: the capabilities that the middleware switches off, in
# to_disable_evil_nic_capabilities(), by ifconfig's word.
OFFLOAD_WORDS = ("txcsum", "rxcsum", "txcsum6", "rxcsum6", "tso4", "tso6", "vlanhwtso", "lro")
_SWITCHABLE = frozenset(OFFLOADS.values())


@dataclass(frozen=True)
class LaggConfig:
    """A lagg as it is or is to be.

    ``ports``: the primary first. ``switches``: names below "lagg options:". ``enabled``: the
    capabilities that are on, of those that can be switched; None where it does not matter.
    ``boot_offloads`` are the words that rc.conf keeps for them. ``down``: the ports that are.
    ``mac`` is empty where it does not matter.
    """

    name: str
    protocol: Protocol
    ports: tuple[str, ...]
    mtu: int = 1500
    description: str = ""
    up: bool = True
    addresses: tuple[Address, ...] = ()
    ipv6: bool = False
    ipv6_auto: bool = False
    dhcp: bool = False
    layers: tuple[str, ...] = DEFAULT_LAYERS
    switches: frozenset[str] = frozenset()
    flowid_shift: int | None = None
    rr_limit: int | None = None
    enabled: frozenset[str] | None = None
    boot_offloads: tuple[str, ...] = ()
    down: frozenset[str] = frozenset()
    mac: str = ""

    @property
    def lacp(self) -> bool:
        """Whether the link state is LACP's to decide."""
        return self.protocol is Protocol.LACP


def primary_of(lagg: InterfaceState, host: HostState) -> str:
    """Return the port that was added first.

    Only failover marks it. The others show it by its MAC address, which is the lagg's
    (lagg_port_create() in if_lagg.c).
    """
    if lagg.lagg is None or not lagg.lagg.ports:
        return ""
    names = [port.name for port in lagg.lagg.ports]
    for port in lagg.lagg.ports:
        if port.primary:
            return port.name
    for name in names:
        port_state = host.interfaces.get(name)
        if port_state is not None and port_state.own_mac == lagg.ether:
            return name
    return names[0]


def _has_dhcp(name: str, host: HostState) -> bool:
    """Return whether a dhclient runs, or rc.conf asks for one: it ends without a link."""
    return name in host.dhclients or Variables(host.rc_conf).dhcp(name)


def _configured(
    lagg: InterfaceState, host: HostState, wanted: Container[Address]
) -> tuple[Address, ...]:
    """Return the configured addresses: those that are wanted, or that rc.conf has.

    Where rc.conf has nothing of the lagg, all are configured that nobody is known to have
    set by other means: CARP, a lease, or the kernel.
    """
    at_boot = next_boot(host).interfaces.get(lagg.name)
    return tuple(
        each.address
        for each in lagg.addresses
        if not each.vhid
        and not each.address.ip.is_unspecified
        and (
            each.address in wanted
            or (at_boot is not None and each.address in at_boot.addresses)
            or (at_boot is None and not each.made and not _leased(each, lagg.name, host))
        )
    )


def _leased(each: AddressState, name: str, host: HostState) -> bool:
    return each.address.version == 4 and _has_dhcp(name, host)


def foreign(
    lagg: InterfaceState, host: HostState, known: Container[Address]
) -> tuple[AddressState, ...]:
    """Return the addresses that somebody else set, a lease's and the kernel's left out."""
    return tuple(
        each
        for each in lagg.addresses
        if not each.made
        and each.address not in known
        and not each.address.ip.is_unspecified
        and (each.vhid or not _leased(each, lagg.name, host))
    )


def _boot_offloads(rc_conf_value: str) -> tuple[str, ...]:
    words = {*OFFLOADS, "tso"}
    return tuple(word for word in rc_conf_value.split() if word.removeprefix("-") in words)


def observed(host: HostState, name: str, addresses: Container[Address] = ()) -> LaggConfig | None:
    """Return the lagg as the host has it, or None; none of ``addresses`` is a mere lease."""
    found = host.interfaces.get(name)
    if found is None or found.lagg is None:
        return None
    first = primary_of(found, host)
    others = [port.name for port in found.lagg.ports if port.name != first]
    at_boot = host.rc_conf.get(f"ifconfig_{variable_name(name)}", "")
    return LaggConfig(
        name=name,
        protocol=found.lagg.protocol,
        ports=(first, *others) if first else (),
        mtu=found.mtu,
        description=found.description,
        up=found.up,
        addresses=_configured(found, host, addresses),
        ipv6="IFDISABLED" not in found.nd6,
        ipv6_auto="ACCEPT_RTADV" in found.nd6 and "IFDISABLED" not in found.nd6,
        dhcp=_has_dhcp(name, host),
        layers=found.lagg.layers,
        switches=found.lagg.switches,
        flowid_shift=found.lagg.flowid_shift,
        rr_limit=found.lagg.rr_limit,
        enabled=found.enabled & _SWITCHABLE,
        boot_offloads=_boot_offloads(at_boot),
        down=frozenset(
            port.name
            for port in found.lagg.ports
            if port.name in host.interfaces and not host.interfaces[port.name].up
        ),
        mac=found.ether,
    )


def after_attach(switches: frozenset[str], protocol: Protocol, host: HostState) -> frozenset[str]:
    """Return the switches as they are after the kernel attached ``protocol``."""
    kept = switches - _LACP_SWITCHES
    strict = host.sysctls.get("net.link.lagg.lacp.default_strict_mode") != "0"
    return kept | {"LACP_STRICT"} if protocol is Protocol.LACP and strict else kept


def fresh_switches(host: HostState) -> frozenset[str]:
    """Return the switches of a new lagg: lagg_clone_create takes them from two sysctls."""
    node = "net.link.lagg.default_use_"
    found = {"USE_NUMA"} if host.sysctls.get(f"{node}numa") != "0" else set()
    return frozenset(
        found | ({"USE_FLOWID"} if host.sysctls.get(f"{node}flowid") == "1" else set())
    )


def fresh_shift(host: HostState) -> int:
    """Return the flowid_shift of a new lagg."""
    said = host.sysctls.get("net.link.lagg.default_flowid_shift", "")
    return int(said) if said.isascii() and said.isdigit() else DEFAULT_SHIFT


def unsure_at_boot(host: HostState) -> frozenset[str]:
    """Return the switches that a sysctl sets here to other values than the kernel's own.

    It is not known whether the next boot has that sysctl, and heeds it (B-04).
    """
    strict = host.sysctls.get("net.link.lagg.lacp.default_strict_mode") != "0"
    return (fresh_switches(host) ^ {"USE_NUMA"}) | (set() if strict else {"LACP_STRICT"})


def _new_lagg(spec: LaggSpec, host: HostState) -> LaggConfig:
    """Return what the kernel makes of a bare lagg with this protocol and no ports yet."""
    return LaggConfig(
        name=spec.name,
        protocol=spec.protocol,
        ports=(),
        switches=after_attach(fresh_switches(host), spec.protocol, host),
        flowid_shift=fresh_shift(host),
        rr_limit=1,
    )


def wanted(spec: LaggSpec, host: HostState) -> LaggConfig:
    """Return the lagg as the spec wants it; what the spec leaves open stays as it is."""
    before = observed(host, spec.name, spec.addresses)
    base = before or _new_lagg(spec, host)
    options = spec.options
    switches = base.switches
    if before is not None and before.protocol is not spec.protocol:
        switches = after_attach(switches, spec.protocol, host)
    for word, on in options.switches:
        name = SWITCHES[word][0]
        switches = switches | {name} if on else switches - {name}
    rr_limit = base.rr_limit if base.protocol is spec.protocol else 1
    kept = tuple(each for each in base.addresses if each in spec.addresses)
    new = tuple(each for each in spec.addresses if each not in kept)
    ipv6 = base.ipv6 or spec.ipv6_auto or any(each.version == 6 for each in spec.addresses)
    # As the next boot would begin it; one that is there may have lost it on purpose.
    ipv6 = ipv6 or (before is None and Variables(host.rc_conf).activates_ipv6)
    enabled, boot = _offloads(spec, base, host)
    return dataclasses.replace(
        base,
        protocol=spec.protocol,
        ports=spec.ports if before is None else _ports(spec, before, host),
        mtu=spec.mtu,
        description=spec.description,
        up=True,
        addresses=(*kept, *new),
        ipv6=ipv6,
        ipv6_auto=spec.ipv6_auto,
        dhcp=spec.dhcp,
        layers=options.layers or base.layers,
        switches=switches,
        flowid_shift=base.flowid_shift if options.flowid_shift is None else options.flowid_shift,
        rr_limit=None
        if spec.protocol is not Protocol.ROUNDROBIN
        else (options.rr_limit or rr_limit),
        enabled=enabled,
        boot_offloads=boot,
        down=frozenset(),
        mac=spec.mac,
    )


def primary_after(
    before: tuple[str, ...], after: tuple[str, ...], host: HostState
) -> tuple[str, ...]:
    """Return the primary after adding, then removing ports one by one (lagg_port_destroy)."""
    if not before or before[0] in after:
        return (before or after)[:1]
    order = {name: place for place, name in enumerate(host.interfaces)}  # by if_index
    return tuple(sorted(after, key=lambda port: order.get(port, len(order))))[:1]


def _ports(spec: LaggSpec, before: LaggConfig, host: HostState) -> tuple[str, ...]:
    """Return the wanted ports; only failover has a primary that carries the traffic (C-18).

    With other protocols the first port gives the MAC address, which no request changes.
    """
    if spec.protocol is Protocol.FAILOVER:
        return spec.ports
    if set(spec.ports) == set(before.ports):
        return before.ports
    first = primary_after(before.ports, spec.ports, host)
    return (*first, *(port for port in spec.ports if port not in first))


def _offloads(
    spec: LaggSpec, base: LaggConfig, host: HostState
) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    present = base.enabled if base.ports else common_offloads(spec.ports, host)
    asked = {} if spec.offload is None else dict.fromkeys(OFFLOAD_WORDS, spec.offload)
    asked |= dict(spec.options.offloads)
    if not asked:
        return present, base.boot_offloads
    enabled = set(present or ())
    capable = capable_offloads(spec.ports, host)
    for word, on in asked.items():
        if not on:
            enabled.discard(OFFLOADS[word])
        elif OFFLOADS[word] in capable:
            enabled.add(OFFLOADS[word])
    boot = [f"-{word}" for word, on in asked.items() if not on]
    # The lagg's own words switch on what a port does not have on by itself at the next boot.
    doubted = {*dict(spec.options.offloads), *base.boot_offloads}
    doubted |= _off_at_boot(spec.ports, host)
    boot += [
        word
        for word, on in asked.items()
        if on and (word in doubted or OFFLOADS[word] in capable - (present or set()))
    ]
    return frozenset(enabled), tuple(boot)


def _off_at_boot(ports: Iterable[str], host: HostState) -> set[str]:
    """Return the words whose opposite rc.conf has for one of these ports."""
    said = {word for port in ports for word in Variables(host.rc_conf).words(port)}
    off = {word[1:] for word in said if word.startswith("-")}
    return off | ({"tso4", "tso6"} if "tso" in off else set())


def capable_offloads(ports: Iterable[str], host: HostState) -> frozenset[str]:
    """Return the capabilities that can be switched at all of these ports."""
    sets = [host.interfaces[port].capable for port in ports if port in host.interfaces]
    return frozenset.intersection(*sets) & _SWITCHABLE if sets else frozenset()


def common_offloads(ports: Iterable[str], host: HostState) -> frozenset[str]:
    """Return those that are on at all of them, which a lagg of such ports has on."""
    sets = [host.interfaces[port].enabled for port in ports if port in host.interfaces]
    return frozenset.intersection(*sets) & _SWITCHABLE if sets else frozenset()
