"""Messages of exit status 2 and 3 name a way out, and not only what is wrong."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool import errors
from tests.support.paths import ROOT

# The rule, a semicolon, and the way out; or the rule is itself what to write.
_WAY_OUT = re.compile(
    r"; |\b(?:write|name|give|choose|correct|is one of|is small letters|keeps it)\b|: call them"
    r"|:?\s?{}$"  # what follows says it: objections, a hint, the lines of a file
)
# What a message says of the state of things is no way out.
_STATE = re.compile(r"; (?:nothing (?:was|is) \w+|it was not run|the command may [^;]*)(?=;|$)")
_ELSEWHERE = {
    "SpecError": "it takes the way out as an argument of its own",
}
# A part of a longer message, or for developers: no words of a person lead there.
_ELSEWHERE_SAID = {
    "the change does not finish",
    "the revert does not finish",
    "{}: a stream has no standard input",
}
_INTERNAL_FILES = ("command.py", "suite/fixtures.py", "suite/collector.py", "target/target.py")
_SKIPS = "testbed/"  # RefusedError there is the reason why a scenario is skipped

KINDS = {
    name
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.UsageError | errors.TargetError) and name not in _ELSEWHERE
}


def messages(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, class and the constant parts of each message; {} stands for the rest."""
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in KINDS
            and node.args
        ):
            yield node.lineno, node.func.id, _constant(node.args[-1])


def _constant(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_constant(part) for part in node.values)
    return "{}"


def without_way_out(text: str) -> list[tuple[int, str]]:
    return [
        (line, said)
        for line, kind, said in messages(text)
        if said not in _ELSEWHERE_SAID and not _WAY_OUT.search(_STATE.sub("", said))
    ]


@pytest.mark.parametrize(
    "package", sorted({p.name for p in (ROOT / "lagg_tool").iterdir()} - {"__pycache__"})
)
def test_every_message_of_wrong_usage_and_of_no_way_to_the_nas_has_a_way_out(package: str) -> None:
    place = ROOT / "lagg_tool" / package
    files: list[Path] = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    found: dict[str, str] = {}
    for file in files:
        name = file.relative_to(ROOT / "lagg_tool").as_posix()
        if file.suffix == ".py" and not name.startswith(("simulator/", *_INTERNAL_FILES, _SKIPS)):
            bare = without_way_out(file.read_text(encoding="utf-8"))
            found |= {f"{name}:{line}": said for line, said in bare}

    assert found == {}


def test_a_message_without_a_way_out_is_found() -> None:
    text = (
        'raise UsageError(f"{x}: no such thing")\n'
        'raise UsageError(f"{x}: no such thing; --list shows them")\n'
        'raise RefusedError("it is pending; nothing was touched")\n'
        "raise LoginError(sentence)\n"
    )

    assert without_way_out(text) == [
        (1, "{}: no such thing"),
        (3, "it is pending; nothing was touched"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is not JSON from line 1, column 1 on"),
        ('{"a": 1,\n "b"}', "it is not JSON from line 2, column 5 on"),
        ("[]", "a list or an object is missing in it"),
        ("{}", "it has no a"),
        ('{"a": "x"}', "a value in it is not what it should be"),
        ('{"a": %s}' % ("1" * 5000), "it has a number that is too long"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_wrong_with_json_is_said_without_words_of_python(text: str, said: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, RecursionError)) as error:
        int(json.loads(text)["a"])

    assert errors.why_no_json(error.value) == said
