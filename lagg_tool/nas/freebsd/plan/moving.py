"""Addresses that move from a NIC onto the LAGG that it joins, and the routes that follow them.

A port's own addresses carry nothing (S-10). Where the file gives them to the LAGG they are
taken from the port once it has joined, and given to the LAGG; its static routes, which go with
the address that they were found by, are set again.
"""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool.lagg import Address, HostState, LaggSpec
from lagg_tool.nas.freebsd.boot import Variables
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.step import (
    ask_lease_step,
    drop_lease_step,
    family_of,
    ifconfig_step,
)
from lagg_tool.nas.step import Step


def own_addresses(port: str, host: HostState) -> tuple[Address, ...]:
    """Return the addresses that somebody gave an interface, a lease among them."""
    found = host.interfaces.get(port)
    shown = [each.address for each in found.addresses if not each.made] if found else []
    return tuple(each for each in shown if not each.ip.is_unspecified)  # of a dhclient that waits


def asks_dhcp(port: str, host: HostState) -> bool:
    """Return whether an interface has a dhclient, or gets one at the next boot."""
    return port in host.dhclients or Variables(host.rc_conf).dhcp(port)


def moves(port: str, spec: LaggSpec, host: HostState) -> bool:
    """Return whether all that a port has and gets at boot is the LAGG's in the file."""
    found = host.interfaces.get(port)
    if found is None or host.lagg_of(port) or any(each.vhid for each in found.addresses):
        return False
    leased = asks_dhcp(port, host) and spec.dhcp
    if asks_dhcp(port, host) and not leased:
        return False
    own = own_addresses(port, host)
    given = [each for each in own if each in spec.addresses or (leased and each.version == 4)]
    return len(given) == len(own) and bool(own or leased)


def take_from_port(port: str, after: LaggConfig, host: HostState) -> Iterator[Step]:
    """Yield the steps that take from a port that has joined what the LAGG is to have."""
    if host.lagg_of(port):
        return
    leased = after.dhcp and asks_dhcp(port, host)
    if leased:
        yield hand_over_lease(port)
    for address in own_addresses(port, host):
        if address.version == 6 and _loses_ipv6(port, host):
            continue
        if address in after.addresses and not (leased and address.version == 4):
            family, ip = family_of(address), str(address.ip)
            yield ifconfig_step("this address moves onto the LAGG", port, family, ip, "-alias")


def gives_addresses(port: str, after: LaggConfig, host: HostState) -> bool:
    """Return whether a port that joins had what the LAGG is to have."""
    if host.lagg_of(port):
        return False
    leased = after.dhcp and asks_dhcp(port, host)
    return leased or any(each in after.addresses for each in own_addresses(port, host))


def _loses_ipv6(port: str, host: HostState) -> bool:
    """Return whether the kernel takes all IPv6 addresses of a port that joins (lagg_ioctl).

    It does where the port has a link-local one, and IPv6 is on (in6ifa_llaonifp).
    """
    found = host.interfaces[port]
    link_local = any(each.address.ip.is_link_local for each in found.addresses if each.made)
    return link_local and "IFDISABLED" not in found.nd6


def hand_over_lease(port: str) -> Step:
    """Return the step that takes its lease from a port."""
    return drop_lease_step("the LAGG asks for the lease in its place", port)


def give_back_lease(port: str) -> Step:
    """Return the step that asks for the lease that a port had."""
    return ask_lease_step("the port had a lease", port)
