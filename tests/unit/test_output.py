"""What cannot be written stops nothing, and is remembered."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.output import lossy_output, printable


def stream(encoding: str = "utf-8") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def test_a_stream_that_is_closed_loses_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = stream()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    monkeypatch.setattr(sys, "stderr", closed)

    with lossy_output() as loss:
        print("a", flush=True)
        print("b", file=sys.stderr, flush=True)

    assert "closed" in loss.reason
    assert sys.stdout is closed


def test_no_stream_at_all_loses_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", stream())

    with lossy_output() as loss:
        print("a", flush=True)

    assert loss.reason == "it is closed"


def test_a_stream_that_was_closed_has_a_descriptor_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", None)

    with lossy_output():
        number = sys.stderr.fileno()  # pytest gives it to faulthandler, and fails without
        print("lost", file=sys.stderr, flush=True)

    assert number > 2
    assert sys.stderr is None


def test_a_reader_that_has_ended_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Ended())

    with lossy_output() as loss:
        print("a")

    assert isinstance(loss.error, BrokenPipeError)
    assert loss.reason == ""


def test_a_letter_that_the_locale_has_not_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    out = stream("ascii")
    monkeypatch.setattr(sys, "stdout", out)

    with lossy_output() as loss:
        print("waiting …")

    assert loss.error is None
    assert out.buffer.getvalue() == b"waiting \\u2026\n"  # type: ignore[attr-defined]


def test_bytes_are_written_to_the_same_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    out = stream()
    monkeypatch.setattr(sys, "stdout", out)

    with lossy_output():
        sys.stdout.buffer.write(b"\xff")

    assert out.buffer.getvalue() == b"\xff"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", r"\u001b]0;owned\u0007"),
        ("\x9b31m", r"\u009b31m"),  # the same escape in eight bits
        ("over\rwritten\b", r"over\u000dwritten\u0008"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\udcff", r"\xff"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Zürich …\n\t✓",
        "日本",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "👩\u200d💻",
        "\\x1b",
    ],
)
def test_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(st.text(st.characters()))
def test_no_text_has_a_control_character_left(text: str) -> None:
    kinds = {unicodedata.category(c) for c in printable(text) if c not in "\n\t\u200c\u200d"}

    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text())
def test_json_stays_the_same_json(text: str) -> None:
    assert json.loads(printable(json.dumps({text: text}, indent=1))) == {text: text}


def test_everything_that_is_printed_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = stream(), stream()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)

    with lossy_output():
        print("\x1b[2J")
        print("\x1b[2J", file=sys.stderr)

    for written in (out, err):
        assert written.buffer.getvalue() == b"\\u001b[2J\n"  # type: ignore[attr-defined]
