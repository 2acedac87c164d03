"""Feature files as the scenarios that run: one ``Pickle`` per scenario or row of an outline.

The official Gherkin compiler makes them, for the runner, the lint and the site alike, so
that all three mean the same by a scenario. A typing error names file and line.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import hashlib
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from lagg_tool.errors import DocumentError

# What the compiler calls the kinds of steps, and what a reader calls them.
KINDS = {"Context": "given", "Action": "when", "Outcome": "then", "Unknown": "given"}
_STEP_KEYWORDS = ("Given", "When", "Then", "And", "But")
_BLOCK_KEYWORDS = ("Scenario", "Scenario Outline", "Background", "Rule", "Examples", "Feature")


@dataclass(frozen=True)
class PickleStep:
    """One step as it runs: parameters of an outline are filled in."""

    kind: str  # given, when or then; "And" takes the kind of the step before
    keyword: str
    text: str
    line: int
    table: tuple[tuple[str, ...], ...] = ()
    docstring: str | None = None


@dataclass(frozen=True)
class Pickle:
    """One scenario as it runs; ``id`` is ``name`` or ``name[row]``, unique in its file.

    ``tags`` (without the at sign) includes those of feature, rule and examples; ``line`` is
    that of the scenario, or of the row. A name that is there twice gets its rule, or its
    line, before it in ``id``, so that no scenario is lost.
    """

    id: str
    name: str
    line: int
    rule: str
    description: str
    tags: tuple[str, ...]
    steps: tuple[PickleStep, ...]

    @property
    def defects(self) -> tuple[str, ...]:
        """The defects that the scenario shows, such as B-01."""
        return tuple(tag.removeprefix("defect.") for tag in self.tags if tag.startswith("defect."))


@dataclass(frozen=True)
class FeatureDocument:
    """One feature file; ``digest`` is SHA-256 of its text."""

    path: str
    name: str
    line: int
    description: str
    tags: tuple[str, ...]
    digest: str
    pickles: tuple[Pickle, ...]


def read_feature(path: Path, name: str | None = None) -> FeatureDocument:
    """Read a feature file; ``name`` is what it is called in results. Raises DocumentError."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(str(path), None, f"cannot be read as UTF-8 text: {error}") from error
    return parse_feature(name or str(path), text.replace("\r\n", "\n"))


def parse_tree(name: str, text: str) -> Any:
    """Return the official parser's tree of a feature file. Raises DocumentError with a line."""
    try:
        document: Any = Parser().parse(text)
    except CompositeParserException as error:
        raise _located(name, error.errors[0]) from error
    except ParserException as error:
        raise _located(name, error) from error
    if document.get("feature") is None:
        raise DocumentError(name, 1, "there is no Feature: in this file")
    return document


@functools.cache
def parse_feature(name: str, text: str) -> FeatureDocument:
    """Take the text of a feature file apart. Raises DocumentError with a line.

    A run reads its features for the lint, for pytest and for the results: parsed once.
    """
    document = parse_tree(name, text)
    feature = document["feature"]
    _check_descriptions(name, text.split("\n"), feature)
    document["uri"] = name
    compiled: Any = Compiler().compile(document)
    nodes = _Nodes(feature)
    return FeatureDocument(
        path=name,
        name=feature["name"],
        line=feature["location"]["line"],
        description=_dedent(feature["description"]),
        tags=tuple(tag["name"].removeprefix("@") for tag in feature["tags"]),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        pickles=tuple(_unique([nodes.pickle(pickle) for pickle in compiled])),
    )


class _Nodes:
    """The syntax tree's nodes by identifier: a pickle knows only the identifiers."""

    def __init__(self, feature: Mapping[str, Any]) -> None:
        self._steps: dict[str, Mapping[str, Any]] = {}
        self._scenarios: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._rows: dict[str, tuple[str, ...]] = {}
        self._lines: dict[str, int] = {}
        for rule, node in _containers(feature, ""):
            self._steps |= {step["id"]: step for step in node["steps"]}
            self._scenarios[node["id"]] = (rule, node)
            for row in (row for e in node.get("examples", []) for row in e.get("tableBody", [])):
                self._rows[row["id"]] = tuple(cell["value"] for cell in row["cells"])

    def pickle(self, pickle: Mapping[str, Any]) -> Pickle:
        rule, node = self._scenarios[pickle["astNodeIds"][0]]
        rows = [self._rows[row] for row in pickle["astNodeIds"][1:]]
        name = pickle["name"]
        return Pickle(
            id=name + "".join(f"[{', '.join(row)}]" for row in rows),
            name=name,
            line=pickle["location"]["line"],
            rule=rule,
            description=_dedent(node["description"]),
            tags=tuple(tag["name"].removeprefix("@") for tag in pickle["tags"]),
            steps=tuple(self._step(step) for step in pickle["steps"]),
        )

    def _step(self, step: Mapping[str, Any]) -> PickleStep:
        node = self._steps[step["astNodeIds"][0]]
        argument = step.get("argument", {})
        rows = argument.get("dataTable", {}).get("rows", [])
        return PickleStep(
            kind=KINDS[step["type"]],
            keyword=node["keyword"].strip(),
            text=step["text"],
            line=node["location"]["line"],
            table=tuple(tuple(cell["value"] for cell in row["cells"]) for row in rows),
            docstring=argument.get("docString", {}).get("content"),
        )


def _containers(parent: Mapping[str, Any], rule: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (rule, node) for every background and scenario of a feature or a rule."""
    for child in parent["children"]:
        if "rule" in child:
            yield from _containers(child["rule"], child["rule"]["name"])
        else:
            yield rule, child.get("scenario") or child["background"]


def _check_descriptions(name: str, lines: list[str], parent: Mapping[str, Any]) -> None:
    """Refuse descriptions that swallowed a mistyped line: to Gherkin they are free text."""
    if "children" in parent:
        _check_description(name, lines, parent)
        for child in parent["children"]:
            [node] = child.values()
            _check_descriptions(name, lines, node)
        return
    begin = parent["location"]["line"]
    end = parent["steps"][0]["location"]["line"] if parent["steps"] else begin + 1
    above = lines[end - 2].strip()
    if end - 1 > begin and above and not above.startswith("#"):
        raise DocumentError(
            name,
            end - 1,
            f"{above!r} is no step: mend its keyword, or leave a line blank after a description",
        )


def _check_description(name: str, lines: list[str], node: Mapping[str, Any]) -> None:
    words = [line.strip() for line in node["description"].split("\n") if line.strip()]
    for number, line in enumerate(map(str.strip, lines), 1):
        if not words or number <= node["location"]["line"] or line != words[0]:
            continue
        words.pop(0)
        head = line.split(":")[0] if ":" in line else ""
        misspelt = difflib.get_close_matches(head, _BLOCK_KEYWORDS, 1, 0.8)
        if misspelt or line.split(" ")[0] in _STEP_KEYWORDS:
            message = f"{line!r} stands in a description: is a keyword mistyped here or above?"
            raise DocumentError(name, number, message)


def _unique(pickles: list[Pickle]) -> Iterator[Pickle]:
    """Yield the pickles with identifiers that tell them apart."""
    counts = Counter(pickle.id for pickle in pickles)
    in_rules = Counter((pickle.rule, pickle.id) for pickle in pickles)
    for pickle in pickles:
        if counts[pickle.id] == 1:
            yield pickle
        elif in_rules[pickle.rule, pickle.id] == 1:
            yield dataclasses.replace(pickle, id=f"{pickle.rule or 'no rule'}: {pickle.id}")
        else:
            yield dataclasses.replace(pickle, id=f"line {pickle.line}: {pickle.id}")


def _located(name: str, error: Exception) -> DocumentError:
    location = getattr(error, "location", {})
    message = str(error).split("): ", 1)[-1]
    return DocumentError(name, location.get("line"), message)


def _dedent(text: str) -> str:
    return textwrap.dedent(text).strip()
