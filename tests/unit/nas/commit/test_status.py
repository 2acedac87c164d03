"""What the host says of a change is read, and nothing is made of what it does not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.nas.commit.status import Status, read_status

FLAGS = (
    *("hidden", "rebooted", "kept", "stored", "there", "guard", "started", "decided", "undone"),
    *("stalled", "confirming", "keeping"),
)
WORDS = ("pending", "token", "last", "lapsed", "interrupted", "who", "name")
CODES = ("apply", "revert", "confirm", "persist", "keep", "undo")
LOGS = ("apply", "confirm", "persist", "restore")


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_is_read_and_no_other_one(flag: str) -> None:
    status = read_status(f"{flag} yes\n")

    assert [each for each in FLAGS if getattr(status, each)] == [flag]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_read_where_it_belongs(word: str) -> None:
    status = read_status(f"{word} some thing\n")

    assert [each for each in WORDS if getattr(status, each)] == [word]
    assert getattr(status, word) == "some thing"


@pytest.mark.parametrize("part", CODES)
@pytest.mark.parametrize(
    ("text", "code"), [("0", 0), ("75", 75), ("", None), ("-1", None), ("x", None), ("²", None)]
)
def test_an_exit_status_is_a_number_or_unknown(part: str, text: str, code: int | None) -> None:
    status = read_status(f"{part}.rc {text}\n")

    assert status.code(part) == code
    assert all(status.code(each) is None for each in CODES if each != part)


@pytest.mark.parametrize("part", LOGS)
def test_the_last_line_of_a_log_is_read(part: str) -> None:
    status = read_status(f"{part}.log no space left\n")

    assert status.said == {each: "no space left" if each == part else "" for each in LOGS}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("when 90\nseconds 60\nnow 100\n", 50),
        ("when 0\nseconds 60\nnow 10\n", 50),
        ("when 90\nseconds 60\nnow 200\n", 0),
        ("when 90\nseconds 60\n", 0),
        ("when 90\nnow 100\n", 0),
        ("seconds 60\nnow 10\n", 0),
        ("when 90\nseconds 9999999999999999\nnow 100\n", 0),  # no number of seconds
        ("when 90\nseconds 999999999999999\nnow 100\n", 999999999999989),
    ],
)
def test_the_seconds_that_are_left_are_those_of_the_hosts_clock(text: str, left: float) -> None:
    assert read_status(text).left == left


def test_who_decided_is_read_and_may_be_unknown_yet() -> None:
    by_guard, unknown = read_status("decided guard\n"), read_status("decided \n")

    assert (by_guard.decided, by_guard.by) == (True, "guard")
    assert (unknown.decided, unknown.by) == (True, "")


def test_another_user_than_root_is_named() -> None:
    assert read_status("user uid=1001(jdoe) gid=1001(jdoe)\n").user == "jdoe (uid 1001)"
    assert read_status("now 100\n").user == ""


REBOOTED = {
    "rebooted yes\ntoken t-1": "t-1 was confirmed, and came up with the configuration of its boot",
    "rebooted yes\ntoken t-1\ndecided guard": "t-1 was undone before the host was rebooted",
    "rebooted yes\ntoken t-1\ndecided rollback": "t-1 was undone before the host was rebooted",
    "rebooted yes\ntoken t-1\ndecided confirm\nundone yes\nkept yes": "t-1 was undone before",
    "rebooted yes\ntoken t-1\ndecided confirm": "t-1 was confirmed and not in boot when the host",
    "rebooted yes\ntoken t-1\ndecided ": "t-1 was just being decided and not in boot when the",
    "rebooted yes\ntoken t-1\ndecided confirm\nkept yes": "",
    "token t-1\ndecided guard": "",
}


@pytest.mark.parametrize("text", REBOOTED)
def test_what_a_reboot_made_of_a_change_is_said_if_it_is_known(text: str) -> None:
    said = read_status(text, "boot").reboot_text

    assert REBOOTED[text] in said
    assert bool(said) is bool(REBOOTED[text])


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_a_status(text: str) -> None:
    status = read_status(text)

    assert isinstance(status, Status)
    assert status.left >= 0
