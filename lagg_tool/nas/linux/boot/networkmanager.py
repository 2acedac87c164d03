"""A bond for NetworkManager: keyfiles (nm-settings-keyfile(5)). Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from lagg_tool.bond.state import BondHost, Lines, Route
from lagg_tool.lagg import Address
from lagg_tool.nas.linux.boot import udev
from lagg_tool.nas.linux.config import BondConfig

DIRECTORY = "NetworkManager/system-connections"
# Any: the same name always gets the same number.
_SPACE = uuid.UUID("5a0b4f0e-6f0c-4b7e-9d0a-3f1a2c9d7e11")


def _path(name: str) -> str:
    return f"{DIRECTORY}/lagg_tool-{name}.nmconnection"


def files(config: BondConfig) -> dict[str, str]:
    """Return the files by path, without their first lines."""
    name = config.name
    found: dict[str, str] = {}
    for port in config.ports:
        about = [*_connection(f"{name}-port-{port}", "ethernet", port), f"master={name}"]
        found[_path(f"{name}-port-{port}")] = _text([*about, "slave-type=bond"])
    options = [f"{option}={value}" for option, value in config.options.items()]
    found[_path(name)] = _text(
        [
            *_connection(name, "bond", name),
            *("", "[ethernet]", f"mtu={config.mtu}"),
            *("", "[bond]", f"mode={config.mode}", *options),
            *_addresses(config.addresses, config.routes),
        ]
    )
    for vlan in config.vlans:
        found[_path(vlan.name)] = _text(
            [
                *_connection(vlan.name, "vlan", vlan.name),
                *("", "[ethernet]", f"mtu={vlan.mtu}"),
                *("", "[vlan]", f"id={vlan.tag}", f"parent={name}"),
                *_addresses(vlan.addresses, ()),
            ]
        )
    return found | udev.files(config)


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _connection(name: str, kind: str, interface: str) -> list[str]:
    return [
        "[connection]",
        f"id=lagg_tool-{name}",
        f"uuid={uuid.uuid5(_SPACE, name)}",
        f"type={kind}",
        f"interface-name={interface}",
        "autoconnect=true",
    ]


def _addresses(addresses: tuple[Address, ...], routes: tuple[Route, ...]) -> list[str]:
    lines: list[str] = []
    for version, absent in ((4, "disabled"), (6, "ignore")):
        own = [each for each in addresses if each.version == version]
        lines += ["", f"[ipv{version}]", f"method={'manual' if own else absent}"]
        lines += [f"address{number}={each}" for number, each in enumerate(own, 1)]
        if version == 4:
            for number, route in enumerate(routes, 1):
                to = "0.0.0.0/0" if route.destination == "default" else route.destination
                metric = "" if route.metric is None else f",{route.metric}"
                lines.append(f"route{number}={to},{route.gateway}{metric}")
    return lines


def problems(config: BondConfig, host: BondHost) -> Iterator[str]:
    """Yield what udev would drop, and the files that this user cannot read."""
    yield from udev.problems(config)
    for path in host.hidden:
        if path.startswith(f"/etc/{DIRECTORY}/"):
            yield f"{path} can be read by root only, not by {host.user}"


def about(path: str, lines: Lines, name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that name an interface."""
    if not path.startswith(f"/etc/{DIRECTORY}/"):
        return
    for number, line in lines:
        key, _, value = (part.strip() for part in line.partition("="))
        if key in ("interface-name", "master", "controller") and value == name:
            yield number, line
