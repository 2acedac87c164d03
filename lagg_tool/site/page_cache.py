"""Pages kept from an earlier build, under a digest of everything that they were made of.

What a page depends on is part of its key: this package with its templates, jinja2, and what
the caller names. A changed input is another key, so that nothing old can be shown.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lagg_tool.site.page import Attachment, Page

_PACKAGE = Path(__file__).parents[1]
_ROOM = 4  # times what one build uses


@dataclass(frozen=True)
class Made:
    """Pages that were made together, with the files that they link to."""

    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...] = ()

    def to_json(self) -> str:
        """Return it as text."""
        files = [(a.path, base64.b64encode(a.content).decode()) for a in self.attachments]
        pages = [(p.path, p.title, p.html, p.section, p.description) for p in self.pages]
        return json.dumps({"pages": pages, "files": files})

    @classmethod
    def from_json(cls, text: str) -> Made:
        """Return what ``to_json`` wrote."""
        data = json.loads(text)
        files = (Attachment(path, base64.b64decode(content)) for path, content in data["files"])
        return cls(tuple(Page(*page) for page in data["pages"]), tuple(files))


class Kept:
    """A directory of what was made before; without one everything is made anew."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        # Templates are read again by every build of a server, code is not.
        self._tools = "" if directory is None else f"{_code()} {_digest('.html')}"
        self._used: list[Path] = []

    def get(self, inputs: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """Return what was made of ``inputs`` before, else make and keep it."""
        if self._directory is None:
            return make()
        key = hashlib.sha256(json.dumps([self._tools, *inputs]).encode()).hexdigest()
        path = self._directory / f"{key}.json"
        try:
            made = Made.from_json(path.read_text(encoding="utf-8"))
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError):  # not there, or not whole
            made = make()
            self._write(path, made)
        self._used.append(path)
        return made

    def tidy(self) -> None:
        """Remove what has not been used for longest."""
        if self._directory is None or not self._directory.is_dir():
            return
        found = sorted(self._directory.glob("*.json"), key=_used_last, reverse=True)
        for path in found[_ROOM * len(self._used) :]:
            path.unlink(missing_ok=True)

    def _write(self, path: Path, made: Made) -> None:
        """Write whole or not at all; a full disk costs time only."""
        partial = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(made.to_json(), encoding="utf-8")
            partial.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()


def _used_last(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # another build removed it
        return 0


@functools.cache
def _code() -> str:
    """Return a digest of what runs: Python, jinja2, this package as this process began it."""
    return f"{sys.version} {metadata.version('jinja2')} {_digest('.py', '.json')}"


def _digest(*suffixes: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in suffixes:
            digest.update(f"{path.relative_to(_PACKAGE)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
