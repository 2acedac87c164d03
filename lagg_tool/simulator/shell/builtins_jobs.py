"""Builtins about processes: wait, kill, trap, jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from lagg_tool.simulator.shell.builtins_variables import quoted
from lagg_tool.simulator.shell.killing import kill
from lagg_tool.simulator.shell.state import ShellError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal, named

if TYPE_CHECKING:
    from lagg_tool.simulator.shell.shell import Shell


async def _wait(shell: Shell, argv: list[str]) -> int:
    state = shell.state
    if len(argv) == 1:
        waited = list(state.jobs.values())
    else:
        waited = []
        for word in argv[1:]:
            pid = state.last_background if word == "%1" else int(word) if word.isdigit() else None
            if pid is None:
                raise ShellError(f"No such job: {word}")
            if pid not in state.jobs:
                return 127
            waited.append(state.jobs[pid])
    status = 0
    for child in waited:
        await shell.process.wait_until(_ended_or_caught(shell, child))
        if child.status is None:
            return 128 + state.caught[0]
        status = child.status
        state.jobs.pop(child.pid, None)
    return status if len(argv) > 1 else 0


def _ended_or_caught(shell: Shell, child: Process) -> Callable[[], bool]:
    return lambda: child.status is not None or bool(shell.state.caught)


async def _kill(shell: Shell, argv: list[str]) -> int:
    words = list(argv)
    for index, word in enumerate(words[1:], 1):
        if word in {"%1", "%%", "%+"} and shell.state.last_background is not None:
            words[index] = str(shell.state.last_background)
    status = kill(shell.process, words)
    await shell.process.sleep(0)  # it may have been meant for this process
    return status


def _signal_name(word: str) -> str:
    if word in {"0", "EXIT", "exit"}:
        return "EXIT"
    signal = named(word)
    if signal is None:
        raise ShellError(f"bad signal {word}")
    return signal.name


async def _trap(shell: Shell, argv: list[str]) -> int:
    state, process = shell.state, shell.process
    words = argv[1:]
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        for name, action in state.traps.items():
            process.out(f"trap -- {quoted(action)} {name}\n")
        return 0
    if words[0] == "-l":
        process.out(" ".join(signal.name for signal in Signal) + "\n")
        return 0
    reset = len(words) == 1 or words[0].isdigit()
    action = "-" if reset else words[0]
    status = 0
    for word in words if reset and words[0] != "-" else words[1:]:
        try:
            name = _signal_name(word)
        except ShellError as fault:
            shell.state.complain(str(fault))
            status = 1
            continue
        _set_trap(shell, name, action)
    return status


def _set_trap(shell: Shell, name: str, action: str) -> None:
    state, process = shell.state, shell.process
    if action == "-":
        state.traps.pop(name, None)
    else:
        state.traps[name] = action
    if name == "EXIT":
        return
    signal = Signal[name]
    process.ignored.discard(signal)
    process.handlers.pop(signal, None)
    if action == "":
        process.ignored.add(signal)
    elif action != "-":
        process.handlers[signal] = state.caught.append


async def _jobs(shell: Shell, argv: list[str]) -> int:
    running = [child for child in shell.state.jobs.values() if child.status is None]
    for index, child in enumerate(running, 1):
        if "-p" in argv:
            shell.process.out(f"{child.pid}\n")
        else:
            mark = "+" if child is running[-1] else "-"
            shell.process.out(f"[{index}] {mark} Running{'':17}{child.command}\n")
    return 0


TABLE: Mapping[str, Callable[[Shell, list[str]], Awaitable[int]]] = {
    "wait": _wait,
    "kill": _kill,
    "trap": _trap,
    "jobs": _jobs,
}
