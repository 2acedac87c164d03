"""The rules between interfaces: plugins/network.py _common_validation (1093-1260).

A table of small checks over one request and what ``interface.query`` says of all the others.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lagg_tool.simulator.middleware.errors import FieldError, UncaughtError
from lagg_tool.simulator.middleware.schema import LAG_PROTOCOLS

Interface = Mapping[str, Any]  # one element of interface.query

# Only options that begin with it are caught: "up mtu 9000" slips through (line 28, claim O-08).
RE_MTU = re.compile(r"mtu\s+(\d+)")

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "BRIDGE": ("bridge_members",),
    "LINK_AGGREGATION": ("lag_protocol", "lag_ports"),
    "VLAN": ("vlan_parent_interface", "vlan_tag"),
}

# What must not change on a NIC that is a member of a lagg, and the product's words for it
# (the typing error in the last is theirs).
MEMBER_FIELDS: Mapping[str, str] = {
    "aliases": "Active node IP address",
    "failover_aliases": "Standby node IP address",
    "failover_virtual_aliases": "Virtual IP address",
    "failover_group": "Failover group number",
    "mtu": "MTU",
    "ipv4_dhcp": "DHCP",
    "ipv6_auto": "Autconfig for IPv6",
}

_KINDS = {
    "BRIDGE": ("bridge", "Bridge"),
    "LINK_AGGREGATION": ("lagg", "Link aggregation"),
    "VLAN": ("vlan", "VLAN"),
}


@dataclass(frozen=True)
class Subject:
    """One request under test: its schema's name, its data, its type, and the others."""

    schema: str
    data: Mapping[str, Any]
    kind: str
    others: Mapping[str, Interface]

    def error(self, field: str, text: str) -> FieldError:
        """Return the error for a broken rule of one field."""
        return FieldError(f"{self.schema}.{field}", text)

    def users(self, kind: str, field: str) -> dict[str, str]:
        """NIC name to the name of the interface of ``kind`` that uses it."""
        used: dict[str, str] = {}
        for name, interface in self.others.items():
            if interface["type"] == kind:
                value = interface.get(field) or []
                used |= dict.fromkeys([value] if isinstance(value, str) else value, name)
        return used


def missing(schema: str, data: Mapping[str, Any]) -> list[FieldError]:
    """Fields that a type needs; checked alone, before all other rules (1184-1190)."""
    return [
        FieldError(f"{schema}.{field}", "This field is required")
        for field in REQUIRED[data["type"]]
        if field not in data
    ]


def _name(subject: Subject) -> list[FieldError]:
    if "name" not in subject.data:
        return []
    name = subject.data["name"]
    errors = []
    if name in subject.others:
        errors.append(subject.error("name", "Interface name is already in use."))
    if subject.kind not in _KINDS:
        return errors
    prefix, words = _KINDS[subject.kind]
    # type_freebsd.py 40-47: isdigit() also takes digits that are not ASCII.
    if not (name.startswith(prefix) and name[len(prefix) :].isdigit()):
        text = f'{words} interface must start with "{prefix}" followed by an unique number.'
        errors.append(subject.error("name", text))
    elif len(name) > len(prefix) + 1 and name[len(prefix)] == "0":
        text = f'{words} interface name cannot start with "{prefix}0".'
        errors.append(subject.error("name", text))
    return errors


def _only_one(subject: Subject) -> list[FieldError]:
    rules = {
        "ipv4_dhcp": "Only one interface can be used for DHCP.",
        "ipv6_auto": "Only one interface can have IPv6 autoconfiguration enabled.",
    }
    return [
        subject.error(field, text)
        for field, text in rules.items()
        if subject.data.get(field) and any(other[field] for other in subject.others.values())
    ]


def _network(alias: Mapping[str, Any]) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(f"{alias['address']}/{alias['netmask']}", strict=False)
    except ValueError as error:
        # 1326: not caught by the product (claim O-10).
        raise UncaughtError("ValueError", str(error)) from error


def _aliases(subject: Subject) -> list[FieldError]:
    taken = [_network(alias) for other in subject.others.values() for alias in other["aliases"]]
    errors = []
    for index, alias in enumerate(subject.data.get("aliases") or []):
        network = _network(alias)
        if any(network.version == used.version and network.overlaps(used) for used in taken):
            text = f"The network {network} is already in use by another interface."
            errors.append(subject.error(f"aliases.{index}", text))
    return errors


def _member(subject: Subject) -> list[FieldError]:
    """Refuse addresses and MTU of a NIC that belongs to a lagg (1195-1206)."""
    lagg = subject.users("LINK_AGGREGATION", "lag_ports").get(subject.data.get("name", ""))
    if lagg is None or subject.kind != "PHYSICAL":
        return []
    return [
        subject.error(field, f"Interface in use by {lagg}. {words} cannot be changed.")
        for field, words in MEMBER_FIELDS.items()
        if subject.data.get(field)
    ]


def _bridge(subject: Subject) -> list[FieldError]:
    if subject.kind != "BRIDGE":
        return []
    errors = []
    if subject.data.get("disable_offload_capabilities"):
        text = "Offloading capabilities is not supported for bridge interfaces"
        errors.append(subject.error("disable_offload_capabilities", text))
    used = {
        **subject.users("LINK_AGGREGATION", "lag_ports"),
        **subject.users("BRIDGE", "bridge_members"),
    }
    for index, member in enumerate(subject.data.get("bridge_members") or []):
        if member not in subject.others:
            errors.append(subject.error(f"bridge_members.{index}", "Not a valid interface."))
        elif member in used:
            text = f"Interface {member} is currently in use by {used[member]}."
            errors.append(subject.error(f"bridge_members.{index}", text))
    return errors


def _lag_port(subject: Subject, used: Mapping[str, str], port: str) -> str:
    """Return what is wrong with one port, or an empty string."""
    if port not in subject.others:
        return "Not a valid interface."
    if subject.others[port]["state"]["cloned"]:
        return "Only physical interfaces are allowed to be a member of Link Aggregation."
    if port in used:
        return f"Interface {port} is currently in use by {used[port]}."
    return ""


def _lagg(subject: Subject) -> list[FieldError]:
    """Ports of a lagg (1208-1235). Bridge membership and repeated ports are not looked at."""
    if subject.kind != "LINK_AGGREGATION":
        return []
    errors = []
    protocol = subject.data.get("lag_protocol")
    if protocol not in LAG_PROTOCOLS:
        text = f"FreeBSD does not support LAG protocol {protocol}"
        errors.append(subject.error("lag_protocol", text))
    ports = subject.data.get("lag_ports")
    if not ports:
        errors.append(subject.error("lag_ports", "This field cannot be empty."))
    used = {
        **subject.users("VLAN", "vlan_parent_interface"),
        **subject.users("LINK_AGGREGATION", "lag_ports"),
    }
    for index, port in enumerate(ports or []):
        if wrong := _lag_port(subject, used, port):
            errors.append(subject.error(f"lag_ports.{index}", wrong))
    return errors


def _vlan(subject: Subject) -> list[FieldError]:
    if subject.kind != "VLAN":
        return []
    parent = subject.data.get("vlan_parent_interface", "")
    used = subject.users("LINK_AGGREGATION", "lag_ports")
    if parent not in subject.others:
        return [subject.error("vlan_parent_interface", "Not a valid interface.")]
    if parent in used:
        text = f"Interface {parent} is currently in use by {used[parent]}."
        return [subject.error("vlan_parent_interface", text)]
    mtu = subject.data.get("mtu")
    if mtu and mtu > (subject.others[parent].get("mtu") or 1500):
        return [subject.error("mtu", "VLAN MTU cannot be bigger than parent interface.")]
    return []


def _options(subject: Subject) -> list[FieldError]:
    if RE_MTU.match(subject.data.get("options") or ""):
        return [subject.error("options", "MTU should be placed in its own field.")]
    return []


def _failover_critical(subject: Subject) -> list[FieldError]:
    """High availability: checked at creation only."""
    critical = subject.schema == "interface_create" and subject.data.get("failover_critical")
    if critical and subject.data.get("lag_protocol") == "FAILOVER":
        text = 'A lagg using "Failover" protocol is not allowed to be marked critical for failover.'
        return [subject.error("failover_critical", text)]
    return []


RULES: Sequence[Callable[[Subject], list[FieldError]]] = (
    _name,
    _only_one,
    _aliases,
    _member,
    _bridge,
    _lagg,
    _vlan,
    _options,
    _failover_critical,
)


def validate(
    schema: str, data: Mapping[str, Any], kind: str, others: Mapping[str, Interface]
) -> list[FieldError]:
    """All rules that the request breaks. Raises UncaughtError where the product crashes."""
    subject = Subject(schema, data, kind, others)
    return [error for rule in RULES for error in rule(subject)]
