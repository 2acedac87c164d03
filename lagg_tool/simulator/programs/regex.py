"""POSIX regular expressions, basic and extended, as Python's re."""

from __future__ import annotations

import re
from functools import lru_cache

from lagg_tool.simulator.shell.patterns import CLASSES

_OPERATORS = frozenset("(){}|+?")  # extended as they are, basic after a backslash


class PatternError(ValueError):
    """A pattern breaks the grammar; the message is regerror(3)'s."""


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    """Translate ``[…]``; the second value is where to go on."""
    match = re.compile(r"\[(\^?)(\]?(?:\[:\w+:\]|[^]])*)\]").match(pattern, start)
    if match is None:
        raise PatternError("brackets ([ ]) not balanced")
    inner = re.sub(
        r"\[:(\w+):\]|([^-])",
        lambda found: CLASSES.get(found[1], "") if found[1] else re.escape(found[2]),
        match[2],
    )
    return f"[{match[1]}{inner}]", match.end()


def _translate(pattern: str, *, extended: bool) -> str:
    out: list[str] = []
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "[":
            piece, index = _bracket(pattern, index)
            out.append(piece)
            continue
        escaped = char == "\\"
        if escaped:
            index += 1
            char = pattern[index]
        index += 1
        starts = not out or out[-1] in {"(", "|"}
        plain = not extended and (
            (char == "*" and (starts or out[-1] == "^"))
            or (char == "^" and not starts)
            or (char == "$" and index < len(pattern) and not pattern.startswith("\\)", index))
        )
        if char in _OPERATORS:
            out.append(char if escaped != extended else re.escape(char))
        else:
            out.append(char if char in ".*^$" and not escaped and not plain else re.escape(char))
    return "".join(out)


@lru_cache(maxsize=256)
def compile_pattern(
    pattern: str, *, extended: bool = False, ignore_case: bool = False
) -> re.Pattern[str]:
    """Return the compiled pattern. Raises PatternError."""
    if re.search(r"(?<!\\)(?:\\\\)*\\$", pattern):
        raise PatternError("trailing backslash (\\)")
    try:
        return re.compile(
            _translate(pattern, extended=extended), re.IGNORECASE if ignore_case else 0
        )
    except re.error as error:
        if "paren" in str(error) or "unterminated sub" in str(error):
            raise PatternError("parentheses not balanced") from None
        raise PatternError("repetition-operator operand invalid") from None
