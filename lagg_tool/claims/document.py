"""Reading article.toml strictly: every error names the file and the line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lagg_tool.claims.claim import Claim, Claims, Level, Silence, Slip, Source, Verdict
from lagg_tool.claims.header import read_header
from lagg_tool.claims.letters import STORED, Letters, stored
from lagg_tool.claims.reader import TableReader, by_identifier, read_text
from lagg_tool.toml_text import parse_toml

_HASH = re.compile(r"[0-9a-f]{16}")
_SKETCH = re.compile(rf"((?:[0-9a-f]{{2}})+)(?: ({STORED.pattern}))?")
_CLAIM_KEYS = {
    "id",
    "paraphrase",
    "level",
    "expected",
    "same_as",
    "why",
    "instruction",
    "correction",
    "text",
    "source",
}
_SLIP_KEYS = {"page", "section", "hash", "fixed", "wrong", "right"}
_SILENT_KEYS = {"reason", "source"}
_SOURCE_KEYS = {"page", "section", "paragraph", "hash"}


def load_claims(path: Path) -> Claims:
    """Read article.toml. Raises DocumentError with file and line."""
    return parse_claims(str(path), read_text(path))


def parse_claims(name: str, text: str) -> Claims:
    """Parse the text of an article.toml. Raises DocumentError with ``name`` and line."""
    document = parse_toml(name, text)
    reader = _Reader(name, text)
    reader.only(document, {"set", "claim", "silent", "sketch", "slip"}, 1)
    claims = (reader.claim(table, line) for table, line in reader.tables(document, "claim"))
    known = tuple(by_identifier(name, "claim", claims).values())
    silent = tuple(reader.silence(table, line) for table, line in reader.tables(document, "silent"))
    digest = hashlib.sha256(_PUBLISHED.sub("", text).encode()).hexdigest()
    slips = tuple(reader.slip(table, line) for table, line in reader.tables(document, "slip"))
    reader.no_conflict(known)
    sketches, letters = reader.sketches(document, known, silent)
    header = read_header(reader, document)
    return Claims(known, silent, sketches, digest, slips, header, letters)


# Where readers find the article, and how it is found again, is no claim: it makes no result stale.
_PUBLISHED = re.compile(rf'^published *=.*\n| {STORED.pattern}(?="$)', re.MULTILINE)


class _Reader(TableReader):
    """Check the tables of article.toml."""

    def claim(self, table: dict[str, Any], line: int) -> Claim:
        self.only(table, _CLAIM_KEYS, line)
        identifier = self.identifier(table, line)
        expected = Verdict(self.choice(table, "expected", line, list(Verdict)))
        # "correction" is the earlier name.
        name = "correction" if "correction" in table else "instruction"
        instruction = self.string(table, name, line, empty=True)
        if expected in (Verdict.CONTRADICTED, Verdict.IMPRECISE) and not instruction:
            raise self.fail(
                line, f"{identifier} is {expected}: a correction must be suggested in instruction"
            )
        sources = self.sources(table, line)
        return Claim(
            identifier,
            self.string(table, "paraphrase", line),
            Level(self.choice(table, "level", line, list(Level))),
            expected,
            self.string(table, "why", line),
            instruction,
            sources,
            line,
            self.text(table, sources, line),
            self.identifiers(table, "same_as", line),
        )

    def silence(self, table: dict[str, Any], line: int) -> Silence:
        self.only(table, _SILENT_KEYS, line)
        return Silence(self._source(table.get("source"), line), self.string(table, "reason", line))

    def text(
        self, table: Mapping[str, Any], sources: Sequence[Source], line: int
    ) -> Mapping[str, str]:
        """Return what replaces each sentence; a single string is for the only one."""
        found = table.get("text", {})
        hashes = {hash_ for source in sources for hash_ in source.hashes}
        if isinstance(found, str):
            if len(hashes) > 1:
                at = self.line_of(r"text\b", line)
                raise self.fail(at, "text must be a table, hash = sentence: there are several")
            found = {next(iter(hashes), ""): found}
        if not isinstance(found, dict):
            raise self.fail(self.line_of(r"text\b", line), "text must be a string or a table")
        for key, value in found.items():
            if key not in (hashes or {""}) or not isinstance(value, str) or not value.strip():
                at = self.line_of(r"text\b", line)
                raise self.fail(at, f"text for {key!r}: name a sentence of source, and what is new")
        return {key: " ".join(value.split()) for key, value in found.items()}

    def no_conflict(self, claims: Sequence[Claim]) -> None:
        """Refuse two texts for one sentence."""
        known: dict[str, tuple[str, str]] = {}
        for claim in claims:
            for hash_, text in claim.text.items():
                other, before = known.setdefault(hash_, (claim.id, text))
                if hash_ and before != text:
                    raise self.fail(
                        claim.line, f"{claim.id} and {other} have different texts for {hash_}"
                    )

    def slip(self, table: Mapping[str, Any], line: int) -> Slip:
        self.only(table, _SLIP_KEYS, line)
        for key in ("hash", "fixed"):
            if not _HASH.fullmatch(self.string(table, key, line)):
                at = self.line_of(rf"{key}\b", line)
                raise self.fail(at, f"{key} must be a string of 16 hexadecimal digits")
        return Slip(**{key: self.string(table, key, line) for key in _SLIP_KEYS})

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
    ) -> tuple[Mapping[str, str], Mapping[str, Letters]]:
        found = document.get("sketch", {})
        line = self.line_of(r"\[\s*sketch\b|sketch\b")
        if not isinstance(found, dict):
            raise self.fail(line, "sketch must be a table: hash = bytes")
        for key, value in found.items():
            if not (_HASH.fullmatch(key) and isinstance(value, str) and _SKETCH.fullmatch(value)):
                at = self.line_of(rf"\"?{re.escape(key)}\b", line)
                form = "two hexadecimal digits per word, and perhaps its letters"
                raise self.fail(at, f"a sketch is a string of {form}")
        sources = [s for c in claims for s in c.sources] + [s.source for s in silent]
        used = {hash_ for source in sources for hash_ in source.hashes}
        for hash_ in sorted(used - set(found)):
            raise self.fail(self.line_of(rf".*{hash_}"), f"the sentence {hash_} has no sketch")
        for hash_ in sorted(set(found) - used):
            raise self.fail(self.line_of(rf"\"?{hash_}", line), f"nothing refers to {hash_}")
        parts = {key: value.partition(" ") for key, value in found.items()}
        letters = {key: stored(after) for key, (_, _, after) in parts.items()}
        return (
            {key: sketch for key, (sketch, _, _) in parts.items()},
            {key: each for key, each in letters.items() if each is not None},
        )
