"""What the next boot makes of a lagg, compared with what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lagg_tool.lagg import SWITCHES, Address, HostState
from lagg_tool.nas.freebsd.boot import BootInterface, NextBoot, next_boot
from lagg_tool.nas.freebsd.boot.interface import USUAL_SWITCHES
from lagg_tool.nas.freebsd.plan.config import (
    DEFAULT_LAYERS,
    DEFAULT_SHIFT,
    LaggConfig,
    fresh_shift,
    unsure_at_boot,
)


@dataclass(frozen=True)
class Difference:
    """One field that the next boot makes otherwise than it is wanted."""

    field: str
    boot: str
    wanted: str

    @property
    def text(self) -> str:
        """The difference for people."""
        return f"{self.field} is {self.boot or '(none)'}, and is to be {self.wanted or '(none)'}"


def boot_differences(after: LaggConfig, host: HostState) -> tuple[Difference, ...]:
    """Return how the next boot of this host differs from what is wanted."""
    boot = next_boot(host)
    found = boot.interfaces.get(after.name)
    if found is None or not found.lagg:
        return (Difference("LAGG", "", after.name),)
    is_now, is_wanted = _fields_of_boot(found, host), _fields_wanted(after)
    differences = [
        Difference(field, is_now[field], value)
        for field, value in is_wanted.items()
        if is_now[field] != value
    ]
    return (*differences, *_ports(after, boot))


def _ports(after: LaggConfig, boot: NextBoot) -> list[Difference]:
    return [
        Difference(f"port {port}", "down", "up")
        for port in after.ports
        if port in boot.interfaces and not boot.interfaces[port].up
    ]


def _family(addresses: tuple[Address, ...], version: int) -> str:
    return " ".join(str(each) for each in addresses if each.version == version)


def _port_names(ports: tuple[str, ...]) -> str:
    """Return the ports; only the first matters: the primary, or whose MAC address it is."""
    return " ".join((*ports[:1], *sorted(ports[1:])))


def _fields_wanted(config: LaggConfig) -> dict[str, str]:
    return {
        "protocol": config.protocol.value,
        "ports": _port_names(config.ports),
        "mtu": str(config.mtu),
        "description": config.description,
        "IPv4 addresses": _family(config.addresses, 4),
        "IPv6 addresses": _family(config.addresses, 6),
        "dhcp": "yes" if config.dhcp else "",
        "ipv6_auto": "yes" if config.ipv6_auto else "",
        "lagghash": ",".join(config.layers or DEFAULT_LAYERS),
        "lagg options": " ".join(sorted(config.switches)),
        "flowid_shift": str(DEFAULT_SHIFT if config.flowid_shift is None else config.flowid_shift),
        "rr_limit": str(config.rr_limit or 1),
        "offloading": " ".join(sorted(config.boot_offloads)),
        "state": "up",
    } | ({"MAC address": config.mac} if config.mac else {})


def _fields_of_boot(found: BootInterface, host: HostState) -> dict[str, str]:
    addresses = tuple(found.addresses)
    shift = found.flowid_shift
    if shift is None and fresh_shift(host) == DEFAULT_SHIFT:
        shift = DEFAULT_SHIFT
    return {
        "protocol": found.protocol.value,
        "ports": _port_names(tuple(found.ports)),
        "mtu": str(found.mtu),
        "description": found.description,
        "IPv4 addresses": _family(addresses, 4),
        "IPv6 addresses": _family(addresses, 6),
        "dhcp": "yes" if found.dhcp else "",
        "ipv6_auto": "yes" if found.ipv6_auto else "",
        "lagghash": ",".join(found.layers or DEFAULT_LAYERS),
        "lagg options": _switches(found, host),
        "flowid_shift": "unsure" if shift is None else str(shift),
        "rr_limit": str(found.rr_limit or 1),
        "offloading": " ".join(sorted(set(found.offloads))),
        "state": "up" if found.up else "down",
        "MAC address": found.ether,
    }


def _switches(found: BootInterface, host: HostState) -> str:
    """Return the switches; those that a sysctl may decide, and no word does, are unsure."""
    said: Mapping[str, bool] = found.switches
    flags = [flag for flag, only in SWITCHES.values() if only in (None, found.protocol.value)]
    on = [flag for flag in flags if said.get(flag, flag in USUAL_SWITCHES)]
    unsure = [f"{flag}?" for flag in flags if flag not in said and flag in unsure_at_boot(host)]
    return " ".join([*sorted(on), *sorted(unsure)])
