"""kill(1): the same code as shell builtin and as program, as in FreeBSD (bin/kill)."""

from __future__ import annotations

from collections.abc import Sequence

from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal, named

USAGE = """\
usage: kill [-s signal_name] pid ...
       kill -l [exit_status]
       kill -signal_name pid ...
       kill -signal_number pid ...
"""


def _names() -> str:
    """Return all names as printsignals() lays them out: two lines."""
    names = [signal.name for signal in Signal]
    return " ".join(names[:15]) + "\n" + " ".join(names[15:]) + "\n"


def _list(process: Process, words: Sequence[str]) -> int:
    if not words:
        process.out(_names())
        return 0
    number = int(words[0]) if words[0].isdigit() else -1
    number -= 128 if number > 128 else 0
    if number not in Signal.__members__.values():
        process.err(f"kill: unknown signal {words[0]}; valid signals:\n{_names()}")
        return 2
    process.out(f"{Signal(number).name}\n")
    return 0


def _choose(process: Process, words: list[str]) -> tuple[Signal | None, list[str]] | None:
    """Return signal (None: only ask) and pids; None after an error that was told."""
    if not words:
        process.err(USAGE)
        return None
    name = ""
    if words[0] == "-s":
        if len(words) < 2:
            process.err("kill: option requires an argument -- s\n" + USAGE)
            return None
        name, words = words[1], words[2:]
    elif words[0].startswith("-") and words[0] != "--":
        name, words = words[0][1:], words[1:]
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        process.err(USAGE)
        return None
    if name == "0":
        return None, words
    signal = named(name) if name else Signal.TERM
    if signal is None:
        process.err(f"kill: unknown signal {name}; valid signals:\n{_names()}")
        return None
    return signal, words


def kill(process: Process, argv: Sequence[str]) -> int:
    """Run ``kill …``; return the exit status."""
    words = list(argv[1:])
    if words[:1] == ["-l"]:
        return _list(process, words[1:])
    chosen = _choose(process, words)
    if chosen is None:
        return 2
    signal, pids = chosen
    status = 0
    for word in pids:
        if not word.lstrip("-").isdigit():
            process.err(f"kill: illegal process id: {word}\n")
            return 2
        target = process.table.get(int(word))
        if target is None:
            process.err(f"kill: {word}: No such process\n")
            status = 1
        elif process.uid not in {0, target.uid}:
            process.err(f"kill: {word}: Operation not permitted\n")
            status = 1
        elif signal is not None:
            target.kill(signal)
    return status
