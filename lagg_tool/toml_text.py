"""TOML that others wrote, read in bounded time: every defect is a DocumentError.

tomllib alone takes minutes for a key of many parts, and a long number or a deep nesting ends
in an error of Python.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from lagg_tool.errors import DocumentError

LARGEST = 1 << 20  # characters; the largest file of this project has 36,000
MOST_PARTS = 100  # of a dotted key: tomllib's time grows with their square
_BEYOND = 1 << 63  # TOML's integers have 64 bits
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_PART}[ \t]*\.[ \t]*){{{MOST_PARTS}}}")


def parse_toml(name: str, text: str, largest: int = LARGEST) -> dict[str, Any]:
    """Parse TOML; a byte-order mark is skipped.

    Raises DocumentError with ``name`` and, where it is known, the line.
    """
    if len(text) > largest:
        raise DocumentError(name, None, f"has {len(text)} characters; at most {largest} are read")
    text = text.removeprefix("\ufeff")
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise DocumentError(name, line, f"a key has more than {MOST_PARTS} parts; shorten it")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line_of_error = int(at[1]) if at else None
        raise DocumentError(
            name, line_of_error, f"this is not TOML: {error}; correct it"
        ) from error
    except RecursionError as error:
        raise DocumentError(name, None, "it is nested too deeply; make it flatter") from error
    except ValueError as error:  # Python converts no number of more than 4300 digits
        raise DocumentError(name, None, "a number is too long; TOML has 64 bits") from error
    for key in _keys_of_long_numbers(data):
        message = f"{key}: the number is too long; TOML has 64 bits"
        raise DocumentError(name, line_of_key(text, key), message)
    return data


def line_of_key(text: str, key: str) -> int | None:
    """Return the line of a bare or quoted key, or of its table or tables, None if not found."""
    name = re.escape(key)
    pattern = re.compile(rf"""\s*(["']?{name}["']?\s*=|\[?\[{name}\]\]?)""")
    for number, line in enumerate(text.split("\n"), 1):
        if pattern.match(line):
            return number
    return None


def _keys_of_long_numbers(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the nearest key of each integer that has more than 64 bits."""
    todo: list[tuple[str, Any]] = list(data.items())
    while todo:
        key, value = todo.pop()
        if isinstance(value, dict):
            todo += value.items()
        elif isinstance(value, list):
            todo += [(key, item) for item in value]
        elif isinstance(value, int) and not -_BEYOND <= value < _BEYOND:
            yield key
