"""Feature files read by the official Gherkin compiler; a typing error names file and line."""

from __future__ import annotations

import functools
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from lagg_tool.claims.reader import read_text
from lagg_tool.errors import DocumentError
from lagg_tool.suite.descriptions import check_descriptions
from lagg_tool.suite.features import Examples, Feature, Pickle, Rule, Scenario, Step

# What Gherkin calls the kinds of steps, and what a reader calls them.
KINDS = {"Context": "given", "Action": "when", "Outcome": "then", "Unknown": "given"}


def read_features(directory: Path, name: str = "features") -> tuple[Feature, ...]:
    """Read every feature file below ``directory``, in the order of their paths.

    ``name`` is what results call the directory. Raises DocumentError.
    """
    places = [
        (p, p.relative_to(directory).as_posix()) for p in sorted(directory.rglob("*.feature"))
    ]
    return tuple(read_feature(path, f"{name}/{place}", place) for path, place in places)


def read_feature(path: Path, name: str | None = None, place: str | None = None) -> Feature:
    """Read a feature file; ``name`` is what it is called in results. Raises DocumentError.

    ``place`` is its path in its claim set.
    """
    text = read_text(path).removeprefix("\ufeff")  # an editor may add a byte-order mark
    return parse_feature(name or str(path), text.replace("\r\n", "\n"), place)


@functools.lru_cache(maxsize=4096)
def parse_feature(name: str, text: str, place: str | None = None) -> Feature:
    """Parse the text of a feature file. Raises DocumentError with a line.

    A run needs its features for the lint, for pytest and for the results, and the server of
    the site builds again with one file changed of many: each text is parsed once.
    """
    document = _document(name, text)
    feature = document["feature"]
    check_descriptions(name, text.split("\n"), feature)
    return _Builder(name, document, place or name.removeprefix("features/")).feature(text)


def _document(name: str, text: str) -> Any:
    """Return the official parser's syntax tree. Raises DocumentError with a line."""
    try:
        document: Any = Parser().parse(text)
    except CompositeParserException as error:
        raise _located(name, error.errors[0]) from error
    except ParserException as error:
        raise _located(name, error) from error
    if document.get("feature") is None:
        raise DocumentError(name, 1, "there is no Feature: in this file; begin with one")
    return {**document, "uri": name}


class _Builder:
    """Builds a feature from its syntax tree and the pickles that Gherkin compiled of it."""

    def __init__(self, path: str, document: Any, place: str) -> None:
        self._path = path
        self._place = place
        self._tree: Mapping[str, Any] = document["feature"]
        compiled: list[Mapping[str, Any]] = list(Compiler().compile(document))
        # A pickle knows the nodes that it was compiled from by their identifiers only.
        nodes = {node["id"]: (rule, node) for rule, node in _containers(self._tree, "")}
        rows = {
            row["id"]: _cells(row)
            for _, node in nodes.values()
            for table in node.get("examples", [])
            for row in table.get("tableBody", [])
        }
        steps = {step["id"]: step for _, node in nodes.values() for step in node["steps"]}
        pickles = [_pickle(pickle, nodes, rows, steps) for pickle in compiled]
        self._pickles: dict[str, list[Pickle]] = {}
        for pickle, unique in zip(compiled, _unique(pickles), strict=True):
            self._pickles.setdefault(pickle["astNodeIds"][0], []).append(unique)

    def feature(self, text: str) -> Feature:
        tree, tags = self._tree, _tags(self._tree)
        background, scenarios = self._children(tree, "", tags, ())
        loose = [Rule("", "", scenarios)] if scenarios else []
        rules = [child["rule"] for child in tree["children"] if "rule" in child]
        return Feature(
            path=self._path,
            name=tree["name"],
            line=tree["location"]["line"],
            description=_dedent(tree["description"]),
            tags=tags,
            text=text,
            place=self._place,
            rules=(*loose, *(self._rule(rule, tags, background) for rule in rules)),
        )

    def _rule(
        self, rule: Mapping[str, Any], tags: tuple[str, ...], background: tuple[Step, ...]
    ) -> Rule:
        _, scenarios = self._children(rule, rule["name"], tags + _tags(rule), background)
        return Rule(rule["name"], _dedent(rule["description"]), scenarios)

    def _children(
        self,
        parent: Mapping[str, Any],
        rule: str,
        tags: tuple[str, ...],
        background: tuple[Step, ...],
    ) -> tuple[tuple[Step, ...], tuple[Scenario, ...]]:
        """Return the background and the scenarios of a feature or a rule."""
        scenarios = []
        for child in parent["children"]:
            if "background" in child:
                background += _steps(child["background"])
            elif "scenario" in child:
                scenarios.append(self._scenario(child["scenario"], rule, tags, background))
        return background, tuple(scenarios)

    def _scenario(
        self,
        node: Mapping[str, Any],
        rule: str,
        tags: tuple[str, ...],
        background: tuple[Step, ...],
    ) -> Scenario:
        return Scenario(
            path=self._path,
            name=node["name"],
            description=_dedent(node["description"]),
            line=node["location"]["line"],
            rule=rule,
            tags=tags + _tags(node),
            background=background,
            steps=_steps(node),
            examples=tuple(_examples(table) for table in node["examples"]),
            pickles=tuple(self._pickles.get(node["id"], ())),
            place=self._place,
        )


def _pickle(
    pickle: Mapping[str, Any],
    nodes: Mapping[str, tuple[str, Mapping[str, Any]]],
    rows: Mapping[str, tuple[str, ...]],
    steps: Mapping[str, Mapping[str, Any]],
) -> Pickle:
    scenario, *row = pickle["astNodeIds"]
    rule, node = nodes[scenario]
    return Pickle(
        id=pickle["name"] + "".join(f"[{', '.join(rows[identifier])}]" for identifier in row),
        name=pickle["name"],
        line=pickle["location"]["line"],
        rule=rule,
        description=_dedent(node["description"]),
        tags=_tags(pickle),
        steps=tuple(
            _step(steps[step["astNodeIds"][0]], KINDS[step["type"]], step, step.get("argument", {}))
            for step in pickle["steps"]
        ),
    )


def _steps(node: Mapping[str, Any]) -> tuple[Step, ...]:
    kind, found = "given", []
    for step in node["steps"]:
        kind = KINDS.get(step["keywordType"], kind)  # that of "And" is "Conjunction"
        found.append(_step(step, kind, step, step))
    return tuple(found)


def _step(
    node: Mapping[str, Any], kind: str, worded: Mapping[str, Any], argument: Mapping[str, Any]
) -> Step:
    return Step(
        kind=kind,
        keyword=node["keyword"].strip(),
        text=worded["text"],
        line=node["location"]["line"],
        table=tuple(_cells(row) for row in argument.get("dataTable", {}).get("rows", [])),
        docstring=argument.get("docString", {}).get("content"),
    )


def _examples(table: Mapping[str, Any]) -> Examples:
    return Examples(
        table["name"],
        _tags(table),
        _cells(table.get("tableHeader") or {"cells": []}),
        tuple((row["location"]["line"], _cells(row)) for row in table.get("tableBody", [])),
    )


def _tags(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(tag["name"].removeprefix("@") for tag in node["tags"])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(cell["value"] for cell in row["cells"])


def _containers(parent: Mapping[str, Any], rule: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (rule, node) for every background and scenario of a feature or a rule."""
    for child in parent["children"]:
        if "rule" in child:
            yield from _containers(child["rule"], child["rule"]["name"])
        else:
            yield rule, child.get("scenario") or child["background"]


def _unique(pickles: list[Pickle]) -> Iterator[Pickle]:
    """Yield the pickles with identifiers that tell them apart."""
    counts = Counter(pickle.id for pickle in pickles)
    in_rules = Counter((pickle.rule, pickle.id) for pickle in pickles)
    for pickle in pickles:
        if counts[pickle.id] == 1:
            yield pickle
        elif in_rules[pickle.rule, pickle.id] == 1:
            yield replace(pickle, id=f"{pickle.rule or 'no rule'}: {pickle.id}")
        else:
            yield replace(pickle, id=f"line {pickle.line}: {pickle.id}")


def _located(name: str, error: Exception) -> DocumentError:
    location = getattr(error, "location", {})
    message = str(error).split("): ", 1)[-1]
    return DocumentError(name, location.get("line"), message)


def _dedent(text: str) -> str:
    return textwrap.dedent(text).strip()
