"""What lacp.toml defines: requirements on LACP, and FreeBSD's deviations from the standard.

A scenario checks a requirement with the tag ``@lacp.L-NN``. A deviation (V-NN) has no tag:
requirements and the comments of the simulated kernel cite it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool.claims.reader import TableReader, by_identifier, read_text
from lagg_tool.toml_text import parse_toml

_REQUIREMENT_ID = re.compile(r"L-\d\d")
_DEVIATION_ID = re.compile(r"V-\d\d")


@dataclass(frozen=True)
class Requirement:
    """What must be so, by a ``clause`` of a standard or a ``function`` of the kernel, or both."""

    id: str
    title: str
    clause: str
    function: str
    must: str
    line: int


@dataclass(frozen=True)
class Deviation:
    """What a clause demands (``standard``), and what the kernel does instead (``freebsd``)."""

    id: str
    clause: str
    function: str
    standard: str
    freebsd: str
    line: int


@dataclass(frozen=True)
class Requirements:
    """All of lacp.toml, by identifier and in its order."""

    requirements: Mapping[str, Requirement]
    deviations: Mapping[str, Deviation]


def load_requirements(path: Path) -> Requirements:
    """Read lacp.toml. Raises DocumentError with file and line."""
    return parse_requirements(str(path), read_text(path))


def parse_requirements(name: str, text: str) -> Requirements:
    """Parse the text of a lacp.toml. Raises DocumentError with ``name`` and line."""
    document = parse_toml(name, text)
    reader = TableReader(name, text)
    reader.only(document, {"requirement", "deviation"}, 1)
    required = (_requirement(reader, *found) for found in reader.tables(document, "requirement"))
    deviating = (_deviation(reader, *found) for found in reader.tables(document, "deviation"))
    return Requirements(
        by_identifier(name, "requirement", required), by_identifier(name, "deviation", deviating)
    )


def _requirement(reader: TableReader, table: Mapping[str, Any], line: int) -> Requirement:
    reader.only(table, {"id", "title", "clause", "function", "must"}, line)
    form = "a requirement is L-, two digits, as in L-07"
    identifier = reader.identifier(table, line, _REQUIREMENT_ID, form)
    clause = reader.string(table, "clause", line, empty=True)
    function = reader.string(table, "function", line, empty=True)
    if not clause and not function:
        raise reader.fail(line, f"{identifier} rests on nothing: give a clause or a function")
    title, must = (reader.string(table, key, line) for key in ("title", "must"))
    return Requirement(identifier, title, clause, function, must, line)


def _deviation(reader: TableReader, table: Mapping[str, Any], line: int) -> Deviation:
    keys = ("clause", "function", "standard", "freebsd")
    reader.only(table, {"id", *keys}, line)
    form = "a deviation is V-, two digits, as in V-01"
    identifier = reader.identifier(table, line, _DEVIATION_ID, form)
    clause, function, standard, freebsd = (reader.string(table, key, line) for key in keys)
    return Deviation(identifier, clause, function, standard, freebsd, line)
