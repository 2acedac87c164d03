"""The JSON of ``ip -d -s -j link`` and ``ip -j addr``: a Link for each interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_interface
from typing import Any

from lagg_tool.errors import UnreadableError, why_no_json
from lagg_tool.lagg import Address


@dataclass(frozen=True)
class AddressInfo:
    """An address; ``made`` ones were not configured: link-local, or from the network."""

    address: Address
    made: bool = False


@dataclass(frozen=True)
class Link:
    """One interface. ``bond`` and ``port`` are iproute2's words of a bond and of its port.

    ``ether`` is the MAC address in use, ``permanent`` the NIC's own.
    """

    name: str
    flags: frozenset[str] = frozenset()
    mtu: int = 1500
    ether: str = ""
    permanent: str = ""
    alias: str = ""
    kind: str = ""
    master: str = ""
    parent: str = ""
    tag: int | None = None
    mtus: tuple[int, int] = (0, 0)
    addresses: tuple[AddressInfo, ...] = ()
    bond: Mapping[str, Any] = field(default_factory=dict)
    port: Mapping[str, Any] = field(default_factory=dict)
    sent: int | None = None  # packets

    @property
    def up(self) -> bool:
        """Whether it is administratively up."""
        return "UP" in self.flags

    @property
    def carrier(self) -> bool:
        """Whether it has a link."""
        return "LOWER_UP" in self.flags and "NO-CARRIER" not in self.flags

    @property
    def is_bond(self) -> bool:
        """Whether it is a bond."""
        return self.kind == "bond"

    @property
    def mode(self) -> str:
        """The mode of a bond."""
        return str(self.bond.get("mode", ""))


def _list(text: str, command: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or "[]")
    except ValueError as error:
        raise UnreadableError(f"{command}: {why_no_json(error)}") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UnreadableError(f"{command}: a list of interfaces was expected")
    # iproute2 prints an empty object for what a filter leaves out.
    return [each for each in found if each.get("ifname")]


def read_links(links: str, addresses: str = "[]") -> dict[str, Link]:
    """Return the interfaces by name, in the kernel's order. Raises UnreadableError."""
    known = {each["ifname"]: each for each in _list(addresses, "ip -j addr")}
    try:
        return {
            each["ifname"]: _link(each, known.get(each["ifname"], {}))
            for each in _list(links, "ip -d -j link")
        }
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UnreadableError(f"ip -d -j link: {why_no_json(error)}") from error


def _link(data: Mapping[str, Any], other: Mapping[str, Any]) -> Link:
    info = data.get("linkinfo", {})
    kind, own = info.get("info_kind", ""), info.get("info_data", {})
    slave = info.get("info_slave_data", {}) if info.get("info_slave_kind") == "bond" else {}
    ether = data.get("address", "")
    return Link(
        name=data["ifname"],
        flags=frozenset(data.get("flags", ())),
        mtu=int(data.get("mtu", 0)),
        ether=ether,
        permanent=slave.get("perm_hwaddr") or data.get("permaddr") or ether,
        alias=data.get("ifalias", ""),
        kind=kind or ("loopback" if data.get("link_type") == "loopback" else ""),
        master=data.get("master", ""),
        parent=data.get("link", "") if kind == "vlan" else "",
        tag=own.get("id") if kind == "vlan" else None,
        mtus=(int(data.get("min_mtu", 0)), int(data.get("max_mtu", 0))),
        addresses=tuple(_address(each) for each in other.get("addr_info", ())),
        bond=own if kind == "bond" else {},
        port=slave,
        sent=data.get("stats64", {}).get("tx", {}).get("packets"),
    )


def _address(data: Mapping[str, Any]) -> AddressInfo:
    address = ip_interface(f"{data['local']}/{data['prefixlen']}")
    made = bool(data.get("dynamic")) or data.get("scope") in ("link", "host")
    return AddressInfo(address, made)
