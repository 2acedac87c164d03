"""``$((…))``: sums, products and comparisons of 64-bit integers, with the shell's variables."""

from __future__ import annotations

import re
from collections.abc import Callable

from lagg_tool.simulator.system.numbers import integer

_TOKENS = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|([<>=!]=|[-+*/%<>!()]))", re.ASCII
)
_LEVELS = (("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))


class ExpressionError(Exception):
    """An expression cannot be evaluated; the message is FreeBSD's."""


def _wrap(value: int) -> int:
    """Keep to 64 bits, two's complement."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    return value - (1 << 64) if value >> 63 else value


def _divide(left: int, right: int) -> int:
    if not right:
        raise ExpressionError("division by zero")
    return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - b * _divide(a, b),
}
_UNARY: dict[str, Callable[[int], int]] = {
    "-": lambda a: -a,
    "+": lambda a: a,
    "!": lambda a: int(not a),
}


class _Evaluation:
    def __init__(self, text: str, get: Callable[[str], str | None]) -> None:
        self._tokens: list[str] = []
        self._get = get
        position = 0
        while text[position:].strip():
            match = _TOKENS.match(text, position)
            if match is None:
                raise ExpressionError("expecting primary" if not self._tokens else "expecting EOF")
            self._tokens.append(match[0].strip())
            position = match.end()
        self._index = 0

    def _peek(self) -> str:
        return self._tokens[self._index] if self._index < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._index += 1
        return token

    def run(self) -> int:
        value = self._binary(0)
        if self._peek():
            raise ExpressionError("expecting EOF")
        return value

    def _binary(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._unary()
        value = self._binary(level + 1)
        while self._peek() in _LEVELS[level]:
            operator = self._next()
            value = _wrap(_OPERATIONS[operator](value, self._binary(level + 1)))
        return value

    def _unary(self) -> int:
        word = self._next()
        if word in _UNARY:
            return _wrap(_UNARY[word](self._unary()))
        if word == "(":
            value = self._binary(0)
            if self._next() != ")":
                raise ExpressionError("expecting ')'")
            return value
        is_name = word[:1].isalpha() or word[:1] == "_"
        text = ((self._get(word) or "").strip() or "0") if is_name else word
        found = integer(text)
        if found is None:
            # Of 08, 0 is a number, and 8 is too much (bin/sh/arith_yacc.c).
            wrong = f"expecting {'EOF' if word[:1].isdigit() else 'primary'}"
            raise ExpressionError(f"variable conversion error: {text!r}" if is_name else wrong)
        return _wrap(found)


def evaluate(text: str, get: Callable[[str], str | None]) -> int:
    """Return the value of an expression. Raises ExpressionError."""
    try:
        return _Evaluation(text, get).run()
    except ExpressionError as fault:
        raise ExpressionError(f'arithmetic expression: {fault}: "{text}"') from None
