"""A bond for systemd-networkd: a .netdev and .network files (systemd.netdev(5)). Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from lagg_tool.bond.state import BondHost, Lines
from lagg_tool.nas.linux.boot import udev
from lagg_tool.nas.linux.config import BondConfig, VlanConfig

DIRECTORY = "systemd/network"
# Before most names that others choose: networkd takes the first file that fits an interface.
_PREFIX = "05-lagg_tool"
_WORDS = {
    "miimon": ("MIIMonitorSec", "{}ms"),
    "updelay": ("UpDelaySec", "{}ms"),
    "downdelay": ("DownDelaySec", "{}ms"),
    "lacp_rate": ("LACPTransmitRate", "{}"),
    "xmit_hash_policy": ("TransmitHashPolicy", "{}"),
    "ad_select": ("AdSelect", "{}"),
    "min_links": ("MinLinks", "{}"),
    "primary_reselect": ("PrimaryReselectPolicy", "{}"),
    "fail_over_mac": ("FailOverMACPolicy", "{}"),
    "num_grat_arp": ("GratuitousARP", "{}"),
    "all_slaves_active": ("AllSlavesActive", "{}"),
    "packets_per_slave": ("PacketsPerSlave", "{}"),
    "resend_igmp": ("ResendIGMP", "{}"),
}


def files(config: BondConfig) -> dict[str, str]:
    """Return the files by path, without their first lines."""
    name = config.name
    stem = f"{DIRECTORY}/{_PREFIX}-{name}"
    found: dict[str, str] = {}
    for port in config.ports:
        primary = ["PrimarySlave=yes"] if config.options.get("primary") == port else []
        lines = ["[Match]", f"Name={port}", "", "[Network]", f"Bond={name}", *primary]
        found[f"{stem}-port-{port}.network"] = _text(lines)
    for vlan in config.vlans:
        kind = ["[NetDev]", f"Name={vlan.name}", "Kind=vlan", f"MTUBytes={vlan.mtu}"]
        found[f"{stem}-vlan-{vlan.tag}.netdev"] = _text([*kind, "", "[VLAN]", f"Id={vlan.tag}"])
        found[f"{stem}-vlan-{vlan.tag}.network"] = _text(
            ["[Match]", f"Name={vlan.name}", "", "[Network]", *_addresses(vlan)]
        )
    found[f"{stem}.network"] = _network(config)
    found[f"{stem}.netdev"] = _netdev(config)
    return found | udev.files(config)


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _addresses(config: BondConfig | VlanConfig) -> list[str]:
    return ["DHCP=no", *(f"Address={address}" for address in config.addresses)]


def _network(config: BondConfig) -> str:
    routes = [
        line
        for route in config.routes
        for line in (
            *("", "[Route]", f"Gateway={route.gateway}"),
            *([] if route.destination == "default" else [f"Destination={route.destination}"]),
            *([] if route.metric is None else [f"Metric={route.metric}"]),
        )
    ]
    return _text(
        [
            *("[Match]", f"Name={config.name}", "", "[Link]", f"MTUBytes={config.mtu}", ""),
            *("[Network]", *_addresses(config), *(f"VLAN={vlan.name}" for vlan in config.vlans)),
            *routes,
        ]
    )


def _netdev(config: BondConfig) -> str:
    options = [
        f"{_WORDS[option][0]}={_WORDS[option][1].format(value)}"
        for option, value in config.options.items()
        if option in _WORDS
    ]
    return _text(
        [
            *("[NetDev]", f"Name={config.name}", "Kind=bond", f"MTUBytes={config.mtu}"),
            *("", "[Bond]", f"Mode={config.mode}", *options),
        ]
    )


def problems(config: BondConfig, host: BondHost) -> Iterator[str]:
    """Yield what the files cannot say, and files that come before ours."""
    yield from udev.problems(config)
    for option in config.options:
        if option not in _WORDS and option != "primary":
            yield f"[bond] {option}: systemd-networkd has no such option; leave it out"
    ours = f"/etc/{DIRECTORY}/{_PREFIX}"
    for path, lines in host.files.items():
        first = path.startswith(f"/etc/{DIRECTORY}/") and path < ours
        for name in (config.name, *config.ports):
            if first and path.endswith(".network") and _fits(lines, name):
                yield f"{path} fits {name} and is read before ours; rename it, or change its Name="


def _fits(lines: Lines, name: str) -> bool:
    section = ""
    for _, line in lines:
        section = line.strip() if line.startswith("[") else section
        key, _, value = (part.strip() for part in line.partition("="))
        fits = any(fnmatch.fnmatchcase(name, pattern) for pattern in value.split())
        if section == "[Match]" and key == "Name" and fits:
            return True
    return False


def about(path: str, lines: Lines, name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that make a device of this name, or name it alone."""
    if not path.startswith(f"/etc/{DIRECTORY}/"):
        return
    for number, line in lines:
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "Name" and name in value.split() and not path.endswith(".link"):
            yield number, line
