"""Tokens as the grammar takes them: looked at ahead, put back, here-documents read at line ends."""

from __future__ import annotations

from dataclasses import dataclass

from lagg_tool.simulator.shell.lexer import Lexer
from lagg_tool.simulator.shell.syntax import HereDocument, ShellSyntaxError
from lagg_tool.simulator.shell.tokens import Kind, Token


@dataclass(frozen=True)
class _Here:
    """A here-document whose text follows the line."""

    document: HereDocument
    mark: str
    strip: bool
    expand: bool


class TokenReader:
    """Reads the tokens from where a lexer is."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self._pushed: Token | None = None
        self._pending: list[_Here] = []

    @property
    def unfinished_document(self) -> bool:
        """Whether the text ended inside a here-document."""
        return self._lexer.unfinished_document

    def _read(self, *, newlines: bool = False) -> Token:
        """Return the next token; with ``newlines``, skip line ends before it."""
        while True:
            token, self._pushed = self._pushed or self._lexer.token(), None
            if token.text == "\n" and token.kind is Kind.OPERATOR:
                self._read_here_documents()
                if newlines:
                    continue
            return token

    def _push(self, token: Token) -> None:
        self._pushed = token

    @property
    def pushed(self) -> Token | None:
        """The token that was read and is still to be used."""
        return self._pushed

    def _peek(self) -> Token:
        token = self._read(newlines=True)
        self._push(token)
        return token

    def _expect(self, text: str) -> None:
        token = self._read(newlines=True)
        if token.text != text:
            raise self._unexpected(token, f'"{text}"')

    def _unexpected(self, token: Token, expecting: str = "") -> ShellSyntaxError:
        more = f" (expecting {expecting})" if expecting else ""
        return ShellSyntaxError(f"{token.shown} unexpected{more}", token.line)

    def _announce(self, document: HereDocument, mark: str, *, strip: bool, expand: bool) -> None:
        """Read the text of a here-document after this line."""
        self._pending.append(_Here(document, mark, strip, expand))

    def _read_here_documents(self) -> None:
        pending, self._pending = self._pending, []
        for here in pending:
            here.document.text = self._lexer.here_document(
                here.mark, strip=here.strip, expand=here.expand
            )
