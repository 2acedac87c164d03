"""Feature files as the site shows them: the whole tree, with nothing left out."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lagg_tool.suite.features import parse_tree

CLAIM_TAG = re.compile(r"(confirms|refines|contradicts)\.([A-Z]-\d+[a-z]?)")


@dataclass(frozen=True)
class Step:
    """One line of a scenario, before the parameters of an outline are filled in."""

    keyword: str
    text: str
    line: int
    table: tuple[tuple[str, ...], ...] = ()
    docstring: str = ""


@dataclass(frozen=True)
class Examples:
    """One table of an outline; ``rows`` come with their line numbers."""

    name: str
    tags: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Scenario:
    """A scenario or an outline; ``tags`` include those of its feature and rule."""

    path: str
    name: str
    description: str
    line: int
    rule: str
    tags: tuple[str, ...]
    background: tuple[Step, ...]
    steps: tuple[Step, ...]
    examples: tuple[Examples, ...] = ()

    @property
    def id(self) -> str:
        """The identifier that results use; an outline's rows add ``[row]`` to it."""
        return f"{self.path}::{self.name}"

    @property
    def run_ids(self) -> tuple[str, ...]:
        """What runs it: its identifier, or those of its rows (lagg_tool/suite/features.py)."""
        made = []
        for table in self.examples:
            for _, row in table.rows:
                name = self.name
                for parameter, value in zip(table.header, row, strict=False):
                    name = name.replace(f"<{parameter}>", value)
                made.append(f"{self.path}::{name}[{', '.join(row)}]")
        return tuple(made) or (self.id,)

    @property
    def claims(self) -> tuple[tuple[str, str], ...]:
        """(relation, claim) of every claim tag, in the order of the tags."""
        tags = [*self.tags, *(tag for table in self.examples for tag in table.tags)]
        found = (CLAIM_TAG.fullmatch(tag) for tag in tags)
        return tuple(dict.fromkeys((m[1], m[2]) for m in found if m))

    def owns(self, result_id: str) -> bool:
        """Whether a result of this identifier is this scenario's, or one of its rows'."""
        if result_id == self.id:
            return True
        return bool(self.examples) and self._row_pattern.fullmatch(result_id) is not None

    @functools.cached_property
    def _row_pattern(self) -> re.Pattern[str]:
        name = re.sub(r"<[^<>]+>", "\0", self.name)
        pattern = ".*".join(re.escape(part) for part in name.split("\0"))
        return re.compile(rf"{re.escape(self.path)}::{pattern}(\[.*\])?", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """A business rule of a feature with its scenarios; the unnamed one holds the rest."""

    name: str
    description: str
    line: int
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True)
class Feature:
    """A feature file; ``path`` as results name it, ``text`` all of it."""

    path: str
    name: str
    description: str
    tags: tuple[str, ...]
    text: str
    background: tuple[Step, ...]
    rules: tuple[Rule, ...]

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of its text, as results name it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def slug(self) -> str:
        """Its anchor among other features."""
        return slug(self.path.removeprefix("features/").removesuffix(".feature"))

    def scenarios(self) -> Iterator[Scenario]:
        """Yield every scenario in the order of the file."""
        for rule in self.rules:
            yield from rule.scenarios


def slug(text: str) -> str:
    """Return ``text`` as a part of a URL: lower case, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def read_features(directory: Path) -> tuple[Feature, ...]:
    """Read every feature file below ``directory``, in the order of their paths."""
    features = []
    for path in sorted(directory.rglob("*.feature")):
        name = f"features/{path.relative_to(directory).as_posix()}"
        features.append(parse_feature(name, path.read_text(encoding="utf-8")))
    return tuple(features)


@functools.lru_cache(maxsize=4096)  # the server builds again with one file changed of many
def parse_feature(path: str, text: str) -> Feature:
    """Parse one feature file. Raises DocumentError with file and line."""
    feature: Mapping[str, Any] = parse_tree(path, text)["feature"]
    background: tuple[Step, ...] = ()
    loose: list[Scenario] = []
    rules: list[Rule] = []
    tags = _tags(feature)
    for child in feature["children"]:
        if "background" in child:
            background = _steps(child["background"])
        elif "scenario" in child:
            loose.append(_scenario(path, child["scenario"], "", tags, background))
        else:
            rules.append(_rule(path, child["rule"], tags, background))
    first_rule = [Rule("", "", feature["location"]["line"], tuple(loose))] if loose else []
    return Feature(
        path,
        feature["name"],
        _paragraphs(feature["description"]),
        tags,
        text,
        background,
        (*first_rule, *rules),
    )


def _rule(
    path: str, rule: Mapping[str, Any], tags: tuple[str, ...], background: tuple[Step, ...]
) -> Rule:
    tags += _tags(rule)
    scenarios = []
    for child in rule["children"]:
        if "background" in child:
            background += _steps(child["background"])
        else:
            scenarios.append(_scenario(path, child["scenario"], rule["name"], tags, background))
    return Rule(
        rule["name"],
        _paragraphs(rule["description"]),
        rule["location"]["line"],
        tuple(scenarios),
    )


def _scenario(
    path: str,
    scenario: Mapping[str, Any],
    rule: str,
    tags: tuple[str, ...],
    background: tuple[Step, ...],
) -> Scenario:
    return Scenario(
        path,
        scenario["name"],
        _paragraphs(scenario["description"]),
        scenario["location"]["line"],
        rule,
        tags + _tags(scenario),
        background,
        _steps(scenario),
        tuple(_examples(table) for table in scenario["examples"]),
    )


def _examples(table: Mapping[str, Any]) -> Examples:
    header = table.get("tableHeader") or {"cells": []}
    return Examples(
        table["name"],
        _tags(table),
        _cells(header),
        tuple((row["location"]["line"], _cells(row)) for row in table.get("tableBody", [])),
    )


def _tags(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(tag["name"].removeprefix("@") for tag in node["tags"])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(cell["value"] for cell in row["cells"])


def _steps(node: Mapping[str, Any]) -> tuple[Step, ...]:
    return tuple(
        Step(
            step["keyword"].strip(),
            step["text"],
            step["location"]["line"],
            tuple(_cells(row) for row in step.get("dataTable", {}).get("rows", [])),
            step.get("docString", {}).get("content", ""),
        )
        for step in node["steps"]
    )


def _paragraphs(description: str) -> str:
    """Take a description's indentation away; its paragraphs stay."""
    return "\n".join(line.strip() for line in description.strip().splitlines())
