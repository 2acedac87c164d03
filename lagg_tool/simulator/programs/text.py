"""Programs that pass text on: cat head tail wc cut tr."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lagg_tool.simulator.programs.inputs import Inputs
from lagg_tool.simulator.programs.options import Options, fail, getopt, number
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

_CHUNK = 65536
_FD = 81


async def cat(process: Process) -> int:
    """Copy files to standard output as they come."""
    options = getopt(process, "u", "usage: cat [-belnstuv] [file ...]\n")
    status = 0
    for name in options.words or ["-"]:
        try:
            await _copy(process, name)
        except FileError as error:
            process.warn(f"{name if name != '-' else 'stdin'}: {error}")
            status = 1
    return status


async def _copy(process: Process, name: str) -> None:
    fd = 0
    if name != "-":
        fd = _FD
        process.set_stream(fd, process.system.opener.open(process.path(name), "r", process.uid))
    while data := await process.read(_CHUNK, fd):
        process.out(data)
        await process.drain()
    if fd:
        process.set_stream(fd, None)


def _line_count(process: Process, usage: str) -> tuple[Options, str]:
    """Read ``-n N``, ``-N`` and ``-c N`` of head and tail."""
    argv = list(process.argv)
    if len(argv) > 1 and re.fullmatch(r"[-+]\d+", argv[1]):
        argv[1:2] = ["-n", argv[1] if argv[1][0] == "+" else argv[1][1:]]
        process.argv = tuple(argv)
    options = getopt(process, "n:c:", usage)
    return options, options.value("n", "10")


async def head(process: Process) -> int:
    """Print the first lines of a file, or the first bytes with -c."""
    options, count = _line_count(process, "usage: head [-n lines | -c bytes] [file ...]\n")
    size = options.value("c")
    most = number(process, size or count, f"illegal line count -- {count}")
    if most < 1:
        process.warn(f"illegal {'byte' if size else 'line'} count -- {most}")
        return 1
    inputs = Inputs(process, options.words[:1])
    if size:
        async for _, data in inputs.contents(most):
            process.out(data)
        return inputs.status
    seen = 0
    async for line in inputs.lines():
        process.out(f"{line}\n")
        seen += 1
        if seen == most:
            break
    return inputs.status


async def tail(process: Process) -> int:
    """Print the last lines of a file, or the last bytes with -c; +N counts from the start."""
    options, count = _line_count(
        process, "usage: tail [-F | -f | -r] [-q] [-b # | -c # | -n #] [file ...]\n"
    )
    text = options.value("c") or count
    most = number(process, text, f"illegal offset -- {text}")
    inputs = Inputs(process, options.words[:1])
    async for _, data in inputs.contents():
        pieces: Sequence[bytes] = re.findall(rb"[^\n]*\n|[^\n]+", data)
        if "c" in options:
            pieces = [data[index : index + 1] for index in range(len(data))]
        if text.startswith("+"):
            process.out(b"".join(pieces[max(0, most - 1) :]))
        else:
            process.out(b"".join(pieces[-abs(most) :] if most else []))
    return inputs.status


async def wc(process: Process) -> int:
    """Count lines, words and bytes."""
    options = getopt(process, "clw", "usage: wc [-Lclmw] [file ...]\n")
    inputs = Inputs(process, options.words)
    async for name, data in inputs.contents():
        counts = {"l": data.count(b"\n"), "w": len(data.split()), "c": len(data)}
        chosen = [letter for letter in counts if letter in options] or list(counts)
        shown = "".join(f" {counts[letter]:7}" for letter in chosen)
        process.out(f"{shown}{f' {name}' if options.words else ''}\n")
    return inputs.status


def _ranges(process: Process, text: str) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for piece in re.split(r"[ ,]", text):
        match = re.fullmatch(r"(\d*)(-?)(\d*)", piece)
        if match is None or not piece.strip("-"):
            process.warn("[-bcf] list: illegal list value")
            raise Exit(1)
        low = int(match[1] or "1")
        high = int(match[3]) if match[3] else (1 << 30 if match[2] else low)
        if not low or high < low:
            process.warn("[-bcf] list: values may not include zero")
            raise Exit(1)
        out.append((low, high))
    return out


async def cut(process: Process) -> int:
    """Print characters (-c) or fields (-f) of lines."""
    usage = (
        "usage: cut -b list [-n] [file ...]\n       cut -c list [file ...]\n"
        "       cut -f list [-s] [-w | -d delim] [file ...]\n"
    )
    options = getopt(process, "c:d:f:", usage)
    listed = options.value("f") or options.value("c")
    if not listed:
        fail(process, "", usage)
    ranges = _ranges(process, listed)
    inputs = Inputs(process, options.words)
    joint = options.value("d", "\t") if "f" in options else ""
    async for line in inputs.lines():
        fields = line.split(joint) if joint else list(line)
        if joint and len(fields) == 1:
            process.out(f"{line}\n")
            continue
        chosen = [
            field
            for index, field in enumerate(fields, 1)
            if any(low <= index <= high for low, high in ranges)
        ]
        process.out(joint.join(chosen) + "\n")
    return inputs.status


def _characters(text: str) -> str:
    r"""Return the characters of a set of tr: ``a-z``, ``\n``, themselves."""
    for escape, char in (("\\n", "\n"), ("\\t", "\t"), ("\\\\", "\\")):
        text = text.replace(escape, char)
    return re.sub(
        "(.)-(.)",
        lambda match: "".join(map(chr, range(ord(match[1]), ord(match[2]) + 1))),
        text,
        flags=re.DOTALL,
    )


async def tr(process: Process) -> int:
    """Replace characters by others, or drop them with -d."""
    usage = "usage: tr [-Ccsu] string1 string2\n       tr [-Ccu] -d string1\n"
    options = getopt(process, "d", usage)
    if len(options.words) != (1 if "d" in options else 2):
        fail(process, "", usage)
    first = _characters(options.words[0])
    second = "" if "d" in options else _characters(options.words[1])
    filled = second + second[-1:] * (len(first) - len(second))
    table = {ord(char): filled[index : index + 1] for index, char in enumerate(first)}
    while data := await process.read(_CHUNK):
        process.out(data.decode(errors="surrogateescape").translate(table))
    return 0
