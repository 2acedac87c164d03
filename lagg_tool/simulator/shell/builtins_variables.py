"""Builtins about variables: set, export, readonly, local, unset, shift, read, getopts."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from lagg_tool.simulator.shell.grammar import is_name
from lagg_tool.simulator.shell.state import DEFAULT_IFS, OPTIONS, ShellError

if TYPE_CHECKING:
    from lagg_tool.simulator.shell.shell import Shell

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:,@%=")


def quoted(value: str) -> str:
    """Quote a value as the shell prints it for reading back (out1qstr)."""
    if value and all(char in _SAFE for char in value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"


def _listing(shell: Shell, names: set[str], prefix: str) -> int:
    for name in sorted(names):
        value = shell.state.get(name)
        shell.process.out(f"{prefix}{name}" + ("" if value is None else f"={quoted(value)}") + "\n")
    return 0


def _declare(shell: Shell, argv: list[str], names: set[str]) -> int:
    words = [word for word in argv[1:] if word != "--"]
    if not words or words == ["-p"]:
        return _listing(shell, names, f"{argv[0]} ")
    for word in words:
        name, equals, value = word.partition("=")
        if not is_name(name):
            raise ShellError(f"{name}: bad variable name")
        if equals:
            shell.state.put(name, value)
        names.add(name)
    return 0


async def _export(shell: Shell, argv: list[str]) -> int:
    if argv[1:2] == ["-n"]:
        shell.state.exported.difference_update(argv[2:])
        return 0
    return _declare(shell, argv, shell.state.exported)


async def _readonly(shell: Shell, argv: list[str]) -> int:
    return _declare(shell, argv, shell.state.readonly)


async def _local(shell: Shell, argv: list[str]) -> int:
    if not shell.state.frames:
        raise ShellError("Not in a function")
    for word in argv[1:]:
        if word == "-":
            continue
        name, equals, value = word.partition("=")
        if not is_name(name):
            raise ShellError(f"{name}: bad variable name")
        shell.state.local(name)
        if equals:
            shell.state.put(name, value)
    return 0


async def _unset(shell: Shell, argv: list[str]) -> int:
    functions = argv[1:2] == ["-f"]
    names = argv[2:] if argv[1:2] in (["-f"], ["-v"]) else argv[1:]
    for name in names:
        if functions:
            shell.state.functions.pop(name, None)
        else:
            shell.state.unset(name)
    return 0


async def _setvar(shell: Shell, argv: list[str]) -> int:
    if len(argv) not in {2, 3}:
        raise ShellError("usage: setvar var [value]")
    if not is_name(argv[1]):
        raise ShellError(f"{argv[1]}: bad variable name")
    if len(argv) == 2:
        shell.state.unset(argv[1])
    else:
        shell.state.put(argv[1], argv[2])
    return 0


def _set_option(shell: Shell, letter: str, *, on: bool) -> None:
    if letter not in OPTIONS:
        raise ShellError(f"Illegal option {'-' if on else '+'}{letter}")
    if on:
        shell.state.options.add(letter)
    else:
        shell.state.options.discard(letter)


def _long_option(shell: Shell, name: str, *, on: bool) -> None:
    letter = next((key for key, long in OPTIONS.items() if long == name), "")
    if not letter and name != "pipefail":
        raise ShellError(f"Illegal option {'-' if on else '+'}o {name}")
    if letter:
        _set_option(shell, letter, on=on)


def apply_options(shell: Shell, words: list[str]) -> list[str] | None:
    """Apply ``-e`` and the like from the front; return the rest, None if there is none."""
    while words and len(words[0]) > 1 and words[0][0] in "-+":
        word = words.pop(0)
        if word == "--":
            return words
        for letter in word[1:]:
            if letter == "o" and words:
                _long_option(shell, words.pop(0), on=word[0] == "-")
            else:
                _set_option(shell, letter, on=word[0] == "-")
    if words[:1] == ["-"]:
        return words[1:]
    return words or None


async def _set(shell: Shell, argv: list[str]) -> int:
    if len(argv) == 1:
        return _listing(shell, set(shell.state.variables), "")
    rest = apply_options(shell, argv[1:])
    if rest is not None:
        shell.state.positional = rest
    return 0


async def _shift(shell: Shell, argv: list[str]) -> int:
    count = 1
    if len(argv) > 1:
        if not argv[1].isdigit():
            raise ShellError(f"Illegal number: {argv[1]}")
        count = int(argv[1])
    if count > len(shell.state.positional):
        raise ShellError("can't shift that many")
    del shell.state.positional[:count]
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
    text = "".join(char for char, _ in rest)
    if rest and not rest[-1][1] and rest[-1][0] in ifs and rest[-1][0] not in blanks:
        inner = [c for c, q in rest[:-1] if not q and c in ifs and c not in blanks]
        text = text if inner else text[:-1]
    out.append(text)
    return out + [""] * (names - len(out))


def _read_options(words: list[str], now: float) -> tuple[bool, float]:
    """Take the options off ``read``'s words; return raw and the deadline."""
    raw = False
    deadline = math.inf
    while words and words[0].startswith("-") and len(words[0]) > 1:
        option = words.pop(0)
        if option == "-t" and words:
            deadline = now + float(words.pop(0))
        elif option == "-p" and words:
            words.pop(0)
        elif option in {"-r", "-e"}:
            raw = raw or option == "-r"
        else:
            raise ShellError(f"Illegal option {option}")
    if not words:
        raise ShellError("arg count")
    return raw, deadline


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


async def _read(shell: Shell, argv: list[str]) -> int:
    words = argv[1:]
    raw, deadline = _read_options(words, shell.process.now())
    if deadline != math.inf:
        stream = shell.process.stream(0)
        if not await shell.process.wait_until(stream.ready, deadline, outside=stream.outside):
            return 1
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
        if not is_name(name):
            raise ShellError(f"{name}: bad variable name")
        shell.state.put(name, value)
    return 0 if complete else 1


async def _getopts(  # noqa: C901, PLR0912 - POSIX lists the cases
    shell: Shell, argv: list[str]
) -> int:
    if len(argv) < 3:
        raise ShellError("usage: getopts optstring var [arg ...]")
    state = shell.state
    options, name = argv[1], argv[2]
    args = argv[3:] or state.positional
    index = int(state.get("OPTIND") or "1")
    offset = state.getopts_offset if index > 0 else 0
    word = args[index - 1] if index <= len(args) else ""
    if offset >= len(word) or not offset:
        if not word.startswith("-") or word == "-" or index > len(args):
            state.put(name, "?")
            return 1
        if word == "--":
            state.put("OPTIND", str(index + 1))
            state.put(name, "?")
            return 1
        offset = 1
    letter = word[offset]
    offset += 1
    where = options.find(letter) if letter != ":" else -1
    quiet = options.startswith(":")
    found = letter
    state.variables.pop("OPTARG", None)
    if where < 0:
        found = "?"
        if quiet:
            state.put("OPTARG", letter)
        else:
            shell.process.err(f"Illegal option -{letter}\n")
    elif options[where + 1 : where + 2] == ":":
        if offset < len(word):
            state.put("OPTARG", word[offset:])
        elif index < len(args):
            index += 1
            state.put("OPTARG", args[index - 1])
        elif quiet:
            found = ":"
            state.put("OPTARG", letter)
        else:
            found = "?"
            shell.process.err(f"No arg for -{letter} option\n")
        offset = len(word) + 1
        word = ""
    if offset >= len(word):
        index, offset = index + 1, 0
    state.getopts_offset = offset
    state.put("OPTIND", str(index))
    state.put(name, found)
    return 0


TABLE: Mapping[str, Callable[[Shell, list[str]], Awaitable[int]]] = {
    "export": _export,
    "readonly": _readonly,
    "local": _local,
    "unset": _unset,
    "setvar": _setvar,
    "set": _set,
    "shift": _shift,
    "read": _read,
    "getopts": _getopts,
}
