"""test(1): the conditions of ``test`` and ``[``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lagg_tool.simulator.system.nodes import Directory, File, Node, Symlink
from lagg_tool.simulator.system.process import Process


class ConditionError(Exception):
    """The expression is wrong; exit status 2."""


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConditionError(f"{text}: bad number") from None


_BINARY: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "-eq": lambda a, b: _integer(a) == _integer(b),
    "-ne": lambda a, b: _integer(a) != _integer(b),
    "-gt": lambda a, b: _integer(a) > _integer(b),
    "-ge": lambda a, b: _integer(a) >= _integer(b),
    "-lt": lambda a, b: _integer(a) < _integer(b),
    "-le": lambda a, b: _integer(a) <= _integer(b),
}
_STRINGS: dict[str, Callable[[str], bool]] = {"-n": bool, "-z": lambda text: not text}
_FILES: dict[str, Callable[[Process, Node], bool]] = {
    "-e": lambda _process, _node: True,
    "-f": lambda _process, node: isinstance(node, File),
    "-d": lambda _process, node: isinstance(node, Directory),
    "-s": lambda _process, node: node.size > 0,
    "-r": lambda process, node: node.allows(process.uid, 4),
    "-w": lambda process, node: node.allows(process.uid, 2),
    "-x": lambda process, node: node.allows(process.uid, 1),
    "-L": lambda _process, node: isinstance(node, Symlink),
}


def _holds(process: Process, words: Sequence[str]) -> bool:
    """Evaluate up to three words, negated any number of times (POSIX; ``-a`` is obsolescent)."""
    if len(words) > 1 and words[0] == "!" and not (len(words) == 3 and words[1] in _BINARY):
        return not _holds(process, words[1:])
    match words:
        case []:
            return False
        case [word]:
            return bool(word)
        case [operator, operand] if operator in _STRINGS:
            return _STRINGS[operator](operand)
        case [operator, operand] if operator in _FILES:
            node = process.system.filesystem.find(
                process.path(operand), process.uid, follow=operator != "-L"
            )
            return bool(operand) and node is not None and _FILES[operator](process, node)
        case [left, operator, right] if operator in _BINARY:
            return _BINARY[operator](left, right)
    raise ConditionError(f"{words[-1] if len(words) < 3 else words[1]}: unexpected operator")


def condition(process: Process, argv: Sequence[str]) -> int:
    """Return the exit status of ``test …`` or ``[ … ]``; the program's name is argv[0]."""
    words = list(argv[1:])
    name = argv[0]
    if name == "[" and (not words or words.pop() != "]"):
        process.err(f"{name}: missing ]\n")
        return 2
    try:
        return int(not _holds(process, words))
    except ConditionError as fault:
        process.err(f"{name}: {fault}\n")
        return 2
