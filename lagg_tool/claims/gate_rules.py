"""What gate.toml defines: what fails the gate of a release, and what is known."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool.claims.reader import TableReader, read_text
from lagg_tool.toml_text import parse_toml


class Kind(enum.StrEnum):
    """What the gate finds on a release; the value is its word in gate.toml."""

    REGRESSION = "regression"  # a scenario that passed before fails
    FAILING = "failing"  # a scenario fails that did not pass before either
    LOST = "lost"  # a scenario that passed before was not run, or broke off
    CLAIM = "claim"  # a claim has a worse verdict, or its scenario found something else
    IMPROVED = "improved"  # a claim has a better verdict
    DEFECT = "defect"  # a defect is present that was not
    STALE = "stale"  # a result rests on steps that have changed since


@dataclass(frozen=True)
class Known:
    """A finding that does not fail the gate until it expires.

    ``subject`` is a scenario, a claim or a defect; an empty ``release`` or ``testbed`` is any.
    """

    subject: str
    reason: str
    expires: dt.date
    release: str
    testbed: str
    line: int

    def covers(self, subject: str, release: str, testbed: str) -> bool:
        """Return whether this is about a finding on a target."""
        return (
            self.subject == subject
            and self.release in ("", release)
            and self.testbed in ("", testbed)
        )


@dataclass(frozen=True)
class GateRules:
    """All of gate.toml."""

    fails: frozenset[Kind] = frozenset(Kind) - {Kind.STALE, Kind.IMPROVED}
    known: tuple[Known, ...] = ()


def load_gate_rules(path: Path) -> GateRules:
    """Read gate.toml. Raises DocumentError with file and line."""
    return parse_gate_rules(str(path), read_text(path))


def parse_gate_rules(name: str, text: str) -> GateRules:
    """Parse the text of a gate.toml. Raises DocumentError with ``name`` and line."""
    document = parse_toml(name, text)
    reader = TableReader(name, text)
    reader.only(document, {"fails", "known"}, 1)
    words = document.get("fails", [])
    kinds = {str(kind) for kind in Kind}
    if not isinstance(words, list) or not set(map(str, words)) <= kinds:
        at = reader.line_of(r"fails\b")
        raise reader.fail(at, f"fails must be a list of {', '.join(kinds)}")
    known = tuple(_known(reader, table, line) for table, line in reader.tables(document, "known"))
    return GateRules(frozenset(map(Kind, words)), known)


def _known(reader: TableReader, table: Mapping[str, Any], line: int) -> Known:
    reader.only(table, {"subject", "reason", "expires", "release", "testbed"}, line)
    expires = table.get("expires")
    if type(expires) is not dt.date:
        at = reader.line_of(r"expires\b", line)
        raise reader.fail(at, "expires must be a date such as 2027-03-31: nothing is known forever")
    return Known(
        reader.string(table, "subject", line),
        re.sub(r"\s+", " ", reader.string(table, "reason", line)).strip(),
        expires,
        reader.string(table, "release", line, empty=True),
        reader.string(table, "testbed", line, empty=True),
        line,
    )
