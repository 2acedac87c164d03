"""Programs that read text: cat grep head tail wc cut sort uniq tr tee and their kin."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lagg_tool.simulator.filesystem import FileError
from lagg_tool.simulator.inputs import Inputs, text_of
from lagg_tool.simulator.options import Options, fail, getopt, number
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.regex import PatternError, compile_pattern
from lagg_tool.simulator.signals import Exit

_CHUNK = 65536


async def cat(process: Process) -> int:
    """Copy files to standard output as they come."""
    options = getopt(process, "belnstuv", "usage: cat [-belnstuv] [file ...]\n")
    inputs = Inputs(process, options.words)
    if "n" in options or "e" in options or "b" in options:
        count = 0
        async for _, line in inputs.lines():
            count += 1
            prefix = f"{count:6}\t" if "n" in options or ("b" in options and line) else ""
            process.out(f"{prefix}{line}{'$' if 'e' in options else ''}\n")
        return inputs.status
    for name in options.words or ["-"]:
        await _copy(process, inputs, name)
    return inputs.status


async def _copy(process: Process, inputs: Inputs, name: str) -> None:
    fd = 0
    try:
        if name != "-":
            fd = 81
            stream = process.nas.opener.open(process.path(name), "r", process.uid)
            process.set_stream(fd, stream)
        while data := await process.read(_CHUNK, fd):
            process.out(data)
            await process.drain()
    except FileError as error:
        process.warn(f"{name if name != '-' else 'stdin'}: {error}")
        inputs.status = 1
    if fd:
        process.set_stream(fd, None)


_GREP_USAGE = """\
usage: grep [-abcdDEFGHhIiLlmnOopqRSsUVvwxz] [-A num] [-B num] [-C num]
\t[-e pattern] [-f file] [--binary-files=value] [--color=when]
\t[--colour=when] [--context=num] [--directories=action] [--label]
\t[--line-buffered] [--null] [--null-data] [pattern] [file ...]
"""


def _grep_matcher(process: Process, options: Options) -> Callable[[str], list[str]]:
    """Return what gives the matching pieces of a line."""
    patterns = options.values("e")
    if not patterns:
        if not options.words:
            fail(process, "", _GREP_USAGE, 2)
        patterns = [options.words.pop(0)]
    extended = "E" in options or process.name == "egrep"
    fixed = "F" in options or process.name == "fgrep"
    compiled: list[re.Pattern[str]] = []
    for pattern in [line for text in patterns for line in text.split("\n")]:
        text = re.sub(r"([\\.*\[\]^$])", r"\\\1", pattern) if fixed else pattern
        try:
            regex = compile_pattern(
                text, extended=extended and not fixed, ignore_case="i" in options
            )
        except PatternError as error:
            process.warn(str(error))
            raise Exit(2) from None
        inner = regex.pattern
        if "w" in options:
            inner = rf"(?<!\w)(?:{inner})(?!\w)"
        if "x" in options:
            inner = rf"^(?:{inner})$"
        compiled.append(re.compile(inner, regex.flags))

    def matches(line: str) -> list[str]:
        return [match[0] for regex in compiled for match in regex.finditer(line)]

    return matches


async def grep(process: Process) -> int:
    """Print lines that match; 0 if any did, 1 if none, 2 after an error."""
    options = getopt(process, "abcEFGHhIiLlnoqRrsvwxUA:B:C:e:m:", _GREP_USAGE, 2)
    matcher = _grep_matcher(process, options)
    inputs = Inputs(process, options.words)
    inputs.silent = "s" in options
    named = ("H" in options or len(options.words) > 1) and "h" not in options
    after = int(options.value("A") or options.value("C") or "0")
    before = int(options.value("B") or options.value("C") or "0")
    most = int(options.value("m") or "0")
    found = 0
    async for name, data in inputs.files():
        shown = "(standard input)" if name == "-" else name
        prefix = f"{shown}:" if named else ""
        text = text_of(data)
        lines = text.split("\n")[: -1 if text.endswith("\n") else None] if text else []
        hits = {
            index: pieces
            for index, line in enumerate(lines)
            if bool(pieces := matcher(line)) != ("v" in options)
        }
        if most:
            hits = dict(list(hits.items())[:most])
        found += len(hits)
        if "q" in options:
            continue
        if "c" in options:
            process.out(f"{prefix}{len(hits)}\n")
        elif "l" in options or "L" in options:
            process.out(f"{shown}\n" if bool(hits) == ("l" in options) else "")
        else:
            _print_hits(process, options, (lines, hits, prefix), (before, after))
    if inputs.status and not ("q" in options and found):
        return 2
    return 0 if found else 1


def _print_hits(
    process: Process,
    options: Options,
    what: tuple[list[str], dict[int, list[str]], str],
    context: tuple[int, int],
) -> None:
    lines, hits, prefix = what
    before, after = context
    last = -1
    for index in sorted(
        {
            near
            for hit in hits
            for near in range(max(0, hit - before), min(len(lines), hit + after + 1))
        }
    ):
        if (before or after) and last >= 0 and index > last + 1:
            process.out("--\n")
        last = index
        mark = ":" if index in hits else "-"
        count = f"{index + 1}{mark}" if "n" in options else ""
        start = prefix[:-1] + mark if prefix else ""
        if "o" in options and "v" not in options:
            for piece in hits.get(index, []):
                if piece:
                    process.out(f"{start}{count}{piece}\n")
        else:
            process.out(f"{start}{count}{lines[index]}\n")


def _line_count(process: Process, letters: str, usage: str) -> tuple[Options, str]:
    """Read ``-n N``, ``-N`` and ``-c N`` of head and tail."""
    argv = list(process.argv)
    if len(argv) > 1 and re.fullmatch(r"[-+]\d+", argv[1]):
        argv[1:2] = ["-n", argv[1] if argv[1][0] == "+" else argv[1][1:]]
        process.argv = tuple(argv)
    options = getopt(process, letters, usage)
    return options, options.value("n", "10")


async def head(process: Process) -> int:
    """Print the beginning of files."""
    usage = "usage: head [-n lines | -c bytes] [file ...]\n"
    options, count = _line_count(process, "n:c:q", usage)
    size = options.value("c")
    most = number(process, size or count, f"illegal line count -- {count}")
    if most < 1:
        process.warn(f"illegal {'byte' if size else 'line'} count -- {most}")
        return 1
    if size or len(options.words) > 1:
        inputs = Inputs(process, options.words)
        first = True
        async for name, data in inputs.files(most if size else None):
            if len(options.words) > 1 and "q" not in options:
                process.out(f"{'' if first else chr(10)}==> {name} <==\n")
            first = False
            lines = data.splitlines(keepends=True)
            process.out(data[:most] if size else b"".join(lines[:most]))
        return inputs.status
    inputs = Inputs(process, options.words)
    seen = 0
    async for _, line in inputs.lines():
        process.out(f"{line}\n")
        seen += 1
        if seen == most:
            break
    return inputs.status


async def tail(process: Process) -> int:
    """Print the end of files, or all lines the other way round with -r."""
    options, count = _line_count(
        process, "n:c:qrfF", "usage: tail [-F | -f | -r] [-q] [-b # | -c # | -n #] [file ...]\n"
    )
    size = options.value("c")
    text = size or count
    most = number(process, text, f"illegal offset -- {text}")
    inputs = Inputs(process, options.words)
    first = True
    async for name, data in inputs.files():
        if len(options.words) > 1 and "q" not in options:
            process.out(f"{'' if first else chr(10)}==> {name} <==\n")
        first = False
        lines: list[bytes] = re.findall(rb"[^\n]*\n|[^\n]+", data)
        if "r" in options:
            kept = list(reversed(lines))
            process.out(b"".join(kept if "n" not in options else kept[:most]))
        elif text.startswith("+"):
            process.out(data[max(0, most - 1) :] if size else b"".join(lines[max(0, most - 1) :]))
        else:
            back = abs(most)
            whole = data if size else b"".join(lines[-back:] if back else [])
            process.out((whole[-back:] if back else b"") if size else whole)
    return inputs.status


async def wc(process: Process) -> int:
    """Count lines, words and bytes."""
    options = getopt(process, "Lclmw", "usage: wc [-Lclmw] [file ...]\n")
    inputs = Inputs(process, options.words)
    chosen = [letter for letter in "lwcm" if letter in options] or ["l", "w", "c"]
    totals = dict.fromkeys("lwcm", 0)
    files = 0

    def row(counts: Mapping[str, int], name: str) -> None:
        shown = "".join(f" {counts[letter]:7}" for letter in chosen)
        process.out(f"{shown}{f' {name}' if name else ''}\n")

    async for name, data in inputs.files():
        counts = {
            "l": data.count(b"\n"),
            "w": len(data.split()),
            "c": len(data),
            "m": len(data.decode(errors="replace")),
        }
        files += 1
        for letter in totals:
            totals[letter] += counts[letter]
        row(counts, name if options.words else "")
    if files > 1:
        row(totals, "total")
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
    """Print columns or fields of lines."""
    usage = (
        "usage: cut -b list [-n] [file ...]\n       cut -c list [file ...]\n"
        "       cut -f list [-s] [-w | -d delim] [file ...]\n"
    )
    options = getopt(process, "b:c:d:f:nsw", usage)
    listed = options.value("f") or options.value("c") or options.value("b")
    if not listed:
        fail(process, "", usage)
    ranges = _ranges(process, listed)
    inputs = Inputs(process, options.words)
    delimiter = options.value("d", "\t")

    def chosen(index: int) -> bool:
        return any(low <= index <= high for low, high in ranges)

    async for _, line in inputs.lines():
        if "f" not in options:
            process.out("".join(c for i, c in enumerate(line, 1) if chosen(i)) + "\n")
            continue
        fields = re.split(r"[ \t]+", line) if "w" in options else line.split(delimiter)
        if len(fields) == 1:
            process.out("" if "s" in options else f"{line}\n")
            continue
        joint = "\t" if "w" in options else delimiter
        process.out(joint.join(f for i, f in enumerate(fields, 1) if chosen(i)) + "\n")
    return inputs.status


async def sort(process: Process) -> int:
    """Sort lines; keys by field, numbers, reverse, unique."""
    options = getopt(
        process, "bdfghik:mMno:rRsSt:uVz", "usage: sort [-bcCdfigMmnrsuz] [file ...]\n", 2
    )
    inputs = Inputs(process, options.words)
    lines: list[str] = []
    async for _, line in inputs.lines():
        lines.append(line)

    def key(line: str) -> tuple[object, ...]:
        values: list[object] = []
        for spec in options.values("k") or [""]:
            part, numeric = _sort_key(line, spec, options.value("t"))
            if numeric or "n" in options or "g" in options:
                match = re.match(r"\s*(-?\d+(?:\.\d+)?)", part)
                values.append(float(match[1]) if match else 0.0)
            else:
                values.append(part.lower() if "f" in options else part)
        return tuple(values)

    ordered = sorted(lines) if "s" not in options else lines
    ordered = sorted(ordered, key=key, reverse="r" in options)
    if "u" in options:
        unique: dict[object, str] = {}
        for line in ordered:
            unique.setdefault(key(line), line)
        ordered = list(unique.values())
    data = "".join(f"{line}\n" for line in ordered)
    if "o" in options:
        process.nas.filesystem.write_text(process.path(options.value("o")), data, uid=process.uid)
    else:
        process.out(data)
    return 2 if inputs.status else 0


def _sort_key(line: str, spec: str, separator: str) -> tuple[str, bool]:
    """Return the part of a line that ``-k spec`` means, and whether it is a number."""
    if not spec:
        return line, False
    first, _, last = spec.partition(",")
    match = re.match(r"(\d+)(?:\.(\d+))?([a-z]*)", first)
    start = int(match[1]) if match else 1
    offset = int(match[2] or "1") if match else 1
    fields = line.split(separator) if separator else re.findall(r"\s*\S+", line)
    end = re.match(r"(\d+)", last)
    stop = int(end[1]) if end else len(fields)
    part = (separator or "").join(fields[start - 1 : stop])
    numeric = "n" in first.lstrip("0123456789.") or "n" in last.lstrip("0123456789.")
    return part.lstrip() if offset == 1 else part[offset - 1 :], numeric


async def uniq(process: Process) -> int:
    """Drop repeated neighbouring lines."""
    options = getopt(process, "cdiu", "usage: uniq [-c | -d | -D | -u] [-i] [input [output]]\n")
    inputs = Inputs(process, options.words[:1])
    groups: list[tuple[str, int]] = []
    async for _, line in inputs.lines():
        if groups and groups[-1][0] == line:
            groups[-1] = line, groups[-1][1] + 1
        else:
            groups.append((line, 1))
    for line, count in groups:
        if ("d" in options and count == 1) or ("u" in options and count > 1):
            continue
        process.out(f"{count:4} {line}\n" if "c" in options else f"{line}\n")
    return inputs.status


def _tr_set(text: str) -> str:
    named = {"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z"}
    named |= {"lower": "a-z", "space": " \\t\\n\\r\\v\\f", "blank": " \\t", "punct": "!-/:-@[-`{-~"}
    text = re.sub(r"\[:(\w+):\]", lambda match: named.get(match[1], match[0]), text)
    escapes = {
        "n": "\n",
        "t": "\t",
        "r": "\r",
        "\\": "\\",
        "v": "\v",
        "f": "\f",
        "a": "\a",
        "b": "\b",
    }
    chars: list[str] = []
    index = 0
    while index < len(text):
        char = text[index]
        octal = re.match(r"\\([0-7]{1,3})", text[index:])
        if octal:
            char = chr(int(octal[1], 8))
            index += len(octal[0])
        elif char == "\\" and index + 1 < len(text):
            char = escapes.get(text[index + 1], text[index + 1])
            index += 2
        else:
            index += 1
        if text[index : index + 1] == "-" and index + 1 < len(text):
            chars += [chr(code) for code in range(ord(char), ord(text[index + 1]) + 1)]
            index += 2
        else:
            chars.append(char)
    return "".join(chars)


async def tr(process: Process) -> int:
    """Translate, squeeze or delete characters."""
    usage = "usage: tr [-Ccsu] string1 string2\n       tr [-Ccu] -d string1\n"
    options = getopt(process, "Ccdsu", usage)
    if not options.words or (len(options.words) < 2 and "d" not in options and "s" not in options):
        fail(process, "", usage)
    one = _tr_set(options.words[0])
    two = _tr_set(options.words[1]) if len(options.words) > 1 else ""
    complement = "c" in options or "C" in options
    text = text_of(await process.read())
    table: dict[str, str] = {}
    if two and not complement:
        padded = two + two[-1] * max(0, len(one) - len(two))
        table = dict(zip(reversed(one), reversed(padded[: len(one)]), strict=False))
    out: list[str] = []
    squeezed = two if two else one
    for char in text:
        inside = (char in one) != complement
        if inside and "d" in options:
            continue
        new = two[-1] if complement and two and inside else table.get(char, char)
        squeeze = "s" in options and ((new in squeezed) != (complement and not two))
        if squeeze and out and out[-1] == new:
            continue
        out.append(new)
    process.out("".join(out))
    return 0


async def tee(process: Process) -> int:
    """Copy standard input to files and on."""
    options = getopt(process, "ai", "usage: tee [-ai] [file ...]\n")
    data = await process.read()
    process.out(data)
    status = 0
    for name in options.words:
        try:
            stream = process.nas.opener.open(
                process.path(name),
                "a" if "a" in options else "w",
                process.uid,
                0o666 & ~process.umask,
            )
            stream.write(data)
        except FileError as error:
            process.warn(f"{name}: {error}")
            status = 1
    return status


async def rev(process: Process) -> int:
    """Reverse each line."""
    inputs = Inputs(process, process.argv[1:])
    async for _, line in inputs.lines():
        process.out(f"{line[::-1]}\n")
    return inputs.status


PROGRAMS: Mapping[str, Program] = {
    "/bin/cat": cat,
    "/usr/bin/grep": grep,
    "/usr/bin/egrep": grep,
    "/usr/bin/fgrep": grep,
    "/usr/bin/head": head,
    "/usr/bin/tail": tail,
    "/usr/bin/wc": wc,
    "/usr/bin/cut": cut,
    "/usr/bin/sort": sort,
    "/usr/bin/uniq": uniq,
    "/usr/bin/tr": tr,
    "/usr/bin/tee": tee,
    "/usr/bin/rev": rev,
}
