"""printf(1): backslash escapes and the directives %s %b %d %i %u %o %x %X %%."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lagg_tool.simulator.system.numbers import leading_integer
from lagg_tool.simulator.system.process import Process

_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\\"'])|(0?[0-7]{1,3}))")
_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*\d*(?:\.\d*)?)(.)?)", re.DOTALL)


def _unescape(text: str) -> str:
    """Replace backslash escapes."""

    def replaced(match: re.Match[str]) -> str:
        if match[2]:
            return bytes([int(match[2], 8) & 0xFF]).decode(errors="surrogateescape")
        return _ESCAPES.get(match[1], match[1])

    return _ESCAPE.sub(replaced, text)


class _Printf:
    def __init__(self, process: Process, args: list[str]) -> None:
        self._process = process
        self._args = args
        self.used = 0
        self.status = 0

    def _argument(self) -> str:
        self.used += 1
        return self._args[self.used - 1] if self.used <= len(self._args) else ""

    def _number(self, text: str) -> int:
        value, rest = leading_integer(text) or (None, text)
        if rest:
            wrong = "expected numeric value" if value is None else "not completely converted"
            self._complain(f"{text}: {wrong}")
        return value or 0

    def _complain(self, message: str) -> None:
        self._process.err(f"printf: {message}\n")
        self.status = 1

    def directive(self, match: re.Match[str]) -> str:
        """Return what one ``%`` directive prints."""
        if match[0] == "%%":
            return "%"
        spec, letter = f"%{match[1]}", match[2]
        if letter in {"s", "b"}:
            text = self._argument()
            return (spec + "s") % (_unescape(text) if letter == "b" else text)
        if letter is not None and letter in "diuoxX":
            return (spec + {"i": "d", "u": "d"}.get(letter, letter)) % self._number(
                self._argument()
            )
        self._complain(
            "missing format character" if letter is None else f"illegal format character {letter}"
        )
        return ""


def printf(process: Process, argv: Sequence[str]) -> int:
    """Run ``printf format arguments…``; return the exit status."""
    args = list(argv[1:])
    if not args:
        process.err("usage: printf format [arguments ...]\n")
        return 1
    form = args.pop(0)
    run = _Printf(process, args)
    out: list[str] = []
    while True:
        before = run.used
        position = 0
        for match in _DIRECTIVE.finditer(form):
            out.append(_unescape(form[position : match.start()]))
            out.append(run.directive(match))
            position = match.end()
        out.append(_unescape(form[position:]))
        if run.used == before or run.used >= len(args):
            break
    process.out("".join(out))
    return run.status
