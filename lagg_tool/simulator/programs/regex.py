"""POSIX regular expressions, basic and extended, as Python's re."""

from __future__ import annotations

import re
from functools import lru_cache

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "print": " -~",
    "graph": "!-~",
    "cntrl": r"\x00-\x1f\x7f",
}


class PatternError(ValueError):
    """A pattern breaks the grammar; the message is regerror(3)'s."""


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    index = start + 1
    out = "["
    if pattern[index : index + 1] == "^":
        out += "^"
        index += 1
    first = True
    while index < len(pattern):
        char = pattern[index]
        if char == "]" and not first:
            return out + "]", index + 1
        named = re.match(r"\[:(\w+):\]", pattern[index:])
        if named and named[1] in _CLASSES:
            out += _CLASSES[named[1]]
            index += named.end()
        else:
            out += char if char == "-" else re.escape(char)
            index += 1
        first = False
    raise PatternError("brackets ([ ]) not balanced")


def _translate_basic(pattern: str) -> str:
    """Translate a basic pattern: groups and bounds have a backslash, ``+`` is itself."""
    special = {"(": "(", ")": ")", "{": "{", "}": "}", "|": "|", "+": "+", "?": "?"}
    special |= {"<": r"\b(?=\w)", ">": r"\b(?<=\w)", "b": r"\b", "n": "\n", "t": "\t"}
    out = ""
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\" and index + 1 < len(pattern):
            following = pattern[index + 1]
            if following.isdigit():
                out += f"\\{following}"
            else:
                out += special.get(following, re.escape(following))
            index += 2
        elif char == "[":
            piece, index = _bracket(pattern, index)
            out += piece
        else:
            out += _basic_character(pattern, index, out)
            index += 1
    return out


def _basic_character(pattern: str, index: int, before: str) -> str:
    char = pattern[index]
    starts = not before or before.endswith(("(", "|"))
    if char == "*":
        return r"\*" if starts or before == "^" else "*"
    if char == "^":
        return "^" if starts else r"\^"
    if char == "$":
        ends = index + 1 == len(pattern) or pattern.startswith(("\\)", "\\|"), index + 1)
        return "$" if ends else r"\$"
    return char if char == "." else re.escape(char)


def _translate_extended(pattern: str) -> str:
    out = ""
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\" and index + 1 < len(pattern):
            following = pattern[index + 1]
            named = {"<": r"\b(?=\w)", ">": r"\b(?<=\w)", "n": "\n", "t": "\t"}
            keep = following in "wWsSbB" or following.isdigit()
            out += f"\\{following}" if keep else named.get(following, re.escape(following))
            index += 2
        elif char == "[":
            piece, index = _bracket(pattern, index)
            out += piece
        else:
            bare_bound = char == "{" and not re.match(r"\{\d+(,\d*)?\}", pattern[index:])
            out += r"\{" if bare_bound else char
            index += 1
    return out


@lru_cache(maxsize=256)
def compile_pattern(
    pattern: str, *, extended: bool = False, ignore_case: bool = False
) -> re.Pattern[str]:
    """Return the compiled pattern. Raises PatternError."""
    if pattern.endswith("\\") and not pattern.endswith("\\\\"):
        raise PatternError("trailing backslash (\\)")
    text = _translate_extended(pattern) if extended else _translate_basic(pattern)
    try:
        return re.compile(text, re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        if "paren" in str(error) or "unterminated sub" in str(error):
            raise PatternError("parentheses not balanced") from None
        raise PatternError("repetition-operator operand invalid") from None
