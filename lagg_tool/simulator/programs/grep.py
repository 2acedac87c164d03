"""grep(1): lines that match a basic, extended or fixed pattern."""

from __future__ import annotations

import re
from collections.abc import Callable

from lagg_tool.simulator.programs.inputs import Inputs
from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.programs.regex import PatternError, compile_pattern
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

USAGE = """\
usage: grep [-abcdDEFGHhIiLlmnOopqRSsUVvwxz] [-A num] [-B num] [-C num]
\t[-e pattern] [-f file] [--binary-files=value] [--color=when]
\t[--colour=when] [--context=num] [--directories=action] [--label]
\t[--line-buffered] [--null] [--null-data] [pattern] [file ...]
"""


def _matcher(process: Process, options: Options) -> Callable[[str], bool]:
    """Return what tells whether a line matches one of the patterns."""
    patterns = options.values("e")
    if not patterns:
        if not options.words:
            fail(process, "", USAGE, 2)
        patterns = [options.words.pop(0)]
    compiled: list[re.Pattern[str]] = []
    for pattern in (line for text in patterns for line in text.split("\n")):
        text = re.sub(r"([\\.*\[\]^$])", r"\\\1", pattern) if "F" in options else pattern
        try:
            regex = compile_pattern(text, extended="E" in options, ignore_case="i" in options)
        except PatternError as error:
            process.warn(str(error))
            raise Exit(2) from None
        inner = rf"(?<!\w)(?:{regex.pattern})(?!\w)" if "w" in options else regex.pattern
        compiled.append(re.compile(f"^(?:{inner})$" if "x" in options else inner, regex.flags))
    return lambda line: any(regex.search(line) for regex in compiled)


async def grep(process: Process) -> int:
    """Print lines that match; return 0 if any did, 1 if none, 2 after an error."""
    options = getopt(process, "EFHce:hilnqsvwx", USAGE, 2)
    matches = _matcher(process, options)
    inputs = Inputs(process, options.words)
    inputs.silent = "s" in options
    named = ("H" in options or len(options.words) > 1) and "h" not in options
    found = False
    async for name, lines in inputs.files():
        shown = "(standard input)" if name == "-" else name
        prefix = f"{shown}:" if named else ""
        hits = [
            (number, line)
            for number, line in enumerate(lines, 1)
            if matches(line) != ("v" in options)
        ]
        found = found or bool(hits)
        if "q" in options:
            continue
        if "c" in options:
            process.out(f"{prefix}{len(hits)}\n")
        elif "l" in options:
            process.out(f"{shown}\n" if hits else "")
        else:
            for number, line in hits:
                process.out(f"{prefix}{f'{number}:' if 'n' in options else ''}{line}\n")
    if inputs.status and not ("q" in options and found):
        return 2
    return 0 if found else 1
