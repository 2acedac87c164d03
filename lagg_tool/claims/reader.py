"""Reading the tables of a TOML document strictly: every error names the file and the line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lagg_tool.errors import DocumentError, why_unread
from lagg_tool.whole_file import read_whole

# Capital letters, a hyphen, two or three digits, and perhaps a small letter.
IDENTIFIER = re.compile(r"[A-Z]+-\d{2,3}[a-z]?")


class Identified(Protocol):
    """What a document defines under an identifier, and the line where it begins."""

    @property
    def id(self) -> str:
        """The identifier."""

    @property
    def line(self) -> int:
        """The line of its table."""


T = TypeVar("T", bound=Identified)


def read_text(path: Path) -> str:
    """Return the text of a document. Raises DocumentError."""
    try:
        return read_whole(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(
            str(path),
            None,
            f"cannot be read as UTF-8 text: {why_unread(error)}; name a file that can",
        ) from error


def by_identifier(name: str, kind: str, items: Iterable[T]) -> Mapping[str, T]:
    """Index the items, in their order. Raises DocumentError where two have one identifier."""
    found: dict[str, T] = {}
    for item in items:
        if item.id in found:
            raise DocumentError(
                name, item.line, f"the {kind} {item.id} is there twice; give one another identifier"
            )
        found[item.id] = item
    return found


class TableReader:
    """Check the tables of one document; tomllib keeps no lines, so the text is searched.

    Each method raises DocumentError with the line where it expected something else.
    """

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.splitlines()

    def fail(self, line: int, message: str) -> DocumentError:
        """Return the error that names the document and a line of it."""
        return DocumentError(self._name, line, message)

    def line_of(self, pattern: str, start: int = 1) -> int:
        """Return the first line from ``start`` on that matches, else ``start``."""
        for number in range(start, len(self._lines) + 1):
            if re.match(pattern, self._lines[number - 1].strip()):
                return number
        return start

    def tables(self, document: Mapping[str, Any], key: str) -> list[tuple[dict[str, Any], int]]:
        """Return the tables of an array with the line that each begins on."""
        found = document.get(key, [])
        begin = self.line_of(rf"\[?\[?\s*{key}\b")
        if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
            raise self.fail(begin, f"{key} must be an array of tables: [[{key}]]")
        header = re.compile(rf"\[\[\s*{key}\s*\]\]")
        lines = [n for n, line in enumerate(self._lines, 1) if header.match(line.strip())]
        if len(lines) != len(found):
            lines = [begin] * len(found)
        return list(zip(found, lines, strict=True))

    def only(self, table: Mapping[str, Any], keys: set[str], line: int) -> None:
        """Refuse the keys of a table that are not among ``keys``."""
        for key in sorted(set(table) - keys):
            raise self.fail(
                self.line_of(rf"\[*\s*\"?{re.escape(key)}\b", line),
                f"{key!r} is not known here; known are {', '.join(sorted(keys))}",
            )

    def string(self, table: Mapping[str, Any], key: str, line: int, *, empty: bool = False) -> str:
        """Return a text; if it may be ``empty``, it may be absent as well."""
        value = table.get(key, "" if empty else None)
        if not isinstance(value, str) or not (empty or value.strip()):
            at = self.line_of(rf"{key}\b", line) if key in table else line
            raise self.fail(at, f"{key} must be a string with something in it")
        return value

    def choice(self, table: Mapping[str, Any], key: str, line: int, allowed: Iterable[str]) -> str:
        """Return a text that is one of the allowed ones."""
        value = self.string(table, key, line)
        if value not in (words := list(allowed)):
            at = self.line_of(rf"{key}\b", line)
            raise self.fail(at, f"{key} = {value!r}; it must be one of {', '.join(words)}")
        return value

    def identifier(self, table: Mapping[str, Any], line: int) -> str:
        """Return the field id."""
        found = self.string(table, "id", line)
        if not IDENTIFIER.fullmatch(found):
            form = "an identifier is capital letters, -, two digits, and perhaps a small letter"
            raise self.fail(self.line_of(r"id\b", line), f"id = {found!r}; {form}")
        return found

    def identifiers(self, table: Mapping[str, Any], key: str, line: int) -> tuple[str, ...]:
        """Return a list of identifiers, which may be absent."""
        found = table.get(key, [])
        if not isinstance(found, list) or not all(
            isinstance(one, str) and IDENTIFIER.fullmatch(one) for one in found
        ):
            at = self.line_of(rf"{key}\b", line)
            raise self.fail(at, f"{key} must be a list of identifiers")
        return tuple(found)
