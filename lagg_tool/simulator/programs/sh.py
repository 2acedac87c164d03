"""/bin/sh as a program, and the ways into it: a session's shell, a script file."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lagg_tool.simulator.shell.builtins_variables import apply_options
from lagg_tool.simulator.shell.grammar import is_complete
from lagg_tool.simulator.shell.interactive import interact
from lagg_tool.simulator.shell.shell import Shell, shell_command
from lagg_tool.simulator.shell.state import LONGEST_TEXT, ShellError, State, fit
from lagg_tool.simulator.system.nodes import File, FileError
from lagg_tool.simulator.system.process import Pause, Process, Program
from lagg_tool.simulator.system.signals import Exit


async def linger(_process: Process) -> int:
    """Wait to be ended, in the place of a daemon that is part of the system."""
    while True:
        await Pause(None, math.inf)


async def login_shell(process: Process) -> int:
    """Run the command line of a session; argv is ``sh -c line``."""
    return await shell_command(process, process.argv[2], "sh", ())


async def _file(shell: Shell, name: str, args: Sequence[str]) -> int:
    process = shell.process
    try:
        text = process.system.filesystem.read_text(process.path(name), process.uid)
    except FileError as error:
        raise ShellError(f"cannot open {name}: {error}", 127) from None
    shell.state.arg0 = shell.state.script = name
    shell.state.positional = list(args)
    return await shell.main(shell.run_text(text))


async def _standard_input(shell: Shell) -> int:
    """Run what comes on standard input, a complete command at a time."""
    text = ""
    while line := await shell.process.readline():
        text += line.decode(errors="surrogateescape")
        fit(len(text) * LONGEST_TEXT)
        if text.endswith("\n") and is_complete(text):
            await shell.run_text(text)
            text = ""
    return await shell.run_text(text) if text else shell.state.status


async def sh(process: Process) -> int:
    """Run ``sh [-options] [-c string | file | -s] [arguments]``."""
    shell = Shell(State(process, process.argv[0]))
    try:
        return await _start(shell, list(process.argv[1:]))
    except ShellError as fault:
        shell.state.complain(str(fault))
        return fault.status


def _options(shell: Shell, words: list[str]) -> str | None:
    """Take the options off the words; return the string of -c."""
    text: str | None = None
    while words and words[0][:1] in {"-", "+"}:
        word = words.pop(0)
        if word in {"-", "--"}:
            break
        if word[0] == "-" and "c" in word:  # the string follows at once, options may, too
            if not words:
                raise ShellError("-c requires an argument")
            text = words.pop(0)
            word = word.replace("c", "")
        if word in {"-o", "+o"} and words:
            apply_options(shell, [word, words.pop(0)])
        elif len(word) > 1:
            apply_options(shell, [word])
    return text


async def _start(shell: Shell, words: list[str]) -> int:
    text = _options(shell, words)
    state = shell.state
    if text is not None:
        state.arg0 = words[0] if words else state.arg0
        state.positional = words[1:]
        return await shell.main(shell.run_text(text, last=True))
    if words and "s" not in state.options:
        return await _file(shell, words[0], words[1:])
    state.positional = words
    return await shell.main(interact(shell) if "i" in state.options else _standard_input(shell))


def script_program(path: str, file: File) -> Program:
    """Return the program that an executable text file is."""
    first = bytes(file.data[:128]).split(b"\n", 1)[0].decode(errors="surrogateescape")
    interpreter = first[2:].split() if first.startswith("#!") else ["/bin/sh"]

    async def script(process: Process) -> int:
        argv = (*interpreter, path, *process.argv[1:])
        if interpreter[0] in {"/bin/sh", "sh"}:
            process.argv = argv
            return await sh(process)
        try:
            program = process.system.find_program(process, interpreter[0])
        except FileError as error:
            raise Exit(126) from error
        process.argv = argv
        return await program(process)

    return script
