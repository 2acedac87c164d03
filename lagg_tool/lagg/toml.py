"""LAGGs in a file: TOML text to LaggSpec, with file and line in every error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lagg_tool.errors import DocumentError, SpecError
from lagg_tool.lagg.bond_options import BondOptions, parse_bond
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
    "mac",
    "bond",
)
_LARGEST = 64 * 1024  # characters: a LAGG has 32 ports at most, and its addresses
_MOST_ERRORS = 20
_VLAN_FIELDS = ("tag", "mtu", "addresses")
_REQUIRED = ("name", "protocol", "ports")
_HARMLESS: dict[str, Any] = {"name": "lagg0", "protocol": "failover", "ports": ["em0"]}


def _list(data: dict[str, Any], field: str) -> list[Any]:
    value = data.get(field, [])
    if not isinstance(value, list):
        way = "[[vlan]], once for each VLAN" if field == "vlan" else f'{field} = ["…", "…"]'
        raise SpecError(field, value, "this is a list", f"write {way}")
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
        bond=parse_bond(data["bond"]) if "bond" in data else BondOptions(),
        vlans=tuple(_vlan(place, table) for place, table in enumerate(_list(data, "vlan"))),
        mac=data.get("mac", ""),
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
        if field == "bond":
            others = _HARMLESS | {key: data[key] for key in ("protocol", "ports") if key in data}
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


def parse_specs(text: str, path: str) -> tuple[LaggSpec, ...]:
    """Read the LAGGs of the file ``path``: one, or several in ``[[lagg]]`` or ``[lagg0]``.

    Raises DocumentError with all errors.
    """
    specs: list[LaggSpec] = []
    found: list[tuple[_Table, SpecError]] = []
    for table in _tables(parse_toml(path, text, _LARGEST), text):
        try:
            specs.append(spec_from_data(table.data))
        except SpecError as error:
            found += [(table, each) for each in _errors(table.data, error)]
        if specs and not found:
            found += [(table, each) for each in _shared(specs)]
    if found:
        (line, first), *more = [
            (table.line_of(each.field), each) for table, each in found[:_MOST_ERRORS]
        ]
        shown = [str(DocumentError(path, line, str(each))) for line, each in more]
        if len(found) > _MOST_ERRORS:
            shown.append(f"{path}: {len(found) - _MOST_ERRORS} more")
        raise DocumentError(path, line, "\n  ".join([str(first), *shown])) from first
    return tuple(specs)


@dataclass(frozen=True)
class _Table:
    """The fields of one LAGG, and the lines of the file that have them, from ``first`` on."""

    data: dict[str, Any]
    text: str
    first: int = 1

    def line_of(self, field: str) -> int | None:
        key, _, option = field.removesuffix("]").partition("[")
        line = line_of_key(self.text, option) if key == "bond" and option else None
        if key == "vlan" and option.isdigit():
            starts = [start for start, _ in _parts(self.text, r"\[\[[^\]]*\bvlan\s*\]\]")]
            line = dict(enumerate(starts)).get(int(option))
        line = line or line_of_key(self.text, key) or line_of_key(self.text, f"lagg.{key}")
        if line is None:
            return self.first if self.first > 1 else None
        return self.first + line - 1


def _tables(data: dict[str, Any], text: str) -> list[_Table]:
    several = data.get("lagg")
    if isinstance(several, list) and len(data) == 1 and several:
        parts = _parts(text, r"\[\[\s*lagg\s*\]\]")
        each_text = parts if len(parts) == len(several) else [(1, text)] * len(several)
        return [
            _Table(table if isinstance(table, dict) else {"lagg": table}, part, first)
            for table, (first, part) in zip(several, each_text, strict=True)
        ]
    named = data and all(isinstance(each, dict) and key not in FIELDS for key, each in data.items())
    if not named:
        return [_Table(data, text)]
    tables: list[_Table] = []
    for name, table in data.items():
        parts = _parts(text, rf"""\[\s*["']?{re.escape(name)}["']?\s*\]""")
        first, part = parts[0] if parts else (1, text)
        tables.append(_Table({"name": name} | table, part, first))
    return tables


def _parts(text: str, header: str) -> list[tuple[int, str]]:
    """Return the lines from each such header on, up to the next one, with the first's number."""
    lines = text.split("\n")
    starts = [place for place, line in enumerate(lines) if re.match(rf"\s*{header}", line)]
    ends = [*starts[1:], len(lines)]
    return [
        (start + 1, "\n".join(lines[start:end])) for start, end in zip(starts, ends, strict=False)
    ]


def _shared(specs: list[LaggSpec]) -> Iterator[SpecError]:
    """Yield what the last LAGG has that an earlier one has already."""
    *others, last = specs
    for other in others:
        if last.name == other.name:
            yield SpecError("name", last.name, "a LAGG is there once", "correct one of the names")
        for port in last.ports:
            if port in other.ports:
                rule = f"{other.name} has this port, and a port is in one LAGG only"
                yield SpecError("ports", port, rule, "take it out of one of them")
        for address in last.addresses:
            if address.ip in {each.ip for each in other.addresses}:
                rule = f"{other.name} has this address"
                yield SpecError("addresses", str(address), rule, "take it out of one of them")
