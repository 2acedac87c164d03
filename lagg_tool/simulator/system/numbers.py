"""Numbers in text, as C's library reads them."""

from __future__ import annotations

import re

_ANY_BASE = re.compile(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)", re.ASCII)
_DIGITS = 40  # more of them are too large a number as well
_DECIMAL = re.compile(r"\s*([+-]?\d+)", re.ASCII)


def leading_integer(text: str) -> tuple[int, str] | None:
    """Return the number that a text begins with, and the rest (strtol(3) with base 0)."""
    found = _ANY_BASE.match(text)
    if found is None:
        return None
    digits = found[2][:_DIGITS]
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[0] == "0" else 10
    value = int(digits, base)
    return -value if found[1] == "-" else value, text[found.end() :]


def integer(text: str) -> int | None:
    """Return the number that a text is, with nothing behind it."""
    found = leading_integer(text)
    return found[0] if found and not found[1] else None


def leading_decimal(text: str) -> int:
    """Return the decimal number that a text begins with, or 0 (atoi(3))."""
    found = _DECIMAL.match(text)
    return int(found[1][:_DIGITS]) if found else 0
