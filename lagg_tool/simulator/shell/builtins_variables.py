"""Builtins about variables: set, export, shift, read."""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.simulator.shell.grammar import is_name
from lagg_tool.simulator.shell.state import DEFAULT_IFS, OPTIONS, Builtin, Runner, ShellError


async def _export(shell: Runner, argv: list[str]) -> int:
    for word in argv[1:]:
        name = _assign(shell, word)
        shell.state.exported.add(name)
    return 0


def _assign(shell: Runner, word: str) -> str:
    """Carry out ``name=value``, or nothing for ``name`` alone; return the name."""
    name, equals, value = word.partition("=")
    if not is_name(name):
        raise ShellError(f"{name}: bad variable name")
    if equals:
        shell.state.put(name, value)
    return name


def apply_options(shell: Runner, words: list[str]) -> list[str] | None:
    """Apply ``-e`` and the like from the front; return the rest, None if there is none."""
    while words and len(words[0]) > 1 and words[0][0] in "-+":
        word = words.pop(0)
        if word == "--":
            return words
        for letter in word[1:]:
            if letter not in OPTIONS:
                raise ShellError(f"Illegal option {word[0]}{letter}")
            if word[0] == "-":
                shell.state.options.add(letter)
            else:
                shell.state.options.discard(letter)
    return words or None


async def _set(shell: Runner, argv: list[str]) -> int:
    rest = apply_options(shell, argv[1:])
    if rest is not None:
        shell.state.positional = rest
    return 0


async def _shift(shell: Runner, argv: list[str]) -> int:
    count = argv[1] if len(argv) > 1 else "1"
    if not count.isdigit():
        raise ShellError(f"Illegal number: {count}")
    if int(count) > len(shell.state.positional):
        raise ShellError("can't shift that many")
    del shell.state.positional[: int(count)]
    return 0


def split_fields(line: list[tuple[str, bool]], names: int, ifs: str) -> list[str]:
    """Split a line, whose characters may be quoted, for ``read``: the last name gets the rest."""
    blanks = [c for c in ifs if c in DEFAULT_IFS]

    def is_in(index: int, chars: list[str] | str) -> bool:
        return index < len(line) and not line[index][1] and line[index][0] in chars

    out: list[str] = []
    index = 0
    while is_in(index, blanks):
        index += 1
    while len(out) < names - 1 and index < len(line):
        field = ""
        while index < len(line) and not is_in(index, ifs):
            field += line[index][0]
            index += 1
        out.append(field)
        while is_in(index, blanks):
            index += 1
        if is_in(index, ifs) and not is_in(index, blanks):
            index += 1
            while is_in(index, blanks):
                index += 1
    rest = line[index:]
    while rest and not rest[-1][1] and rest[-1][0] in blanks:
        rest.pop()
    out.append("".join(char for char, _ in rest))
    return out + [""] * (names - len(out))


def _unquote(text: str) -> tuple[list[tuple[str, bool]], bool]:
    """Take backslashes out of a line; the second value: whether it ends with one."""
    chars: list[tuple[str, bool]] = []
    escape = False
    for char in text:
        if char == "\\" and not escape:
            escape = True
        else:
            chars.append((char, escape))
            escape = False
    return chars, escape


async def _read(shell: Runner, argv: list[str]) -> int:
    words = argv[1:]
    raw = words[:1] == ["-r"]
    words = words[1:] if raw else words
    if not words:
        raise ShellError("arg count")
    chars: list[tuple[str, bool]] = []
    goes_on = True
    while goes_on:
        data = (await shell.process.readline()).replace(b"\0", b"")
        text = data.decode(errors="surrogateescape")
        complete = text.endswith("\n")
        body = text.removesuffix("\n")
        more, backslash = ([(c, False) for c in body], False) if raw else _unquote(body)
        chars += more
        goes_on = backslash and complete
    ifs = shell.state.get("IFS")
    values = split_fields(chars, len(words), DEFAULT_IFS if ifs is None else ifs)
    for name, value in zip(words, values, strict=True):
        _assign(shell, f"{name}={value}")
    return 0 if complete else 1


TABLE: Mapping[str, Builtin] = {
    "export": _export,
    "set": _set,
    "shift": _shift,
    "read": _read,
}
