"""The shell of the simulated NAS: against the recordings, and against this machine's /bin/sh."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import Result, SimulatedNas

SH = Path("/bin/sh")


def nas() -> SimulatedNas:
    return SimulatedNas(VirtualClock())


def run(line: str) -> Result:
    return nas().run(line)


@pytest.mark.parametrize(
    ("line", "status", "stdout", "stderr"),
    [
        ("echo one\nif then", 2, "one\n", 'sh: Syntax error: "then" unexpected\n'),
        ("a=(1 2)", 2, "", 'sh: Syntax error: "(" unexpected\n'),
        ("[[ a ]]", 127, "", "sh: [[: not found\n"),
        ("echo x > /no/such; echo $?", 0, "2\n", None),
        ("sh -n /no/such", 127, "", "sh: cannot open /no/such: No such file or directory\n"),
        ("kill", 2, "", None),
        ("exec 2>&1; nosuch", 127, "sh: nosuch: not found\n", ""),
        ("umask; pwd; echo $SHELL $0", 0, "0022\n/root\n/bin/sh sh\n", ""),
    ],
)
def test_what_the_recordings_show_of_the_shell(
    line: str, status: int, stdout: str, stderr: str | None
) -> None:
    result = run(line)

    assert result.status == status
    assert result.stdout.decode() == stdout
    assert stderr is None or result.stderr.decode() == stderr


@pytest.mark.parametrize(
    ("line", "stdout"),
    [
        ("x=aXbXc; echo ${#x} ${x#*X} ${x##*X} ${x%X*} ${x%%X*}", "5 bXc c aXb a\n"),
        ("for a in 1 2; do for b in x y; do echo $a; break 2; done; echo no; done", "1\n"),
        ("for a in 1 2; do for b in x y; do echo $a; continue 2; done; echo no; done", "1\n2\n"),
        ("printf 'echo in; return 3; echo no' >/tmp/f; . /tmp/f; echo $?", "in\n3\n"),
        ('set -- a b; x=$* y=${@:-no}; echo "$x,$y"', "a b,a b\n"),
        ("set -- a b; echo ${#} ${#-x} ${#+x} ${#?x} ${#:-x} ${#%2}.", "2 2 x 2 2 .\n"),
        ("set -- a b; echo ${##} ${##x} ${##2}. ${#?}", "1 2 . 1\n"),
    ],
)
def test_parameters_are_trimmed_and_loops_and_files_are_left(line: str, stdout: str) -> None:
    assert run(line).stdout.decode() == stdout


def test_an_octal_number_ends_at_an_eight() -> None:
    result = run("echo $((08))")

    assert result.status == 2
    assert result.stderr == b'sh: arithmetic expression: expecting EOF: "08"\n'


def test_a_directory_is_not_written_for_another_reason_than_it_is_not_read() -> None:
    result = run("exec 3</tmp; echo x >&3; cat <&3")

    assert result.stderr.decode().splitlines() == [
        "echo: write error on stdout: Bad file descriptor",
        "cat: stdin: Is a directory",
    ]


def test_a_trap_runs_at_exit_and_on_its_signal() -> None:
    result = run("trap 'echo bye' EXIT; trap 'echo caught' TERM; kill -TERM $$; echo on")

    assert result.stdout == b"caught\non\nbye\n"


def test_a_subshell_at_the_end_leaves_the_traps_of_its_shell() -> None:
    assert run("trap 'echo bye' EXIT; (trap - EXIT)").stdout == b"bye\n"


def test_a_shell_with_a_trap_waits_for_its_last_command() -> None:
    """A shell without one becomes that command, which the signal ends."""
    line = "sh -c '{}sleep 5' & sleep 1; kill -TERM $!; wait $!; echo $?"

    caught = run(line.format('trap "echo caught" TERM; '))
    ended = run(line.format(""))

    assert caught.stdout == b"caught\n0\n"
    assert ended.stdout == b"143\n"


def test_a_shell_that_kills_itself_is_ended_by_the_signal() -> None:
    result = run("sh -c 'kill -TERM $$; echo never'; echo $?; (kill -9 $$); echo never")

    assert (result.stdout, result.stderr) == (b"143\n", b"Terminated\n")
    assert result.status == 137


def test_background_jobs_run_at_the_same_time() -> None:
    host = nas()
    before = host.clock.now()

    result = host.run("{ read x < /dev/zero; } & for i in 1 2 3; do :; done; wait; echo done")

    assert result.stdout == b"done\n"
    assert host.clock.now() - before < 1


def test_a_background_job_keeps_the_variables_of_its_start() -> None:
    done = run("for i in 1 2 3; do echo $i & done; wait")

    assert sorted(done.stdout.split()) == [b"1", b"2", b"3"]


def test_no_line_of_a_pipe_is_lost_when_several_arrive_at_once() -> None:
    line = "{ IFS=:; printf '[%s]' . $(echo a; echo b) $(echo c; echo d); echo; }"

    done = run(line + ' | while read l; do echo "<$l>"; done')

    assert done.stdout == b"<[.][a>\n<b][c>\n<d]>\n"


def test_an_endless_loop_can_be_killed() -> None:
    host = nas()

    result = host.run(
        "(while :; do :; done) & pid=$!; for i in 1 2 3 4 5; do :; done; kill $pid; "
        "wait $pid; echo $?"
    )

    assert result.stdout == b"143\n"


def test_a_pipe_whose_reader_has_gone_ends_its_writer() -> None:
    result = run("while echo y; do :; done | { read x; echo got $x; }")

    assert result.stdout == b"got y\n"


def test_deep_recursion_is_an_error_and_not_a_crash() -> None:
    result = run("f() { f; }; f; echo never")

    assert result.status == 2
    assert result.stdout == b""


def test_here_documents_follow_their_line() -> None:
    script = "read a <<A; read b <<-'B'\none $((1+1))\nA\n\ttwo $x\n\tB\necho $a, $b"

    result = run(script)

    assert result.stdout == b"one 2, two $x\n"


WORDS = st.sampled_from(
    [
        "a",
        "'b c'",
        '"d  e"',
        "$x",
        '"$x"',
        "${y:-def}",
        "${x#a}",
        "${x%%b*}",
        "${#x}",
        "\\$x",
        "''",
        '"$@"',
        "$*",
        '"$*"',
        "$#",
        "`echo bq`",
        "$(echo sub; echo two)",
        '"$(echo "n q")"',
        "$((2+3*4))",
        "$(( (1+4) * 3 ))",
        "$((10/3%2))",
        "~+",
        "=",
        "a=b",
        "-n",
        '"a\'b"',
        "a\\ b",
        "${x:+set}",
        "${z:+set}",
        "${z-unset}",
        "q",
        "{",
        "}x",
        "!",
        '"${x:-"in ner"}"',
        "${x%${x#?}}",
        "$((0x1f + 010))",
        "$((-7/2))",
        "$((!0 == (3 > 2)))",
    ]
)
SIMPLE = st.lists(WORDS, min_size=0, max_size=5).map(
    lambda words: " ".join(["printf '[%s]' .", *words])
)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda p: f"{p[0]}; {p[1]}"),
        st.tuples(inner, inner).map(lambda p: f"{{ {p[0]}\n}} && {{ {p[1]}; }}"),
        st.tuples(inner, inner).map(lambda p: f"! {{ {p[0]}; }} || ( {p[1]} )"),
        st.tuples(inner, inner).map(lambda p: f"if false; then {p[0]}; else {p[1]}; fi"),
        st.tuples(WORDS, inner).map(lambda p: f"for x in {p[0]} w; do {p[1]}; done"),
        st.tuples(WORDS, inner).map(
            lambda p: f"case {p[0]} in a*|'b c') {p[1]};; *) echo other;; esac"
        ),
        inner.map(lambda p: f"f() {{ {p}; return 3; }}; f 1 '2 3'; echo $?"),
        inner.map(lambda p: f'{{ {p}; }} | while read l; do echo "<$l>"; done'),
        inner.map(lambda p: f'x=$({p}); echo "$x"'),
        inner.map(lambda p: f"eval '{p}'" if "'" not in p else p),
        inner.map(lambda p: f"set -- p 'q r'; {p}; shift; echo $1"),
        inner.map(lambda p: f"IFS=:; y=a:b::c; {p}; echo $y"),
    )


@pytest.mark.skipif(not SH.exists(), reason="no /bin/sh on this machine")
@given(st.recursive(SIMPLE, compound, max_leaves=5))
def test_builtins_do_what_a_real_shell_does(script: str) -> None:
    setup = "x='a b ab'; y=; set -- one 'two three'; cd /\n"
    real = subprocess.run(
        [str(SH), "-c", setup + script], capture_output=True, check=False, timeout=300, env={}
    )

    ours = run(setup + script)

    assert (ours.stdout, ours.status) == (real.stdout, real.returncode), script


GREEDY = {
    "a variable": "x=aaaaaaaa; while :; do x=$x$x; done; echo on",
    "a quoted variable": 'x=aaaaaaaa; while :; do x="$x$x"; done; echo on',
    "many variables": (
        "x=$(printf %60000s a); i=0; while :; do i=$((i+1)); eval v$i='$x'; done; echo on"
    ),
    "a word": "x=$(printf %1000000s a); echo " + '"' + "$x" * 20 + '"; echo on',
    "the arguments": "set -- a b c d; while :; do set -- $* $*; done; echo on",
    "quoted arguments": 'set -- a b c d; while :; do set -- "$@" "$@"; done; echo on',
    "empty arguments": 'set -- ""; while :; do set -- "$@" "$@"; done; echo on',
    "an output": "x=$(cat /dev/zero | tr '\\0' a); echo on",
    "a document": "x=$(printf %1000000s a)\ncat >/dev/null <<END\n" + "$x" * 20 + "\nEND\necho on",
    "functions": (
        'p=$(printf "%20000s" ":;"); i=0\n'
        'while :; do i=$((i+1)); eval "f$i() { :; $p }"; done; echo on'
    ),
    "a text": "x=$(printf %300000s a); eval ': $x'\"$x\"; echo on",
    "names of files": "echo " + "/*/.." * 12 + "; echo on",
}


@pytest.mark.parametrize("what", GREEDY)
def test_a_shell_that_eats_memory_is_ended(what: str) -> None:
    machine = nas()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = machine.run(GREEDY[what])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert b"Out of space" in result.stderr, result
    assert b"on\n" not in result.stdout
    assert result.status == 2
    assert grown < 200_000  # KiB
    assert machine.run("echo alive").stdout == b"alive\n"


def test_a_shell_may_hold_what_scripts_need() -> None:
    result = run("x=$(printf %1000000s a); y=$x$x$x$x; echo ${#y}")

    assert result.stdout == b"4000000\n"
