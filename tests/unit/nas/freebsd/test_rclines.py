"""Lines of rc.conf that sysrc cannot edit, one by one."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lagg_tool.command import load_script
from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.boot.rc_file import read_rc_file
from lagg_tool.nas.freebsd.commit.data import data_of
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange
from lagg_tool.nas.freebsd.plan.rclines import (
    CLONED,
    Swap,
    edits_of,
    line_findings,
    swaps_of,
    written_value,
)
from tests.support.commit_machine import plan_of


def put(name: str, value: str) -> RcChange:
    return RcChange(Edit.SET, name, value, "old")


def gone(name: str) -> RcChange:
    return RcChange(Edit.DELETE, name, "", "old")


def swapped(text: str, swaps: tuple[Swap, ...]) -> str:
    """Return the text after the swaps, as the function of rcconf.sh makes them."""
    pairs = [word for each in swaps for word in (each.old, each.new)]
    functions = load_script("lagg_tool.nas.freebsd.scripts", "rcconf")
    go = '\nnew=$1; shift; read_new; while [ $# -gt 0 ]; do swap "$1" "$2"; shift 2; done'
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as rc_conf:
        rc_conf.write(text)
        rc_conf.flush()
        subprocess.run(["/bin/sh", "-c", functions + go, "sh", rc_conf.name, *pairs], check=True)
        return Path(rc_conf.name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "change", "after"),
    [
        ('x=1\na="1 \\\n 2" # ours\ny=2\n', put("a", "new"), 'x=1\na="new" # ours\ny=2\n'),
        ("a=1; b=2\n", put("a", "new"), 'a="new"; b=2\n'),
        ("a=1; b=2\n", put("b", "new"), 'a=1; b="new"\n'),
        ("a=1; b=2\n", gone("a"), "b=2\n"),
        ("a=1 \t; \tb=2", gone("a"), "b=2"),
        ('x=1\na="1\n2"\ny=2\n', gone("a"), "x=1\ny=2\n"),
        ('a="$y"\na="$a 2"\n', put("a", "new"), 'a="$y"\na="new"\n'),
        ('a="$y"\nx=1\na="$a 2"\n', gone("a"), "x=1\n"),
        ('a="$y"\n', put("a", 'b"c'), 'a="b\\"c"\n'),
        ("a=1; b=2\nx=1\na=1; b=2\n", put("a", "new"), 'a=1; b=2\nx=1\na="new"; b=2\n'),
        ("a=1; b=2\nx=1\na=1; b=2\n", gone("a"), "b=2\nx=1\nb=2\n"),
        ("a=1; b=2\n: 'a=1; b=2'\n", put("a", "new"), "a=\"new\"; b=2\n: 'a=1; b=2'\n"),
        ("a=1; a=2; b=3\n", gone("a"), "b=3\n"),
        ("a=1; b=2\nx='\na=1; b=2\n'\n", put("a", "3"), "a=\"3\"; b=2\nx='\na=1; b=2\n'\n"),
    ],
)
def test_a_line_is_put_in_place_of_itself(text: str, change: RcChange, after: str) -> None:
    edits = edits_of([change], text)

    assert edits.by_sysrc == ()
    assert swapped(text, edits.swaps) == after


_PIECES = (
    "a=1; b=2\n",
    "x='\na=1; b=2\n'\n",
    'a="$b"\n',
    "b=2\n",
    "a=1 b=2; x=3\n",
    "# a=1\n",
    "\n",
)


@given(
    st.lists(st.sampled_from(_PIECES), max_size=6), st.sampled_from((put("a", "new"), gone("a")))
)
@example(["a=1; b=2\n", "x='\na=1; b=2\n'\n"], put("a", "new"))
@settings(max_examples=25, deadline=None)
def test_the_shell_changes_the_lines_that_the_reader_has_found(
    pieces: list[str], change: RcChange
) -> None:
    text = "".join(pieces)
    before = read_rc_file(text).variables
    edits = edits_of([change], text)
    assume(edits.swaps)

    after = read_rc_file(swapped(text, edits.swaps)).variables

    others = {name: value for name, value in before.items() if name != "a"}
    assert after == (others if change.after is None else {**others, "a": change.after})


_CHANGES = (
    put("a", "new"),
    gone("a"),
    RcChange(Edit.ADD_WORD, "a", "w"),
    RcChange(Edit.REMOVE_WORD, "a", "1"),
    put("b", "new$"),
    RcChange(Edit.SET, "c", "fresh"),
)


@given(
    st.lists(st.sampled_from((*_PIECES, "a=1\n", 'export a="1 2"\n', "b='2'")), max_size=6),
    st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=3, unique_by=lambda c: c.variable),
)
@settings(max_examples=60, deadline=None)
def test_all_changes_can_be_made_by_lines(pieces: list[str], changes: list[RcChange]) -> None:
    text = "".join(pieces)
    before = read_rc_file(text).variables
    changes = [replace(each, before=before.get(each.variable)) for each in changes]
    swaps = swaps_of(changes, text)
    assume(swaps)

    after = read_rc_file(swapped(text if text.endswith("\n") else f"{text}\n", swaps)).variables

    wanted = {**before, **{each.variable: each.after for each in changes}}
    own = {each.variable for each in changes}
    assert {name: after.get(name) for name in own} == {name: wanted[name] for name in own}
    unrelated = wanted.keys() - own
    assert {name: after[name] for name in unrelated if "$" not in text} == {
        name: wanted[name] for name in unrelated if "$" not in text
    }


def test_two_changes_of_one_variable_are_looked_at_as_one() -> None:
    lagg0, lagg1 = (
        RcChange(Edit.ADD_WORD, CLONED, *each) for each in (("lagg0", "x"), ("lagg1", "x lagg0"))
    )
    text = f'{CLONED}="x"\n'

    lines = data_of(replace(plan_of("create-13.2"), rc=(lagg0, lagg1), rc_text=text))["lines"]

    assert lines.startswith(f"expect x {CLONED}\n")
    assert lines.endswith(f"\nexpect 'x lagg0 lagg1' {CLONED}\n")


def test_what_has_another_value_than_its_last_line_is_left_to_sysrc() -> None:
    assert swaps_of([RcChange(Edit.ADD_WORD, "a", "w", "1 2")], "a=1\n") == ()
    assert swaps_of([RcChange(Edit.ADD_WORD, "a", "w", "1")], "b=2\n") == ()
    assert swaps_of([put("a", "new")], "true && a=old\n") == ()


def test_sysrc_changes_all_that_is_plain_or_new_and_the_others_see_each_other() -> None:
    text = 'plain="1"\na=1; b=2\n'
    changes = [put("plain", "2"), put("new", "1"), put("a", "3"), gone("b"), put("plain", "4")]

    edits = edits_of(changes, text)

    assert edits.by_sysrc == (changes[0], changes[1], changes[4])
    for swap in edits.swaps:
        text = text.replace(swap.old, swap.new)
    assert text.splitlines()[1].rstrip(" ;") == 'a="3"'


@pytest.mark.parametrize("value", ["a b", 'a"b', "a$b", "a`b`", "a\\b", "it's"])
def test_a_value_is_written_as_a_shell_reads_it(value: str) -> None:
    assert read_rc_file(f'a="{written_value(value)}"\n').variables == {"a": value}


def findings(change: RcChange, text: str, **files: str) -> list[str]:
    rc_conf = {} if change.before is None else {change.variable: "1"}
    return list(line_findings([change], HostState({}, rc_conf, rc_text=text, rc_files=files)))


def test_a_line_on_a_condition_or_in_another_file_is_in_the_way() -> None:
    nested = "x=1\nif true; then\n  a=1\nfi\n"
    conditional = "rc.conf: /etc/rc.conf:3 sets a on a condition; set it without one first"
    elsewhere = (
        "rc.conf: /etc/rc.conf:1 (. /etc/more) decides a, which this tool does not follow; take it"
        ' out there, and write a="1" in /etc/rc.conf first'
    )

    assert findings(put("a", "2"), nested) == [conditional]
    assert findings(put("a", "2"), f"a=0\n{nested}") == [conditional.replace(":3", ":4")]
    assert findings(put("a", "2"), ". /etc/more\n") == [elsewhere]
    assert findings(put("a", "2"), ". /etc/more\n", other="b=1\n") == [elsewhere]
    assert findings(put("a", "2"), ". /etc/more\na=3\n") == [elsewhere]


def test_what_a_line_or_a_file_that_is_known_sets_is_in_nobodys_way() -> None:
    new = RcChange(Edit.SET, "a", "2")

    assert findings(put("a", "2"), ". /etc/more\na=1\n") == []
    assert findings(put("a", "2"), ". /etc/more\na=$(cat /etc/more)\n") == []
    assert findings(put("x", "2"), "x=1\nif true; then\n  a=1\nfi\n") == []
    assert findings(put("a", "2"), "b=1\n", one="b=1\n", other="a=1\n") == []
    assert findings(new, "b=1\n") == []
    assert findings(put("a", "2"), "") == []


@pytest.mark.parametrize("text", ["[ -f /x ] && a=1\n", "true || a=1\n", "b=2 && # it\n  a=1\n"])
@pytest.mark.parametrize("change", [put("a", "2"), gone("a")])
def test_a_line_behind_an_operator_is_on_a_condition(text: str, change: RcChange) -> None:
    [finding] = findings(change, f"{text}sshd_enable=YES\n")

    assert "sets a on a condition; set it without one first" in finding


def test_a_condition_ends_with_its_command() -> None:
    file = read_rc_file("a=1 || b=2; c=3\n[ -f /x ] &&\n\nd=4\ne=5 & f=6\n")

    assert file.variables == {"a": "1", "c": "3", "e": "5", "f": "6"}
    assert [each.name for each in file.assignments if each.conditional] == ["b", "d"]


def test_no_bare_export_is_left() -> None:
    text = "export a=1\nb=2\n"
    [swap] = edits_of([gone("a")], text).swaps

    assert text.replace(swap.old, swap.new, 1) == "b=2\n"


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        ("swap 'a=1\n' 'a=2\n'\nexpect 2 a\n", "a=2\n"),
        ("swap 'a=1\n' 'a=2\n'\nexpect 3 a\n", "a=1\n# sysrc a=3\n"),
        ("expect 0 a\nswap 'a=1\n' 'a=2\n'\n", "a=1\n# sysrc a=3\n"),
        ("swap 'a=1\n' 'a=2\n'\nswap 'b=1\n' ''\n", "a=1\n# sysrc a=3\n"),
    ],
)
def test_what_lines_cannot_do_sysrc_does_with_the_file_as_it_was(
    tmp_path: Path, lines: str, after: str
) -> None:
    for name, text in (("lines", lines), ("edits", "edit a=3\n"), ("rc.conf", "a=1\n")):
        (tmp_path / name).write_text(text)
    functions = load_script("lagg_tool.nas.freebsd.scripts", "rcconf")
    sysrc = 'sysrc() { shift 2; echo "# sysrc $*" >> "$new"; }'
    go = f"{functions}\n{sysrc}\nt=$1 config=$1/rc.conf\nprepare_early"

    subprocess.run(["/bin/sh", "-c", go, "sh", str(tmp_path)], check=True)

    assert (tmp_path / "rc.after").read_text() == after
    assert (tmp_path / "rc.conf").read_text() == "a=1\n"
