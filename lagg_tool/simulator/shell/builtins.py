"""The commands that the shell runs itself, and which of them are special."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from lagg_tool.simulator.shell import builtins_jobs, builtins_variables
from lagg_tool.simulator.shell.conditions import condition
from lagg_tool.simulator.shell.lexer import RESERVED
from lagg_tool.simulator.shell.printing import Stop, printf, unescape
from lagg_tool.simulator.shell.state import Leave, Return, ShellError
from lagg_tool.simulator.shell.syntax import SPECIAL_BUILTINS
from lagg_tool.simulator.system.filesystem import EXECUTE, Directory, FileError, Reason
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

if TYPE_CHECKING:
    from lagg_tool.simulator.shell.shell import Shell

Builtin = Callable[["Shell", list[str]], Awaitable[int]]


def _count(argv: list[str], name: str) -> int:
    if len(argv) < 2:
        return 1
    if not argv[1].isdigit():
        raise ShellError(f"Illegal number: {argv[1]}")
    if not int(argv[1]) and name != "shift":
        raise ShellError(f"Illegal number: {argv[1]}")
    return int(argv[1])


async def _true(_shell: Shell, _argv: list[str]) -> int:
    return 0


async def _false(_shell: Shell, _argv: list[str]) -> int:
    return 1


async def _echo(shell: Shell, argv: list[str]) -> int:
    words = argv[1:]
    newline, escapes = True, False
    if words[:1] == ["-n"]:
        newline, words = False, words[1:]
    elif words[:1] == ["-e"]:
        escapes, words = True, words[1:]
    text = " ".join(words)
    if escapes:
        try:
            text = unescape(text)
        except Stop as stop:
            text, newline = stop.text, False
    shell.process.out(text + ("\n" if newline else ""))
    return 0


async def _printf(shell: Shell, argv: list[str]) -> int:
    return printf(shell.process, argv)


async def _test(shell: Shell, argv: list[str]) -> int:
    return condition(shell.process, argv)


async def _exit(shell: Shell, argv: list[str]) -> int:
    if len(argv) > 1 and not argv[1].isdigit():
        raise ShellError(f"Illegal number: {argv[1]}")
    raise Exit(int(argv[1]) & 0xFF if len(argv) > 1 else shell.state.status)


async def _return(shell: Shell, argv: list[str]) -> int:
    if len(argv) > 1 and not argv[1].isdigit():
        raise ShellError(f"Illegal number: {argv[1]}")
    raise Return(int(argv[1]) & 0xFF if len(argv) > 1 else shell.state.status)


async def _break(_shell: Shell, argv: list[str]) -> int:
    raise Leave(_count(argv, "break"), again=False)


async def _continue(_shell: Shell, argv: list[str]) -> int:
    raise Leave(_count(argv, "continue"), again=True)


async def _eval(shell: Shell, argv: list[str]) -> int:
    shell.state.builtin = None
    text = " ".join(argv[1:])
    return await shell.run_text(text) if text.strip() else 0


async def _dot(shell: Shell, argv: list[str]) -> int:
    if len(argv) < 2:
        raise ShellError("missing dot-argument")
    process = shell.process
    name = argv[1]
    candidates = [name]
    if "/" not in name:
        path = (shell.state.get("PATH") or "").split(":")
        candidates = [f"{directory or '.'}/{name}" for directory in path] + [name]
    error = FileError(Reason.ENOENT)
    for candidate in candidates:
        try:
            text = process.system.filesystem.read_text(process.path(candidate), process.uid)
            break
        except FileError as failed:
            error = failed
    else:
        message = f"{name}: not found" if "/" not in name else f"cannot open {name}: {error}"
        raise ShellError(message, 127)
    outer = shell.state.script, shell.state.builtin
    shell.state.script, shell.state.builtin = name, None
    try:
        return await shell.run_text(text)
    except Return as end:
        return end.status
    finally:
        shell.state.script, shell.state.builtin = outer


async def _exec(shell: Shell, argv: list[str]) -> int:
    if len(argv) < 2:
        return 0
    shell.state.builtin = None
    shell.state.traps.clear()
    raise Exit(await shell.external(argv[1:], (), last=True))


def _check_directory(process: Process, where: str) -> None:
    node = process.system.filesystem.lookup(where, process.uid)
    if not isinstance(node, Directory):
        raise FileError(Reason.ENOTDIR)
    if not node.allows(process.uid, EXECUTE):
        raise FileError(Reason.EACCES)


async def _cd(shell: Shell, argv: list[str]) -> int:
    state, process = shell.state, shell.process
    words = [word for word in argv[1:] if word not in {"-L", "-P", "-e", "--"}]
    target = words[0] if words else state.get("HOME")
    if target is None:
        raise ShellError("HOME not set")
    show = target == "-"
    if show:
        target = state.get("OLDPWD") or ""
        if not target:
            raise ShellError("OLDPWD not set")
    where = process.system.filesystem.real_path(process.path(target or process.directory))
    try:
        _check_directory(process, where)
    except FileError as error:
        raise ShellError(f"{target}: {error}") from None
    state.put("OLDPWD", process.directory)
    process.directory = where
    state.put("PWD", where)
    if show:
        process.out(f"{where}\n")
    return 0


async def _pwd(shell: Shell, _argv: list[str]) -> int:
    shell.process.out(f"{shell.process.directory}\n")
    return 0


async def _umask(shell: Shell, argv: list[str]) -> int:
    process = shell.process
    words = argv[1:]
    if words[:1] == ["-S"]:
        kept = ~process.umask & 0o777
        letters = [
            who + "=" + "".join(c for c, bit in zip("rwx", (4, 2, 1), strict=True) if part & bit)
            for who, part in (("u", kept >> 6), ("g", kept >> 3 & 7), ("o", kept & 7))
        ]
        process.out(",".join(letters) + "\n")
    elif not words:
        process.out(f"{process.umask:04o}\n")
    elif words[0].isdigit():
        if set(words[0]) - set("01234567"):
            raise ShellError(f"Illegal number: {words[0]}")
        process.umask = int(words[0], 8) & 0o777
    else:
        raise ShellError(f"Illegal mode: {words[0]}")
    return 0


def _kind(shell: Shell, name: str) -> tuple[str, str] | None:
    """Return what ``type`` says of a name, and what ``command -v`` prints."""
    if name in RESERVED:
        return "a shell keyword", name
    if name in shell.state.functions:
        return "a shell function", name
    if name in SPECIAL_BUILTINS:
        return "a special shell builtin", name
    if name in BUILTINS:
        return "a shell builtin", name
    path = shell.process.system.find_path(shell.process, name, shell.state.get("PATH") or "")
    return None if path is None else (path, path)


async def _command(shell: Shell, argv: list[str]) -> int:
    words = argv[1:]
    mode = ""
    while words and words[0] in {"-v", "-V", "-p", "--"}:
        mode = words[0] if words[0] in {"-v", "-V"} else mode
        words = words[1:]
    if not words:
        return 0
    if mode == "-V":
        return await _type(shell, ["type", words[0]])
    if mode:
        kind = _kind(shell, words[0])
        if kind is None:
            return 127
        shell.process.out(f"{kind[1]}\n")
        return 0
    if words[0] in BUILTINS:
        shell.state.builtin = words[0]
        return await BUILTINS[words[0]](shell, words)
    shell.state.builtin = None
    return await shell.external(words, ())


async def _type(shell: Shell, argv: list[str]) -> int:
    status = 0
    for name in argv[1:]:
        kind = _kind(shell, name)
        if kind is None:
            shell.process.err(f"{name}: not found\n")
            status = 127
        else:
            shell.process.out(f"{name} is {kind[0]}\n")
    return status


async def _builtin(shell: Shell, argv: list[str]) -> int:
    if len(argv) < 2:
        return 0
    if argv[1] not in BUILTINS:
        raise ShellError(f"{argv[1]}: not found", 127)
    return await BUILTINS[argv[1]](shell, argv[1:])


async def _ulimit(shell: Shell, _argv: list[str]) -> int:
    shell.process.out("unlimited\n")
    return 0


async def _times(shell: Shell, _argv: list[str]) -> int:
    shell.process.out("0m0.00s 0m0.00s\n0m0.00s 0m0.00s\n")
    return 0


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
    "chdir": _cd,
    "pwd": _pwd,
    "umask": _umask,
    "command": _command,
    "type": _type,
    "builtin": _builtin,
    "ulimit": _ulimit,
    "times": _times,
    "hash": _true,
    **builtins_variables.TABLE,
    **builtins_jobs.TABLE,
}
