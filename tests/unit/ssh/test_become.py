"""Commands that become root's by a stand-in for sudo, run by a real /bin/sh."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from lagg_tool.command import read
from lagg_tool.errors import LoginError
from lagg_tool.ssh import become as become_module
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.become import Become, Program
from lagg_tool.ssh.connection import Connection

ADMIN = Address("admin", "nas.test")

# As sudo does with -k: -n refuses where a password is needed, -S reads one line of standard
# input, byte by byte, and no more; after a wrong one the next line, three times, as long as there
# is one (verify_user() of its sudo_auth.c).
STAND_IN = r"""#!/bin/sh
needed=@NEEDED@
while [ "$1" != -- ]; do
    case $1 in -S) asked=yes ;; esac
    shift
done
shift
if [ -n "$needed" ]; then
    [ -n "$asked" ] || { echo "sudo: a password is required" >&2; exit 1; }
    for number in 1 2 3; do
        IFS= read -r typed || break
        echo "$number" >> "$0.guesses"
        [ "$typed" != "$needed" ] || break
    done
    [ "$typed" = "$needed" ] || { echo "sudo: $number incorrect password attempts" >&2; exit 1; }
fi
unset SSH_CONNECTION LC_ALL
BECAME=root exec "$@"
"""


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(become_module, "_passwords", {})


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str, bytes], subprocess.CompletedProcess[bytes]]:
    def run(line: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SSH_CONNECTION": "a 1 b 2"}
        return subprocess.run(
            ["/bin/sh", "-c", line], input=stdin, env=environment, capture_output=True, check=False
        )

    return run


Run = Callable[[str, bytes], subprocess.CompletedProcess[bytes]]


def sudo(tmp_path: Path, needed: str = "") -> None:
    file = tmp_path / "sudo"
    file.write_text(STAND_IN.replace("@NEEDED@", shlex.quote(needed)))
    file.chmod(0o755)


def prepare(become: Become, run: Run) -> None:
    def answered(line: str, stdin: bytes) -> tuple[int, str]:
        done = run(line, stdin)
        return done.returncode, done.stderr.decode()

    become.prepare(answered)


def nobody(_: str) -> str | None:
    return None


def test_a_command_is_run_as_root_with_the_way_of_the_session(run: Run, tmp_path: Path) -> None:
    sudo(tmp_path)
    become = Become(Program.SUDO, ADMIN, nobody)

    prepare(become, run)
    done = run(become.line('printf "%s|%s|" "$BECAME" "$SSH_CONNECTION"; cat'), b"input")

    assert done.stdout == b"root|a 1 b 2|input"
    assert become.stdin == b""


def test_a_password_goes_to_standard_input_before_that_of_the_command(
    run: Run, tmp_path: Path
) -> None:
    sudo(tmp_path, needed="it's secret")
    answers = ["wrong", "it's secret"]
    become = Become(Program.SUDO, ADMIN, lambda _: answers.pop(0))

    prepare(become, run)
    line = become.line("cat")
    done = run(line, become.stdin + b"one\ntwo\n")

    assert done.stdout == b"one\ntwo\n"
    assert "secret" not in line


@pytest.mark.parametrize("password", ["secret", "  ", "!", "\\"])
def test_a_password_that_sudo_no_longer_asks_for_reaches_no_command(
    password: str, run: Run, tmp_path: Path
) -> None:
    sudo(tmp_path, needed=password)
    become = Become(Program.SUDO, ADMIN, lambda _: password)
    prepare(become, run)
    sudo(tmp_path)  # sudoers has NOPASSWD meanwhile

    done = run(become.line("cat"), become.stdin + b"one\n\ntwo\n")
    without = run(become.line("cat"), become.stdin)

    assert (done.stdout, without.stdout) == (b"one\n\ntwo\n", b"")


def test_a_stream_has_its_password_once_the_login_shell_has_begun(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"LC_ALL=C PATH={tmp_path}:/bin:/usr/bin"  # the stand-in, not a sudo of this machine
    monkeypatch.setattr("lagg_tool.command.ENVIRONMENT", where)
    sudo(tmp_path, needed="secret")
    become = Become(Program.SUDO, ADMIN, lambda _: "secret")
    prepare(become, run)
    client = Mock(alive=True)
    connection = Connection.__new__(Connection)
    connection.read_only, connection._become, connection._client = False, become, client

    connection.stream(read("echo", "out"), Mock(), Mock())
    line, how = client.stream.call_args.args[0], client.stream.call_args.kwargs

    assert run(line, how["stdin"]).stdout.endswith(b"\nout\n")
    assert how["begun"](run(line, b"").stdout)  # before sudo has read anything
    assert not how["begun"](b"Terminal?")


def test_a_password_is_asked_for_once(run: Run, tmp_path: Path) -> None:
    sudo(tmp_path, needed="secret")
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return "secret"

    become = Become(Program.SUDO, ADMIN, ask)

    prepare(become, run)
    prepare(become, run)

    assert questions == ["Password of admin for sudo on nas.test"]


def test_a_password_is_asked_for_once_by_all_that_open_the_host(run: Run, tmp_path: Path) -> None:
    sudo(tmp_path, needed="secret")
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return "secret"

    for login in (ADMIN, ADMIN, Address("admin", "other.test")):
        become = Become(Program.SUDO, login, ask)
        prepare(become, run)
        assert run(become.line("cat"), become.stdin + b"input").stdout == b"input"

    assert questions == [
        "Password of admin for sudo on nas.test",
        "Password of admin for sudo on other.test",
    ]


def test_a_password_that_is_no_longer_right_is_asked_for_again(run: Run, tmp_path: Path) -> None:
    answers = ["old", "new"]
    sudo(tmp_path, needed="old")
    prepare(Become(Program.SUDO, ADMIN, lambda _: answers.pop(0)), run)
    sudo(tmp_path, needed="new")

    become = Become(Program.SUDO, ADMIN, lambda _: answers.pop(0))
    prepare(become, run)

    assert (become.stdin, answers) == (b"new\n\n", [])


def test_without_a_terminal_the_way_out_is_named(run: Run, tmp_path: Path) -> None:
    sudo(tmp_path, needed="secret")

    with pytest.raises(LoginError, match=r"no terminal.*admin ALL=\(root\) NOPASSWD: ALL"):
        prepare(Become(Program.SUDO, ADMIN, nobody), run)


def test_a_wrong_password_ends_after_three_tries(run: Run, tmp_path: Path) -> None:
    sudo(tmp_path, needed="secret")
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "wrong"

    with pytest.raises(LoginError, match=r"sudo takes no password that was typed.*incorrect"):
        prepare(Become(Program.SUDO, ADMIN, ask), run)
    assert len(asked) == 3
    # Each guess that sudo is given costs seconds, and a few may lock the account.
    assert (tmp_path / "sudo.guesses").read_text() == "1\n1\n1\n"


@pytest.mark.parametrize(
    ("program", "said", "way_out"),
    [
        (Program.SUDO, "admin is not in the sudoers file.", "sudoers must let admin"),
        (
            Program.SUDO,
            "sudo: sorry, you must have a tty to run sudo",
            "sudoers must have: Defaults:admin !requiretty",
        ),
        (Program.DOAS, "doas: Authentication required", "doas.conf must have: permit nopass admin"),
        (Program.DOAS, "doas: not found", "doas.conf must have"),
    ],
)
def test_a_refusal_names_the_way_out(program: Program, said: str, way_out: str) -> None:
    become = Become(program, ADMIN, lambda _: "never asked")

    with pytest.raises(LoginError, match=way_out) as caught:
        become.prepare(lambda *_: (1, said))

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("program", "password", "words"),
    [
        (Program.SUDO, b"", "sudo -k -n --"),  # it never waits for a password
        (Program.SUDO, b"pw\n\n", "sudo -k -S -p '' --"),  # a prompt would be an error's text
        (Program.DOAS, b"", "doas -n --"),
    ],
)
def test_a_program_asks_nobody_and_remembers_nothing(
    program: Program, password: bytes, words: str
) -> None:
    become = Become(program, Address("jdoe", "nas.example", 22))
    become.stdin = password

    line = become.line("id")

    assert line.startswith(f'{words} /usr/bin/env SSH_CONNECTION="$SSH_CONNECTION" /bin/sh -c ')
    assert shlex.split(line)[-1].endswith("; id")


@pytest.mark.parametrize(
    ("program", "said", "words"),
    [
        (Program.SUDO, "no", "sudo does not let jdoe become root: no; sudoers must let jdoe run"),
        (Program.DOAS, "", "doas does not let jdoe become root: it said nothing; doas reads a"),
    ],
)
def test_a_user_who_may_not_become_root_learns_the_way_out(
    program: Program, said: str, words: str
) -> None:
    with pytest.raises(LoginError) as raised:
        Become(program, Address("jdoe", "nas.example", 22)).prepare(lambda _line, _stdin: (1, said))

    assert words in str(raised.value)
