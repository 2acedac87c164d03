"""Text to tokens, as bin/sh/parser.c's readtoken reads them.

Words come out with their parts: quoting, parameters, substitutions, arithmetic. A
substitution is read by the grammar itself, which is handed in, because only a parser knows
where ``$( case x in x) … )`` ends.
"""

from __future__ import annotations

import string
from collections.abc import Callable

from lagg_tool.simulator.shell.syntax import (
    Arithmetic,
    Command,
    Literal,
    Parameter,
    Part,
    ShellSyntaxError,
    Substitution,
    Word,
)
from lagg_tool.simulator.shell.tokens import (
    BRACED,
    ENDS_BASE,
    ESCAPABLE,
    NAME,
    NAME_START,
    OPERATORS,
    PLAIN,
    QUOTING,
    REDIRECTS,
    SPECIAL,
    Context,
    Kind,
    Token,
)


class _Parts:
    """Collects the parts of a word, joining neighbouring literals."""

    def __init__(self) -> None:
        self.parts: list[Part] = []

    def text(self, text: str, *, quoted: bool) -> None:
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Literal) and last.quoted == quoted:
            self.parts[-1] = Literal(last.text + text, quoted)
        else:
            self.parts.append(Literal(text, quoted))


class Lexer:
    """Reads tokens from a text, from a position on."""

    def __init__(self, text: str, substitution: Callable[[Lexer], Command | None]) -> None:
        self.text: str = text
        self.position = 0
        self.line = 1
        self._substitution = substitution
        self._given_back: Token | None = None
        self.unfinished_document = False

    def give_back(self, token: Token | None) -> None:
        """Let ``token`` be the next one again."""
        self._given_back = token

    # -- characters

    def _peek(self, ahead: int = 0) -> str:
        where = self.position + ahead
        return self.text[where : where + 1]

    def _next(self) -> str:
        char = self._peek()
        self.position += 1
        if char == "\n":
            self.line += 1
        return char

    def error(self, message: str, line: int | None = None) -> ShellSyntaxError:
        """Return the exception for a broken grammar here."""
        return ShellSyntaxError(message, line or self.line)

    # -- tokens

    def token(self) -> Token:
        """Return the next token."""
        if self._given_back is not None:
            token, self._given_back = self._given_back, None
            return token
        self._skip_blanks()
        line = self.line
        if not self._peek():
            return Token(Kind.END, "", line)
        for operator in OPERATORS:
            if self.text.startswith(operator, self.position):
                for _ in operator:
                    self._next()
                return Token(Kind.OPERATOR, operator, line)
        digit = self._peek() if self._peek() in string.digits and self._peek(1) in "<>" else ""
        if digit and self._peek(1):
            self._next()
        if self._peek() in "<>":
            return self._redirect(digit, line)
        start = self.position
        word = self.word(Context.BASE)
        source = self.text[start : self.position].replace("\\\n", "")
        bare = len(word) == 1 and word == (Literal(source),)
        return Token(Kind.WORD, source if bare else "", line, word)

    def _skip_blanks(self) -> None:
        while True:
            char = self._peek()
            if char in {" ", "\t"}:
                self._next()
            elif char == "\\" and self._peek(1) == "\n":
                self._next()
                self._next()
            elif char == "#":
                while self._peek() not in {"\n", ""}:
                    self._next()
            else:
                return

    def _redirect(self, digit: str, line: int) -> Token:
        operator = next(o for o in REDIRECTS if self.text.startswith(o, self.position))
        self.position += len(operator)
        fd = int(digit) if digit else int(operator[0] == ">")
        return Token(Kind.REDIRECT, operator, line, fd=fd)

    # -- words

    def word(self, context: Context) -> Word:
        """Read to the end of a word, a quoted string, a ``${…}`` or an arithmetic expression."""
        parts = _Parts()
        quoted = context in QUOTING
        depth = 0
        start = self.line
        plain = PLAIN[context]
        while True:
            if found := plain.match(self.text, self.position):
                parts.text(found[0], quoted=quoted)
                self.position = found.end()
                self.line += found[0].count("\n")
            char = self._peek()
            if not char:
                if context in {Context.BASE, Context.HERE}:
                    break
                raise self._unfinished(context, start)
            if context is Context.BASE and char in ENDS_BASE:
                break
            if context is Context.QUOTED and char == '"':
                break
            if context in {Context.BRACE, Context.QUOTED_BRACE} and char == "}":
                break
            if context is Context.ARITHMETIC and char in "()":
                if char == ")" and not depth:
                    break
                depth += 1 if char == "(" else -1
            self._part(parts, context, quoted=quoted)
        return tuple(parts.parts)

    def _unfinished(self, context: Context, line: int) -> ShellSyntaxError:
        if context is Context.QUOTED:
            return self.error("Unterminated quoted string")
        if context is Context.ARITHMETIC:
            return self.error("Unterminated quoted string", line)
        return self.error("Missing '}'", line)

    def _part(self, parts: _Parts, context: Context, *, quoted: bool) -> None:
        char = self._next()
        if char == "\\":
            self._backslash(parts, context)
        elif char == "'" and not quoted:
            parts.text(self._single_quoted(), quoted=True)
        elif char == '"' and context is not Context.HERE and context is not Context.ARITHMETIC:
            self._double_quoted(parts, context)
        elif char == "$":
            self._dollar(parts, quoted=quoted)
        elif char == "`":
            parts.parts.append(Substitution(self._backquoted(context), quoted))
        else:
            parts.text(char, quoted=quoted)

    def _backslash(self, parts: _Parts, context: Context) -> None:
        char = self._next()
        if char == "\n":
            return
        if not char:
            parts.text("\\", quoted=context in QUOTING)
        elif context in ESCAPABLE and char not in ESCAPABLE[context]:
            parts.text("\\" + char, quoted=True)
        else:
            parts.text(char, quoted=True)

    def _single_quoted(self) -> str:
        end = self.text.find("'", self.position)
        if end < 0:
            self.line += self.text.count("\n", self.position)
            raise self.error("Unterminated quoted string")
        text = self.text[self.position : end]
        self.line += text.count("\n")
        self.position = end + 1
        return text

    def _double_quoted(self, parts: _Parts, context: Context) -> None:
        if context is Context.QUOTED_BRACE:  # the quotes inside "${x:-"y"}" end and begin again
            return
        inner = self.word(Context.QUOTED)
        self._next()
        if not inner:
            parts.text("", quoted=True)
        for part in inner:
            if isinstance(part, Literal):
                parts.text(part.text, quoted=True)
            else:
                parts.parts.append(part)

    def _backquoted(self, context: Context) -> Command | None:
        out: list[str] = []
        while (char := self._next()) != "`":
            if not char:
                raise self.error("EOF in backquote substitution")
            if char == "\\":
                following = self._next()
                if following == "\n":
                    continue
                escapable = '\\`$"' if context is Context.QUOTED else "\\`$"
                out.append(following if following in escapable else "\\" + following)
            else:
                out.append(char)
        inner = Lexer("".join(out), self._substitution)
        body = self._substitution(inner)
        rest = inner.token()
        if rest.kind is not Kind.END:
            raise self.error(f"{rest.shown} unexpected")
        return body

    def _dollar(self, parts: _Parts, *, quoted: bool) -> None:
        char = self._peek()
        if char == "(" and self._peek(1) == "(":
            self.position += 2
            expression = self.word(Context.ARITHMETIC)
            self._next()
            if self._next() != ")":
                raise self.error("Unterminated quoted string")
            parts.parts.append(Arithmetic(expression, quoted))
        elif char == "(":
            self._next()
            body = self._substitution(self)
            closing = self.token()
            if closing.text != ")":
                raise self.error(f'{closing.shown} unexpected (expecting ")")')
            parts.parts.append(Substitution(body, quoted))
        elif char == "{":
            self._next()
            parts.parts.append(self._braced(quoted=quoted))
        elif char in NAME_START:
            parts.parts.append(Parameter(self._name(), quoted=quoted))
        elif char and char in SPECIAL:
            parts.parts.append(Parameter(self._next(), quoted=quoted))
        else:
            parts.text("$", quoted=quoted)

    def _name(self) -> str:
        start = self.position
        while self._peek() and self._peek() in NAME:
            self.position += 1
        return self.text[start : self.position]

    def _braced(self, *, quoted: bool) -> Parameter:
        found = BRACED.match(self.text, self.position)
        if found is None:
            return self._bad_substitution(quoted=quoted)
        self.position = found.end()
        length, name, operator = found.groups("")
        if not operator or length:
            if (operator and length) or self._next() != "}":
                return self._bad_substitution(quoted=quoted)
            return Parameter(name, "length" if length else "", quoted=quoted)
        inner = Context.QUOTED_BRACE if quoted and operator[0] not in "%#" else Context.BRACE
        argument = self.word(inner)
        self._next()
        return Parameter(name, operator, argument, quoted)

    def _bad_substitution(self, *, quoted: bool) -> Parameter:
        """Skip to the brace; ``Bad substitution`` is said when it is expanded."""
        self.word(Context.QUOTED_BRACE if quoted else Context.BRACE)
        self._next()
        return Parameter("", "bad", quoted=quoted)

    # -- here-documents

    def here_document(self, mark: str, *, strip: bool, expand: bool) -> Word:
        """Read the lines up to ``mark``, from the beginning of a line."""
        lines: list[str] = []
        self.unfinished_document = True
        while self.position < len(self.text):
            end = self.text.find("\n", self.position)
            end = len(self.text) if end < 0 else end
            line = self.text[self.position : end]
            self.position = min(end + 1, len(self.text))
            self.line += 1
            if strip:
                line = line.lstrip("\t")
            if line == mark:
                self.unfinished_document = False
                break
            lines.append(line + "\n")
        body = "".join(lines)
        if not expand:
            return (Literal(body, quoted=True),)
        return Lexer(body, self._substitution).word(Context.HERE)
