"""The part of awk's grammar that is supported, as a tree of frozen nodes.

Supported: patterns and BEGIN/END, print and printf (without redirection), assignment,
if, while, for, for-in, next, exit, delete, fields, arrays with one index, all operators,
and the functions in ``FUNCTIONS``. Anything else is a syntax error, said as awk says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FUNCTIONS = frozenset(
    {"length", "substr", "index", "split", "sub", "gsub", "match", "sprintf"}
    | {"toupper", "tolower", "int"}
)
_TOKENS = re.compile(
    r"""[ \t]*(?:\\\n[ \t]*)?(?:\#[^\n]*)?(?:
    (?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<name>[A-Za-z_]\w*)
  | (?P<operator>\+\+|--|\+=|-=|\*=|/=|%=|\^=|==|<=|>=|!=|!~|&&|\|\||[-+*/%^!<>=~?:,;{}()\[\]$\n])
    )""",
    re.VERBOSE,
)
_BEFORE_DIVISION = frozenset({"number", "string", "name", ")", "]", "$"})


class AwkError(Exception):
    """The program cannot be understood."""


@dataclass(frozen=True)
class Node:
    """An operator or statement with its operands: nodes, texts, numbers, or None."""

    kind: str
    parts: tuple[Node | str | float | None, ...] = ()

    def node(self, index: int) -> Node:
        """Return an operand that is a node."""
        part = self.parts[index]
        if not isinstance(part, Node):
            raise AwkError("syntax error")
        return part

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Return all operands that are nodes."""
        return tuple(part for part in self.parts if isinstance(part, Node))

    @property
    def text(self) -> str:
        """Return the first operand as text."""
        return str(self.parts[0])


@dataclass(frozen=True)
class Rule:
    """``pattern { action }``; a range has two patterns; BEGIN and END are named."""

    when: str
    patterns: tuple[Node, ...]
    action: Node | None


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def unescape(text: str) -> str:
    """Replace the escapes of a string."""
    return re.sub(
        r"\\([0-7]{1,3}|.)",
        lambda m: chr(int(m[1], 8)) if m[1][0] in "01234567" else _ESCAPES.get(m[1], m[1]),
        text,
        flags=re.DOTALL,
    )


def _tokens(text: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip(" \t"):
        stripped = position + len(text[position:]) - len(text[position:].lstrip(" \t"))
        last = out[-1] if out else ("", "")
        divides = last[0] in _BEFORE_DIVISION or last[1] in _BEFORE_DIVISION
        if text[stripped] == "/" and not divides:
            regex = re.compile(r"/((?:\\.|\[[^\]]*\]|[^/\\\n])+)/").match(text, stripped)
            if regex is None:
                raise AwkError("non-terminated regular expression")
            out.append(("regex", regex[1].replace("\\/", "/")))
            position = regex.end()
            continue
        match = _TOKENS.match(text, position)
        if match is None or match.lastgroup is None:
            if text[stripped : stripped + 1] == "#":
                break
            raise AwkError("syntax error")
        out.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return [*out, ("end", "")]


class Parser:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._in_print = False

    def _peek(self, ahead: int = 0) -> str:
        kind, text = self._tokens[min(self._at + ahead, len(self._tokens) - 1)]
        return text if kind in {"operator", "name"} else ""

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _accept(self, *texts: str) -> str:
        if self._peek() in texts and self._peek():
            return self._take()[1]
        return ""

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise AwkError("syntax error")

    def _newlines(self, extra: str = "") -> None:
        while self._peek() and self._peek() in f"\n{extra}":
            self._at += 1

    def program(self) -> list[Rule]:
        """Return the rules."""
        rules: list[Rule] = []
        self._newlines(";")
        while self._tokens[self._at][0] != "end":
            rules.append(self._rule())
            self._newlines(";")
        return rules

    def _rule(self) -> Rule:
        when = self._accept("BEGIN", "END")
        patterns: tuple[Node, ...] = ()
        if not when and self._peek() != "{":
            patterns = (self.expression(),)
            if self._accept(","):
                patterns += (self.expression(),)
        action = self._block() if self._peek() == "{" else None
        if when and action is None:
            raise AwkError("syntax error")
        return Rule(when, patterns, action)

    def _block(self) -> Node:
        self._expect("{")
        statements: list[Node] = []
        self._newlines(";")
        while not self._accept("}"):
            statements.append(self._statement())
            self._newlines(";")
        return Node("block", tuple(statements))

    def _body(self) -> Node:
        self._newlines()
        return self._statement()

    def _statement(self) -> Node:  # noqa: PLR0911 - one per statement
        if self._peek() == "{":
            return self._block()
        word = self._accept("if", "while", "for", "print", "printf", "next", "exit", "delete")
        if word in {"if", "while"}:
            self._expect("(")
            condition = self.expression()
            self._expect(")")
            body = self._body()
            otherwise = None
            mark = self._at
            self._newlines(";")
            if word == "if" and self._accept("else"):
                otherwise = self._body()
            else:
                self._at = mark
            return Node(word, (condition, body, otherwise))
        if word == "for":
            return self._for()
        if word in {"print", "printf"}:
            return self._print(word)
        if word == "exit":
            ends = self._peek() in {";", "\n", "}"} or self._tokens[self._at][0] == "end"
            return Node("exit", (None if ends else self.expression(),))
        if word == "delete":
            return Node("delete", (self._primary(),))
        return Node("next") if word else Node("expression", (self.expression(),))

    def _for(self) -> Node:
        self._expect("(")
        if self._peek(1) == "in":
            name = self._take()[1]
            self._expect("in")
            array = self._take()[1]
            self._expect(")")
            return Node("for-in", (name, array, self._body()))
        start = None if self._peek() == ";" else self._statement()
        self._expect(";")
        condition = None if self._peek() == ";" else self.expression()
        self._expect(";")
        step = None if self._peek() == ")" else self._statement()
        self._expect(")")
        return Node("for", (start, condition, step, self._body()))

    def _print(self, word: str) -> Node:
        items: list[Node] = []
        self._in_print = True
        while self._peek() not in {";", "\n", "}"} and self._tokens[self._at][0] != "end":
            items.append(self.expression())
            if not self._accept(","):
                break
            self._newlines()
        self._in_print = False
        if self._peek() in {">", "|"}:
            raise AwkError("output redirection is not supported here")
        if len(items) == 1 and items[0].kind == "group":
            items = list(items[0].nodes)
        return Node(word, tuple(items))

    # -- expressions, by rising precedence

    def expression(self) -> Node:
        """Read an expression."""
        left = self._ternary()
        operator = self._accept("=", "+=", "-=", "*=", "/=", "%=", "^=")
        if operator:
            if left.kind not in {"variable", "field", "element"}:
                raise AwkError("syntax error")
            return Node("assign", (operator[:-1], left, self.expression()))
        return left

    def _ternary(self) -> Node:
        condition = self._or()
        if not self._accept("?"):
            return condition
        chosen = self._ternary()
        self._expect(":")
        return Node("?", (condition, chosen, self._ternary()))

    def _or(self) -> Node:
        left = self._and()
        while self._accept("||"):
            self._newlines()
            left = Node("||", (left, self._and()))
        return left

    def _and(self) -> Node:
        left = self._in()
        while self._accept("&&"):
            self._newlines()
            left = Node("&&", (left, self._in()))
        return left

    def _in(self) -> Node:
        left = self._match()
        while self._accept("in"):
            left = Node("in", (self._take()[1], left))
        return left

    def _match(self) -> Node:
        left = self._comparison()
        while operator := self._accept("~", "!~"):
            left = Node(operator, (left, self._comparison()))
        return left

    def _comparison(self) -> Node:
        left = self._concatenation()
        operators = ["<", "<=", "==", "!=", ">="] + ([] if self._in_print else [">"])
        operator = self._accept(*operators)
        return Node(operator, (left, self._concatenation())) if operator else left

    def _concatenation(self) -> Node:
        left = self._additive()
        while self._starts_operand():
            left = Node("concatenate", (left, self._additive()))
        return left

    def _starts_operand(self) -> bool:
        kind, text = self._tokens[self._at]
        if kind in {"number", "string"}:
            return True
        return text in {"$", "!", "("} or (kind == "name" and text != "in")

    def _additive(self) -> Node:
        left = self._multiplicative()
        while operator := self._accept("+", "-"):
            left = Node(operator, (left, self._multiplicative()))
        return left

    def _multiplicative(self) -> Node:
        left = self._unary()
        while operator := self._accept("*", "/", "%"):
            left = Node(operator, (left, self._unary()))
        return left

    def _unary(self) -> Node:
        if self._accept("!"):
            return Node("!", (self._unary(),))
        if self._accept("-"):
            return Node("negative", (self._unary(),))
        if self._accept("+"):
            return Node("positive", (self._unary(),))
        base = self._postfix()
        return Node("^", (base, self._unary())) if self._accept("^") else base

    def _postfix(self) -> Node:
        if operator := self._accept("++", "--"):
            one = Node("number", (1.0,))
            return Node("assign", (operator[0], self._postfix(), one))
        left = self._primary()
        if left.kind in {"variable", "field", "element"} and (op := self._accept("++", "--")):
            return Node("post", (op[0], left))
        return left

    def _primary(self) -> Node:  # noqa: PLR0911 - one per operand
        kind, text = self._take()
        if kind == "number":
            return Node("number", (float(text),))
        if kind == "string":
            return Node("string", (unescape(text[1:-1]),))
        if kind == "regex":
            return Node("regex", (text,))
        if text == "$":
            return Node("field", (self._postfix(),))
        if text == "(":
            return self._parenthesis()
        if kind == "name" and text in FUNCTIONS:
            return self._call(text)
        if kind == "name" and self._peek() != "(":
            if self._accept("["):
                index = self.expression()
                self._expect("]")
                return Node("element", (text, index))
            return Node("variable", (text,))
        raise AwkError("syntax error")

    def _parenthesis(self) -> Node:
        printing, self._in_print = self._in_print, False
        items = [self.expression()]
        while self._accept(","):
            items.append(self.expression())
        self._expect(")")
        self._in_print = printing
        return items[0] if len(items) == 1 else Node("group", tuple(items))

    def _call(self, name: str) -> Node:
        if not self._accept("("):
            return Node("call", (name,))  # length without parentheses
        printing, self._in_print = self._in_print, False
        items: list[Node] = []
        while self._peek() != ")":
            items.append(self.expression())
            if not self._accept(","):
                break
        self._expect(")")
        self._in_print = printing
        return Node("call", (name, *items))
