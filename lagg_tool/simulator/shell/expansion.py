"""Words to fields: parameters, substitutions, field splitting, pathnames, tildes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lagg_tool.simulator.shell import patterns
from lagg_tool.simulator.shell.arithmetic import ExpressionError, evaluate
from lagg_tool.simulator.shell.state import DEFAULT_IFS, PER_WORD, ShellError, State, fit
from lagg_tool.simulator.shell.syntax import (
    Arithmetic,
    Command,
    Literal,
    Parameter,
    Substitution,
    Word,
)
from lagg_tool.simulator.system.nodes import Directory
from lagg_tool.simulator.system.users import HOMES

Segment = tuple[str, bool]


class _Fields:
    """Collects the fields that a word becomes."""

    def __init__(self, ifs: str, *, splits: bool = True) -> None:
        self.splits = splits  # else all becomes one field
        self.done: list[list[Segment]] = []
        self.current: list[Segment] | None = None
        self._ifs = ifs
        self._size = 0
        self._pending_blank = False  # IFS white space ended a field: the next text begins one

    def text(self, text: str, *, quoted: bool) -> None:
        if text or quoted:
            self._resume()
            if self.current is None:
                self.current = []
            self.current.append((text, quoted))
            self._size += len(text)
            fit(self._size)

    def end(self) -> None:
        self._pending_blank = False
        self._size += PER_WORD
        fit(self._size)
        self.done.append(self.current if self.current is not None else [])
        self.current = None

    def _resume(self) -> None:
        if self._pending_blank:
            self._pending_blank = False
            if self.current is not None:
                self.end()

    def split(self, text: str) -> None:
        """Take the value of an unquoted expansion apart at the characters of IFS."""
        if not self.splits:
            self.text(text, quoted=False)
            return
        piece = ""
        for char in text:
            if char not in self._ifs:
                if not piece:
                    self._resume()
                piece += char
                continue
            if piece:
                self.text(piece, quoted=False)
                piece = ""
            if char in DEFAULT_IFS:
                self._pending_blank = self._pending_blank or self.current is not None
            else:
                self.end()
        if piece:
            self.text(piece, quoted=False)

    def finish(self) -> list[list[Segment]]:
        self._pending_blank = False
        if self.current is not None:
            self.end()
        return self.done


class Expander:
    """Expands words for one shell; ``substitute`` runs a command and returns its output."""

    def __init__(self, state: State, substitute: Callable[[Command], Awaitable[str]]) -> None:
        self._state = state
        self._substitute = substitute

    @property
    def _ifs(self) -> str:
        value = self._state.get("IFS")
        return DEFAULT_IFS if value is None else value

    # -- what callers want

    async def fields(self, words: tuple[Word, ...]) -> list[str]:
        """Return the fields that words become, pathnames expanded."""
        out: list[str] = []
        size = 0
        for word in words:
            for field in await self._split(word):
                found = self._pathnames(field)
                size += sum(map(len, found)) + PER_WORD * len(found)
                fit(size)
                out.extend(found)
        return out

    async def text(self, word: Word, *, tilde: bool = True) -> str:
        """Return a word as one text: no splitting, no pathnames."""
        segments = await self._segments(word, tilde=tilde)
        return "".join(text for text, _ in segments)

    async def pattern(self, word: Word) -> patterns.Segments:
        """Return a word as a pattern."""
        return tuple(await self._segments(word))

    # -- parts

    async def _segments(self, word: Word, *, tilde: bool = True) -> list[Segment]:
        fields = _Fields("", splits=False)
        await self._collect(self._tilde(word) if tilde else word, fields)
        return fields.current or []

    async def _split(self, word: Word) -> list[list[Segment]]:
        fields = _Fields(self._ifs)
        await self._collect(self._tilde(word), fields)
        return fields.finish()

    async def _collect(self, word: Word, fields: _Fields, *, outer_quoted: bool = False) -> None:
        for part in word:
            if isinstance(part, Literal):
                fields.text(part.text, quoted=part.quoted or outer_quoted)
            elif isinstance(part, Parameter) and part.name in {"@", "*"} and not part.operator:
                self._all_positional(part, fields)
            elif isinstance(part, Parameter) and part.operator[-1:] in {"-", "+"}:
                await self._alternative(part, fields)
            else:
                value = await self._value(part)
                if part.quoted:
                    fields.text(value, quoted=True)
                else:
                    fields.split(value)

    async def _alternative(self, part: Parameter, fields: _Fields) -> None:
        value, is_default = self._parameter(part.name), part.operator.endswith("-")
        if self._is_missing(part, value) == is_default:
            if not part.quoted:
                await self._collect_split(part.argument, fields)
            elif part.argument:
                await self._collect(part.argument, fields, outer_quoted=True)
            else:
                fields.text("", quoted=True)
        elif is_default and part.name in {"@", "*"}:
            self._all_positional(part, fields)
        elif part.quoted:
            fields.text(value or "" if is_default else "", quoted=True)
        elif is_default:
            fields.split(value or "")

    async def _collect_split(self, word: Word, fields: _Fields) -> None:
        """Collect the word in ``${x-word}``, whose unquoted text is split, too."""
        for part in self._tilde(word):
            if isinstance(part, Literal) and not part.quoted:
                fields.split(part.text)
            else:
                await self._collect((part,), fields)

    def _all_positional(self, part: Parameter, fields: _Fields) -> None:
        values = self._state.positional
        if not fields.splits or (part.quoted and part.name == "*"):
            fields.text(self._parameter(part.name) or "", quoted=part.quoted)
            return
        for index, value in enumerate(values):
            if index and (part.quoted or fields.current is not None):
                fields.end()
            if part.quoted:
                fields.text(value, quoted=True)
            else:
                fields.split(value)

    def _joined(self) -> str:
        ifs = self._state.get("IFS")
        separator = " " if ifs is None else ifs[:1]
        return separator.join(self._state.positional)

    async def _value(self, part: Parameter | Substitution | Arithmetic) -> str:
        if isinstance(part, Parameter):
            return await self._expand_parameter(part)
        if isinstance(part, Arithmetic):
            expression = await self.text(part.expression, tilde=False)
            try:
                return str(evaluate(expression, self._number_variable))
            except ExpressionError as fault:
                raise ShellError(str(fault)) from None
        if part.body is None:
            return ""
        return (await self._substitute(part.body)).rstrip("\n")

    def _number_variable(self, name: str) -> str | None:
        value = self._parameter(name)
        if value is None and "u" in self._state.options:
            raise ShellError(f"{name}: parameter not set")
        return value

    def _parameter(self, name: str) -> str | None:
        state = self._state
        special: dict[str, Callable[[], str | None]] = {
            "?": lambda: str(state.status),
            "#": lambda: str(len(state.positional)),
            "$": lambda: str(state.pid),
            "!": lambda: None if state.last_background is None else str(state.last_background),
            "0": lambda: state.arg0,
            "@": lambda: " ".join(state.positional) if state.positional else None,
            "*": lambda: self._joined() if state.positional else None,
        }
        if name in special:
            return special[name]()
        if name.isdigit():
            index = int(name) - 1
            return state.positional[index] if index < len(state.positional) else None
        return state.get(name)

    def _is_missing(self, part: Parameter, value: str | None) -> bool:
        return value is None or (part.operator.startswith(":") and not value)

    async def _expand_parameter(self, part: Parameter) -> str:
        value = self._parameter(part.name)
        operator = part.operator
        if operator == "bad":
            raise ShellError("Bad substitution")
        if operator in {"", "length", "%", "%%", "#", "##"}:
            if value is None and "u" in self._state.options and part.name not in {"@", "*", "!"}:
                raise ShellError(f"{part.name}: parameter not set")
            value = value or ""
            if operator == "length":
                return str(len(value.encode(errors="surrogateescape").decode(errors="replace")))
            return await self._trimmed(value, part) if operator else value
        if not self._is_missing(part, value):
            return value or ""
        if operator[-1] == "=":
            if part.name.isdigit() or not (part.name[0].isalpha() or part.name[0] == "_"):
                raise ShellError(f"${{{part.name}{operator}}}: Bad substitution")
            default = await self.text(part.argument)
            self._state.put(part.name, default)
            return default
        message = await self.text(part.argument)
        null = " or null" if operator.startswith(":") else ""
        raise ShellError(f"{part.name}: {message or f'parameter{null} not set'}")

    async def _trimmed(self, value: str, part: Parameter) -> str:
        pattern = await self.pattern(part.argument)
        trim = patterns.without_prefix if part.operator[0] == "#" else patterns.without_suffix
        return trim(pattern, value, longest=len(part.operator) == 2)

    # -- tildes and pathnames

    def _tilde(self, word: Word) -> Word:
        if not word or not isinstance(word[0], Literal) or word[0].quoted:
            return word
        text = word[0].text
        if not text.startswith("~"):
            return word
        user, slash, rest = text[1:].partition("/")
        if not slash and len(word) > 1:
            return word
        home = self._state.get("HOME") if not user else HOMES.get(user)
        if home is None:
            return word
        return (Literal(home, quoted=True), Literal(slash + rest), *word[1:])

    def _pathnames(self, field: list[Segment]) -> list[str]:
        segments = tuple(field)
        text = "".join(piece for piece, _ in segments)
        if not patterns.is_pattern(segments):
            return [text]
        return sorted(self._glob(segments)) or [text]

    def _glob(self, segments: patterns.Segments) -> list[str]:
        """Return the existing paths that a pattern matches, component by component."""
        components: list[list[Segment]] = [[]]
        for text, quoted in segments:
            for index, piece in enumerate(text.split("/")):
                if index:
                    components.append([])
                if piece:
                    components[-1].append((piece, quoted))
        rooted = not components[0]
        found = ["/" if rooted else ""]
        for component in components[1:] if rooted else components:
            found, bases = [], found
            for base in bases:
                found += self._step(base, tuple(component))
                fit(PER_WORD * len(found))
        return [path.rstrip("/") if len(path) > 1 and components[-1] else path for path in found]

    def _step(self, base: str, component: patterns.Segments) -> list[str]:
        process = self._state.process
        files = process.system.filesystem
        here = files.find(process.path(base or "."), process.uid)
        if not isinstance(here, Directory):
            return []
        if not patterns.is_pattern(component):
            name = "".join(text for text, _ in component)
            if not name:
                return [base]
            exists = files.find(process.path(base + name), process.uid, follow=False)
            return [f"{base}{name}/"] if exists else []
        hidden = component[0][0].startswith(".")
        return [
            f"{base}{name}/"
            for name in sorted(here.entries)
            if (hidden or not name.startswith(".")) and patterns.matches(component, name)
        ]
