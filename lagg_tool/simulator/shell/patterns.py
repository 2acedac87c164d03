"""Shell patterns: ``*``, ``?``, ``[…]``; quoted characters stand for themselves."""

from __future__ import annotations

import re
from functools import lru_cache

CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
}  # also grep's

# Text and whether it was quoted, in order.
Segments = tuple[tuple[str, bool], ...]


def is_pattern(segments: Segments) -> bool:
    """Whether there is an unquoted character with a meaning."""
    return any(not quoted and any(c in text for c in "*?[") for text, quoted in segments)


def _bracket(chars: list[tuple[str, bool]], start: int) -> tuple[str, int]:
    """Translate ``[…]`` at ``start``; the second value is where to go on, 0 if it is none."""
    index = start + 1
    negated = index < len(chars) and chars[index][0] in "!^" and not chars[index][1]
    index += negated
    inner = ""
    first = True
    while index < len(chars):
        char, quoted = chars[index]
        if char == "]" and not quoted and not first:
            return f"[{'^' if negated else ''}{inner}]", index + 1
        rest = "".join(c for c, _ in chars[index : index + 12])
        named = re.match(r"\[:(\w+):\]", rest)
        if named and not quoted and named[1] in CLASSES:
            inner += CLASSES[named[1]]
            index += named.end()
        else:
            is_range = char == "-" and not quoted and not first
            inner += "-" if is_range else re.escape(char)
            index += 1
        first = False
    return "", 0


def _characters(segments: Segments) -> list[tuple[str, bool]]:
    """Return the characters and whether they are quoted; unquoted backslashes quote."""
    chars: list[tuple[str, bool]] = []
    for text, quoted in segments:
        escape = False
        for char in text:
            if char == "\\" and not quoted and not escape:
                escape = True
                continue
            chars.append((char, quoted or escape))
            escape = False
        if escape:
            chars.append(("\\", True))
    return chars


@lru_cache(maxsize=512)
def regex(segments: Segments) -> re.Pattern[str]:
    """Return the regular expression that a pattern means."""
    chars = _characters(segments)
    out = ""
    index = 0
    while index < len(chars):
        char, quoted = chars[index]
        if char == "*" and not quoted:
            out += ".*"
        elif char == "?" and not quoted:
            out += "."
        elif char == "[" and not quoted:
            inner, after = _bracket(chars, index)
            if after:
                out += inner
                index = after
                continue
            out += re.escape(char)
        else:
            out += re.escape(char)
        index += 1
    try:
        return re.compile(out, re.DOTALL)
    except re.error:  # a range the wrong way round matches nothing
        return re.compile(r"(?!)")


def matches(segments: Segments, text: str) -> bool:
    """Whether the whole text matches the pattern."""
    return regex(segments).fullmatch(text) is not None


def without_prefix(segments: Segments, text: str, *, longest: bool) -> str:
    """Return the text without the prefix that the pattern matches."""
    lengths = range(len(text) + 1)
    for length in reversed(lengths) if longest else lengths:
        if matches(segments, text[:length]):
            return text[length:]
    return text


def without_suffix(segments: Segments, text: str, *, longest: bool) -> str:
    """Return the text without the suffix that the pattern matches."""
    starts = range(len(text) + 1)
    for start in starts if longest else reversed(starts):
        if matches(segments, text[start:]):
            return text[:start]
    return text
