"""The commands that the shell runs itself: control, output, directory, and the other tables."""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.shell import builtins_jobs, builtins_variables
from lagg_tool.simulator.shell.conditions import condition
from lagg_tool.simulator.shell.printing import printf
from lagg_tool.simulator.shell.state import Builtin, Leave, Return, Runner, ShellError
from lagg_tool.simulator.shell.tokens import RESERVED
from lagg_tool.simulator.system.nodes import EXECUTE, Directory, FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit


def _number(argv: list[str], default: int) -> int:
    if len(argv) < 2:
        return default
    if not argv[1].isdigit():
        raise ShellError(f"Illegal number: {argv[1]}")
    return int(argv[1])


async def _true(_shell: Runner, _argv: list[str]) -> int:
    return 0


async def _false(_shell: Runner, _argv: list[str]) -> int:
    return 1


async def _echo(shell: Runner, argv: list[str]) -> int:
    newline = argv[1:2] != ["-n"]
    words = argv[1:] if newline else argv[2:]
    shell.process.out(" ".join(words) + ("\n" if newline else ""))
    return 0


async def _printf(shell: Runner, argv: list[str]) -> int:
    return printf(shell.process, argv)


async def _test(shell: Runner, argv: list[str]) -> int:
    return condition(shell.process, argv)


async def _exit(shell: Runner, argv: list[str]) -> int:
    raise Exit(_number(argv, shell.state.status) & 0xFF)


async def _return(shell: Runner, argv: list[str]) -> int:
    raise Return(_number(argv, shell.state.status) & 0xFF)


async def _break(_shell: Runner, argv: list[str]) -> int:
    raise Leave(_number(argv, 1), again=False)


async def _continue(_shell: Runner, argv: list[str]) -> int:
    raise Leave(_number(argv, 1), again=True)


async def _eval(shell: Runner, argv: list[str]) -> int:
    shell.state.builtin = None
    return await shell.run_text(" ".join(argv[1:]))


async def _dot(shell: Runner, argv: list[str]) -> int:
    """Run the commands of a file in this shell."""
    process = shell.process
    try:
        text = process.system.filesystem.read_text(process.path(argv[1]), process.uid)
    except FileError as error:
        raise ShellError(f"cannot open {argv[1]}: {error}") from None
    shell.state.builtin = None
    try:
        return await shell.run_text(text)
    except Return as end:
        return end.status


async def _exec(shell: Runner, argv: list[str]) -> int:
    if len(argv) < 2:
        return 0
    shell.state.builtin = None
    shell.state.traps.clear()
    raise Exit(await shell.external(argv[1:], (), last=True))


def _check_directory(process: Process, where: str) -> None:
    node = process.system.filesystem.lookup(where, process.uid)
    if not isinstance(node, Directory):
        raise FileError(Errno.ENOTDIR)
    if not node.allows(process.uid, EXECUTE):
        raise FileError(Errno.EACCES)


async def _cd(shell: Runner, argv: list[str]) -> int:
    state, process = shell.state, shell.process
    target = argv[1] if len(argv) > 1 else state.get("HOME")
    if target is None:
        raise ShellError("HOME not set")
    where = process.system.filesystem.real_path(process.path(target))
    try:
        _check_directory(process, where)
    except FileError as error:
        raise ShellError(f"{target}: {error}") from None
    process.directory = where
    state.put("PWD", where)
    return 0


async def _pwd(shell: Runner, _argv: list[str]) -> int:
    shell.process.out(f"{shell.process.directory}\n")
    return 0


async def _umask(shell: Runner, argv: list[str]) -> int:
    process = shell.process
    if len(argv) < 2:
        process.out(f"{process.umask:04o}\n")
        return 0
    try:
        process.umask = int(argv[1], 8) & 0o777
    except ValueError:
        raise ShellError(f"Illegal number: {argv[1]}") from None
    return 0


async def _command(shell: Runner, argv: list[str]) -> int:
    """Run a command that may have the name of a function, or with -v print what it is."""
    words = argv[1:]
    if words[:1] == ["-v"]:
        known = words[1] in BUILTINS or words[1] in RESERVED or words[1] in shell.state.functions
        path = shell.state.get("PATH") or ""
        found = words[1] if known else shell.process.system.find_path(shell.process, words[1], path)
        shell.process.out(f"{found}\n" if found else "")
        return 0 if found else 127
    if words[0] in BUILTINS:
        shell.state.builtin = words[0]
        return await BUILTINS[words[0]](shell, words)
    shell.state.builtin = None
    return await shell.external(words, ())


BUILTINS: Mapping[str, Builtin] = {
    ":": _true,
    "true": _true,
    "false": _false,
    "echo": _echo,
    "printf": _printf,
    "test": _test,
    "[": _test,
    "exit": _exit,
    "return": _return,
    "break": _break,
    "continue": _continue,
    "eval": _eval,
    ".": _dot,
    "exec": _exec,
    "cd": _cd,
    "pwd": _pwd,
    "umask": _umask,
    "command": _command,
    **builtins_variables.TABLE,
    **builtins_jobs.TABLE,
}
