"""Programs about processes: ps pkill pgrep sleep timeout su."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit, Signal, named
from lagg_tool.simulator.system.users import HOMES, LOGINS, primary_group, user_id, user_name

# keyword: header, whether the column is right-justified, value
_COLUMNS: dict[str, tuple[str, bool, Callable[[Process, Process], str]]] = {
    "pid": ("PID", True, lambda _me, other: str(other.pid)),
    "ppid": ("PPID", True, lambda _me, other: str(other.ppid)),
    "user": ("USER", False, lambda _me, other: user_name(other.uid)),
    "tt": ("TT", False, lambda _me, _other: "- "),
    "stat": ("STAT", False, lambda me, other: "R" if me is other else "I"),
    "time": ("TIME", True, lambda _me, _other: "0:00.00"),
    "command": ("COMMAND", False, lambda _me, other: other.command),
}
_USUAL = ["pid", "tt", "stat", "time", "command"]
_PS_USAGE = """\
usage: ps [--libxo] [-aCcdeHhjlmrSTuvwXxZ] [-O fmt | -o fmt]
          [-G gid[,gid...]] [-J jid[,jid...]] [-M core]
          [-N system] [-p pid[,pid...]] [-t tty[,tty...]]
          [-U user[,user...]]
       ps [--libxo] -L
"""
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _wanted(process: Process, words: Sequence[str]) -> list[tuple[str, str]]:
    """Return keywords and headers of -o; ``pid=`` has an empty header."""
    out: list[tuple[str, str]] = []
    for piece in (piece for word in words for piece in word.split(",")):
        keyword, equals, header = piece.partition("=")
        if keyword not in _COLUMNS:
            process.warn(f"{keyword}: keyword not found")
            raise Exit(1)
        out.append((keyword, header if equals else _COLUMNS[keyword][0]))
    return out


async def ps(process: Process) -> int:
    """List all processes with -a, -x or both, or one with -p."""
    options = getopt(process, "ao:p:wx", _PS_USAGE)
    columns = _wanted(process, options.values("o")) or [(n, _COLUMNS[n][0]) for n in _USUAL]
    chosen = list(process.table) if "a" in options or "x" in options else []
    if "p" in options:
        chosen = [other for other in process.table if str(other.pid) == options.value("p")]
    rows = [[_COLUMNS[name][2](process, other) for name, _ in columns] for other in chosen]
    headers = [header for _, header in columns]
    _print_table(process, columns, [headers, *rows] if any(headers) else rows)
    return 0 if rows else 1


def _print_table(process: Process, columns: list[tuple[str, str]], rows: list[list[str]]) -> None:
    widths = [max((len(row[index]) for row in rows), default=0) for index in range(len(columns))]
    for row in rows:
        cells = [
            cell.rjust(width) if _COLUMNS[name][1] else cell.ljust(width)
            for cell, width, (name, _) in zip(row, widths, columns, strict=True)
        ]
        if not _COLUMNS[columns[-1][0]][1]:
            cells[-1] = row[-1]
        process.out(" ".join(cells) + "\n")


def _matching(process: Process, letters: str) -> tuple[Options, list[Process]]:
    """Return the options, and the other processes whose name, or with -f command, matches."""
    usage = f"usage: {process.name} [-LSfilnoqvx] [-d delim] [-F pidfile] pattern ...\n"
    options = getopt(process, letters, usage, 2)
    if not options.words:
        fail(process, "", usage, 2)
    return options, [
        other
        for word in options.words
        for other in process.table
        if other is not process and re.search(word, other.command if "f" in options else other.name)
    ]


async def pgrep(process: Process) -> int:
    """Print the pids of processes that match, with -l their commands too."""
    options, found = _matching(process, "fl")
    for other in found:
        process.out(f"{other.pid} {other.command}\n" if "l" in options else f"{other.pid}\n")
    return 0 if found else 1


async def pkill(process: Process) -> int:
    """Send SIGTERM to the processes that match."""
    _, found = _matching(process, "f")
    for other in found:
        other.kill(Signal.TERM)
    return 0 if found else 1


def _seconds(text: str) -> float | None:
    match = re.fullmatch(r"(\d*\.?\d+|\d+\.)([smhd]?)", text)
    return float(match[1]) * _UNITS[match[2]] if match else None


async def sleep(process: Process) -> int:
    """Wait for the sum of the times given."""
    if len(process.argv) < 2:
        process.err(
            "usage: sleep number[unit] [...]\nUnit can be 's' (seconds, the default), "
            "m (minutes), h (hours), or d (days).\n"
        )
        return 1
    total = 0.0
    for word in process.argv[1:]:
        seconds = _seconds(word)
        if seconds is None:
            process.warn(f"invalid time interval: {word}")
            return 1
        total += seconds
    await process.sleep(total)
    return 0


async def timeout(process: Process) -> int:
    """Run a command for a limited time; return 124 when it was too long."""
    usage = (
        "usage: timeout [--foreground] [--kill-after=time] [--preserve-status]"
        " [--signal=sig] duration command ...\n"
    )
    options = getopt(process, "k:s:", usage, 125)
    if len(options.words) < 2:
        fail(process, "", usage, 125)
    signal = named(options.value("s", "TERM"))
    limit, more = _seconds(options.words[0]), _seconds(options.value("k", "inf"))
    if signal is None or limit is None or (more is None and "k" in options):
        process.warn("invalid signal" if signal is None else "duration is not a number")
        return 125
    command = options.words[1:]
    try:
        child = process.spawn(command)
    except FileError as error:
        process.warn(f"{command[0]}: {error}")
        return 127 if error.errno is Errno.ENOENT else 126
    process.handlers[Signal.TERM] = child.kill
    if await process.wait_until(lambda: child.status is not None, process.now() + limit):
        return child.status or 0
    child.kill(signal)
    if more is not None:
        await process.wait_until(lambda: child.status is not None, process.now() + more)
        child.kill(Signal.KILL)
    await process.wait(child)
    return 124


PAM_POLICY = "/etc/pam.d/su"  # without it, su does nothing (pam.conf(5))


async def su(process: Process) -> int:
    """Become another user: -m keeps the environment, -c runs a command."""
    words = list(process.argv[1:])
    keep = words[:1] == ["-m"]
    if keep:
        words.pop(0)
    user = words.pop(0) if words else "root"
    if process.system.filesystem.find(PAM_POLICY) is None:
        process.err("su: pam_start: System error\n")
        return 1
    uid = user_id(user)
    if uid is None:
        process.err(f"su: unknown login: {user}\n")
        return 1
    if process.uid not in {0, uid}:
        process.err("su: Sorry\n")
        return 1
    if user not in LOGINS and not keep:
        process.err("This account is currently not available.\n")
        return 1
    if not keep:
        process.environment |= {"HOME": HOMES[user], "USER": user}
    process.uid, process.gid = uid, primary_group(uid)
    shell = process.system.find_program(process, "/bin/sh")
    return await process.wait(process.spawn(("su", *words), shell))
