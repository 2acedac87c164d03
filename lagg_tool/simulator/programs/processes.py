"""Programs about processes: ps kill killall pkill pgrep timeout nohup xargs su env sleep."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from lagg_tool.simulator.filesystem import FileError, Reason
from lagg_tool.simulator.killing import kill
from lagg_tool.simulator.options import fail, getopt
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.signals import Exit, Signal, named
from lagg_tool.simulator.users import HOMES, LOGINS, primary_group, user_id, user_name


async def run_kill(process: Process) -> int:
    """Send signals."""
    status = kill(process, process.argv)
    await process.sleep(0)  # it may have been meant for this process
    return status


def _elapsed(process: Process, other: Process) -> str:
    seconds = int(process.now() - other.started)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def _started(process: Process, other: Process) -> str:
    moment = process.nas.wall_time() - (process.now() - other.started)
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M}"


# keyword: header, right-justified, value
_COLUMNS: dict[str, tuple[str, bool, Callable[[Process, Process], str]]] = {
    "pid": ("PID", True, lambda _me, other: str(other.pid)),
    "ppid": ("PPID", True, lambda _me, other: str(other.ppid)),
    "uid": ("UID", True, lambda _me, other: str(other.uid)),
    "user": ("USER", False, lambda _me, other: user_name(other.uid)),
    "comm": ("COMMAND", False, lambda _me, other: other.name),
    "ucomm": ("UCOMM", False, lambda _me, other: other.name),
    "command": ("COMMAND", False, lambda _me, other: other.command),
    "args": ("COMMAND", False, lambda _me, other: other.command),
    "stat": ("STAT", False, lambda me, other: "R" if me is other else "I"),
    "state": ("STAT", False, lambda me, other: "R" if me is other else "I"),
    "tt": ("TT", False, lambda _me, _other: "- "),
    "tty": ("TTY", False, lambda _me, _other: "-"),
    "time": ("TIME", True, lambda _me, _other: "0:00.00"),
    "etime": ("ELAPSED", True, _elapsed),
    "etimes": ("ELAPSED", True, lambda me, other: str(int(me.now() - other.started))),
    "start": ("STARTED", False, _started),
    "jid": ("JID", True, lambda _me, _other: "0"),
    "%cpu": ("%CPU", True, lambda _me, _other: "0.0"),
    "%mem": ("%MEM", True, lambda _me, _other: "0.0"),
    "vsz": ("VSZ", True, lambda _me, _other: "12840"),
    "rss": ("RSS", True, lambda _me, _other: "2400"),
}
_USUAL = ["pid", "tt", "stat", "time", "command"]
_USER = ["user", "pid", "%cpu", "%mem", "vsz", "rss", "tt", "stat", "start", "time", "command"]
_PS_USAGE = """\
usage: ps [--libxo] [-aCcdeHhjlmrSTuvwXxZ] [-O fmt | -o fmt]
          [-G gid[,gid...]] [-J jid[,jid...]] [-M core]
          [-N system] [-p pid[,pid...]] [-t tty[,tty...]]
          [-U user[,user...]]
       ps [--libxo] -L
"""


def _wanted(process: Process, words: Sequence[str]) -> list[tuple[str, str]]:
    """Return keywords and headers of -o; ``pid=`` has an empty header."""
    out: list[tuple[str, str]] = []
    for word in words:
        for piece in re.split(r"[ ,]", word) if "=" not in word else word.split(","):
            keyword, equals, header = piece.partition("=")
            if not keyword:
                continue
            if keyword not in _COLUMNS:
                process.warn(f"{keyword}: keyword not found")
                raise Exit(1)
            out.append((keyword, header if equals else _COLUMNS[keyword][0]))
    return out


async def ps(process: Process) -> int:
    """List processes."""
    argv = list(process.argv)
    if len(argv) > 1 and not argv[1].startswith("-"):
        argv[1] = f"-{argv[1]}"
        process.argv = tuple(argv)
    options = getopt(process, "aCcdefG:gHhJ:jLlM:mN:O:o:p:rSTt:U:uvwXxZ", _PS_USAGE)
    usual = [(name, _COLUMNS[name][0]) for name in (_USER if "u" in options else _USUAL)]
    columns = _wanted(process, options.values("o")) or usual
    chosen = list(process.table)
    if "p" in options:
        pids = {int(pid) for text in options.values("p") for pid in re.findall(r"\d+", text)}
        chosen = [other for other in chosen if other.pid in pids]
    elif "U" in options:
        uids = {user_id(name) for name in options.value("U").split(",")}
        chosen = [other for other in chosen if other.uid in uids]
    elif not ("a" in options or "x" in options or "A" in options):
        chosen = []
    rows = [[_COLUMNS[name][2](process, other) for name, _ in columns] for other in chosen]
    _print_table(process, columns, rows)
    return 0 if rows else 1


def _print_table(process: Process, columns: list[tuple[str, str]], rows: list[list[str]]) -> None:
    headers = [header for _, header in columns]
    widths = [
        max([len(header), *(len(row[index]) for row in rows)])
        for index, header in enumerate(headers)
    ]
    table = [headers, *rows] if any(headers) else rows
    for row in table:
        cells = []
        for index, cell in enumerate(row):
            last = index == len(row) - 1
            right = _COLUMNS[columns[index][0]][1]
            cells.append(
                cell.rjust(widths[index]) if right else cell if last else cell.ljust(widths[index])
            )
        process.out(" ".join(cells) + "\n")


def _signal_option(process: Process) -> Signal:
    """Take ``-TERM``, ``-9`` or ``-s TERM`` off the command line."""
    words = list(process.argv)
    for index, word in enumerate(words[1:], 1):
        if word == "-s" and index + 1 < len(words):
            name, used = words[index + 1], 2
        elif re.fullmatch(r"-(SIG)?[A-Z]+[12]?|-\d+", word) and named(word[1:]) is not None:
            name, used = word[1:], 1
        else:
            continue
        signal = named(name)
        if signal is None:
            process.warn(f"unknown signal {name}")
            raise Exit(1)
        del words[index : index + used]
        process.argv = tuple(words)
        return signal
    return Signal.TERM


async def killall(process: Process) -> int:
    """Send a signal to processes by name."""
    signal = _signal_option(process)
    usage = (
        "usage: killall [-delmsqvz] [-help] [-I] [-j jail]\n"
        "               [-u user] [-t tty] [-c cmd] [-SIGNAL] [cmd]...\n"
    )
    options = getopt(process, "delmqvzI", usage)
    if not options.words:
        fail(process, "", usage)
    status = 0
    for name in options.words:
        found = [o for o in process.table if o.name == name and process.uid in {0, o.uid}]
        if not found:
            process.err("" if "q" in options else "No matching processes were found\n")
            status = 1
        for other in found:
            other.kill(signal)
    return status


def _matching(process: Process, pattern: str, *, full: bool, exact: bool) -> list[Process]:
    regex = re.compile(f"^(?:{pattern})$" if exact else pattern)
    return [
        other
        for other in process.table
        if other is not process and regex.search(other.command if full else other.name)
    ]


async def pkill(process: Process) -> int:
    """Send a signal to processes by pattern, or list them as pgrep."""
    lists = process.name == "pgrep"
    signal = Signal.TERM if lists else _signal_option(process)
    usage = f"usage: {process.name} [-LSfilnoqvx] [-d delim] [-F pidfile] pattern ...\n"
    options = getopt(process, "ILSfilnoqvxad:F:P:U:u:", usage, 2)
    if not options.words:
        fail(process, "", usage, 2)
    found: list[Process] = []
    for pattern in options.words:
        found += _matching(process, pattern, full="f" in options, exact="x" in options)
    if "P" in options:
        found = [other for other in found if str(other.ppid) == options.value("P")]
    if "n" in options or "o" in options:
        found = found[-1:] if "n" in options else found[:1]
    for other in found:
        if lists:
            line = f"{other.pid} {other.command}" if "l" in options else str(other.pid)
            process.out("" if "q" in options else f"{line}\n")
        else:
            other.kill(signal)
    return 0 if found else 1


def _seconds(process: Process, text: str, what: str) -> float:
    match = re.fullmatch(r"(\d*\.?\d+|\d+\.)([smhd]?)", text)
    if match is None:
        process.warn(what)
        raise Exit(125 if process.name == "timeout" else 1)
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


async def sleep(process: Process) -> int:
    """Wait."""
    if len(process.argv) < 2:
        process.err(
            "usage: sleep number[unit] [...]\nUnit can be 's' (seconds, the default), "
            "m (minutes), h (hours), or d (days).\n"
        )
        return 1
    total = 0.0
    for word in process.argv[1:]:
        match = re.fullmatch(r"-?(\d*\.?\d+|\d+\.)([smhd]?)", word)
        if match is None:
            process.warn(f"invalid time interval: {word}")
            return 1
        unit = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
        total += 0 if word.startswith("-") else float(match[1]) * unit
    await process.sleep(total)
    return 0


def _start(process: Process, argv: Sequence[str], prefix: str = "") -> Process:
    """Start a command, or end with 126 or 127 as env, nohup and timeout do."""
    try:
        return process.spawn(argv)
    except FileError as error:
        process.err(f"{prefix or process.name}: {argv[0]}: {error}\n")
        raise Exit(127 if error.reason is Reason.ENOENT else 126) from None


async def timeout(process: Process) -> int:
    """Run a command for a limited time; 124 when it was too long."""
    usage = (
        "usage: timeout [--foreground] [--kill-after=time] [--preserve-status]"
        " [--signal=sig] duration command ...\n"
    )
    words = []
    for word in process.argv:
        long = re.match(r"--(kill-after|signal)=(.*)", word)
        if long:
            words += [f"-{long[1][0]}", long[2]]
        elif word == "--preserve-status":
            words.append("-p")
        elif word != "--foreground":
            words.append(word)
    process.argv = tuple(words)
    options = getopt(process, "fk:ps:v", usage, 125)
    if len(options.words) < 2:
        fail(process, "", usage, 125)
    signal = named(options.value("s", "TERM"))
    if signal is None:
        process.warn("invalid signal")
        return 125
    limit = _seconds(process, options.words[0], "duration is not a number")
    child = _start(process, options.words[1:])
    process.handlers[Signal.TERM] = child.kill
    deadline = process.now() + limit if limit else float("inf")
    if await process.wait_until(lambda: child.status is not None, deadline):
        return child.status or 0
    child.kill(signal)
    if "k" in options:
        later = process.now() + _seconds(process, options.value("k"), "duration is not a number")
        if not await process.wait_until(lambda: child.status is not None, later):
            child.kill(Signal.KILL)
    status = await process.wait(child)
    return status if "p" in options else 124


async def nohup(process: Process) -> int:
    """Run a command that ignores SIGHUP."""
    if len(process.argv) < 2:
        process.err("usage: nohup [--] command [arguments]\n")
        return 127
    process.ignored.add(Signal.HUP)
    words = [word for word in process.argv[1:] if word != "--"]
    return await process.wait(_start(process, words))


async def env(process: Process) -> int:
    """Print the environment, or run a command in a changed one."""
    options = getopt(
        process,
        "0iL:P:S:U:u:v",
        "usage: env [-0iv] [-u name] [name=value ...]\n           [utility [argument ...]]\n",
    )
    environment = {} if "i" in options else dict(process.environment)
    for name in options.values("u"):
        environment.pop(name, None)
    words = options.words
    if words[:1] == ["-"]:
        environment, words = {}, words[1:]
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    process.environment = environment
    if words:
        return await process.wait(_start(process, words))
    for name, value in environment.items():
        process.out(f"{name}={value}\n")
    return 0


async def printenv(process: Process) -> int:
    """Print environment variables."""
    if len(process.argv) > 1:
        value = process.environment.get(process.argv[1])
        if value is None:
            return 1
        process.out(f"{value}\n")
        return 0
    for name, value in process.environment.items():
        process.out(f"{name}={value}\n")
    return 0


async def xargs(process: Process) -> int:
    """Build commands from standard input."""
    options = getopt(
        process,
        "0E:I:J:L:n:oP:pR:S:rs:tx",
        "usage: xargs [-0opt] [-E eofstr] [-I "
        "replstr [-R replacements] [-S replsize]]\n             [-J replstr] [-L "
        "number] [-n number [-x]] [-P maxprocs]\n             [-s size] [utility "
        "[argument ...]]\n",
    )
    text = (await process.read()).decode(errors="surrogateescape")
    command = options.words or ["echo"]
    if "I" in options:
        batches = [
            [word.replace(options.value("I"), line.strip()) for word in command]
            for line in text.splitlines()
            if line.strip()
        ]
    else:
        if "0" in options:
            items = [item for item in text.split("\0") if item]
        else:
            items = [
                re.sub(r"'([^']*)'|\"([^\"]*)\"|\\(.)", r"\1\2\3", item)
                for item in re.findall(r"(?:'[^']*'|\"[^\"]*\"|\\.|[^\s])+", text)
            ]
        size = int(options.value("n") or options.value("L") or "5000")
        chunks = [items[start : start + size] for start in range(0, len(items), size)]
        batches = [[*command, *chunk] for chunk in chunks]
    status = 0
    for argv in batches:
        if "t" in options:
            process.err(" ".join(argv) + "\n")
        ended = await process.wait(_start(process, argv))
        if ended == 255:
            process.warn(f"{argv[0]}: exited with status 255; aborting")
            return 124
        status = status or (1 if 0 < ended < 126 else ended)
    return status


PAM_POLICY = "/etc/pam.d/su"  # without it, su does nothing (pam.conf(5))


async def su(process: Process) -> int:
    """Become another user: -m keeps the environment, -c runs a command."""
    words = list(process.argv[1:])
    keep = False
    login = False
    while words and words[0].startswith("-"):
        word = words.pop(0)
        login = login or "l" in word or word == "-"
        keep = keep or "m" in word
    user = words.pop(0) if words else "root"
    if process.nas.filesystem.find(PAM_POLICY) is None:
        process.err("su: pam_start: System error\n")
        return 1
    uid = user_id(user)
    if uid is None:
        process.err(f"su: unknown login: {user}\n")
        return 1
    if process.uid not in {0, uid}:
        process.err("su: Sorry\n")
        return 1
    shell = "/bin/sh"
    if user not in LOGINS and not keep:
        process.err("This account is currently not available.\n")
        return 1
    if not keep:
        process.environment |= {"HOME": HOMES[user], "SHELL": shell, "USER": user}
        if login:
            process.directory = HOMES[user]
    process.uid, process.gid = uid, primary_group(uid)
    child = process.spawn(
        ("su" if not login else "-su", *words), process.nas.find_program(process, shell)
    )
    return await process.wait(child)


PROGRAMS: Mapping[str, Program] = {
    "/bin/ps": ps,
    "/bin/kill": run_kill,
    "/usr/bin/killall": killall,
    "/bin/pkill": pkill,
    "/bin/pgrep": pkill,
    "/usr/bin/pkill": pkill,
    "/usr/bin/pgrep": pkill,
    "/bin/sleep": sleep,
    "/usr/bin/timeout": timeout,
    "/usr/bin/nohup": nohup,
    "/usr/bin/env": env,
    "/usr/bin/printenv": printenv,
    "/usr/bin/xargs": xargs,
    "/usr/bin/su": su,
}
