"""sed(1): the commands s p d q n = a i c y { }, addresses, -n -e -E -i."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lagg_tool.simulator.filesystem import FileError
from lagg_tool.simulator.inputs import Inputs, text_of
from lagg_tool.simulator.options import fail, getopt
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.regex import PatternError, compile_pattern
from lagg_tool.simulator.signals import Exit

_USAGE = """\
usage: sed script [-EHalnru] [-i extension] [file ...]
\tsed [-EHalnu] [-i extension] [-e script] ... [-f script_file] ... [file ...]
"""
Address = int | str | re.Pattern[str]  # a line number, "$", or a pattern


@dataclass
class _Command:
    letter: str
    first: Address | None = None
    second: Address | None = None
    negated: bool = False
    text: str = ""
    pattern: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""
    body: list[_Command] = field(default_factory=list)
    active: bool = False


class _Script:
    """Reads a script into commands."""

    def __init__(self, process: Process, text: str, *, extended: bool) -> None:
        self._process = process
        self._text = text
        self._at = 0
        self._extended = extended

    def fail(self, message: str) -> Exit:
        self._process.err(f'sed: 1: "{self._text}": {message}\n')
        return Exit(1)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, chars: str) -> None:
        while self._peek() and self._peek() in chars:
            self._at += 1

    def commands(self, *, nested: bool = False) -> list[_Command]:
        out: list[_Command] = []
        while True:
            self._skip(" \t\n;")
            if not self._peek():
                if nested:
                    raise self.fail("unexpected EOF (pending }'s)")
                return out
            if self._peek() == "}":
                if not nested:
                    raise self.fail("unexpected }")
                self._at += 1
                return out
            if self._peek() == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
                continue
            out.append(self._command())

    def _command(self) -> _Command:
        command = _Command("")
        command.first = self._address()
        if command.first is not None and self._peek() == ",":
            self._at += 1
            command.second = self._address()
            if command.second is None:
                raise self.fail("expected context address")
        self._skip(" \t")
        while self._peek() == "!":
            command.negated = True
            self._at += 1
            self._skip(" \t")
        letter = self._peek()
        self._at += 1
        command.letter = letter
        if letter == "{":
            command.body = self.commands(nested=True)
        elif letter == "s":
            self._substitution(command)
        elif letter == "y":
            delimiter = self._peek()
            self._at += 1
            command.text = self._delimited(delimiter)
            command.replacement = self._delimited(delimiter)
        elif letter in "aic":
            self._text_argument(command)
        elif letter not in "pdqnN=hHgGxDP" or not letter:
            raise self.fail(f"invalid command code {letter}" if letter else "command expected")
        return command

    def _address(self) -> Address | None:
        number = re.compile(r"\d+").match(self._text, self._at)
        if number:
            self._at = number.end()
            return int(number[0])
        if self._peek() == "$":
            self._at += 1
            return "$"
        if self._peek() in {"/", "\\"} and self._peek():
            if self._peek() == "\\":
                self._at += 1
            delimiter = self._peek()
            self._at += 1
            return self._regex(self._delimited(delimiter), "")
        return None

    def _delimited(self, delimiter: str) -> str:
        out = ""
        bracket = False
        while (char := self._peek()) != delimiter or bracket:
            if not char:
                raise self.fail("unterminated regular expression")
            self._at += 1
            if char == "\\" and not bracket:
                following = self._peek()
                self._at += 1
                out += delimiter if following == delimiter else f"\\{following}"
                continue
            if char == "[" and not bracket and delimiter != "[":
                bracket = "]" in self._text[self._at :]
            elif char == "]":
                bracket = False
            out += char
        self._at += 1
        return out

    def _regex(self, pattern: str, flags: str) -> re.Pattern[str]:
        try:
            return compile_pattern(
                pattern, extended=self._extended, ignore_case="i" in flags.lower()
            )
        except PatternError as error:
            raise self.fail(f"RE error: {error}") from None

    def _substitution(self, command: _Command) -> None:
        delimiter = self._peek()
        self._at += 1
        pattern = self._delimited(delimiter)
        start = self._at
        try:
            command.replacement = self._replacement(delimiter)
        except IndexError:
            self._at = start
            raise self.fail("unterminated substitute in regular expression") from None
        flags = re.compile(r"[gpiI0-9]*").match(self._text, self._at)
        command.flags = flags[0] if flags else ""
        self._at += len(command.flags)
        self._skip(" \t")
        if self._peek() and self._peek() not in "\n;}":
            raise self.fail("bad flag in substitute command: '" + self._peek() + "'")
        command.pattern = self._regex(pattern, command.flags)

    def _replacement(self, delimiter: str) -> str:
        out = ""
        while (char := self._text[self._at]) != delimiter:
            self._at += 1
            if char == "\\":
                following = self._text[self._at]
                self._at += 1
                out += delimiter if following == delimiter else f"\\{following}"
            else:
                out += char
        self._at += 1
        return out

    def _text_argument(self, command: _Command) -> None:
        match = re.compile(r"[ \t]*\\\n(.*)|[ \t]*(.*)").match(self._text, self._at)
        if match is not None:
            command.text = match[1] if match[1] is not None else match[2]
            self._at = match.end()


def _expand(replacement: str, match: re.Match[str]) -> str:
    def piece(found: re.Match[str]) -> str:
        text = found[0]
        if text == "&":
            return match[0]
        if text[1].isdigit():
            return match[int(text[1])] or ""
        return "\n" if text[1] == "n" else text[1]

    return re.sub(r"\\.|&", piece, replacement, flags=re.DOTALL)


class _Run:
    """Runs the commands over the lines."""

    def __init__(
        self, commands: list[_Command], out: Callable[[str], None], *, quiet: bool
    ) -> None:
        self._commands = commands
        self._out = out
        self._quiet = quiet
        self._number = 0
        self._lines: list[str] = []
        self._space = ""
        self._hold = ""
        self._after: list[str] = []
        self._deleted = False
        self.done = False

    def run(self, lines: list[str]) -> None:
        self._lines = lines
        while self._lines and not self.done:
            self._next_line()
            self._deleted = False
            self._after = []
            self._execute(self._commands)
            if not self._deleted and not self._quiet:
                self._out(f"{self._space}\n")
            for text in self._after:
                self._out(f"{text}\n")

    def _next_line(self) -> None:
        self._space = self._lines.pop(0)
        self._number += 1

    def _is(self, address: Address) -> bool:
        if isinstance(address, int):
            return self._number == address
        if isinstance(address, str):
            return not self._lines
        return address.search(self._space) is not None

    def _selected(self, command: _Command) -> bool:
        if command.first is None:
            return True
        if command.second is None:
            return self._is(command.first)
        if command.active:
            number = isinstance(command.second, int) and self._number >= command.second
            if number or (not isinstance(command.second, int) and self._is(command.second)):
                command.active = False
            past = isinstance(command.second, int) and self._number > command.second
            return not past
        if self._is(command.first):
            later = not isinstance(command.second, int) or command.second > self._number
            command.active = later
            return True
        return False

    def _execute(self, commands: list[_Command]) -> None:
        for command in commands:
            if self._deleted or self.done:
                return
            if self._selected(command) != command.negated:
                _ACTIONS[command.letter](self, command)

    def _group(self, command: _Command) -> None:
        self._execute(command.body)

    def _substitute(self, command: _Command) -> None:
        assert command.pattern is not None  # noqa: S101 - the parser has set it
        wanted = re.search(r"\d+", command.flags)
        which = int(wanted[0]) if wanted else 1
        count = 0

        def piece(match: re.Match[str]) -> str:
            nonlocal count
            count += 1
            use = count >= which if "g" in command.flags else count == which
            return _expand(command.replacement, match) if use else match[0]

        self._space = command.pattern.sub(piece, self._space)
        if count >= which and "p" in command.flags:
            self._out(f"{self._space}\n")

    def _print(self, _command: _Command) -> None:
        self._out(f"{self._space}\n")

    def _print_number(self, _command: _Command) -> None:
        self._out(f"{self._number}\n")

    def _delete(self, _command: _Command) -> None:
        self._deleted = True

    def _quit(self, _command: _Command) -> None:
        self.done = True

    def _next(self, _command: _Command) -> None:
        if not self._quiet:
            self._out(f"{self._space}\n")
        if self._lines:
            self._next_line()
        else:
            self._deleted = self.done = True

    def _append_next(self, _command: _Command) -> None:
        if self._lines:
            before = self._space
            self._next_line()
            self._space = f"{before}\n{self._space}"
        else:
            self.done = True

    def _append(self, command: _Command) -> None:
        self._after.append(command.text)

    def _insert(self, command: _Command) -> None:
        self._out(f"{command.text}\n")

    def _change(self, command: _Command) -> None:
        self._deleted = True
        if not command.active:
            self._out(f"{command.text}\n")

    def _translate(self, command: _Command) -> None:
        self._space = self._space.translate(str.maketrans(command.text, command.replacement))

    def _hold_space(self, command: _Command) -> None:
        if command.letter == "h":
            self._hold = self._space
        elif command.letter == "H":
            self._hold += f"\n{self._space}"
        elif command.letter == "g":
            self._space = self._hold
        elif command.letter == "G":
            self._space += f"\n{self._hold}"
        else:
            self._space, self._hold = self._hold, self._space

    def _first_line(self, command: _Command) -> None:
        head, newline, rest = self._space.partition("\n")
        if command.letter == "P":
            self._out(f"{head}\n")
        else:
            self._deleted = True
            if newline:
                self._lines.insert(0, rest)
                self._number -= 1


_ACTIONS: Mapping[str, Callable[[_Run, _Command], None]] = {
    "{": _Run._group,  # noqa: SLF001 - the table of the class's own methods
    "s": _Run._substitute,  # noqa: SLF001
    "p": _Run._print,  # noqa: SLF001
    "=": _Run._print_number,  # noqa: SLF001
    "d": _Run._delete,  # noqa: SLF001
    "q": _Run._quit,  # noqa: SLF001
    "n": _Run._next,  # noqa: SLF001
    "N": _Run._append_next,  # noqa: SLF001
    "a": _Run._append,  # noqa: SLF001
    "i": _Run._insert,  # noqa: SLF001
    "c": _Run._change,  # noqa: SLF001
    "y": _Run._translate,  # noqa: SLF001
    "h": _Run._hold_space,  # noqa: SLF001
    "H": _Run._hold_space,  # noqa: SLF001
    "g": _Run._hold_space,  # noqa: SLF001
    "G": _Run._hold_space,  # noqa: SLF001
    "x": _Run._hold_space,  # noqa: SLF001
    "P": _Run._first_line,  # noqa: SLF001
    "D": _Run._first_line,  # noqa: SLF001
}


def _lines_of(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


async def sed(process: Process) -> int:
    """Edit lines."""
    options = getopt(process, "EHI:ae:f:i:lnru", _USAGE)
    scripts = options.values("e")
    for name in options.values("f"):
        scripts.append(process.nas.filesystem.read_text(process.path(name), process.uid))
    if not scripts:
        if not options.words:
            fail(process, "", _USAGE)
        scripts = [options.words.pop(0)]
    extended = "E" in options or "r" in options
    text = "\n".join(scripts)
    inputs = Inputs(process, options.words)
    if "i" in options or "I" in options:
        extension = options.value("i") or options.value("I")
        for name in options.words:
            commands = _Script(process, text, extended=extended).commands()
            if not _edit(process, name, commands, extension, quiet="n" in options):
                inputs.status = 1
        return inputs.status
    commands = _Script(process, text, extended=extended).commands()
    lines: list[str] = []
    async for _, data in inputs.files():
        lines += _lines_of(text_of(data))
    _Run(commands, process.out, quiet="n" in options).run(lines)
    return inputs.status


def _edit(
    process: Process, name: str, commands: list[_Command], extension: str, *, quiet: bool
) -> bool:
    files = process.nas.filesystem
    path = process.path(name)
    out: list[str] = []
    try:
        old = files.read_text(path, process.uid)
        if extension:
            files.write_text(path + extension, old, uid=process.uid)
        _Run(commands, out.append, quiet=quiet).run(_lines_of(old))
        files.write_text(path, "".join(out), uid=process.uid)
    except FileError as error:
        process.warn(f"{name}: {error}")
        return False
    return True


PROGRAMS: Mapping[str, Program] = {"/usr/bin/sed": sed}
