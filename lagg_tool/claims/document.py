"""Reading article.toml strictly: every error names the file and the line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lagg_tool.claims.claim import Claim, Claims, Level, Silence, Source, Verdict
from lagg_tool.claims.reader import TableReader, by_identifier, read_text
from lagg_tool.toml_text import parse_toml

_ID = re.compile(r"[A-Z]-\d\d[a-z]?")
_HASH = re.compile(r"[0-9a-f]{16}")
_SKETCH = re.compile(r"([0-9a-f]{2})+")
_CLAIM_KEYS = {"id", "paraphrase", "level", "expected", "why", "correction", "source"}
_SILENT_KEYS = {"reason", "source"}
_SOURCE_KEYS = {"page", "section", "paragraph", "hash"}


def load_claims(path: Path) -> Claims:
    """Read article.toml. Raises DocumentError with file and line."""
    return parse_claims(str(path), read_text(path))


def parse_claims(name: str, text: str) -> Claims:
    """Parse the text of an article.toml. Raises DocumentError with ``name`` and line."""
    document = parse_toml(name, text)
    reader = _Reader(name, text)
    reader.only(document, {"claim", "silent", "sketch"}, 1)
    claims = (reader.claim(table, line) for table, line in reader.tables(document, "claim"))
    known = tuple(by_identifier(name, "claim", claims).values())
    silent = tuple(reader.silence(table, line) for table, line in reader.tables(document, "silent"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Claims(known, silent, reader.sketches(document, known, silent), digest)


class _Reader(TableReader):
    """Check the tables of article.toml."""

    def claim(self, table: dict[str, Any], line: int) -> Claim:
        self.only(table, _CLAIM_KEYS, line)
        identifier = self.identifier(
            table, line, _ID, "a claim is a capital letter, -, two digits, as in C-07"
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
