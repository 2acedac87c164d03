"""dd(1): blocks copied from one file or device to another."""

from __future__ import annotations

import re

from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_OPERANDS = frozenset({"if", "of", "bs", "count", "status"})


def _size(process: Process, text: str) -> int:
    match = re.fullmatch(r"(\d+)([kmg]?)", text.lower())
    if match is None:
        process.warn(f"{text}: illegal numeric value")
        raise Exit(1)
    return int(match[1]) * _UNITS[match[2]]


async def dd(process: Process) -> int:
    """Copy ``count`` blocks of ``bs`` bytes, or all there are."""
    given = dict(word.partition("=")[::2] for word in process.argv[1:])
    unknown = sorted(set(given) - _OPERANDS)
    if unknown:
        process.warn(f"unknown operand {unknown[0]}")
        return 1
    block = _size(process, given.get("bs", "512"))
    count = _size(process, given["count"]) if "count" in given else None
    for fd, key, mode in ((0, "if", "r"), (1, "of", "w")):
        if key in given:
            try:
                stream = process.system.opener.open(
                    process.path(given[key]), mode, process.uid, 0o644
                )
            except FileError as error:
                process.warn(f"{given[key]}: {error}")
                return 1
            process.set_stream(fd, stream)
    started = process.now()
    whole = partial = size = 0
    while count is None or whole + partial < count:
        data = await process.read(block)
        if not data:
            break
        whole, partial = whole + (len(data) == block), partial + (len(data) < block)
        size += len(data)
        try:
            process.out(data)
        except FileError as error:
            process.warn(f"{given.get('of', 'stdout')}: {error}")
            return 1
        await process.drain()
        await process.sleep(1e-5)
    if given.get("status") != "none":
        seconds = max(1e-6, process.now() - started)
        process.err(
            f"{whole}+{partial} records in\n{whole}+{partial} records out\n"
            f"{size} bytes transferred in {seconds:.6f} secs ({int(size / seconds)} bytes/sec)\n"
        )
    return 0
