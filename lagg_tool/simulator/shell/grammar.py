"""Tokens to commands: the grammar and the error messages of bin/sh/parser.c.

FreeBSD's shell reads one complete command at a time and runs it before it reads the next,
so an error in a later line does not keep the earlier ones from running. tree-sitter-bash
reads whole files and bash; it loses here-documents (``cat <<A; cat <<B``), binds ``!`` and
``a <<X | b && c`` differently, takes what this shell refuses, and has no messages. So it is
the second opinion in the tests, and not the grammar here.
"""

from __future__ import annotations

from functools import lru_cache

from lagg_tool.simulator.shell.lexer import Lexer
from lagg_tool.simulator.shell.syntax import (
    EMPTY,
    SPECIAL_BUILTINS,
    AndOr,
    Background,
    Case,
    CaseItem,
    Command,
    For,
    Function,
    HereDocument,
    If,
    Literal,
    Loop,
    Not,
    Parameter,
    Pipeline,
    Redirect,
    Redirected,
    RedirectKind,
    Sequence,
    ShellSyntaxError,
    Simple,
    Subshell,
    Word,
)
from lagg_tool.simulator.shell.token_reading import TokenReader
from lagg_tool.simulator.shell.tokens import NAME, NAME_START, RESERVED, Kind, Token

# tokens that end a list (tokendlist in mktokens)
_LIST_ENDS = frozenset({")", ";;", ";&", "}", "then", "else", "elif", "fi", "do", "done", "esac"})


def is_name(text: str) -> bool:
    """Whether a text can be a variable's name."""
    return bool(text) and text[0] in NAME_START and all(char in NAME for char in text)


def assignment(word: Word) -> tuple[str, Word] | None:
    """Take ``name=value`` apart, if the word is that."""
    if not word or not isinstance(word[0], Literal) or word[0].quoted:
        return None
    name, equals, rest = word[0].text.partition("=")
    if not equals or not is_name(name):
        return None
    return name, ((Literal(rest), *word[1:]) if rest else word[1:])


class Parser(TokenReader):
    """Reads the complete commands of a script, one after the other."""

    @classmethod
    def of(cls, text: str) -> Parser:
        """Return a parser at the beginning of a script."""
        return cls(Lexer(text, _substitution))

    # -- lists

    def next_command(self) -> Command | None:
        """Return the next complete command; EMPTY for a blank line, None at the end."""
        token = self._read()
        if token.kind is Kind.END:
            return None
        if token.text == "\n" and token.kind is Kind.OPERATOR:
            return EMPTY
        self._push(token)
        return self.command_list(top=True)

    def _ends(self, token: Token) -> bool:
        return token.kind is Kind.END or (
            token.kind is not Kind.REDIRECT and token.text in _LIST_ENDS
        )

    def command_list(self, *, top: bool = False) -> Command | None:
        """Read commands to the end of the list; at the top, to the end of the line."""
        if not top and self._ends(self._peek()):
            return None
        commands: list[Command] = []
        while True:
            command = self._and_or()
            token = self._read()
            commands.append(Background(command) if self._is(token, "&") else command)
            if self._is(token, "&", ";"):
                token = self._read()
                if token.kind is not Kind.END and not self._is(token, "\n"):
                    self._push(token)
                    token = Token(Kind.OPERATOR, ";", token.line)
            if token.kind is Kind.END:
                self._read_here_documents()
                self._push(token)
                return _sequence(commands)
            if not self._is(token, "\n", ";"):
                if top:
                    raise self._unexpected(token)
                self._push(token)
                return _sequence(commands)
            if top and self._is(token, "\n"):
                return _sequence(commands)
            if not top and self._ends(self._peek()):
                return _sequence(commands)

    def _is(self, token: Token, *operators: str) -> bool:
        return token.kind is Kind.OPERATOR and token.text in operators

    def _and_or(self) -> Command:
        left = self._pipeline()
        while True:
            token = self._read()
            if not self._is(token, "&&", "||"):
                self._push(token)
                return left
            left = AndOr(left, self._pipeline(), is_and=token.text == "&&")

    def _pipeline(self) -> Command:
        negated = False
        while (token := self._read(newlines=True)).text == "!":
            negated = not negated
        self._push(token)
        stages = [self._command()]
        while self._is(token := self._read(), "|"):
            following = self._peek()
            stages.append(self._pipeline() if following.text == "!" else self._command())
        self._push(token)
        inner = stages[0] if len(stages) == 1 else Pipeline(tuple(stages))
        return Not(inner) if negated else inner

    # -- commands

    def _command(self) -> Command:
        redirects: list[Redirect] = []
        while (token := self._read(newlines=not redirects)).kind is Kind.REDIRECT:
            self._redirect(token, redirects)
        compound = self._compounds.get(token.text) if token.kind is not Kind.END else None
        if compound is None:
            empty = token.kind is not Kind.WORD
            if (empty and not redirects) or token.text in RESERVED:
                raise self._unexpected(token)
            self._push(token)
            return self._simple(redirects)
        built = compound(self, token)
        while (token := self._read()).kind is Kind.REDIRECT:
            self._redirect(token, redirects)
        self._push(token)
        return Redirected(built, tuple(redirects)) if redirects else built

    def _redirect(self, token: Token, redirects: list[Redirect]) -> None:
        target = self._read()
        if target.kind is not Kind.WORD:
            raise self._unexpected(target, "word")
        if token.text in {"<<", "<<-"}:
            quoted = any(isinstance(part, Literal) and part.quoted for part in target.word)
            mark = "".join(part.text for part in target.word if isinstance(part, Literal))
            if not all(isinstance(part, Literal) for part in target.word):
                raise ShellSyntaxError("Illegal eof marker for << redirection", target.line)
            strip = token.text == "<<-"
            document = HereDocument()
            redirects.append(Redirect(token.fd, RedirectKind.HERE, here=document))
            self._announce(document, mark, strip=strip, expand=not quoted)
            return
        redirects.append(Redirect(token.fd, RedirectKind(token.text), target.word))

    def _simple(self, redirects: list[Redirect]) -> Command:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        while True:
            token = self._read()
            if token.kind is Kind.REDIRECT:
                self._redirect(token, redirects)
            elif token.kind is Kind.WORD:
                pair = None if words else assignment(token.word)
                if pair:
                    assignments.append(pair)
                else:
                    words.append(token.word)
            elif token.text == "(" and len(words) == 1 and not redirects and not assignments:
                return self._function(words[0], token)
            else:
                self._push(token)
                return Simple(tuple(assignments), tuple(words), tuple(redirects))

    def _function(self, word: Word, token: Token) -> Command:
        closing = self._read()
        if closing.text != ")":
            raise self._unexpected(closing, '")"')
        plain = len(word) == 1 and isinstance(word[0], Literal) and not word[0].quoted
        name = word[0].text if plain and isinstance(word[0], Literal) else ""
        if not name or "/" in name or name[-1] in "!%*+-=?@}~":
            raise ShellSyntaxError("Bad function name", token.line)
        if name in SPECIAL_BUILTINS:
            message = "Cannot override a special builtin with a function"
            raise ShellSyntaxError(message, token.line)
        return Function(name, self._command())

    def _body(self) -> Command:
        return self.command_list() or EMPTY

    def _condition(self) -> Command:
        condition = self.command_list()
        if condition is None:
            raise self._unexpected(self._read(newlines=True))
        return condition

    def _if(self, _token: Token) -> Command:
        condition = self._condition()
        self._expect("then")
        body = self._body()
        token = self._read(newlines=True)
        if token.text == "elif":
            return If(condition, body, self._if(token))
        if token.text == "else":
            otherwise = self._body()
            self._expect("fi")
            return If(condition, body, otherwise)
        self._push(token)
        self._expect("fi")
        return If(condition, body, None)

    def _loop(self, token: Token) -> Command:
        condition = self._condition()
        self._expect("do")
        body = self._body()
        self._expect("done")
        return Loop(condition, body, until=token.text == "until")

    def _for(self, _token: Token) -> Command:
        variable = self._read()
        if variable.kind is not Kind.WORD or not is_name(variable.text):
            raise ShellSyntaxError("Bad for loop variable", variable.line)
        token = self._read(newlines=True)
        words: tuple[Word, ...] = ((Parameter("@", quoted=True),),)
        if token.text == "in":
            listed: list[Word] = []
            while (token := self._read()).kind is Kind.WORD:
                listed.append(token.word)
            if token.text not in {"\n", ";"}:
                raise self._unexpected(token)
            words = tuple(listed)
        elif token.text != ";":
            self._push(token)
        opening = self._read(newlines=True)
        if opening.text not in {"do", "{"}:
            raise self._unexpected(opening)
        body = self._body()
        self._expect("done" if opening.text == "do" else "}")
        return For(variable.text, words, body)

    def _case(self, _token: Token) -> Command:
        subject = self._read()
        if subject.kind is not Kind.WORD:
            raise self._unexpected(subject, "word")
        token = self._read(newlines=True)
        if token.text != "in":
            raise ShellSyntaxError('expecting "in"', token.line)
        items: list[CaseItem] = []
        token = self._read(newlines=True)
        while token.text != "esac":
            patterns = self._case_patterns(token)
            body = self._body()
            token = self._read(newlines=True)
            falls = token.text == ";&"
            items.append(CaseItem(patterns, body, falls))
            if token.text != "esac":
                if token.text not in {";;", ";&"}:
                    raise self._unexpected(token, '";;"')
                token = self._read(newlines=True)
        return Case(subject.word, tuple(items))

    def _case_patterns(self, token: Token) -> tuple[Word, ...]:
        patterns: list[Word] = []
        if token.text == "(":
            token = self._read(newlines=True)
        while True:
            if token.kind is not Kind.WORD:
                raise self._unexpected(token)
            patterns.append(token.word)
            token = self._read(newlines=True)
            if token.text == ")":
                return tuple(patterns)
            if token.text != "|":
                raise self._unexpected(token, '")"')
            token = self._read(newlines=True)

    def _subshell(self, _token: Token) -> Command:
        body = self._body()
        self._expect(")")
        return Subshell(body)

    def _group(self, _token: Token) -> Command:
        body = self._body()
        self._expect("}")
        return body

    _compounds = {  # noqa: RUF012 - a table of methods, never changed
        "if": _if,
        "while": _loop,
        "until": _loop,
        "for": _for,
        "case": _case,
        "(": _subshell,
        "{": _group,
    }


def _sequence(commands: list[Command]) -> Command:
    return commands[0] if len(commands) == 1 else Sequence(tuple(commands))


def _substitution(lexer: Lexer) -> Command | None:
    """Read the list inside ``$(…)``; the lexer is left before the closing parenthesis."""
    parser = Parser(lexer)
    body = parser.command_list()
    lexer.give_back(parser.pushed)
    return body


def is_complete(text: str) -> bool:
    """Return whether a text that ends with a line is a command, not the beginning of one."""
    if text.endswith("\\\n"):
        return False
    commands, error = parse(text)
    unfinished = ("end of file", "Unterminated", "EOF in", "Missing '}'")
    if "<<" in text and _open_here_document(text):
        return False
    return bool(commands) or error is None or not str(error).startswith(unfinished)


def _open_here_document(text: str) -> bool:
    """Return whether the mark of a here-document is still to come."""
    parser = Parser.of(text)
    try:
        while parser.next_command() is not None:
            pass
    except ShellSyntaxError:
        return False
    return parser.unfinished_document


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[tuple[Command, ...], ShellSyntaxError | None]:
    """Return a script's complete commands, up to the first error, and that error."""
    parser = Parser.of(text)
    commands: list[Command] = []
    try:
        while (command := parser.next_command()) is not None:
            commands.append(command)
    except ShellSyntaxError as error:
        return tuple(commands), error
    return tuple(commands), None
