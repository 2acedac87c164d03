"""printf(1) and the escapes of ``echo -e``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lagg_tool.simulator.system.process import Process

_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\\"'])|(0?[0-7]{1,3})|(c))", re.DOTALL)
_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([hlLjtz]*)(.)?)", re.DOTALL)


class Stop(Exception):  # noqa: N818 - control flow
    r"""``\c``: print what is there and stop."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def unescape(text: str) -> str:
    r"""Replace backslash escapes. Raises Stop at ``\c``."""
    out: list[str] = []
    position = 0
    for match in _ESCAPE.finditer(text):
        out.append(text[position : match.start()])
        position = match.end()
        if match[3]:
            raise Stop("".join(out))
        if match[2]:
            out.append(bytes([int(match[2], 8) & 0xFF]).decode(errors="surrogateescape"))
        else:
            out.append(_ESCAPES.get(match[1], match[1]))
    return "".join(out) + text[position:]


class _Printf:
    def __init__(self, process: Process, args: list[str]) -> None:
        self._process = process
        self._args = args
        self.used = 0
        self.status = 0

    def _argument(self) -> str | None:
        if self.used < len(self._args):
            self.used += 1
            return self._args[self.used - 1]
        self.used += 1
        return None

    def _number(self, text: str | None) -> int:
        if not text:
            return 0
        if text[0] in "'\"":
            return ord(text[1]) if len(text) > 1 else 0
        match = re.match(r"\s*([-+]?)(0[xX][0-9a-fA-F]+|\d+)", text)
        if match is None:
            self._complain(f"{text}: expected numeric value")
            return 0
        if match.end() != len(text):
            self._complain(f"{text}: not completely converted")
        digits = match[2]
        base = 16 if digits[:2].lower() == "0x" else 8 if re.fullmatch("0[0-7]+", digits) else 10
        return int(digits, base) * (-1 if match[1] == "-" else 1)

    def _complain(self, message: str) -> None:
        self._process.err(f"printf: {message}\n")
        self.status = 1

    def directive(self, match: re.Match[str]) -> str:
        """Return what one ``%`` directive prints."""
        if match[0] == "%%":
            return "%"
        flags, width, precision, _, letter = match.groups()
        if width == "*":
            width = str(self._number(self._argument()))
        if precision == "*":
            precision = str(self._number(self._argument()))
        has_precision = "." in match[0]
        spec = f"%{flags}{width or ''}" + (f".{precision or 0}" if has_precision else "")
        if letter is None:
            self._complain("missing format character")
            return ""
        return self._convert(spec, letter)

    def _convert(self, spec: str, letter: str) -> str:  # noqa: PLR0911 - one per conversion
        if letter == "s":
            return (spec + "s") % (self._argument() or "")
        if letter == "b":
            return (spec + "s") % unescape(self._argument() or "")
        if letter == "c":
            return (spec + "s") % (self._argument() or "")[:1]
        if letter in "diouxX":
            value = self._number(self._argument())
            if letter in "ouxX" and value < 0:
                value += 1 << 64
            return (spec + letter.replace("i", "d").replace("u", "d")) % value
        if letter in "eEfFgG":
            text = self._argument() or "0"
            try:
                return (spec + letter) % float(text)
            except ValueError:
                self._complain(f"{text}: expected numeric value")
                return (spec + letter) % 0.0
        self._complain(f"illegal format character {letter}")
        return ""


def printf(process: Process, argv: Sequence[str]) -> int:
    """Run ``printf format arguments…``; return the exit status."""
    args = list(argv[1:])
    if args[:1] == ["--"]:
        args = args[1:]
    if not args:
        process.err("usage: printf format [arguments ...]\n")
        return 1
    form = args.pop(0)
    run = _Printf(process, args)
    out: list[str] = []
    try:
        while True:
            before = run.used
            position = 0
            for match in _DIRECTIVE.finditer(form):
                out.append(unescape(form[position : match.start()]))
                out.append(run.directive(match))
                position = match.end()
            out.append(unescape(form[position:]))
            if run.used == before or run.used >= len(args):
                break
    except Stop as stop:
        out.append(stop.text)
    process.out("".join(out))
    return run.status
