"""What a script consists of: words with their parts, commands, redirections. All frozen."""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class Literal:
    """Text that stands for itself; quoted text is neither split nor a pattern."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Parameter:
    """``$name`` or ``${name operator argument}``; ``#`` as operator alone is the length."""

    name: str
    operator: str = ""
    argument: Word = ()
    quoted: bool = False


@dataclass(frozen=True)
class Substitution:
    """``$(…)`` or backquotes."""

    body: Command | None
    quoted: bool = False


@dataclass(frozen=True)
class Arithmetic:
    """``$((…))``."""

    expression: Word
    quoted: bool = False


Part = Literal | Parameter | Substitution | Arithmetic
Word = tuple[Part, ...]


class RedirectKind(enum.Enum):
    """The redirection operators."""

    READ = "<"
    WRITE = ">"
    APPEND = ">>"
    DUPLICATE_IN = "<&"
    DUPLICATE_OUT = ">&"
    HERE = "<<"


class HereDocument:
    """The text of a here-document; the parser fills it in when it comes to its lines."""

    __slots__ = ("text",)

    def __init__(self) -> None:
        self.text: Word = ()


@dataclass(frozen=True)
class Redirect:
    """A redirection to ``target``, or from a here-document."""

    fd: int
    kind: RedirectKind
    target: Word = ()
    here: HereDocument | None = None


@dataclass(frozen=True)
class Simple:
    """Assignments, words and redirections."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True)
class Pipeline:
    """Commands joined by ``|``."""

    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Not:
    """``! command``."""

    command: Command


@dataclass(frozen=True)
class AndOr:
    """``left && right`` or ``left || right``."""

    left: Command
    right: Command
    is_and: bool


@dataclass(frozen=True)
class Sequence:
    """Commands one after the other."""

    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Background:
    """``command &``."""

    command: Command


@dataclass(frozen=True)
class Subshell:
    """``( list )``."""

    body: Command


@dataclass(frozen=True)
class Redirected:
    """A compound command with redirections."""

    command: Command
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True)
class If:
    """``if condition; then body; else otherwise; fi``."""

    condition: Command
    body: Command
    otherwise: Command | None


@dataclass(frozen=True)
class Loop:
    """``while`` or ``until``."""

    condition: Command
    body: Command
    until: bool


@dataclass(frozen=True)
class For:
    """``for name in words``; without ``in``, words is ``"$@"``."""

    name: str
    words: tuple[Word, ...]
    body: Command


@dataclass(frozen=True)
class CaseItem:
    """One ``pattern | pattern) body``; ``falls`` for ``;&``."""

    patterns: tuple[Word, ...]
    body: Command
    falls: bool


@dataclass(frozen=True)
class Case:
    """``case subject in items esac``."""

    subject: Word
    items: tuple[CaseItem, ...]


@dataclass(frozen=True)
class Function:
    """``name() command``."""

    name: str
    body: Command


Command = (
    Simple
    | Pipeline
    | Not
    | AndOr
    | Sequence
    | Background
    | Subshell
    | Redirected
    | If
    | Loop
    | For
    | Case
    | Function
)

EMPTY = Sequence(())

# POSIX's special builtins: no function may take their names, their errors end the shell
SPECIAL_BUILTINS = frozenset(
    {":", ".", "break", "continue", "eval", "exec", "exit", "export"}
    | {"return", "set", "shift", "trap"}
)


class ShellSyntaxError(Exception):
    """A script breaks the grammar; the message is FreeBSD's, after ``Syntax error: ``."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line
