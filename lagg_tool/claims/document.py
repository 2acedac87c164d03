"""Reading article.toml, strictly: every error names the file and the line."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lagg_tool.claims.claim import Claim, Claims, Level, Silence, Source, Verdict
from lagg_tool.errors import DocumentError

_ID = re.compile(r"[A-Z]-\d\d[a-z]?")
_HASH = re.compile(r"[0-9a-f]{16}")
_SKETCH = re.compile(r"([0-9a-f]{2})+")
_CLAIM_KEYS = {"id", "paraphrase", "level", "expected", "why", "correction", "source"}
_SILENT_KEYS = {"reason", "source"}
_SOURCE_KEYS = {"page", "section", "paragraph", "hash"}


def load_claims(path: Path) -> Claims:
    """Read article.toml. Raises DocumentError with file and line."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(str(path), None, f"cannot be read as UTF-8 text: {error}") from error
    return parse_claims(str(path), text)


def parse_claims(name: str, text: str) -> Claims:
    """Take the text of an article.toml apart. Raises DocumentError naming ``name`` and line."""
    try:
        # TOML wants \n or \r\n; a checkout on Windows has the latter.
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        raise DocumentError(name, int(at[1]) if at else None, f"not TOML: {error}") from error
    reader = _Reader(name, text)
    reader.only(document, {"claim", "silent", "sketch"}, 1)
    claims = tuple(reader.claim(table, line) for table, line in reader.tables(document, "claim"))
    silent = tuple(reader.silence(table, line) for table, line in reader.tables(document, "silent"))
    seen: set[str] = set()
    for claim in claims:
        if claim.id in seen:
            raise DocumentError(name, claim.line, f"the claim {claim.id} is there twice")
        seen.add(claim.id)
    digest = hashlib.sha256(text.encode()).hexdigest()
    sketches = reader.sketches(document, claims, silent)
    return Claims(claims, silent, sketches, digest)


class _Reader:
    """Checks the tables of one document; tomllib keeps no lines, so the text is searched."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.splitlines()

    def fail(self, line: int, message: str) -> DocumentError:
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
        for key in sorted(set(table) - keys):
            raise self.fail(
                self.line_of(rf"\[*\s*\"?{re.escape(key)}\b", line),
                f"{key!r} is not known here; known are {', '.join(sorted(keys))}",
            )

    def string(self, table: Mapping[str, Any], key: str, line: int, *, empty: bool = False) -> str:
        value = table.get(key, "" if empty else None)
        if not isinstance(value, str) or not (empty or value.strip()):
            at = self.line_of(rf"{key}\b", line) if key in table else line
            raise self.fail(at, f"{key} must be a string with something in it")
        return value

    def choice(self, table: Mapping[str, Any], key: str, line: int, allowed: Iterable[str]) -> str:
        value = self.string(table, key, line)
        if value not in (words := list(allowed)):
            at = self.line_of(rf"{key}\b", line)
            raise self.fail(at, f"{key} = {value!r}; it must be one of {', '.join(words)}")
        return value

    def claim(self, table: dict[str, Any], line: int) -> Claim:
        self.only(table, _CLAIM_KEYS, line)
        identifier = self.string(table, "id", line)
        if not _ID.fullmatch(identifier):
            raise self.fail(
                self.line_of(r"id\b", line),
                f"id = {identifier!r}; a claim is a capital letter, -, two digits, as in C-07",
            )
        expected = Verdict(self.choice(table, "expected", line, list(Verdict)))
        correction = self.string(table, "correction", line, empty=True)
        if expected in (Verdict.CONTRADICTED, Verdict.IMPRECISE) and not correction:
            raise self.fail(line, f"{identifier} is {expected}: a correction must be suggested")
        return Claim(
            identifier,
            self.string(table, "paraphrase", line),
            Level(self.choice(table, "level", line, list(Level))),
            expected,
            self.string(table, "why", line),
            correction,
            self.sources(table, line),
            line,
        )

    def silence(self, table: dict[str, Any], line: int) -> Silence:
        self.only(table, _SILENT_KEYS, line)
        return Silence(self._source(table.get("source"), line), self.string(table, "reason", line))

    def sources(self, table: dict[str, Any], line: int) -> tuple[Source, ...]:
        found = table.get("source")
        if not isinstance(found, list) or not found:
            raise self.fail(line, "source must be a list of at least one table")
        return tuple(self._source(entry, line) for entry in found)

    def _source(self, entry: object, line: int) -> Source:
        at = self.line_of(r"source\b", line)
        if not isinstance(entry, dict):
            raise self.fail(at, "a source is a table with page and section")
        self.only(entry, _SOURCE_KEYS, at)
        hashes = entry.get("hash", [])
        is_list = isinstance(hashes, list)
        if not is_list or not all(isinstance(h, str) and _HASH.fullmatch(h) for h in hashes):
            raise self.fail(at, "hash must be a list of strings of 16 hexadecimal digits")
        paragraph = entry.get("paragraph")
        if paragraph is not None and (type(paragraph) is not int or paragraph < 0):
            raise self.fail(at, "paragraph must be a number from 0 on")
        page, section = self.string(entry, "page", at), self.string(entry, "section", at)
        return Source(page, section, paragraph, tuple(hashes))

    def sketches(
        self, document: Mapping[str, Any], claims: Sequence[Claim], silent: Sequence[Silence]
    ) -> Mapping[str, str]:
        found = document.get("sketch", {})
        line = self.line_of(r"\[\s*sketch\b|sketch\b")
        if not isinstance(found, dict):
            raise self.fail(line, "sketch must be a table: hash = bytes")
        for key, value in found.items():
            if not (_HASH.fullmatch(key) and isinstance(value, str) and _SKETCH.fullmatch(value)):
                at = self.line_of(rf"\"?{re.escape(key)}\b", line)
                raise self.fail(at, "a sketch is a string of two hexadecimal digits per word")
        sources = [s for c in claims for s in c.sources] + [s.source for s in silent]
        used = {hash_ for source in sources for hash_ in source.hashes}
        for hash_ in sorted(used - set(found)):
            raise self.fail(self.line_of(rf".*{hash_}"), f"the sentence {hash_} has no sketch")
        for hash_ in sorted(set(found) - used):
            raise self.fail(self.line_of(rf"\"?{hash_}", line), f"nothing refers to {hash_}")
        return found
