"""A command of ifconfig(8) while its words are done: what is left, and the address it sets."""

from __future__ import annotations

from dataclasses import dataclass, field


class StopError(Exception):
    """ifconfig stops at this word."""


class UnknownWordError(Exception):
    """It is not known what this word does; ``stops``: ifconfig stops there if it has none."""

    def __init__(self, word: str, *, stops: bool = False) -> None:
        super().__init__(word)
        self.stops = stops


@dataclass
class Line:
    """The address that a command sets when all its words are done."""

    family: str = "inet"
    address: str = ""
    netmask: str = ""
    prefixlen: str = ""
    alias: bool = False
    vhid: bool = False
    rest: list[str] = field(default_factory=list)

    def take(self, word: str) -> str:
        """Return the argument of a word. Raises StopError."""
        if not self.rest:
            raise StopError(word)
        return self.rest.pop(0)
