"""What a set requires by a standard, and where a kernel deviates from it.

A scenario checks a requirement with the name of the file and the identifier as a tag. A
deviation has no tag: requirements and the comments of the simulated kernel cite it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool.claims.reader import TableReader, by_identifier, read_text
from lagg_tool.toml_text import parse_toml

# How the site calls a file of requirements, the standard, and the list of deviations.
_ABOUT = ("title", "standard", "deviations")


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
    """What a clause demands (``standard``), and what the kernel does instead."""

    id: str
    clause: str
    function: str
    standard: str
    does: str
    line: int


@dataclass(frozen=True)
class Requirements:
    """All of a file of requirements, by identifier and in its order.

    ``title`` and ``standard`` are how the site calls it.
    """

    requirements: Mapping[str, Requirement]
    deviations: Mapping[str, Deviation]
    title: str = ""
    standard: str = ""
    deviations_title: str = ""


def load_requirements(path: Path) -> Requirements:
    """Read a file of requirements. Raises DocumentError with file and line."""
    return parse_requirements(str(path), read_text(path))


def parse_requirements(name: str, text: str) -> Requirements:
    """Parse the text of a file of requirements. Raises DocumentError with ``name`` and line."""
    document = parse_toml(name, text)
    reader = TableReader(name, text)
    reader.only(document, {"about", "requirement", "deviation"}, 1)
    required = (_requirement(reader, *found) for found in reader.tables(document, "requirement"))
    deviating = (_deviation(reader, *found) for found in reader.tables(document, "deviation"))
    about = document.get("about", {})
    line = reader.line_of(r"\[{1,2}\s*about\b")
    if not isinstance(about, dict):
        raise reader.fail(line, "about must be a table: [about]")
    reader.only(about, set(_ABOUT), line)
    requirements = by_identifier(name, "requirement", required)
    deviations = by_identifier(name, "deviation", deviating)
    for deviation in deviations.values():
        if deviation.id in requirements:
            raise reader.fail(deviation.line, f"the identifier {deviation.id} is there twice")
    return Requirements(
        requirements,
        deviations,
        *(reader.string(about, key, line, empty=True) for key in _ABOUT),
    )


def _requirement(reader: TableReader, table: Mapping[str, Any], line: int) -> Requirement:
    reader.only(table, {"id", "title", "clause", "function", "must"}, line)
    identifier = reader.identifier(table, line)
    clause = reader.string(table, "clause", line, empty=True)
    function = reader.string(table, "function", line, empty=True)
    if not clause and not function:
        raise reader.fail(line, f"{identifier} rests on nothing: give a clause or a function")
    title, must = (reader.string(table, key, line) for key in ("title", "must"))
    return Requirement(identifier, title, clause, function, must, line)


def _deviation(reader: TableReader, table: Mapping[str, Any], line: int) -> Deviation:
    keys = ("clause", "function", "standard", "does")
    reader.only(table, {"id", *keys}, line)
    identifier = reader.identifier(table, line)
    clause, function, standard, does = (reader.string(table, key, line) for key in keys)
    return Deviation(identifier, clause, function, standard, does, line)
