"""What defects.toml defines: the defects that scenarios show with ``@defect.ID``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool import releases
from lagg_tool.claims.reader import TableReader, by_identifier, read_text
from lagg_tool.toml_text import parse_toml

_TEXTS = ("title", "source", "should", "does", "effect", "workaround")


@dataclass(frozen=True)
class Defect:
    """A defect of a NAS, and what it means to an administrator.

    ``source`` is the function that is wrong; ``should`` and ``does`` are what it should do
    and what it does. ``present`` and ``fixed`` are names of releases, as in ``releases``.
    """

    id: str
    title: str
    source: str
    should: str
    does: str
    effect: str
    workaround: str
    present: tuple[str, ...]
    fixed: tuple[str, ...]
    line: int


def load_defects(path: Path) -> Mapping[str, Defect]:
    """Read defects.toml, by identifier in its order. Raises DocumentError with file and line."""
    return parse_defects(str(path), read_text(path))


def parse_defects(name: str, text: str) -> Mapping[str, Defect]:
    """Parse the text of a defects.toml. Raises DocumentError with ``name`` and line."""
    document = parse_toml(name, text)
    reader = TableReader(name, text)
    reader.only(document, {"defect"}, 1)
    found = (_defect(reader, table, line) for table, line in reader.tables(document, "defect"))
    return by_identifier(name, "defect", found)


def _defect(reader: TableReader, table: Mapping[str, Any], line: int) -> Defect:
    reader.only(table, {"id", *_TEXTS, "present", "fixed"}, line)
    identifier = reader.identifier(table, line)
    texts = {key: reader.string(table, key, line) for key in _TEXTS}
    present, fixed = (_releases(reader, table, key, line) for key in ("present", "fixed"))
    if not present:
        raise reader.fail(line, f"{identifier} is on no release: name one in present")
    return Defect(id=identifier, **texts, present=present, fixed=fixed, line=line)


def _releases(
    reader: TableReader, table: Mapping[str, Any], key: str, line: int
) -> tuple[str, ...]:
    names = table.get(key, [])
    if not isinstance(names, list) or not all(map(_is_release, names)):
        at = reader.line_of(rf"{key}\b", line)
        raise reader.fail(at, f"{key} must be a list of releases such as freebsd-13.2")
    return tuple(names)


def _is_release(name: object) -> bool:
    return isinstance(name, str) and releases.NAME.fullmatch(name) is not None
