"""getopt(3), and the messages that programs give when the command line is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit


@dataclass
class Options:
    """Options in order, and the operands."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __contains__(self, letter: str) -> bool:
        return any(letter == known for known, _ in self.pairs)

    def value(self, letter: str, default: str = "") -> str:
        """Return the last argument given to an option."""
        return next((v for known, v in reversed(self.pairs) if known == letter), default)

    def values(self, letter: str) -> list[str]:
        """Return all arguments given to an option."""
        return [value for known, value in self.pairs if known == letter]


def getopt(
    process: Process, letters: str, usage: str, status: int = 1, *, script: bool = False
) -> Options:
    """Take the command line apart; ``letters`` are as in C. Ends the program if it is wrong.

    A script's complaints are those of getopts in sh(1) (bin/sh/options.c).
    """
    options = Options()
    words = list(process.argv[1:])
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        rest = word[1:]
        while rest:
            letter, rest = rest[0], rest[1:]
            where = letters.find(letter) if letter != ":" else -1
            if where < 0:
                message = "" if script else f"illegal option -- {letter}"
                fail(process, message, f"Illegal option -{letter}\n" * script + usage, status)
            if letters[where + 1 : where + 2] != ":":
                options.pairs.append((letter, ""))
                continue
            if not rest and not words:
                message = "" if script else f"option requires an argument -- {letter}"
                fail(process, message, f"No arg for -{letter} option\n" * script + usage, status)
            options.pairs.append((letter, rest or words.pop(0)))
            rest = ""
    options.words = words
    return options


def fail(process: Process, message: str, usage: str, status: int = 1) -> NoReturn:
    """Say what is wrong and how it is used, and end the program."""
    if message:
        process.warn(message)
    process.err(usage)
    raise Exit(status)


def number(process: Process, text: str, message: str) -> int:
    """Return a decimal number, or end the program with ``message``."""
    try:
        return int(text)
    except ValueError:
        process.warn(message)
        raise Exit(1) from None
