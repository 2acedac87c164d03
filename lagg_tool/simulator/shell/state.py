"""What a running shell knows: variables, functions, options, traps, jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from lagg_tool.simulator.shell.syntax import Command
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal

DEFAULT_IFS = " \t\n"
OPTIONS = frozenset("einsu")  # errexit, interactive, noexec, stdin, nounset


# What a shell may hold, in characters: a real one ends at its limit of data (RLIMIT_DATA), with
# the same words (memalloc.c, ckmalloc). The scripts of this tool need less than a thousandth.
MEMORY = 8 << 20
LONGEST_TEXT = 32  # the part of the memory that a text may fill before it is parsed
PER_WORD = 256  # for a word of a list, beside its characters
PER_CODE = 50  # for each character of a function's text, as the shell keeps it


class ShellError(Exception):
    """An error that ends a shell that is not interactive; status is its exit status."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


class OutOfSpaceError(ShellError):
    """The shell can hold no more; it ends whatever it is doing."""

    def __init__(self) -> None:
        super().__init__("Out of space")


def fit(size: int) -> None:
    """Raise OutOfSpaceError if a shell cannot hold ``size`` characters."""
    if size > MEMORY:
        raise OutOfSpaceError


class Leave(Exception):  # noqa: N818 - control flow: break and continue
    """``break`` and ``continue`` on their way to the loop that they mean."""

    def __init__(self, levels: int, *, again: bool) -> None:
        super().__init__()
        self.levels = levels
        self.again = again

    def goes_on(self) -> bool:
        """Tell whether the loop that it came to goes on. Raises Leave for one outside it."""
        if self.levels > 1:
            raise Leave(self.levels - 1, again=self.again) from None
        return self.again


class Return(Exception):  # noqa: N818 - control flow: return
    """``return`` on its way out of a function or a sourced file."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class State:
    """The variables and settings of one shell process."""

    def __init__(self, process: Process, arg0: str = "sh") -> None:
        self.process = process
        self.arg0 = arg0
        self.script: str | None = None  # the file being run: errors name it with a line
        self.builtin: str | None = None  # the builtin being run: errors name it instead
        self.variables: dict[str, str] = dict(process.environment)
        self.variables.setdefault("IFS", DEFAULT_IFS)
        self.variables["IFS"] = DEFAULT_IFS
        self.variables.setdefault("PWD", process.directory)
        self.variables["PPID"] = str(process.ppid)
        self.variables.setdefault("PS1", "# " if process.uid == 0 else "$ ")
        self.variables.setdefault("PS2", "> ")
        self.exported: set[str] = set(process.environment)
        self.functions: dict[str, Command] = {}
        self.positional: list[str] = []
        self.options: set[str] = set()
        self.traps: dict[str, str] = {}
        self.caught: list[Signal] = []
        self.status = 0
        self.substituted: int | None = None  # exit status of the last command substitution
        self.last_background: int | None = None
        self.jobs: dict[int, Process] = {}
        self.pid = process.pid
        self.depth = 0
        self.occupied = 0  # characters of the variables that were set, and of functions

    def subshell(self, process: Process) -> State:
        """Return the state of a subshell: a copy, with traps reset and no jobs."""
        state = State.__new__(State)
        state.__dict__.update(self.__dict__)
        state.process = process
        state.variables = dict(self.variables)
        state.exported = set(self.exported)
        state.functions = dict(self.functions)
        state.positional = list(self.positional)
        state.options = set(self.options)
        state.traps = {name: action for name, action in self.traps.items() if not action}
        state.caught = []
        state.jobs = {}
        return state

    # -- variables

    def get(self, name: str) -> str | None:
        """Return a variable's value."""
        return self.variables.get(name)

    def put(self, name: str, value: str) -> None:
        """Set a variable. Raises OutOfSpaceError."""
        before = self.variables.get(name)
        more = len(value) + (len(name) + PER_WORD if before is None else -len(before))
        if more > 0:
            fit(self.occupied + more)
        self.occupied += more
        self.variables[name] = value

    def keep_functions(self, text: str) -> None:
        """Count the text in which functions are defined. Raises OutOfSpaceError."""
        fit(self.occupied + PER_CODE * len(text))
        self.occupied += PER_CODE * len(text)

    def environment(self) -> dict[str, str]:
        """Return what a program gets to see."""
        return {name: self.variables[name] for name in self.exported if name in self.variables}

    # -- messages

    def complain(self, message: str) -> None:
        """Write an error message as the shell begins them (vwarning in error.c)."""
        self.process.err(f"{self.builtin or self.script or self.arg0}: {message}\n")


class Runner(Protocol):
    """What a builtin uses of the shell that runs it."""

    state: State
    process: Process

    async def run_text(self, text: str) -> int:
        """Run a script; return its exit status."""
        ...

    async def external(
        self, argv: Sequence[str], values: Sequence[tuple[str, str]], *, last: bool = False
    ) -> int:
        """Run a program; return its exit status."""
        ...


Builtin = Callable[[Runner, list[str]], Awaitable[int]]
