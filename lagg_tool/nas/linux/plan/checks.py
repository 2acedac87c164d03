"""The reasons against a change that depend on the host, and what may fail. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from lagg_tool.bond.state import BondHost
from lagg_tool.lagg import LaggSpec
from lagg_tool.nas.linux.config import BondConfig


def under(interface: str, host: BondHost) -> frozenset[str]:
    """Return the interface and all below it: a VLAN's parent, and the ports of a bond."""
    found: set[str] = set()
    todo = [interface]
    while todo:
        name = todo.pop()
        link = host.links.get(name)
        if name in found or link is None:
            continue
        found.add(name)
        todo += [link.parent, *(each.name for each in host.links.values() if each.master == name)]
    return frozenset(found)


def port_findings(spec: LaggSpec, host: BondHost) -> Iterator[str]:
    """Yield the reasons against each port."""
    for port in spec.ports:
        link = host.links.get(port)
        if link is None:
            names = ", ".join(name for name in host.links if name != "lo")
            yield f"port {port}: there is no such interface; there are {names}"
            continue
        if link.kind in ("bond", "bridge", "loopback"):
            yield f"port {port}: it is a {link.kind}; name the NICs themselves"
        if link.master not in ("", spec.name):
            yield f"port {port}: it is a port of {link.master}; remove it there first"
        if vlans := host.vlans_on(port):
            yield (
                f"port {port}: VLANs use it ({', '.join(vlans)}) and would go deaf;"
                " put them on the LAGG instead"
            )
        own = [each.address for each in link.addresses if not each.made]
        if left := [each for each in own if each not in spec.addresses]:
            shown = ", ".join(str(each) for each in left)
            wanted = dict.fromkeys(str(each) for each in (*own, *spec.addresses))
            write = ", ".join(f'"{each}"' for each in wanted)
            yield (
                f"port {port}: it has addresses ({shown}), useless once it is a port (S-10); to"
                f" move them onto {spec.name}, write addresses = [{write}] in the file; or remove"
                " them first"
            )
        if link.mtus[1] and spec.mtu > link.mtus[1]:
            yield f"port {port}: its driver takes an MTU up to {link.mtus[1]}; lower mtu"


def address_findings(spec: LaggSpec, host: BondHost) -> Iterator[str]:
    """Yield the networks that another interface already has."""
    for address in spec.addresses:
        for name, link in host.links.items():
            if name in (spec.name, *spec.ports):
                continue
            for each in link.addresses:
                if not each.made and address.network.overlaps(each.address.network):
                    yield (
                        f"address {address}: {name} is in the same network ({each.address});"
                        " choose another network"
                    )


def management_findings(
    name: str, before: BondConfig | None, after: BondConfig | None, host: BondHost
) -> Iterator[str]:
    """Yield how the change touches what carries this session."""
    way = host.management
    if not way.interface:
        return
    carriers = under(way.interface, host)
    ports = {port for config in (before, after) if config for port in config.ports}
    touched = sorted(carriers & {name, *ports})
    for interface in touched:
        yield f"{interface} carries this session"
    if after and way.client and not touched:
        client = ip_address(way.client)
        added = [each for each in after.addresses if before is None or each not in before.addresses]
        for address in added:
            if client.version == address.version and client in address.network:
                yield f"address {address} would take over the route to this session's client"


def removal_findings(name: str, ours: frozenset[str], host: BondHost) -> Iterator[str]:
    """Yield what still uses the bond that is to be removed."""
    link = host.links.get(name)
    if link is not None and not link.is_bond:
        yield f"{name}: there is an interface of this name that is not a LAGG"
    if vlans := [each for each in host.vlans_on(name) if each not in ours]:
        yield (
            f"{name}: the following VLANs depend on this interface: {', '.join(vlans)};"
            " remove them first"
        )
    if link is not None and link.master:
        yield f"{name}: it is a port of {link.master}; remove it there first"


def doubts(after: BondConfig, host: BondHost) -> Iterator[str]:
    """Yield what may fail and cannot be known before; the guard reverts if a command does."""
    speeds = {port: host.speeds[port] for port in after.ports if port in host.speeds}
    known = {port: speed for port, (speed, _) in speeds.items() if speed}
    for port, (speed, duplex) in speeds.items():
        if after.mode == "802.3ad" and not speed:
            yield (
                f"{port} does not know its speed: it sends no LACPDU then, and carries data"
                f" nevertheless on older kernels (X-21); ethtool {port} shows it"
            )
        elif after.mode == "802.3ad" and duplex == "half":
            yield f"{port} runs half duplex, which keeps it out of LACP"
    if after.mode == "802.3ad" and len(set(known.values())) > 1:
        shown = ", ".join(f"{port} {speed} Mb/s" for port, speed in known.items())
        yield f"ports of different speed ({shown}): LACP uses those of one speed at a time"


def notes(before: BondConfig | None, after: BondConfig | None, host: BondHost) -> Iterator[str]:
    """Yield what is unusual about the change."""
    if after and after.options.get("miimon") == "0":
        yield (
            "miimon 0: the bond looks at no link; with protocol failover, nothing ever fails"
            " over (X-01)"
        )
    if before and after:
        own = host.links[before.name].ether
        for port in before.ports:
            if port not in after.ports and host.links[port].permanent == own and after.ports:
                yield (
                    f"{before.name} keeps the MAC address of {port}, which leaves: two owners of"
                    f" one address once {port} is up (X-13)"
                )
        rate = after.options.get("lacp_rate")
        if rate and after.mode == before.mode and before.options.get("lacp_rate") != rate:
            yield "the partner learns of the new lacp_rate with the next LACPDU only (X-11)"
    if before and after is None:
        kept = [port for port in before.ports if host.links[port].up]
        yield f"the ports are up afterwards, without addresses: {', '.join(kept) or 'none'}"
