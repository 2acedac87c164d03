"""rc.conf(5) as text: which variables it sets, to what, and where. Pure.

It is shell text. What is read here are assignments: with quotes, continued lines, and values
that name variables. Whatever else is there is named, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXPANSION = re.compile(
    r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^}$`\"'\\]*))?\})"
)
# With what may stand before the command that it waits for, perhaps lines below.
_OPERATOR = re.compile(r"(?:&&|\|\|)(?:\s|\\\n|#[^\n]*)*")
_ENDS_WORD = frozenset(" \t\n;&|()<>")
# What a command may be, so that assignments behind it happen or not.
_OPENS = frozenset({"if", "for", "while", "until", "case", "{", "("})
_CLOSES = frozenset({"fi", "done", "esac", "}", ")"})
_PLAIN = re.compile(
    r"""[ \t]*[A-Za-z_]\w*=("[^"$`\\\n]*"|'[^'\\\n]*'|[\w.:/,+-]+)[ \t]*(#.*)?\n?""", re.ASCII
)


@dataclass(frozen=True)
class Assignment:
    """One assignment; ``start`` and ``end`` are its place in the text.

    ``value`` is None where it depends on what the text does not have. ``conditional``: it is
    inside of if, for or the like, or behind ``&&`` or ``||``.
    """

    name: str
    value: str | None
    line: int
    start: int
    end: int
    conditional: bool = False


@dataclass
class RcFile:
    """The assignments of a text, its variables, and the lines that are something else.

    ``broken`` is the line of a quotation mark without a second one, which no shell reads.
    """

    text: str
    assignments: list[Assignment] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    foreign: list[int] = field(default_factory=list)
    broken: int | None = None

    @property
    def returned(self) -> int | None:
        """The line of the first value with a carriage return, which a shell takes for a part."""
        those = (each for each in self.assignments if "\r" in self.text[each.start : each.end])
        return next((each.line for each in those), None)

    def of(self, name: str) -> list[Assignment]:
        """Return the assignments of a variable; the last one holds."""
        return [each for each in self.assignments if each.name == name]

    def lines_of(self, found: Assignment) -> tuple[int, int]:
        """Return begin and end of the lines that an assignment is on."""
        start = self.text.rfind("\n", 0, found.start) + 1
        end = self.text.find("\n", found.end)
        return start, len(self.text) if end < 0 else end + 1

    def is_plain(self, found: Assignment) -> bool:
        """Return whether an assignment is one line with nothing to evaluate, as sysrc writes it."""
        start, end = self.lines_of(found)
        return not found.conditional and _PLAIN.fullmatch(self.text[start:end]) is not None


class _UnclosedError(Exception):
    """A quotation mark has no second one."""


@dataclass
class _Reader:
    file: RcFile
    known: Mapping[str, str]
    place: int = 0
    depth: int = 0
    chained: bool = False  # the command is behind "&&" or "||"

    @property
    def text(self) -> str:
        return self.file.text

    def read(self) -> None:
        while self.place < len(self.text):
            if operator := _OPERATOR.match(self.text, self.place):
                self.chained = True
                self.place = operator.end()
            elif self.text[self.place] in " \t\n;&|":
                self.chained = self.chained and self.text[self.place] in " \t"
                self.place += 1
            elif self.text.startswith("\\\n", self.place):
                self.place += 2
            elif self.text[self.place] == "#":
                self._to_end_of_line()
            else:
                self._command()

    def _to_end_of_line(self) -> None:
        end = self.text.find("\n", self.place)
        self.place = len(self.text) if end < 0 else end

    def _line(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1

    def _command(self) -> None:
        """Read a command: assignments alone, or something else."""
        first = self.place
        found: list[Assignment] = []
        while self.place < len(self.text) and self.text[self.place] not in "\n;&|":
            start = self.place
            name = _NAME.match(self.text, start)
            if self.text[start] in " \t" or self.text.startswith("\\\n", start):
                self.place += 1 if self.text[start] in " \t" else 2
            elif self.text[start] == "#":
                self._to_end_of_line()
            elif name and self.text[name.end() : name.end() + 1] == "=":
                self.place = name.end() + 1
                value = self._word()
                line, nested = self._line(start), self.depth > 0 or self.chained
                found.append(Assignment(name[0], value, line, start, self.place, nested))
            elif name and name[0] == "export" and not found:
                self.place = name.end()
            else:
                self._other(first)
                return
        for each in found:
            self._assign(each)

    def _assign(self, each: Assignment) -> None:
        self.file.assignments.append(each)
        if each.conditional or each.value is None:
            if each.line not in self.file.foreign:
                self.file.foreign.append(each.line)
        else:
            self.file.variables[each.name] = each.value

    def _other(self, first: int) -> None:
        """Skip a command that is no assignment, up to the end of the line or a keyword."""
        start = self.place
        self._word()
        word = self.text[start : self.place]
        if not word:
            word = self.text[start]
            self.place += 1
        if word in _OPENS:
            self.depth += 1
        elif word in _CLOSES:
            self.depth = max(0, self.depth - 1)
        line = self._line(first)
        if line not in self.file.foreign:
            self.file.foreign.append(line)
        if word in _OPENS | _CLOSES | {"then", "else", "do", "elif", "!"}:
            return
        while self.place < len(self.text) and self.text[self.place] not in "\n;&|":
            if self.text[self.place] == "#" and self.text[self.place - 1] in " \t":
                self._to_end_of_line()
            elif self.text[self.place] in _ENDS_WORD:
                self.place += 1
            else:
                self._word()

    def _word(self) -> str | None:
        """Read a word and return what it expands to; None if that is not known here."""
        parts: list[str] = []
        known = True
        begin = self.place
        while self.place < len(self.text) and self.text[self.place] not in _ENDS_WORD:
            character = self.text[self.place]
            if character == "'":
                end = self.text.find("'", self.place + 1)
                if end < 0:
                    raise _UnclosedError(self._line(begin))
                parts.append(self.text[self.place + 1 : end])
                self.place = end + 1
            elif character == '"':
                known = self._quoted(parts) and known
            elif character == "\\":
                parts.append(self.text[self.place + 1 : self.place + 2].replace("\n", ""))
                self.place += 2
            elif character in "$`":
                known = self._expanded(parts) and known
            else:
                parts.append(character)
                self.place += 1
        return "".join(parts) if known else None

    def _quoted(self, parts: list[str]) -> bool:
        """Read what is between double quotation marks."""
        begin, known = self.place, True
        self.place += 1
        while self.place < len(self.text) and self.text[self.place] != '"':
            character = self.text[self.place]
            if character == "\\":
                escaped = self.text[self.place + 1 : self.place + 2]
                parts.append(
                    {"\n": ""}.get(escaped, escaped if escaped in '"$`\\' else f"\\{escaped}")
                )
                self.place += 2
            elif character in "$`":
                known = self._expanded(parts) and known
            else:
                parts.append(character)
                self.place += 1
        if self.place >= len(self.text):
            raise _UnclosedError(self._line(begin))
        self.place += 1
        return known

    def _expanded(self, parts: list[str]) -> bool:
        """Read an expansion; tell whether its value is known."""
        found = _EXPANSION.match(self.text, self.place)
        if found is None:
            literal = self.text[self.place] == "$" and not re.match(
                r"\$[({?$!#*@0-9-]", self.text[self.place : self.place + 2]
            )
            if self.text[self.place] == "`":
                end = self.text.find("`", self.place + 1)
                self.place = len(self.text) if end < 0 else end + 1
            elif self.text.startswith(("$(", "${"), self.place):
                self._skip_nested()
            else:
                parts.append("$")
                self.place += 1
            return literal
        self.place = found.end()
        plain, braced, operator, word = found.groups()
        has = self.file.variables.get(plain or braced, self.known.get(plain or braced))
        there = bool(has) if operator and operator[0] == ":" else has is not None
        if operator and operator[-1] == "+":
            parts.append(word if there else "")
        elif operator and not there:
            parts.append(word)
        else:
            parts.append(has or "")
        return True

    def _skip_nested(self) -> None:
        """Skip what a command or an expansion that is not read here has in its brackets."""
        opening = self.text[self.place + 1]
        closing, open_ones = {"(": ")", "{": "}"}[opening], 0
        self.place += 1
        while self.place < len(self.text):
            character = self.text[self.place]
            self.place += 1
            open_ones += (character == opening) - (character == closing)
            if not open_ones:
                return


def read_rc_file(text: str, known: Mapping[str, str] | None = None) -> RcFile:
    """Read the text of a file; ``known`` are the variables that are set before it."""
    file = RcFile(text)
    try:
        _Reader(file, known or {}).read()
    except _UnclosedError as error:
        file.broken = int(str(error))
    return file
