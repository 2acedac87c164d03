"""sysctl(8) of FreeBSD 13 (sbin/sysctl/sysctl.c)."""

from __future__ import annotations

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.sysctl import Node, Value
from lagg_tool.simulator.programs.options import getopt
from lagg_tool.simulator.system.numbers import integer
from lagg_tool.simulator.system.process import Process

USAGE = """\
usage: sysctl [-bdehiNnoqTtWx] [ -B <bufsize> ] [-f filename] name[=value] ...
       sysctl [-bdehNnoqTtWx] [ -B <bufsize> ] -a
"""


_INT = range(-(1 << 31), 1 << 31)


class Sysctl:
    """One run of sysctl."""

    def __init__(self, process: Process, letters: set[str]) -> None:
        self.process = process
        self.letters = letters
        self.tree = process.kernel.sysctl
        self.values = process.vnet.sysctl

    def show_all(self) -> int:
        """Print every leaf."""
        for node in self.tree.below():
            self._show(node)
        return 0

    def handle(self, word: str) -> int:
        """Read or set what one word names; return the number of complaints."""
        name, separator, value = word.partition("=")
        name = name.strip().rstrip(".")
        node = self.tree.node(name)
        if node is None:
            return self._branch(name, setting=bool(separator))
        if separator:
            return self._set(word, node, value.strip())
        self._show(node)
        return 0

    def _branch(self, name: str, *, setting: bool) -> int:
        if not self.tree.is_branch(name):
            if "i" not in self.letters:
                self.process.warn(f"unknown oid '{name}'")
                return 1
            return 0
        if setting:
            self.process.warn(f"oid '{name}' isn't a leaf node")
            return 1
        for node in self.tree.below(name):
            self._show(node)
        return 0

    def _set(self, word: str, node: Node, text: str) -> int:
        if not node.writable:
            self.process.warn(f"oid '{node.name}' is read only")
            return 1
        value: Value | None = text if isinstance(node.default, str) else integer(text)
        if value is None or (isinstance(value, int) and value not in _INT):
            self.process.warn(f"invalid integer '{text}'")
            return 1
        quiet = "q" in self.letters
        before = self._text(node)
        if self.process.uid:
            self.process.out("" if quiet else before + "\n")
            self.process.warn(f"{word}: {Errno.EPERM.text}")
            return 1
        self.tree.write(node, self.values, value)
        if not quiet:
            self.process.out(f"{before} -> {self._value(node)}\n")
        return 0

    def _show(self, node: Node) -> None:
        self.process.out(self._text(node) + "\n")

    def _text(self, node: Node) -> str:
        if "N" in self.letters:
            return node.name
        shown = node.description if "d" in self.letters else self._value(node)
        if "n" in self.letters:
            return shown
        return f"{node.name}{'=' if 'e' in self.letters else ': '}{shown}"

    def _value(self, node: Node) -> str:
        return str(self.tree.read(node, self.values))


async def sysctl(process: Process) -> int:
    """Run sysctl."""
    options = getopt(process, "adeiNnq", USAGE)
    found = options.pairs
    words = options.words
    letters = {letter for letter, _ in found}
    run = Sysctl(process, letters)
    if "a" in letters and not words:
        return run.show_all()
    if not words:
        process.err(USAGE)
        return 1
    return min(sum(run.handle(word) for word in words), 255)
