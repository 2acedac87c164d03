"""What is on a LAGG or beside it, and what a change would do to that."""

from __future__ import annotations

from collections.abc import Container, Iterator

from lagg_tool.lagg import HostState, LaggSpec, Protocol
from lagg_tool.lagg.media import is_full_duplex, speed_of
from lagg_tool.nas.freebsd.boot import next_boot, variable_name
from lagg_tool.nas.freebsd.plan.config import LaggConfig


def mtu_findings(
    after: LaggConfig, host: HostState, edited: HostState, named: Container[str]
) -> Iterator[str]:
    """Yield the VLANs that would have a larger MTU than the LAGG below them, now or at boot.

    Those that the file has ``named`` have theirs from there.
    The kernel refuses such an MTU of a VLAN, but lets the interface below it be lowered: what
    is larger is lost then.
    """
    now = {
        name: found.mtu
        for name, found in host.interfaces.items()
        if found.vlan_parent == after.name
    }
    at_boot = {
        name: found.mtu
        for name, found in next_boot(edited).interfaces.items()
        if found.parent == after.name
    }
    for name in dict.fromkeys((*now, *at_boot)):
        if name in named:
            continue
        mtu = max(now.get(name, 0), at_boot.get(name, 0))
        if mtu > after.mtu:
            yield (
                f"VLAN {name}: its MTU is {mtu}, and {after.name} below it would carry"
                f" {after.mtu}: what is larger is lost. Lower it first (ifconfig {name} mtu"
                f" {after.mtu}, and in rc.conf), or write mtu = {mtu} in the file"
            )


def reached_vlans(
    lagg: str, host: HostState, edited: HostState, named: Container[str]
) -> Iterator[tuple[str, int, int]]:
    """Yield the VLANs that a new MTU of the LAGG reaches at the next boot alone.

    Each with its MTU now, and then. A VLAN takes the MTU of what is below it when it is made,
    and keeps it. Those that the file has ``named`` have theirs from there.
    """
    was, will = next_boot(host).interfaces, next_boot(edited).interfaces
    for name in host.vlans_above(lagg):
        now = host.interfaces[name].mtu
        if name in named or name not in was or name not in will:
            continue
        if will[name].mtu not in (now, was[name].mtu):
            yield name, now, will[name].mtu


def vlan_mtu_notes(
    lagg: str, host: HostState, edited: HostState, named: Container[str]
) -> Iterator[str]:
    """Yield that those VLANs keep their MTU until then."""
    for name, now, then in reached_vlans(lagg, host, edited, named):
        own = f"give it one in rc.conf (mtu in ifconfig_{variable_name(name)})"
        if host.interfaces[name].vlan_parent == lagg:
            own = "name it in the file ([[vlan]] with mtu)"
        yield (
            f"VLAN {name} keeps MTU {now} now, and gets {then} at the next boot with {lagg};"
            f" to have one of them, {own}"
        )


def wireless_findings(spec: LaggSpec, host: HostState) -> Iterator[str]:
    """Yield what keeps a wireless port from working in a LAGG (Handbook, "Failover Mode").

    All ports of a LAGG send with the MAC address of the first one, and an access point takes
    only frames from the address that has associated.
    """
    ports = {port: host.interfaces[port] for port in spec.ports if port in host.interfaces}
    for name, port in ports.items():
        if "wlan" not in port.groups:
            continue
        if spec.protocol is not Protocol.FAILOVER:
            yield (
                f"port {name}: it is wireless, and only failover can have it beside another"
                ' port; write protocol = "failover"'
            )
        first = next(iter(ports))
        wired = ports[first]
        if not spec.mac and first != name and wired.ether != port.ether:
            yield (
                f"port {name}: an access point takes frames from its MAC address only,"
                f" {port.ether}, and the LAGG would send with that of another port. Write"
                f' mac = "{wired.own_mac}" in the file, and {name} gets that of {first}, now and'
                f" where it is made. Or give {first} the same first: ifconfig {first} ether"
                f" {port.ether}, and in rc.conf"
                f' ifconfig_{first}="ether {port.ether} up"; or give {name} that of {first}'
                f' where it is made: create_args_{name}="wlanaddr {wired.own_mac}"'
            )


def carp_findings(name: str, host: HostState) -> Iterator[str]:
    """Yield the CARP groups that would go with a LAGG that is removed."""
    found = host.interfaces.get(name)
    for each in found.addresses if found else ():
        if each.vhid:
            yield (
                f"{name}: address {each.address} belongs to CARP group {each.vhid}; remove that"
                " first"
            )


def media_doubts(after: LaggConfig, host: HostState) -> Iterator[str]:
    """Yield whether LACP would leave a port out, or sort them into more than one aggregator.

    The media of a port without a link say nothing of that.
    """
    found = {port: host.interfaces[port].media for port in after.ports if port in host.interfaces}
    media = {port: each.removeprefix("Ethernet ") for port, each in found.items()}
    speeds = {port: speed for port, each in media.items() if (speed := speed_of(each))}
    if not after.lacp:
        return
    if len(set(speeds.values())) > 1:
        yield (
            "the ports' media differ: only those of the same speed share an aggregator, and"
            " one aggregator carries the traffic (C-16)"
        )
    half = [port for port in speeds if not is_full_duplex(media[port])]
    if half:
        yield (
            f"not full duplex: {', '.join(half)}; FreeBSD runs no LACP on such a link, so that"
            " it carries nothing until both ends are full duplex"
        )
