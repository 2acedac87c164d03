"""Mistyped lines of feature files: Gherkin takes them for text of a description."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from lagg_tool.errors import DocumentError

_STEP_KEYWORDS = ("Given", "When", "Then", "And", "But")
_BLOCK_KEYWORDS = ("Scenario", "Scenario Outline", "Background", "Rule", "Examples", "Feature")


def check_descriptions(name: str, lines: list[str], parent: Mapping[str, Any]) -> None:
    """Raise DocumentError for a step or block in a description of ``parent`` or its children.

    ``lines`` are those of the file ``name``.
    """
    if "children" in parent:
        _check_description(name, lines, parent)
        for child in parent["children"]:
            [node] = child.values()
            check_descriptions(name, lines, node)
        return
    begin = parent["location"]["line"]
    end = parent["steps"][0]["location"]["line"] if parent["steps"] else begin + 1
    above = lines[end - 2].strip()
    if end - 1 > begin and above and not above.startswith("#"):
        raise DocumentError(
            name,
            end - 1,
            f"{above!r} is not a step: correct its keyword, or end the description by a blank line",
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
            message = f"{line!r} is part of a description: is a keyword mistyped here or above?"
            raise DocumentError(name, number, message)
