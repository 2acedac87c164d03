"""The declared form of the requests: types, enums, ranges, defaults, with the product's texts.

plugins/network.py 915-945 (``interface_create``) and 1503-1510 (``interface_update``).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lagg_tool.simulator.middleware.errors import FieldError, RequestError

MTU_RANGE = (1492, 9216)
INTERFACE_TYPES = ("BRIDGE", "LINK_AGGREGATION", "VLAN")
LAG_PROTOCOLS = ("LACP", "FAILOVER", "LOADBALANCE", "ROUNDROBIN", "NONE")

Check = Callable[[str, Any], list[FieldError]]


def string(name: str, value: Any) -> list[FieldError]:
    """middlewared.schema.Str."""
    return [] if isinstance(value, str) else [FieldError(name, "Not a string")]


def boolean(name: str, value: Any) -> list[FieldError]:
    """middlewared.schema.Bool."""
    return [] if isinstance(value, bool) else [FieldError(name, "Not a boolean")]


def integer(name: str, value: Any) -> list[FieldError]:
    """middlewared.schema.Int."""
    if isinstance(value, int) and not isinstance(value, bool):
        return []
    return [FieldError(name, "Not an integer")]


def choice(*allowed: str) -> Check:
    """middlewared.schema.Str with an enum."""

    def check(name: str, value: Any) -> list[FieldError]:
        if not isinstance(value, str):
            return [FieldError(name, "Not a string")]
        return [] if value in allowed else [FieldError(name, f"Invalid choice: {value}")]

    return check


def within(low: int, high: int) -> Check:
    """middlewared.schema.Int with the validator Range."""

    def check(name: str, value: Any) -> list[FieldError]:
        wrong = integer(name, value)
        if wrong or low <= value <= high:
            return wrong
        return [FieldError(name, f"Should be between {low} and {high}")]

    return check


def nullable(check: Check) -> Check:
    """Return a field that null=True is declared for."""
    return lambda name, value: [] if value is None else check(name, value)


def ip_address(name: str, value: Any) -> list[FieldError]:
    """middlewared.schema.IPAddr."""
    try:
        ipaddress.ip_address(str(value))
    except ValueError as error:
        return [FieldError(name, str(error))]
    return []


def list_of(check: Check, unique: bool = False) -> Check:
    """middlewared.schema.List."""

    def check_list(name: str, value: Any) -> list[FieldError]:
        if not isinstance(value, list):
            return [FieldError(name, "Not a list")]
        errors = [e for index, item in enumerate(value) for e in check(f"{name}.{index}", item)]
        if unique:
            repeated = [i for i, item in enumerate(value) if item in value[:i]]
            errors += [FieldError(f"{name}.{i}", "This value is not unique.") for i in repeated]
        return errors

    return check_list


_ADDRESS: Mapping[str, Check] = {"type": choice("INET", "INET6"), "address": ip_address}


def alias(name: str, value: Any) -> list[FieldError]:
    """Check interface_alias; netmask is a bare Int (plugins/network.py 928, claim O-10)."""
    if not isinstance(value, dict):
        return [FieldError(name, "A dict was expected")]
    checks: Mapping[str, Check] = {**_ADDRESS, "netmask": integer}
    return _fields(name, value, checks, required=("address", "netmask"))


def bare_address(name: str, value: Any) -> list[FieldError]:
    """Check the dicts interface_failover_alias and interface_virtual_alias."""
    if not isinstance(value, dict):
        return [FieldError(name, "A dict was expected")]
    return _fields(name, value, _ADDRESS, required=("address",))


def _fields(
    name: str, value: Mapping[str, Any], checks: Mapping[str, Check], required: tuple[str, ...]
) -> list[FieldError]:
    errors = [
        FieldError(f"{name}.{field}", "This field is required")
        for field in required
        if field not in value
    ]
    for field, item in value.items():
        check = checks.get(field)
        where = f"{name}.{field}"
        errors += check(where, item) if check else [FieldError(where, "Field was not expected")]
    return errors


@dataclass(frozen=True)
class Field:
    """A field of a request; without a default it is absent when it is not given."""

    check: Check
    default: Any = ...


_COMMON: Mapping[str, Field] = {
    "name": Field(string),
    "description": Field(string, ""),
    "ipv4_dhcp": Field(boolean, False),
    "ipv6_auto": Field(boolean, False),
    "aliases": Field(list_of(alias, unique=True), []),
    "failover_critical": Field(boolean, False),
    "failover_group": Field(nullable(integer)),
    "failover_vhid": Field(nullable(within(1, 255))),
    "failover_aliases": Field(list_of(bare_address)),
    "failover_virtual_aliases": Field(list_of(bare_address)),
    "disable_offload_capabilities": Field(boolean, False),
    "bridge_members": Field(list_of(string)),
    "lag_protocol": Field(choice(*LAG_PROTOCOLS)),
    "lag_ports": Field(list_of(string)),
    "vlan_parent_interface": Field(string),
    "vlan_tag": Field(within(1, 4094)),
    "vlan_pcp": Field(nullable(within(0, 7))),
    "mtu": Field(nullable(within(*MTU_RANGE)), None),
    "options": Field(string, ""),
}
CREATE: Mapping[str, Field] = {"type": Field(choice(*INTERFACE_TYPES)), **_COMMON}
# An update has no defaults: what is not given stays (Patch with attr update=True).
UPDATE: Mapping[str, Field] = {name: Field(field.check) for name, field in _COMMON.items()}


def _wrong(schema: str, fields: Mapping[str, Field], request: Any) -> list[FieldError]:
    if not isinstance(request, dict):
        raise RequestError([FieldError(schema, "A dict was expected")])
    errors: list[FieldError] = []
    for name, value in request.items():
        where = f"{schema}.{name}"
        field = fields.get(name)
        if field is None:
            errors.append(FieldError(where, "Field was not expected"))
        else:
            errors += field.check(where, value)
    return errors


def _defaults(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {name: field.default for name, field in fields.items() if field.default is not ...}


def accept(schema: str, fields: Mapping[str, Field], request: Any) -> dict[str, Any]:
    """Return the request with defaults filled in. Raises RequestError."""
    errors = _wrong(schema, fields, request)
    if schema == "interface_create" and "type" not in request:
        errors.append(FieldError("interface_create.type", "This field is required"))
    if errors:
        raise RequestError(errors)
    accepted = {**_defaults(fields), **request}
    if "aliases" in accepted:
        accepted["aliases"] = [{"type": "INET", **item} for item in accepted["aliases"]]
    return accepted


_COMMIT: Mapping[str, Field] = {
    "rollback": Field(boolean, True),
    "checkin_timeout": Field(integer, 60),
}


def commit_options(request: Any) -> dict[str, Any]:
    """Return the argument of interface.commit with its defaults. Raises RequestError."""
    if errors := _wrong("options", _COMMIT, request):
        raise RequestError(errors)
    return {**_defaults(_COMMIT), **request}
