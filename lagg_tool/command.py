"""Commands for a /bin/sh at the other end: argv, quoting, scripts, batches.

No raw string reaches a shell elsewhere: every word goes through ``quote``. A batch runs
many commands in one exec and keeps the output, the error text and the exit status of
each, by printing a random boundary on both streams after every command.
"""

from __future__ import annotations

import enum
import importlib.resources
import re
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lagg_tool.errors import UnreadableError, UsageError

# A fixed locale and path: messages are parsed, and a login shell may have neither.
ENVIRONMENT = "LC_ALL=C PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


class Effect(enum.Enum):
    """Whether a command may change the NAS; a read-only transport refuses CHANGE."""

    READ = "read"
    CHANGE = "change"


def quote(word: str) -> str:
    """Return ``word`` as one word of /bin/sh. Raises UsageError for a NUL character."""
    if "\0" in word:
        raise UsageError(f"{word!r}: a NUL character cannot be part of a command; remove it")
    return shlex.quote(word)


# Characters that some login shell changes even between single quotes: csh takes ! for its
# history and no line break at all, fish takes a backslash before ' and \ for an escape.
_FRAGILE = re.compile(r"[\n!]|\\['\\]")
_ENCODED = re.compile(r"[^A-Za-z0-9 %+,./:=@_\x80-\U0010ffff-]")


def login_line(text: str) -> str:
    """Return the line that makes any login shell run ``text`` in /bin/sh, unchanged.

    An SSH server hands its line to the user's login shell, which may be csh. Where quotes
    alone do not keep the text unchanged, /bin/sh decodes it with printf %b.
    """
    text = f"export {ENVIRONMENT}; {text}"
    if _FRAGILE.search(text):
        encoded = _ENCODED.sub(lambda match: f"\\0{ord(match[0]):03o}", text)
        text = f'eval "$(printf %b "{encoded}")"'
    return f"/bin/sh -c {quote(text)}"


@dataclass(frozen=True)
class Command:
    """One program with its arguments, and what it reads on its standard input."""

    argv: tuple[str, ...]
    effect: Effect = Effect.CHANGE
    stdin: bytes = b""

    def __post_init__(self) -> None:
        if not self.argv:
            raise UsageError("a command needs at least the name of a program")

    @property
    def text(self) -> str:
        """The line for /bin/sh."""
        return " ".join(quote(word) for word in self.argv)


def read(*argv: str) -> Command:
    """Return a command that is known to change nothing."""
    return Command(argv, Effect.READ)


def change(*argv: str) -> Command:
    """Return a command that may change the NAS."""
    return Command(argv, Effect.CHANGE)


def script(text: str, *args: str, effect: Effect = Effect.CHANGE, stdin: bytes = b"") -> Command:
    """Return ``sh -c text`` with positional parameters; ``text`` must be a constant of ours.

    A script of more than a few lines is a file: see ``load_script``.
    """
    return Command(("/bin/sh", "-c", text, "sh", *args), effect, stdin)


def load_script(package: str, *names: str) -> str:
    """Return the text of NAME.sh in a package, with the files of functions before it."""
    files = importlib.resources.files(package)
    return "".join(files.joinpath(f"{name}.sh").read_text(encoding="utf-8") for name in names)


@dataclass(frozen=True)
class Completed:
    """What a command did: exit status (0 to 255) and both streams, undecoded bytes as escapes."""

    command: Command
    status: int
    stdout: str
    stderr: str


class Runner(Protocol):
    """Something that runs commands on a NAS: an SSH connection, or a recorder around one."""

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Run one command, at most ``deadline`` seconds. Raises TargetError."""
        ...

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands one after the other in one exec, whatever each one's exit status."""
        ...


@dataclass(frozen=True)
class Batch:
    """Several commands as one script, and how to take their output apart again."""

    commands: tuple[Command, ...]
    boundary: str

    @classmethod
    def of(cls, commands: Sequence[Command]) -> Batch:
        """Build a batch with a boundary that no output can guess."""
        for command in commands:
            if command.stdin:
                raise UsageError(f"{command.text}: a command of a batch cannot read standard input")
        return cls(tuple(commands), f"--{secrets.token_hex(16)}")

    @property
    def text(self) -> str:
        """The script for /bin/sh -c: one line, unless a word has several."""
        mark = f"printf '\\n{self.boundary} %d\\n' $?; printf '\\n{self.boundary}\\n' >&2"
        return "; ".join(f"( {command.text} ) </dev/null; {mark}" for command in self.commands)

    @property
    def effect(self) -> Effect:
        """CHANGE if any of the commands may change the NAS."""
        changes = any(command.effect is Effect.CHANGE for command in self.commands)
        return Effect.CHANGE if changes else Effect.READ

    def split(self, stdout: str, stderr: str) -> list[Completed]:
        """Take both streams apart. Raises UnreadableError when a boundary is missing."""
        outs = re.split(rf"\n{self.boundary} (\d+)\n", stdout)
        errs = stderr.split(f"\n{self.boundary}\n")
        count = len(self.commands)
        if len(outs) != 2 * count + 1 or len(errs) != count + 1:
            raise UnreadableError(
                f"a batch of {count} commands ended early, after {len(outs) // 2} of them; "
                f"the shell said: {errs[-1].strip() or 'nothing'}"
            )
        return [
            Completed(command, int(outs[2 * i + 1]), outs[2 * i], errs[i])
            for i, command in enumerate(self.commands)
        ]
