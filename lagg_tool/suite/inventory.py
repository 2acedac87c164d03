"""An inventory: the targets of a run in a TOML file, each with what it needs.

::

    [[target]]
    url = "ssh://root@nas-1"
    host_key = "SHA256:…"
    ports = ["vtnet1", "vtnet2"]
    deadline = 1800            # seconds

Every key but ``url`` is an option of ``accept``; it overrides the command line's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lagg_tool.errors import DocumentError, UsageError, why_unread
from lagg_tool.toml_text import parse_toml
from lagg_tool.whole_file import read_whole

_TEXTS = (
    *("identity", "become", "ssh_config", "host_key_policy", "host_key"),
    *("wire_base", "qmp", "bench", "image_checksum"),
)
_NUMBERS = ("memory", "boot_deadline", "deadline")
KEYS = ("url", "ports", *_TEXTS, *_NUMBERS)


@dataclass(frozen=True)
class Entry:
    """A target: its URL, and options of ``accept`` by name, as on the command line."""

    url: str
    options: Mapping[str, str] = field(default_factory=dict)
    deadline: float | None = None  # seconds


def read_inventory(path: Path) -> tuple[Entry, ...]:
    """Read an inventory. Raises DocumentError with the file and what is wrong."""
    try:
        text = read_whole(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(
            str(path), None, f"cannot be read: {why_unread(error)}; name a file that can"
        ) from error
    data = parse_toml(str(path), text)
    tables = data.pop("target", [])
    if data or not isinstance(tables, list) or not tables:
        raise DocumentError(
            str(path), None, "it consists of tables [[target]], at least one; add one"
        )
    return tuple(_entry(path, number, table) for number, table in enumerate(tables, 1))


def unique(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries. Raises UsageError for a target that is given twice: it is one NAS."""
    urls = [entry.url for entry in entries]
    twice = sorted({url for url in urls if urls.count(url) > 1})
    if twice:
        raise UsageError(f"--target {twice[0]} is given twice; give each NAS once")
    return entries


def _entry(path: Path, number: int, table: object) -> Entry:
    try:
        if not isinstance(table, dict) or not isinstance(table.get("url"), str):
            raise ValueError('url = "…" is missing')  # noqa: TRY004, TRY301 - caught below
        options = {name: _text(name, value) for name, value in table.items() if name != "url"}
    except ValueError as error:
        raise DocumentError(str(path), None, f"target {number}: {error}") from error
    deadline = options.pop("deadline", None)
    return Entry(table["url"], options, None if deadline is None else float(deadline))


def _text(name: str, value: Any) -> str:
    """Return an option as it is written on the command line. Raises ValueError."""
    if name in _TEXTS:
        if not isinstance(value, str):
            raise ValueError(f"{name} is a text")
        if not value.isprintable():
            raise ValueError(f"{name} = {value!r} has control characters; leave them out")
        return value
    if name in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ValueError(f"{name} is a number above zero")
        return str(value)
    if name != "ports":
        raise ValueError(f"no key {name!r}; there are {', '.join(KEYS)}")
    if not isinstance(value, list) or not all(isinstance(port, str) for port in value):
        raise ValueError('ports is a list of names, as in ["vtnet1", "vtnet2"]')
    return ",".join(value)
