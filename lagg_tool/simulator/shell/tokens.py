"""What the lexer hands out, and what ends or quotes a word where (bin/sh/mksyntax.c)."""

from __future__ import annotations

import enum
import re
import string
from dataclasses import dataclass

from lagg_tool.simulator.shell.syntax import Word

NAME_START = frozenset(string.ascii_letters + "_")
NAME = NAME_START | frozenset(string.digits)
SPECIAL = frozenset("@*#?$!0123456789")
RESERVED = frozenset(
    (
        *("!", "{", "}", "case", "do", "done", "elif", "else", "esac"),
        *("fi", "for", "if", "then", "until", "while"),
    )
)

OPERATORS = ("&&", "||", ";;", ";&", "&", "|", ";", "(", ")", "\n")
REDIRECTS = ("<<-", "<<", "<&", "<", ">>", ">&", ">")
# What follows ``${``: # for the length of what is named, a parameter, and what is done with it.
BRACED = re.compile(r"(#(?![#?][^}]))?([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!])(:?[-=?+]|%%?|##?)?")


class Kind(enum.Enum):
    """What a token is."""

    WORD = "word"
    REDIRECT = "redirection"
    OPERATOR = "operator"
    END = "end of file"


@dataclass(frozen=True)
class Token:
    """A token; ``text`` of a word is what it says when nothing in it is quoted."""

    kind: Kind
    text: str
    line: int
    word: Word = ()
    fd: int = 0

    @property
    def shown(self) -> str:
        """How an error message names it (tokname in mktokens)."""
        if self.text == "\n":
            return "newline"
        if self.kind is Kind.OPERATOR or (self.kind is Kind.WORD and self.text in RESERVED):
            return f'"{self.text}"'
        return str(self.kind.value)


class Context(enum.Enum):
    """Where characters of a word are being read."""

    BASE = enum.auto()
    QUOTED = enum.auto()  # between double quotes
    HERE = enum.auto()  # in a here-document
    BRACE = enum.auto()  # in ${x…}, unquoted
    QUOTED_BRACE = enum.auto()  # in "${x:-…}"
    ARITHMETIC = enum.auto()  # in $((…))


ENDS_BASE = frozenset(" \t\n;&|<>()")
QUOTING = frozenset({Context.QUOTED, Context.HERE, Context.QUOTED_BRACE, Context.ARITHMETIC})
# what a backslash can quote between double quotes
ESCAPABLE = {
    Context.QUOTED: '$`"\\',
    Context.HERE: "$`\\",
    Context.QUOTED_BRACE: '$`"\\}',
    Context.ARITHMETIC: '$`"\\',
}
# What stands for itself there, as far as it goes. Scripts are long, and most of them is that:
# read character by character, they would take most of the time of a session.
PLAIN = {
    Context.BASE: re.compile(r"""[^\\'"$` \t\n;&|<>()]+"""),
    Context.QUOTED: re.compile(r"""(?:[^\\"$`]++|\\[^\\"$`\n])++"""),
    Context.HERE: re.compile(r"""(?:[^\\$`]++|\\[^\\$`\n])++"""),
    Context.BRACE: re.compile(r"""[^\\'"$`}]+"""),
    Context.QUOTED_BRACE: re.compile(r"""(?:[^\\"$`}]++|\\[^\\"$`}\n])++"""),
    Context.ARITHMETIC: re.compile(r"""(?:[^\\"$`()]++|\\[^\\"$`\n])++"""),
}
