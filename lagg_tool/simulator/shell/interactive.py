"""``sh -i``: prompts, and a shell that outlives errors and interrupts (FreeBSD's main.c)."""

from __future__ import annotations

from lagg_tool.simulator.shell.grammar import is_complete, parse
from lagg_tool.simulator.shell.shell import Shell
from lagg_tool.simulator.shell.state import LONGEST_TEXT, ShellError, fit
from lagg_tool.simulator.system.signals import Exit, Signal, Terminated

PROMPT = r"\u@\h:\w \$ "  # FreeBSD's /root/.shrc


async def interact(shell: Shell) -> int:
    """Prompt for commands and run them until ``exit`` or the end of input."""
    shell.state.variables["PS1"] = PROMPT
    while True:
        try:
            text = await _command(shell)
            if text is None:
                shell.process.err("\n")
                return shell.state.status
            await _run(shell, text)
        except Terminated as end:
            if end.signal is not Signal.INT:
                raise
            shell.state.status = 128 + end.signal
            shell.process.err("\n")


async def _command(shell: Shell) -> str | None:
    """Read a complete command, over several lines if need be; None at the end of input."""
    text = ""
    while not text.endswith("\n") or not is_complete(text):
        shell.process.err(prompt(shell, "PS2" if text else "PS1"))
        line = await shell.process.readline()
        if not line:
            return text or None
        text += line.decode(errors="surrogateescape")
        fit(len(text) * LONGEST_TEXT)
    return text


async def _run(shell: Shell, text: str) -> None:
    _, error = parse(text)
    try:
        await shell.run_text(text)
    except ShellError as fault:
        shell.state.complain(str(fault))
        shell.state.status = fault.status
    except Exit as end:
        if error is None:
            raise
        shell.state.status = end.status  # a syntax error ends a script, not a terminal


def prompt(shell: Shell, name: str) -> str:
    r"""Return a prompt with \u, \h, \w and \$ replaced, as sh(1) has them."""
    process, variables = shell.process, shell.state.variables
    home, directory = variables.get("HOME", ""), process.directory
    if home and (directory == home or directory.startswith(f"{home}/")):
        directory = "~" + directory.removeprefix(home)
    replaced = {
        r"\u": variables.get("USER", ""),
        r"\h": process.system.hostname.partition(".")[0],
        r"\w": directory,
        r"\$": "#" if process.uid == 0 else "$",
    }
    text = variables.get(name, "")
    for mark, value in replaced.items():
        text = text.replace(mark, value)
    return text
