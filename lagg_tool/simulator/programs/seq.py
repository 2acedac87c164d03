"""seq(1): numbers in order."""

from __future__ import annotations

from lagg_tool.simulator.programs.options import fail
from lagg_tool.simulator.system.process import Process

_AT_ONCE = 10_000  # lines, then it gives way
_COST = 0.001  # virtual seconds that they take
USAGE = "usage: seq [-w] [-f format] [-s string] [-t string] [first [incr]] last\n"


async def seq(process: Process) -> int:
    """Print the whole numbers from ``first``, 1 if it is not given, to ``last``."""
    words = process.argv[1:]
    if not 1 <= len(words) <= 3:
        fail(process, "", USAGE)
    numbers: list[int] = []
    for word in words:
        try:
            numbers.append(int(word))
        except ValueError:
            process.warn(f"invalid floating point argument: {word}")
            return 2
    first, last = numbers[0] if len(numbers) > 1 else 1, numbers[-1]
    step = numbers[1] if len(numbers) > 2 else (1 if first <= last else -1)
    if not step:
        process.warn(f"zero {'in' if first < last else 'de'}crement")
        return 1
    every = range(first, last + step // abs(step), step)
    for begin in range(0, len(every), _AT_ONCE):
        process.out("".join(f"{each}\n" for each in every[begin : begin + _AT_ONCE]))
        await process.drain()
        if begin:
            await process.sleep(_COST)
    return 0
