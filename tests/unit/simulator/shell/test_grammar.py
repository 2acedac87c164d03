"""The shell's grammar: total, and of one opinion with tree-sitter-bash where it should be."""

from __future__ import annotations

import json

import pytest
import tree_sitter
import tree_sitter_bash
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.shell.grammar import parse
from tests.support.paths import RECORDINGS

BASH = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def recorded_lines() -> set[str]:
    return {
        step["run"]
        for path in RECORDINGS.glob("freebsd-*/*.json")
        for step in json.loads(path.read_text())["steps"]
        if "run" in step
    }


def bash_accepts(script: str) -> bool:
    return not BASH.parse(script.encode()).root_node.has_error


def test_every_recorded_line_is_accepted_or_refused_as_by_the_bash_grammar() -> None:
    lines = recorded_lines()

    different = [line for line in lines if (parse(line)[1] is None) != bash_accepts(line)]

    assert len(lines) > 200
    assert different == []


PIECES = ["a", "b c", "! a", "{ a; }", "( a )", "x=1 a >f", "a <<X\nt $x\nX\n", "'q'", "$(a; b)"]
JOINTS = ["; ", " && ", " || ", " | ", "\n"]
FRAMES = [
    "if {}\nthen {}\nfi",
    "while {}\ndo {}\ndone",
    "for i in a b; do {}\ndone",
    "f() {{ {}\n}}",
    "case x in a|b) {}\n;; *) {}\nesac",
]


@st.composite
def scripts(draw: st.DrawFn) -> str:
    def some() -> str:
        first = draw(st.sampled_from(PIECES))
        if first.endswith("\n") or draw(st.booleans()):
            return first
        return first + draw(st.sampled_from(JOINTS)) + draw(st.sampled_from(PIECES))

    frame = draw(st.sampled_from(FRAMES))
    return frame.format(*(some() for _ in range(frame.count("{}"))))


@given(scripts())
def test_well_formed_scripts_are_accepted_by_both(script: str) -> None:
    assert parse(script)[1] is None, script
    assert bash_accepts(script), script


@given(
    st.text(alphabet="ab $(){}|&;<>\"'`\\\n#!=[]*?~-:if then fi do done case esac in", max_size=30)
)
def test_any_text_gives_commands_or_a_message(text: str) -> None:
    commands, error = parse(text)

    assert isinstance(commands, tuple)
    assert error is None or (str(error) and error.line >= 1)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("if a; then b", 'end of file unexpected (expecting "fi")'),
        ("fi", '"fi" unexpected'),
        ("a | | b", '"|" unexpected'),
        ("a;;", '";;" unexpected'),
        ("( a", 'end of file unexpected (expecting ")")'),
        ("for 1 in a; do b; done", "Bad for loop variable"),
        ("case x on", 'expecting "in"'),
        ("a <<< b", "redirection unexpected (expecting word)"),
        ("export() { a; }", "Cannot override a special builtin with a function"),
        ("echo `a", "EOF in backquote substitution"),
        ("echo ${x", "Missing '}'"),
    ],
)
def test_messages_are_the_shell_s(script: str, message: str) -> None:
    assert str(parse(script)[1]) == message


@pytest.mark.parametrize(
    "word",
    ['"b\nc"', "'b\nc'", "${x:-b\nc}", '"${x:-b\nc}"', "$((1 +\n1))"],
)
def test_an_error_behind_a_word_of_two_lines_is_in_the_second(word: str) -> None:
    _, error = parse(f"a {word} | |")

    assert error is not None
    assert error.line == 2
