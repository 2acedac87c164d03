"""Builtins about processes: wait, kill, trap."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lagg_tool.simulator.shell.state import Builtin, Runner, ShellError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal, named

_KILL_USAGE = """\
usage: kill [-s signal_name] pid ...
       kill -l [exit_status]
       kill -signal_name pid ...
       kill -signal_number pid ...
"""


async def _wait(shell: Runner, argv: list[str]) -> int:
    state = shell.state
    waited = list(state.jobs.values())
    if len(argv) > 1:
        if not argv[1].isdigit():
            raise ShellError(f"No such job: {argv[1]}")
        if int(argv[1]) not in state.jobs:
            return 127
        waited = [state.jobs[int(argv[1])]]
    status = 0
    for child in waited:
        await shell.process.wait_until(_ended_or_caught(shell, child))
        if child.status is None:
            return 128 + state.caught[0]
        status = child.status
        state.jobs.pop(child.pid, None)
    return status if len(argv) > 1 else 0


def _ended_or_caught(shell: Runner, child: Process) -> Callable[[], bool]:
    return lambda: child.status is not None or bool(shell.state.caught)


async def _kill(shell: Runner, argv: list[str]) -> int:
    status = _send(shell.process, argv[1:])
    await shell.process.sleep(0)  # it may have been meant for this process
    return status


def _send(process: Process, words: list[str]) -> int:
    name = "TERM"
    if words[:1] == ["-s"]:
        name, words = "".join(words[1:2]), words[2:]
    elif words and words[0].startswith("-"):
        name, words = words[0][1:], words[1:]
    signal = named(name) if name != "0" else None
    if not words or (signal is None and name != "0"):
        process.err(f"kill: unknown signal {name}\n" if words else _KILL_USAGE)
        return 2
    status = 0
    for word in words:
        target = process.table.get(int(word)) if word.isdigit() else None
        complaint = ""
        if not word.isdigit():
            complaint = f"illegal process id: {word}"
        elif target is None:
            complaint = f"{word}: No such process"
        elif process.uid not in {0, target.uid}:
            complaint = f"{word}: Operation not permitted"
        elif signal is not None:
            target.kill(signal)
        if complaint:
            process.err(f"kill: {complaint}\n")
            status = 1 if word.isdigit() else 2
    return status


async def _trap(shell: Runner, argv: list[str]) -> int:
    if len(argv) < 3:
        raise ShellError("usage: trap action condition ...")
    for word in argv[2:]:
        signal = None if word in {"0", "EXIT"} else named(word)
        if signal is None and word not in {"0", "EXIT"}:
            raise ShellError(f"bad signal {word}")
        _set_trap(shell, signal, argv[1])
    return 0


def _set_trap(shell: Runner, signal: Signal | None, action: str) -> None:
    """Set what happens at a signal, or at the end: an action, nothing (empty), the usual (-)."""
    state, process = shell.state, shell.process
    name = "EXIT" if signal is None else signal.name
    state.traps.pop(name, None)
    if action != "-":
        state.traps[name] = action
    if signal is None:
        return
    process.ignored.discard(signal)
    process.handlers.pop(signal, None)
    if not action:
        process.ignored.add(signal)
    elif action != "-":
        process.handlers[signal] = state.caught.append


TABLE: Mapping[str, Builtin] = {"wait": _wait, "kill": _kill, "trap": _trap}
