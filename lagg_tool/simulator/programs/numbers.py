"""Programs that count, repeat and digest: seq jot expr yes dd md5 sha256."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from lagg_tool.simulator.filesystem import FileError
from lagg_tool.simulator.inputs import Inputs
from lagg_tool.simulator.options import fail, getopt
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.regex import PatternError, compile_pattern
from lagg_tool.simulator.signals import Exit

_UNITS = {"": 1, "b": 512, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "w": 4}


def _number_text(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


async def seq(process: Process) -> int:  # noqa: C901 - options of its own kind
    """Print numbers in order."""
    usage = "usage: seq [-w] [-f format] [-s string] [-t string] [first [incr]] last\n"
    words = list(process.argv[1:])
    separator, terminator, form, wide = "\n", "", "", False
    while words and re.match(r"-[wfst]", words[0]):
        option = words.pop(0)
        if option == "-w":
            wide = True
            continue
        value = option[2:] or (words.pop(0) if words else "")
        value = value.replace("\\n", "\n").replace("\\t", "\t")
        if option[1] == "s":
            separator = value
        elif option[1] == "t":
            terminator = value
        else:
            form = value
    if not 1 <= len(words) <= 3:
        fail(process, "", usage)
    numbers: list[float] = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError:
            process.warn(f"invalid floating point argument: {word}")
            return 2
    first = numbers[0] if len(numbers) > 1 else 1.0
    last = numbers[-1]
    step = numbers[1] if len(numbers) > 2 else (1.0 if first <= last else -1.0)
    if not step:
        process.warn(f"zero {'in' if first < last else 'de'}crement")
        return 1
    texts: list[str] = []
    value_now = first
    while (value_now <= last + 1e-9) if step > 0 else (value_now >= last - 1e-9):
        texts.append(form % value_now if form else _number_text(value_now))
        value_now += step
        if len(texts) % 1000 == 0:
            await process.sleep(0.0005)
    width = max((len(text) for text in texts), default=0) if wide else 0
    process.out(separator.join(text.rjust(width, "0") for text in texts))
    if texts:
        process.out("\n" if separator == "\n" or not terminator else terminator)
    return 0


async def jot(process: Process) -> int:
    """Print a number of numbers."""
    usage = (
        "usage: jot [-cnr] [-b word] [-w word] [-s string] [-p precision] "
        "[reps [begin [end [s]]]]\n"
    )
    options = getopt(process, "b:cnp:rs:w:", usage)
    values = [None if word == "-" else float(word) for word in options.words]
    count = int(values[0]) if values and values[0] is not None else 100
    begin = values[1] if len(values) > 1 and values[1] is not None else 1.0
    end = values[2] if len(values) > 2 and values[2] is not None else None
    step = values[3] if len(values) > 3 and values[3] is not None else None
    if end is not None and step is None:
        step = (end - begin) / (count - 1) if count > 1 else 1.0
    out: list[str] = []
    for index in range(count):
        if "r" in options:
            number = begin + process.nas.rng.random() * ((end or 100.0) - begin + 1)
            out.append(str(int(number)))
        elif "b" in options:
            out.append(options.value("b"))
        else:
            out.append(_number_text(begin + index * (step or 1.0)))
    process.out(options.value("s", "\n").join(out) + ("" if "n" in options else "\n"))
    return 0


class _Expression:
    """expr(1)'s grammar over words."""

    def __init__(self, process: Process, words: list[str]) -> None:
        self._process = process
        self._words = words
        self._at = 0

    def fail(self, message: str) -> Exit:
        self._process.warn(message)
        return Exit(2)

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def run(self) -> str:
        if not self._words:
            raise self.fail("syntax error")
        value = self._binary(0)
        if self._at < len(self._words):
            raise self.fail("syntax error")
        return value

    _LEVELS = (
        ("|",),
        ("&",),
        ("=", ">", ">=", "<", "<=", "!="),
        ("+", "-"),
        ("*", "/", "%"),
        (":",),
    )

    def _binary(self, level: int) -> str:
        if level == len(self._LEVELS):
            return self._primary()
        value = self._binary(level + 1)
        while self._peek() in self._LEVELS[level] and self._at < len(self._words):
            operator = self._words[self._at]
            self._at += 1
            value = self._apply(operator, value, self._binary(level + 1))
        return value

    def _primary(self) -> str:
        if self._at >= len(self._words):
            raise self.fail("syntax error")
        word = self._words[self._at]
        self._at += 1
        if word == "(":
            value = self._binary(0)
            if self._peek() != ")":
                raise self.fail("syntax error")
            self._at += 1
            return value
        return word

    def _is_null(self, text: str) -> bool:
        return text == "" or bool(re.fullmatch(r"-?0+", text))

    def _apply(self, operator: str, left: str, right: str) -> str:
        if operator == "|":
            return left if not self._is_null(left) else (right or "0")
        if operator == "&":
            return "0" if self._is_null(left) or self._is_null(right) else left
        if operator == ":":
            return self._match(left, right)
        if operator in self._LEVELS[2]:
            return self._compare(operator, left, right)
        try:
            one, two = int(left), int(right)
        except ValueError:
            raise self.fail("non-numeric argument") from None
        if operator in "/%":
            if not two:
                raise self.fail("division by zero")
            quotient = abs(one) // abs(two) * (1 if (one < 0) == (two < 0) else -1)
            return str(quotient if operator == "/" else one - two * quotient)
        return str({"+": one + two, "-": one - two, "*": one * two}[operator])

    def _compare(self, operator: str, left: str, right: str) -> str:
        numeric = re.fullmatch(r"-?\d+", left) and re.fullmatch(r"-?\d+", right)
        order = (
            (int(left) > int(right)) - (int(left) < int(right))
            if numeric
            else ((left > right) - (left < right))
        )
        result = {
            "=": order == 0,
            "!=": order != 0,
            "<": order < 0,
            "<=": order <= 0,
            ">": order > 0,
            ">=": order >= 0,
        }[operator]
        return str(int(result))

    def _match(self, text: str, pattern: str) -> str:
        try:
            match = compile_pattern(pattern).match(text)
        except PatternError as error:
            raise self.fail(f"regular expression error: {error}") from None
        groups = compile_pattern(pattern).groups
        if match is None:
            return "" if groups else "0"
        return (match[1] or "") if groups else str(match.end())


async def expr(process: Process) -> int:
    """Evaluate an expression; 1 if it is null or zero."""
    words = list(process.argv[1:])
    if words[:1] == ["--"]:
        words = words[1:]
    value = _Expression(process, words).run()
    process.out(f"{value}\n")
    return int(value == "" or bool(re.fullmatch(r"-?0+", value)))


async def yes(process: Process) -> int:
    """Print a word for ever."""
    line = " ".join(process.argv[1:]) or "y"
    while True:
        process.out(f"{line}\n" * 512)
        await process.drain()
        await process.sleep(0.0005)


def _size(process: Process, text: str) -> int:
    total = 1
    for piece in text.lower().split("x"):
        match = re.fullmatch(r"(\d+)([bkmgw]?)", piece)
        if match is None:
            process.warn(f"{text}: illegal numeric value")
            raise Exit(1)
        total *= int(match[1]) * _UNITS[match[2]]
    return total


async def dd(process: Process) -> int:  # noqa: C901 - one operand after the other
    """Copy blocks."""
    given = dict(word.partition("=")[::2] for word in process.argv[1:])
    unknown = set(given) - {
        "if",
        "of",
        "bs",
        "ibs",
        "obs",
        "count",
        "conv",
        "status",
        "skip",
        "seek",
    }
    if unknown:
        process.warn(f"unknown operand {sorted(unknown)[0]}")
        return 1
    block = _size(process, given.get("bs") or given.get("ibs") or "512")
    count = _size(process, given["count"]) if "count" in given else None
    opener = process.nas.opener
    for fd, key, mode in ((0, "if", "r"), (1, "of", "w")):
        if key in given:
            try:
                stream = opener.open(process.path(given[key]), mode, process.uid, 0o644)
            except FileError as error:
                process.warn(f"{given[key]}: {error}")
                return 1
            process.set_stream(fd, stream)
    started = process.now()
    whole = partial = size = done = 0
    for _ in range(int(given.get("skip", "0"))):
        await process.read(block)
    while count is None or done < count:
        data = await process.read(block)
        if not data:
            break
        done += 1
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
        process.err(f"{whole}+{partial} records in\n{whole}+{partial} records out\n")
        if given.get("status") != "noxfer":
            process.err(
                f"{size} bytes transferred in {seconds:.6f} secs "
                f"({int(size / seconds)} bytes/sec)\n"
            )
    return 0


def _digest(name: str) -> Program:
    async def digest(process: Process) -> int:
        options = getopt(
            process, "qrps:c:", f"usage: {name} [-pqrtx] [-c string] [-s string] [files]\n"
        )
        if "s" in options:
            text = options.value("s")
            value = hashlib.new(name, text.encode(errors="surrogateescape")).hexdigest()
            process.out(
                f"{value}\n" if "q" in options else f'{name.upper()} ("{text}") = {value}\n'
            )
            return 0
        inputs = Inputs(process, options.words)
        async for file, data in inputs.files():
            value = hashlib.new(name, data).hexdigest()
            if file == "-" or "q" in options:
                process.out(f"{value}\n")
            elif "r" in options:
                process.out(f"{value} {file}\n")
            else:
                process.out(f"{name.upper()} ({file}) = {value}\n")
        return inputs.status

    return digest


PROGRAMS: Mapping[str, Program] = {
    "/usr/bin/seq": seq,
    "/usr/bin/jot": jot,
    "/bin/expr": expr,
    "/usr/bin/yes": yes,
    "/bin/dd": dd,
    "/sbin/md5": _digest("md5"),
    "/sbin/sha256": _digest("sha256"),
}
