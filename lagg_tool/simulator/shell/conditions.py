"""test(1): the conditions of ``test`` and ``[``, for the builtin and the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lagg_tool.simulator.system.filesystem import Device, Directory, File, Node, Symlink
from lagg_tool.simulator.system.process import Process


class ConditionError(Exception):
    """The expression is wrong; exit status 2."""


def _integer(text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise ConditionError(f"{text}: bad number") from None


_BINARY: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "-eq": lambda a, b: _integer(a) == _integer(b),
    "-ne": lambda a, b: _integer(a) != _integer(b),
    "-gt": lambda a, b: _integer(a) > _integer(b),
    "-ge": lambda a, b: _integer(a) >= _integer(b),
    "-lt": lambda a, b: _integer(a) < _integer(b),
    "-le": lambda a, b: _integer(a) <= _integer(b),
}
_FILE_BINARY = frozenset({"-nt", "-ot", "-ef"})
_STRINGS: dict[str, Callable[[str], bool]] = {"-n": bool, "-z": lambda text: not text}
_FILES: dict[str, Callable[[Process, Node], bool]] = {
    "-e": lambda _process, _node: True,
    "-f": lambda _process, node: isinstance(node, File),
    "-d": lambda _process, node: isinstance(node, Directory),
    "-c": lambda _process, node: isinstance(node, Device),
    "-b": lambda _process, _node: False,
    "-p": lambda _process, _node: False,
    "-S": lambda _process, _node: False,
    "-s": lambda _process, node: node.size > 0,
    "-r": lambda process, node: node.allows(process.uid, 4),
    "-w": lambda process, node: node.allows(process.uid, 2),
    "-x": lambda process, node: node.allows(process.uid, 1),
    "-u": lambda _process, node: bool(node.mode & 0o4000),
    "-g": lambda _process, node: bool(node.mode & 0o2000),
    "-k": lambda _process, node: bool(node.mode & 0o1000),
    "-O": lambda process, node: node.uid == process.uid,
    "-G": lambda process, node: node.gid == process.gid,
}
_LINKS = frozenset({"-h", "-L"})
_UNARY = frozenset({*_STRINGS, *_FILES, *_LINKS, "-t"})


class _Evaluation:
    def __init__(self, process: Process, words: Sequence[str]) -> None:
        self._process = process
        self._words = list(words)
        self._index = 0

    def _peek(self, ahead: int = 0) -> str | None:
        where = self._index + ahead
        return self._words[where] if where < len(self._words) else None

    def _left(self) -> int:
        return len(self._words) - self._index

    def run(self) -> bool:
        if not self._words:
            return False
        if len(self._words) == 4 and self._words[0] == "!":  # POSIX: the negated three
            return not _Evaluation(self._process, self._words[1:]).run()
        value = self._or()
        if self._left():
            raise ConditionError(f"{self._peek()}: unexpected operator")
        return value

    def _or(self) -> bool:
        value = self._and()
        while self._peek() == "-o":
            self._index += 1
            value = self._and() or value
        return value

    def _and(self) -> bool:
        value = self._not()
        while self._peek() == "-a":
            self._index += 1
            value = self._not() and value
        return value

    def _not(self) -> bool:
        following = self._peek(1)
        binary = self._left() >= 3 and (following in _BINARY or following in _FILE_BINARY)
        if self._peek() == "!" and not binary and self._left() > 1:
            self._index += 1
            return not self._not()
        return self._primary()

    def _primary(self) -> bool:
        word = self._peek()
        if word is None:
            raise ConditionError("argument expected")
        operator = self._peek(1)
        if self._left() >= 3 and (operator in _BINARY or operator in _FILE_BINARY):
            return self._binary()
        if word == "(" and self._left() > 1:
            self._index += 1
            value = self._or()
            if self._peek() != ")":
                raise ConditionError("closing paren expected")
            self._index += 1
            return value
        self._index += 1
        if word in _UNARY and self._left() >= 1:
            self._index += 1
            return self._unary(word, self._words[self._index - 1])
        return bool(word)

    def _binary(self) -> bool:
        left, operator, right = self._words[self._index : self._index + 3]
        self._index += 3
        if operator in _BINARY:
            return _BINARY[operator](left, right)
        files = self._process.system.filesystem
        one = files.find(self._process.path(left)) if left else None
        two = files.find(self._process.path(right)) if right else None
        if one is None or two is None:
            return False
        if operator == "-ef":
            return one is two
        return one.modified > two.modified if operator == "-nt" else one.modified < two.modified

    def _unary(self, operator: str, operand: str) -> bool:
        if operator in _STRINGS:
            return _STRINGS[operator](operand)
        if operator == "-t":
            _integer(operand)
            return False
        files = self._process.system.filesystem
        path = self._process.path(operand)
        if operator in _LINKS:
            return isinstance(files.find(path, self._process.uid, follow=False), Symlink)
        node = files.find(path, self._process.uid) if operand else None
        return node is not None and _FILES[operator](self._process, node)


def condition(process: Process, argv: Sequence[str]) -> int:
    """Return the exit status of ``test …`` or ``[ … ]``; the program's name is argv[0]."""
    words = list(argv[1:])
    name = argv[0].rsplit("/", 1)[-1]
    if name == "[" and (not words or words.pop() != "]"):
        process.err(f"{name}: missing ]\n")
        return 2
    try:
        return int(not _Evaluation(process, words).run())
    except ConditionError as fault:
        process.err(f"{name}: {fault}\n")
        return 2
