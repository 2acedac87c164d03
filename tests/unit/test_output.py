"""What cannot be written stops nothing, and is remembered."""

from __future__ import annotations

import io
import sys

import pytest

from lagg_tool.output import lossy_output


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
