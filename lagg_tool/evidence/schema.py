"""A JSON Schema as a quick predicate, for documents that are nearly always right.

jsonschema explains well what is wrong, and takes seconds for the evidence of two hundred
scenarios. ``predicate`` compiles the few keywords that our schema uses into closures; only
what they refuse goes to jsonschema for the message. A keyword that is not known here is an
error, so that none is ever skipped over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Predicate = Callable[[Any], bool]

_TYPES: Mapping[str, Predicate] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "boolean": lambda data: isinstance(data, bool),
    "integer": lambda data: isinstance(data, int) and not isinstance(data, bool),
    "number": lambda data: isinstance(data, int | float) and not isinstance(data, bool),
}
_ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description"}


def predicate(schema: Mapping[str, Any]) -> Predicate:
    """Compile a schema. Raises KeyError for a keyword that is not known here."""
    return _compile(schema, schema.get("$defs", {}), {})


def _compile(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], done: dict[str, Predicate]
) -> Predicate:
    checks = [
        _KEYWORDS[keyword](schema, definitions, done)
        for keyword in schema
        if keyword not in _ANNOTATIONS and keyword not in _MEMBERS
    ]
    if not _MEMBERS.isdisjoint(schema):
        checks.append(_members(schema, definitions, done))
    if len(checks) == 1:
        return checks[0]
    return lambda data: all(check(data) for check in checks)


_MEMBERS = {"properties", "required", "additionalProperties"}


def _members(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], done: dict[str, Predicate]
) -> Predicate:
    properties = schema.get("properties", {})
    checks = {name: _compile(part, definitions, done) for name, part in properties.items()}
    required = frozenset(schema.get("required", ()))
    extra = schema.get("additionalProperties", True)
    other: Predicate = (
        (lambda _: extra) if isinstance(extra, bool) else _compile(extra, definitions, done)
    )

    def check(data: Any) -> bool:
        if not isinstance(data, dict):
            return True
        return required <= data.keys() and all(
            checks.get(name, other)(value) for name, value in data.items()
        )

    return check


def _reference(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], done: dict[str, Predicate]
) -> Predicate:
    name = schema["$ref"].removeprefix("#/$defs/")
    if name not in done:
        done[name] = _compile(definitions[name], definitions, done)
    return done[name]


def _one_of(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], done: dict[str, Predicate]
) -> Predicate:
    choices = [_compile(choice, definitions, done) for choice in schema["oneOf"]]
    return lambda data: sum(choice(data) for choice in choices) == 1


def _items(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], done: dict[str, Predicate]
) -> Predicate:
    check = _compile(schema["items"], definitions, done)
    return lambda data: not isinstance(data, list) or all(map(check, data))


def _type(schema: Mapping[str, Any], *_: Any) -> Predicate:
    return _TYPES[schema["type"]]


def _const(schema: Mapping[str, Any], *_: Any) -> Predicate:
    wanted = schema["const"]
    return lambda data: type(data) is type(wanted) and bool(data == wanted)


def _enum(schema: Mapping[str, Any], *_: Any) -> Predicate:
    words = frozenset(schema["enum"])
    return lambda data: isinstance(data, str) and data in words


def _minimum(schema: Mapping[str, Any], *_: Any) -> Predicate:
    least = schema["minimum"]
    return lambda data: not _TYPES["number"](data) or data >= least


def _maximum(schema: Mapping[str, Any], *_: Any) -> Predicate:
    most = schema["maximum"]
    return lambda data: not _TYPES["number"](data) or data <= most


def _pattern(schema: Mapping[str, Any], *_: Any) -> Predicate:
    pattern = re.compile(schema["pattern"])
    return lambda data: not isinstance(data, str) or pattern.search(data) is not None


_KEYWORDS: Mapping[str, Callable[..., Predicate]] = {
    "$ref": _reference,
    "const": _const,
    "enum": _enum,
    "items": _items,
    "maximum": _maximum,
    "minimum": _minimum,
    "oneOf": _one_of,
    "pattern": _pattern,
    "type": _type,
}
