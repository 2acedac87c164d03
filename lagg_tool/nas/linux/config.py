"""A bond as a plan works with it: what is wanted, by the same words as what was observed. Pure.

The protocols of lagg(4) as modes of the bonding driver: failover is active-backup, lacp
802.3ad, loadbalance balance-xor, roundrobin balance-rr, broadcast broadcast. A bond looks at no
link unless ``miimon`` says so, and then never fails over, so that 100 ms are the default here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lagg_tool.bond.state import BondHost, Route
from lagg_tool.lagg import Address, LaggSpec, Protocol
from lagg_tool.lagg.bond_options import OPTIONS

MODES = {
    Protocol.FAILOVER: "active-backup",
    Protocol.LACP: "802.3ad",
    Protocol.LOADBALANCE: "balance-xor",
    Protocol.ROUNDROBIN: "balance-rr",
    Protocol.BROADCAST: "broadcast",
}
MIIMON = "100"
_HASHES = {("l2",): "layer2", ("l2", "l3"): "layer2+3", ("l3", "l4"): "layer3+4"}
# The options of iproute2 that its JSON calls otherwise.
_JSON_NAMES = {
    "lacp_rate": "ad_lacp_rate",
    "lacp_active": "ad_lacp_active",
    "num_grat_arp": "num_peer_notif",
}
# What the driver has by itself (bond_check_params, drivers/net/bonding/bond_main.c of Linux 6.1).
_DEFAULTS = {
    "updelay": "0",
    "downdelay": "0",
    "lacp_rate": "slow",
    "lacp_active": "on",
    "xmit_hash_policy": "layer2",
    "ad_select": "stable",
    "min_links": "0",
    "primary_reselect": "always",
    "fail_over_mac": "none",
    "num_grat_arp": "1",
    "all_slaves_active": "0",
    "packets_per_slave": "1",
    "resend_igmp": "1",
}
# Routes that a routing daemon or a DHCP client made are theirs.
_OWN_ROUTES = ("", "boot", "static")


@dataclass(frozen=True)
class VlanConfig:
    """A VLAN on the bond."""

    name: str
    tag: int
    mtu: int
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True)
class BondConfig:
    """A bond: ``options`` by iproute2's word, ``ports`` in the order in which they join."""

    name: str
    mode: str
    options: Mapping[str, str]
    ports: tuple[str, ...]
    mtu: int = 1500
    alias: str = ""
    addresses: tuple[Address, ...] = ()
    vlans: tuple[VlanConfig, ...] = ()
    routes: tuple[Route, ...] = ()
    up: bool = True


def refusals(spec: LaggSpec) -> list[str]:
    """Return what of a file cannot be expressed on Linux: the rule, and the way out."""
    found: list[str] = []
    if spec.protocol is Protocol.NONE:
        found.append(
            "protocol none: every mode of the bonding driver carries traffic; to have none,"
            " remove the LAGG (--remove), or choose another protocol"
        )
    for asked, word in ((spec.dhcp, "dhcp"), (spec.ipv6_auto, "ipv6_auto")):
        if asked:
            found.append(
                f"{word}: this tool starts no client for addresses on Linux; write them in"
                " addresses, or leave the field out and let the network's own program ask"
            )
    if spec.offload is not None or spec.options.offloads:
        found.append(
            "offload: a bond offers what its ports can, and ethtool -K switches it at a port;"
            " leave it out"
        )
    if spec.mac:
        found.append(
            "mac: this tool leaves a bond the address of its first port on Linux; leave it out"
        )
    found += [
        f"options {word}: the bonding driver has nothing like it; leave it out"
        for word in (
            *(word for word, _ in spec.options.switches if word != "lacp_fast_timeout"),
            *(("flowid_shift",) if spec.options.flowid_shift is not None else ()),
        )
    ]
    if spec.options.rr_limit is not None:
        found.append(
            "options rr_limit: the driver counts packets the other way; write packets_per_slave"
            " below [bond]"
        )
    layers = spec.options.layers
    hashes = spec.protocol in (Protocol.LACP, Protocol.LOADBALANCE)
    if layers is not None and hashes and layers not in _HASHES:
        found.append(
            f"options lagghash {','.join(layers)}: the driver hashes l2, l2,l3 or l3,l4; choose"
            " one of these, or write xmit_hash_policy below [bond]"
        )
    if layers is not None and not hashes:
        found.append(
            f"options lagghash: protocol {spec.protocol.value} hashes nothing; leave it out"
        )
    return found


def wanted(spec: LaggSpec, host: BondHost) -> BondConfig:
    """Return the bond that a file asks for; see ``refusals`` for what it cannot."""
    options = {"miimon": MIIMON}
    layers = spec.options.layers
    if layers in _HASHES and spec.protocol in (Protocol.LACP, Protocol.LOADBALANCE):
        options["xmit_hash_policy"] = _HASHES[layers]
    for word, on in spec.options.switches:
        if word == "lacp_fast_timeout":
            options["lacp_rate"] = "fast" if on else "slow"
    options |= dict(spec.bond.said)
    if spec.protocol is Protocol.FAILOVER:
        options.setdefault("primary", spec.ports[0])
    return BondConfig(
        name=spec.name,
        mode=MODES.get(spec.protocol, ""),
        options=options,
        ports=spec.ports,
        mtu=spec.mtu,
        alias=spec.description,
        addresses=spec.addresses,
        vlans=tuple(
            VlanConfig(
                f"{spec.name}.{vlan.tag}",
                vlan.tag,
                spec.mtu if vlan.mtu is None else vlan.mtu,
                vlan.addresses,
            )
            for vlan in spec.vlans
        ),
        routes=_routes((spec.name, *spec.ports), spec.addresses, host),
    )


def _routes(
    interfaces: tuple[str, ...], addresses: tuple[Address, ...], host: BondHost
) -> tuple[Route, ...]:
    """Return the routes by a gateway that the addresses reach: they go with the addresses."""
    found: dict[tuple[str, str], Route] = {}
    for route in host.routes:
        near = any(route.gateway and _inside(route.gateway, address) for address in addresses)
        if route.interface in interfaces and near and route.protocol in _OWN_ROUTES:
            found.setdefault((route.destination, route.gateway), route)
    return tuple(found.values())


def _inside(gateway: str, address: Address) -> bool:
    try:
        return type(address.ip)(gateway) in address.network
    except ValueError:
        return False


def option_of(data: Mapping[str, object], option: str) -> str | None:
    """Return the value of an option in iproute2's JSON of a bond, as its command takes it."""
    value = data.get(_JSON_NAMES.get(option, option))
    return None if value is None else str(value)


def _options_of(mode: str) -> list[str]:
    """Return the options that a mode has, in the order in which the driver takes them."""
    own = {protocol.value for protocol, its_mode in MODES.items() if its_mode == mode}
    return [option for option, (_, only) in OPTIONS.items() if not only or own & set(only)]


def observed(name: str, host: BondHost, like: BondConfig | None = None) -> BondConfig | None:
    """Return a bond as it is, None if there is none.

    ``like`` says which options to look at; without it these are all that its mode has and that
    somebody has set.
    """
    link = host.links.get(name)
    if link is None or not link.is_bond:
        return None
    options = {
        option: value
        for option in (like.options if like else _options_of(link.mode))
        if (value := option_of(link.bond, option)) is not None
        and (like or value != _DEFAULTS.get(option))
    }
    addresses = tuple(each.address for each in link.addresses if not each.made)
    vlans = tuple(
        VlanConfig(
            vlan,
            host.links[vlan].tag or 0,
            host.links[vlan].mtu,
            tuple(each.address for each in host.links[vlan].addresses if not each.made),
        )
        for vlan in host.vlans_on(name)
    )
    return BondConfig(
        name=name,
        mode=link.mode,
        options=options,
        ports=host.ports_of(name),
        mtu=link.mtu,
        alias=link.alias,
        addresses=addresses,
        vlans=vlans,
        routes=_routes((name,), addresses, host),
        up=link.up,
    )
