"""cmp(1): whether two files are the same, and where they begin to differ."""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.simulator.filesystem import FileError
from lagg_tool.simulator.options import fail, getopt
from lagg_tool.simulator.process import Process, Program

_USAGE = "usage: cmp [-l | -s | -x] [-hz] file1 file2 [skip1 [skip2]]\n"


async def cmp(process: Process) -> int:
    """Compare two files. Returns 0 if they are the same, 1 if not, 2 for an error."""
    options = getopt(process, "lsxhz", _USAGE)
    if len(options.words) != 2:
        fail(process, "", _USAGE)
    silent = "s" in options
    contents: list[bytes] = []
    for name in options.words:
        try:
            text = process.nas.filesystem.read_text(process.path(name), process.uid)
            contents.append(text.encode("utf-8", "surrogateescape"))
        except FileError as error:
            if not silent:
                process.warn(f"{name}: {error}")
            return 2
    first, second = contents
    if first == second:
        return 0
    if not silent:
        _tell(process, options.words, first, second)
    return 1


def _tell(process: Process, names: list[str], first: bytes, second: bytes) -> None:
    common = min(len(first), len(second))
    at = next((i for i in range(common) if first[i] != second[i]), common)
    if at == common:
        process.warn(f"EOF on {names[len(first) > len(second)]}")
        return
    line = first[:at].count(b"\n") + 1
    process.out(f"{names[0]} {names[1]} differ: char {at + 1}, line {line}\n")


PROGRAMS: Mapping[str, Program] = {"/usr/bin/cmp": cmp}
