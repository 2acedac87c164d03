"""cmp(1): whether two files are the same, and where they begin to differ."""

from __future__ import annotations

from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process

USAGE = "usage: cmp [-l | -s | -x] [-hz] file1 file2 [skip1 [skip2]]\n"


async def cmp(process: Process) -> int:
    """Compare two files; return 0 if they are the same, 1 if not, 2 after an error."""
    options = getopt(process, "s", USAGE)
    if len(options.words) != 2:
        fail(process, "", USAGE)
    silent = "s" in options
    contents: list[str] = []
    for name in options.words:
        try:
            contents.append(process.system.filesystem.read_text(process.path(name), process.uid))
        except FileError as error:
            if not silent:
                process.warn(f"{name}: {error}")
            return 2
    if contents[0] == contents[1]:
        return 0
    if not silent:
        process.out(_difference(options.words, *contents))
    return 1


def _difference(names: list[str], first: str, second: str) -> str:
    common = min(len(first), len(second))
    at = next((i for i in range(common) if first[i] != second[i]), common)
    if at == common:
        return f"cmp: EOF on {names[len(first) > len(second)]}\n"
    line = first[:at].count("\n") + 1
    return f"{names[0]} {names[1]} differ: char {at + 1}, line {line}\n"
