"""A LAGG in a file: TOML text to LaggSpec, with file and line in every error."""

from __future__ import annotations

from typing import Any

from lagg_tool.errors import DocumentError, SpecError
from lagg_tool.lagg.options import LaggOptions, parse_options
from lagg_tool.lagg.specification import (
    MTU_DEFAULT,
    LaggSpec,
    Protocol,
    VlanSpec,
    parse_address,
)
from lagg_tool.toml_text import line_of_key, parse_toml

FIELDS = (
    "name",
    "description",
    "protocol",
    "ports",
    "mtu",
    "addresses",
    "dhcp",
    "ipv6_auto",
    "offload",
    "options",
    "vlan",
)
_LARGEST = 64 * 1024  # characters: a LAGG has 32 ports at most, and its addresses
_MOST_ERRORS = 20
_VLAN_FIELDS = ("tag", "mtu", "addresses")
_REQUIRED = ("name", "protocol", "ports")
_HARMLESS: dict[str, Any] = {"name": "lagg0", "protocol": "failover", "ports": ["em0"]}


def _list(data: dict[str, Any], field: str) -> list[Any]:
    value = data.get(field, [])
    if not isinstance(value, list):
        raise SpecError(field, value, "this is a list", f'write {field} = ["…", "…"]')
    return value


def spec_from_data(data: dict[str, Any]) -> LaggSpec:
    """Build a spec from the fields of a file. Raises SpecError."""
    for field, value in data.items():
        if field not in FIELDS:
            rule = f"known fields are {', '.join(FIELDS)}"
            raise SpecError(field, value, rule, "remove it, or correct its name")
    for field in _REQUIRED:
        if field not in data:
            raise SpecError(field, None, "this field is required", "add it")
    options = parse_options(data["options"]) if "options" in data else LaggOptions()
    return LaggSpec(
        name=data["name"],
        protocol=Protocol.of(data["protocol"]),
        ports=tuple(_list(data, "ports")),
        description=data.get("description", ""),
        mtu=data.get("mtu", MTU_DEFAULT),
        addresses=tuple(
            parse_address(f"addresses[{place}]", text)
            for place, text in enumerate(_list(data, "addresses"))
        ),
        dhcp=data.get("dhcp", False),
        ipv6_auto=data.get("ipv6_auto", False),
        offload=data.get("offload"),
        options=options,
        vlans=tuple(_vlan(place, table) for place, table in enumerate(_list(data, "vlan"))),
    )


def _vlan(place: int, table: Any) -> VlanSpec:
    where = f"vlan[{place}]"
    if not isinstance(table, dict):
        raise SpecError(where, table, "a VLAN is a table", "write [[vlan]] and below it tag = 30")
    for field in table:
        if field not in _VLAN_FIELDS:
            rule = f"known fields of a VLAN are {', '.join(_VLAN_FIELDS)}"
            raise SpecError(where, field, rule, "remove it, or correct its name")
    if "tag" not in table:
        raise SpecError(where, None, "a VLAN has a tag", "add it")
    return VlanSpec(
        tag=table["tag"],
        mtu=table.get("mtu"),
        addresses=tuple(parse_address(where, text) for text in _list(table, "addresses")),
    )


def _errors(data: dict[str, Any], first: SpecError) -> list[SpecError]:
    """Return the rules that each field breaks by itself, so that all are reported at once."""
    found: list[SpecError] = []
    for field, value in data.items():
        others = _HARMLESS
        if field == "options" and "protocol" in data:
            others = _HARMLESS | {"protocol": data["protocol"]}
        if field == "vlan" and "mtu" in data:
            others = _HARMLESS | {"mtu": data["mtu"]}
        try:
            spec_from_data(others | {field: value})
        except SpecError as error:
            if error.field.partition("[")[0] == field:
                found.append(error)
    found += [
        SpecError(field, None, "this field is required", "add it")
        for field in _REQUIRED
        if field not in data
    ]
    return found or [first]


def parse_spec(text: str, path: str) -> LaggSpec:
    """Read one LAGG from the text of the file ``path``. Raises DocumentError with all errors."""
    data = parse_toml(path, text, _LARGEST)
    try:
        return spec_from_data(data)
    except SpecError as error:
        found = _errors(data, error)
        first, *rest = [(_line_of(text, each.field), each) for each in found[:_MOST_ERRORS]]
        more = [str(DocumentError(path, line, str(each))) for line, each in rest]
        if len(found) > _MOST_ERRORS:
            more.append(f"{path}: {len(found) - _MOST_ERRORS} more")
        raise DocumentError(path, first[0], "\n  ".join([str(first[1]), *more])) from error


def _line_of(text: str, field: str) -> int | None:
    return line_of_key(text, field.partition("[")[0])
