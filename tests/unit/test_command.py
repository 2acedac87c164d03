"""Quoting and batches, held against the machine's real /bin/sh."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.command import Batch, Command, Effect, change, login_line, quote, read
from lagg_tool.errors import UnreadableError, UsageError

# No surrogates: Python cannot hand them to a child as text.
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


def sh(text: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["/bin/sh", "-c", text], capture_output=True, check=False)


@given(st.lists(words, min_size=1, max_size=4))
def test_every_word_comes_through_a_real_shell_as_it_was(arguments: list[str]) -> None:
    command = Command(("printf", r"%s\0", *arguments))

    assert sh(command.text).stdout == b"".join(w.encode() + b"\0" for w in arguments)


def test_a_nul_character_is_refused() -> None:
    with pytest.raises(UsageError, match="NUL"):
        quote("a\0b")


def test_a_command_needs_a_program() -> None:
    with pytest.raises(UsageError):
        Command(())


def test_a_batch_keeps_every_status_and_both_streams() -> None:
    batch = Batch.of(
        [
            read("printf", "no newline"),
            read("sh", "-c", "echo out; echo err >&2; exit 42"),
            read("true"),
            read("nosuchcommand-here"),
        ]
    )
    ran = sh(batch.text)

    done = batch.split(ran.stdout.decode(), ran.stderr.decode())

    assert [c.status for c in done] == [0, 42, 0, 127]
    assert [c.stdout for c in done] == ["no newline", "out\n", "", ""]
    assert [c.stderr for c in done][:3] == ["", "err\n", ""]
    assert "nosuchcommand-here" in done[3].stderr


def test_a_command_of_a_batch_cannot_end_or_poison_the_batch() -> None:
    batch = Batch.of([read("exit", "3"), read("cd", "/"), read("cat"), read("echo", "last")])
    ran = sh(batch.text)

    done = batch.split(ran.stdout.decode(), ran.stderr.decode())

    assert [c.status for c in done] == [3, 0, 0, 0]
    assert done[-1].stdout == "last\n"


def test_a_batch_cut_short_is_not_taken_for_a_whole_one() -> None:
    batch = Batch.of([read("true"), read("true")])
    ran = sh(batch.text)

    with pytest.raises(UnreadableError, match="ended early"):
        batch.split(ran.stdout.decode()[:40], ran.stderr.decode())


def test_a_batch_may_change_the_nas_if_one_of_its_commands_may() -> None:
    assert Batch.of([read("true")]).effect is Effect.READ
    assert Batch.of([read("true"), change("true")]).effect is Effect.CHANGE


LOGIN_SHELLS = [shell for shell in ("sh", "bash", "tcsh", "fish", "zsh") if shutil.which(shell)]


@pytest.mark.parametrize("shell", LOGIN_SHELLS)
def test_a_line_passes_through_any_login_shell(shell: str) -> None:
    words = [
        "a!b",
        "!!",
        "it's",
        "a\nb\n",
        "\\'",
        "\\\\",
        "$HOME",
        "`id`",
        "\\",
        "%s",
        '"',
        "ü",
        "",
    ]
    line = login_line(read("printf", "%s\\0", *words).text)

    ran = subprocess.run([shell, "-c", line], capture_output=True, check=True)

    assert ran.stdout.decode().split("\0")[:-1] == words


@given(st.lists(st.text("'\"\\!$`\n 0123{}~#&|;é€😀ab", max_size=12), min_size=1, max_size=4))
@settings(max_examples=40)
def test_any_words_pass_through_a_login_line(words: list[str]) -> None:
    line = login_line(read("printf", "%s\\0", *words).text)

    ran = subprocess.run(["sh", "-c", line], capture_output=True, check=True)

    assert ran.stdout.decode().split("\0")[:-1] == words


def test_a_plain_line_stays_readable() -> None:
    line = login_line(read("ifconfig", "-v").text)

    assert line.startswith("/bin/sh -c 'export LC_ALL=C PATH=/sbin:")
    assert line.endswith("; ifconfig -v'")
