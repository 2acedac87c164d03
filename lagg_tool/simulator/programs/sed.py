"""sed(1) as far as the tool's scripts use it: ``s`` with the flags g and p, -n, -E, -e."""

from __future__ import annotations

import re

from lagg_tool.simulator.programs.inputs import Inputs
from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.programs.regex import PatternError, compile_pattern
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

USAGE = """\
usage: sed script [-EHalnru] [-i extension] [file ...]
\tsed [-EHalnu] [-i extension] [-e script] ... [-f script_file] ... [file ...]
"""


class _Substitution:
    """The command ``s/pattern/replacement/flags``."""

    def __init__(self, process: Process, script: str, *, extended: bool) -> None:
        self._process = process
        self._script = script
        if script[:1] != "s":
            raise self._error(f"invalid command code {script[0]}" if script else "command expected")
        delimiter = re.escape(script[1:2])
        part = rf"((?:\\.|\[\^?\]?[^\]]*\]|(?!{delimiter})[^\\])*)"
        match = re.fullmatch(rf"s{delimiter}{part}{delimiter}{part}{delimiter}(.*)", script)
        if match is None:
            raise self._error("unterminated substitute in regular expression")
        pattern, self._replacement, flags = match.groups()
        if set(flags) - set("gp"):
            raise self._error(f"bad flag in substitute command: '{flags}'")
        try:
            self._pattern = compile_pattern(
                pattern.replace(f"\\{script[1]}", script[1]), extended=extended
            )
        except PatternError as error:
            raise self._error(f"RE error: {error}") from None
        self._count = 0 if "g" in flags else 1
        self.prints = "p" in flags

    def _error(self, message: str) -> Exit:
        self._process.err(f'sed: 1: "{self._script}": {message}\n')
        return Exit(1)

    def apply(self, line: str) -> tuple[str, bool]:
        """Return the line after the command, and whether it matched."""
        text, times = self._pattern.subn(self._expand, line, count=self._count)
        return text, times > 0

    def _expand(self, match: re.Match[str]) -> str:
        def piece(found: re.Match[str]) -> str:
            mark = found[0].removeprefix("\\")
            if found[0] == "&":
                return match[0]
            return (match[int(mark)] or "") if mark.isdigit() else mark

        return re.sub(r"\\.|&", piece, self._replacement)


async def sed(process: Process) -> int:
    """Edit lines."""
    options = getopt(process, "Ee:n", USAGE)
    scripts = options.values("e")
    if not scripts:
        if not options.words:
            fail(process, "", USAGE)
        scripts = [options.words.pop(0)]
    commands = [
        _Substitution(process, script.strip(), extended="E" in options) for script in scripts
    ]
    inputs = Inputs(process, options.words)
    async for line in inputs.lines():
        text = line
        for command in commands:
            text, matched = command.apply(text)
            if matched and command.prints:
                process.out(f"{text}\n")
        if "n" not in options:
            process.out(f"{text}\n")
    return inputs.status
