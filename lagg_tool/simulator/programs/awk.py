# ruff: noqa: SLF001 - the tables at the end are of the class's own methods
"""awk(1): patterns, fields, arithmetic, arrays; see awk_grammar for what is supported."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from lagg_tool.simulator.awk_grammar import AwkError, Node, Parser, Rule, unescape
from lagg_tool.simulator.inputs import Inputs
from lagg_tool.simulator.options import fail, getopt
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.regex import PatternError, compile_pattern

_USAGE = "usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n"
Value = str | float
_STEPS = 200_000  # of a loop in one record; then the program is taken to be endless


class _Next(Exception):  # noqa: N818 - control flow
    pass


class _Exit(Exception):  # noqa: N818 - control flow
    pass


class StringNumber(str):
    """A field or input: text that compares as a number if it looks like one."""

    __slots__ = ()


def number(value: Value) -> float:
    """Return a value as a number: what it begins with."""
    if isinstance(value, float):
        return value
    match = re.match(r"\s*[-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+)", value)
    return float(match[0]) if match else 0.0


def text(value: Value) -> str:
    """Return a value as text."""
    if isinstance(value, str):
        return str(value)
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    return f"{value:.6g}"


def _is_numeric(value: Value) -> bool:
    if isinstance(value, StringNumber):
        return bool(re.fullmatch(r"\s*[-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+)\s*", value))
    return isinstance(value, float)


class Run:
    """One run of a program."""

    def __init__(self, rules: list[Rule], out: Callable[[str], None]) -> None:
        self._rules = rules
        self._out = out
        self._variables: dict[str, Value] = {
            "FS": " ",
            "OFS": " ",
            "ORS": "\n",
            "SUBSEP": "\x1c",
            "CONVFMT": "%.6g",
            "NR": 0.0,
            "NF": 0.0,
            "FNR": 0.0,
            "RSTART": 0.0,
            "RLENGTH": -1.0,
        }
        self._arrays: dict[str, dict[str, Value]] = {}
        self._fields: list[str] = [""]
        self._open_ranges: set[int] = set()
        self._steps = 0
        self.status = 0
        self.ended = False

    def set(self, name: str, value: str) -> None:
        """Set a variable from the command line."""
        self._variables[name] = StringNumber(unescape(value))

    @property
    def reads(self) -> bool:
        """Whether any rule needs input."""
        return any(rule.when != "BEGIN" for rule in self._rules)

    def special(self, when: str) -> None:
        """Run the BEGIN or END actions."""
        for rule in self._rules:
            if rule.when == when and rule.action is not None:
                self._guarded(rule.action)

    def record(self, line: str) -> None:
        """Run the rules on a line."""
        self._variables["NR"] = number(self._variables["NR"]) + 1
        self._variables["FNR"] = self._variables["NR"]
        self._split_record(line)
        self._steps = 0
        try:
            for index, rule in enumerate(self._rules):
                if rule.when or self.ended or not self._applies(index, rule):
                    continue
                if rule.action is None:
                    self._out(self._fields[0] + text(self._variables["ORS"]))
                else:
                    self._guarded(rule.action)
        except _Next:
            return

    def _guarded(self, action: Node) -> None:
        try:
            self._do(action)
        except _Exit:
            self.ended = True

    def _applies(self, index: int, rule: Rule) -> bool:
        if not rule.patterns:
            return True
        if len(rule.patterns) == 1:
            return self._true(rule.patterns[0])
        if index not in self._open_ranges and not self._true(rule.patterns[0]):
            return False
        self._open_ranges.add(index)
        if self._true(rule.patterns[1]):
            self._open_ranges.discard(index)
        return True

    def _split_record(self, line: str) -> None:
        self._fields = [line, *self._split(line, text(self._variables["FS"]))]
        self._variables["NF"] = float(len(self._fields) - 1)

    def _split(self, line: str, separator: str) -> list[str]:
        if separator == " ":
            return line.split()
        if not line:
            return []
        if len(separator) == 1 and separator != "\\":
            return line.split(separator)
        return compile_pattern(separator, extended=True).split(line)

    # -- statements

    def _do(self, node: Node) -> None:
        self._steps += 1
        if self._steps > _STEPS:
            raise AwkError("the program does not end")
        _STATEMENTS[node.kind](self, node)

    def _block(self, node: Node) -> None:
        for statement in node.nodes:
            self._do(statement)

    def _expression(self, node: Node) -> None:
        self._value(node.node(0))

    def _if(self, node: Node) -> None:
        if self._true(node.node(0)):
            self._do(node.node(1))
        elif node.parts[2] is not None:
            self._do(node.node(2))

    def _while(self, node: Node) -> None:
        while self._true(node.node(0)):
            self._do(node.node(1))

    def _for(self, node: Node) -> None:
        start, condition, step, body = node.parts
        if isinstance(start, Node):
            self._do(start)
        while condition is None or self._true(node.node(1)):
            self._do(node.node(3))
            if isinstance(step, Node):
                self._do(step)
        del body

    def _for_in(self, node: Node) -> None:
        for key in list(self._arrays.get(str(node.parts[1]), {})):
            self._variables[node.text] = key
            self._do(node.node(2))

    def _print(self, node: Node) -> None:
        items = [text(self._value(item)) for item in node.nodes] or [self._fields[0]]
        self._out(text(self._variables["OFS"]).join(items) + text(self._variables["ORS"]))

    def _printf(self, node: Node) -> None:
        self._out(self._format([self._value(item) for item in node.nodes]))

    def _next(self, _node: Node) -> None:
        raise _Next

    def _exit(self, node: Node) -> None:
        if node.parts[0] is not None:
            self.status = int(number(self._value(node.node(0)))) & 0xFF
        raise _Exit

    def _delete(self, node: Node) -> None:
        target = node.node(0)
        array = self._arrays.setdefault(target.text, {})
        if target.kind == "variable":
            array.clear()
        else:
            array.pop(text(self._value(target.node(1))), None)

    # -- values

    def _true(self, node: Node) -> bool:
        value = self._value(node)
        return number(value) != 0 if _is_numeric(value) else bool(value)

    def _value(self, node: Node) -> Value:
        evaluate = _VALUES.get(node.kind)
        if evaluate is not None:
            return evaluate(self, node)
        if node.kind in _ARITHMETIC:
            return self._arithmetic(node.kind, self._value(node.node(0)), self._value(node.node(1)))
        return self._compare(node)

    def _arithmetic(self, operator: str, left: Value, right: Value) -> float:
        one, two = number(left), number(right)
        if operator in "/%" and not two:
            raise AwkError("division by zero")
        return _ARITHMETIC[operator](one, two)

    def _compare(self, node: Node) -> Value:
        left, right = self._value(node.node(0)), self._value(node.node(1))
        if _is_numeric(left) and _is_numeric(right):
            one, two = number(left), number(right)
            order = (one > two) - (one < two)
        else:
            a, b = text(left), text(right)
            order = (a > b) - (a < b)
        return float(
            {
                "<": order < 0,
                "<=": order <= 0,
                "==": order == 0,
                "!=": order != 0,
                ">": order > 0,
                ">=": order >= 0,
            }[node.kind]
        )

    def _regex(self, node: Node) -> re.Pattern[str]:
        source = node.text if node.kind == "regex" else text(self._value(node))
        return compile_pattern(source, extended=True)

    def _variable(self, node: Node) -> Value:
        return self._variables.get(node.text, StringNumber(""))

    def _element(self, node: Node) -> Value:
        array = self._arrays.setdefault(node.text, {})
        return array.setdefault(text(self._value(node.node(1))), StringNumber(""))

    def _field(self, node: Node) -> Value:
        index = int(number(self._value(node.node(0))))
        return StringNumber(self._fields[index]) if 0 <= index < len(self._fields) else ""

    def _assign(self, node: Node) -> Value:
        target = node.node(1)
        value = self._value(node.node(2))
        if node.text:
            value = self._arithmetic(node.text, self._value(target), value)
        self._store(target, value)
        return value

    def _post(self, node: Node) -> Value:
        old = number(self._value(node.node(1)))
        self._store(node.node(1), old + (1 if node.text == "+" else -1))
        return old

    def _store(self, target: Node, value: Value) -> None:
        if target.kind == "element":
            self._arrays.setdefault(target.text, {})[text(self._value(target.node(1)))] = value
        elif target.kind == "variable":
            self._variables[target.text] = value
            if target.text == "NF":
                self._resize(int(number(value)))
        else:
            index = int(number(self._value(target.node(0))))
            if index == 0:
                self._split_record(text(value))
                return
            self._resize(max(index, len(self._fields) - 1))
            self._fields[index] = text(value)
            self._rejoin()

    def _resize(self, count: int) -> None:
        self._fields = (self._fields + [""] * count)[: count + 1]
        self._variables["NF"] = float(count)
        self._rejoin()

    def _rejoin(self) -> None:
        self._fields[0] = text(self._variables["OFS"]).join(self._fields[1:])

    def _format(self, values: list[Value]) -> str:
        form = text(values.pop(0)) if values else ""

        def piece(match: re.Match[str]) -> str:
            if match[2] == "%":
                return "%"
            value = values.pop(0) if values else ""
            if match[2] in "di":
                return f"%{match[1]}d" % int(number(value))
            if match[2] in "oxX":
                return f"%{match[1]}{match[2]}" % int(number(value))
            if match[2] in "eEfFgG":
                return f"%{match[1]}{match[2]}" % number(value)
            if match[2] == "c" and isinstance(value, float):
                return chr(int(value))
            return f"%{match[1]}s" % (text(value)[:1] if match[2] == "c" else text(value))

        return re.sub(r"%([-+ #0]*\d*(?:\.\d+)?)([a-zA-Z%])", piece, form)

    # -- functions

    def _call(self, node: Node) -> Value:
        name, args = node.text, node.nodes
        if name in {"sub", "gsub"}:
            return self._substitute(name, args)
        if name == "split":
            return self._split_into(args)
        if name == "length" and args and args[0].kind == "variable":
            array = self._arrays.get(args[0].text)
            if array is not None:
                return float(len(array))
        if name == "match":
            found = self._regex(args[1]).search(text(self._value(args[0])))
            self._variables["RSTART"] = float(found.start() + 1 if found else 0)
            self._variables["RLENGTH"] = float(len(found[0]) if found else -1)
            return self._variables["RSTART"]
        values = [self._value(arg) for arg in args]
        if name == "sprintf":
            return self._format(values)
        if not values:
            values = [self._fields[0]]
        return _FUNCTIONS[name](values)

    def _substitute(self, name: str, args: tuple[Node, ...]) -> Value:
        regex = self._regex(args[0])
        target = args[2] if len(args) > 2 else Node("field", (Node("number", (0.0,)),))
        replacement = text(self._value(args[1]))

        def piece(match: re.Match[str]) -> str:
            whole = match[0]
            return re.sub(r"\\&|&", lambda m: whole if m[0] == "&" else "&", replacement)

        new, count = regex.subn(piece, text(self._value(target)), count=1 if name == "sub" else 0)
        if count:
            self._store(target, new)
        return float(count)

    def _split_into(self, args: tuple[Node, ...]) -> Value:
        line = text(self._value(args[0]))
        if len(args) > 2:
            third = args[2]
            separator = third.text if third.kind == "regex" else text(self._value(third))
        else:
            separator = text(self._variables["FS"])
        pieces = self._split(line, separator)
        self._arrays[args[1].text] = {
            str(index): StringNumber(piece) for index, piece in enumerate(pieces, 1)
        }
        return float(len(pieces))


def _substr(values: list[Value]) -> Value:
    line, start = text(values[0]), round(number(values[1]))
    end = start + round(number(values[2])) if len(values) > 2 else len(line) + 1
    return line[max(0, start - 1) : max(0, end - 1)]


_FUNCTIONS: Mapping[str, Callable[[list[Value]], Value]] = {
    "length": lambda values: float(len(text(values[0]))),
    "substr": _substr,
    "index": lambda values: float(text(values[0]).find(text(values[1])) + 1),
    "toupper": lambda values: text(values[0]).upper(),
    "tolower": lambda values: text(values[0]).lower(),
    "int": lambda values: float(int(number(values[0]))),
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "^": lambda a, b: float(a**b),
}
_STATEMENTS: Mapping[str, Callable[[Run, Node], None]] = {
    "block": Run._block,
    "expression": Run._expression,
    "if": Run._if,
    "while": Run._while,
    "for": Run._for,
    "for-in": Run._for_in,
    "print": Run._print,
    "printf": Run._printf,
    "next": Run._next,
    "exit": Run._exit,
    "delete": Run._delete,
}
_VALUES: Mapping[str, Callable[[Run, Node], Value]] = {
    "number": lambda _run, node: number(str(node.parts[0])),
    "string": lambda _run, node: node.text,
    "regex": lambda run, node: float(bool(run._regex(node).search(run._fields[0]))),
    "variable": Run._variable,
    "element": Run._element,
    "field": Run._field,
    "assign": Run._assign,
    "post": Run._post,
    "call": Run._call,
    "concatenate": lambda run, node: (
        text(run._value(node.node(0))) + text(run._value(node.node(1)))
    ),
    "~": lambda run, node: float(
        bool(run._regex(node.node(1)).search(text(run._value(node.node(0)))))
    ),
    "!~": lambda run, node: float(
        not run._regex(node.node(1)).search(text(run._value(node.node(0))))
    ),
    "in": lambda run, node: float(text(run._value(node.node(1))) in run._arrays.get(node.text, {})),
    "&&": lambda run, node: float(run._true(node.node(0)) and run._true(node.node(1))),
    "||": lambda run, node: float(run._true(node.node(0)) or run._true(node.node(1))),
    "!": lambda run, node: float(not run._true(node.node(0))),
    "negative": lambda run, node: -number(run._value(node.node(0))),
    "positive": lambda run, node: number(run._value(node.node(0))),
    "?": lambda run, node: run._value(node.node(1 if run._true(node.node(0)) else 2)),
}


async def awk(process: Process) -> int:
    """Run a program over lines."""
    options = getopt(process, "F:f:v:", _USAGE, 2)
    try:
        source = "\n".join(
            process.nas.filesystem.read_text(process.path(name), process.uid)
            for name in options.values("f")
        )
        if not options.values("f"):
            if not options.words:
                fail(process, "", _USAGE, 2)
            source = options.words.pop(0)
        run = Run(Parser(source).program(), process.out)
        if "F" in options:
            separator = options.value("F")
            run.set("FS", "\t" if separator == "t" else separator)
        for pair in options.values("v"):
            name, _, value = pair.partition("=")
            run.set(name, value)
        return await _run(process, run, options.words)
    except PatternError as error:
        process.warn(str(error))
    except AwkError as error:
        process.warn(f"{error} at source line 1")
    return 2


async def _run(process: Process, run: Run, words: list[str]) -> int:
    inputs = Inputs(process, [word for word in words if not re.match(r"[A-Za-z_]\w*=", word)])
    run.special("BEGIN")
    for word in words:
        name, equals, value = word.partition("=")
        if equals and re.fullmatch(r"[A-Za-z_]\w*", name):
            run.set(name, value)
    if run.reads and not run.ended:
        async for _, line in inputs.lines():
            run.record(line)
            if run.ended:
                break
    run.special("END")
    return run.status or (2 if inputs.status else 0)


PROGRAMS: Mapping[str, Program] = {"/usr/bin/awk": awk}
