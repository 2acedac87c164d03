from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.server.terminal import Key, LineDiscipline, Reader


class Recorder:
    """Keeps what a discipline told."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.signals: list[Key] = []
        self.ends = 0
        self.screen = b""
        self.discipline = LineDiscipline(
            Reader(self.lines.append, self._end, self.signals.append, self._echo)
        )

    def _end(self) -> None:
        self.ends += 1

    def _echo(self, data: bytes) -> None:
        self.screen += data


@pytest.mark.parametrize(
    ("typed", "lines", "screen"),
    [
        (b"id\r", [b"id\n"], b"id\r\n"),
        (b"id\n", [b"id\n"], b"id\r\n"),
        (b"ix\x7fd\r", [b"id\n"], b"ix\b \bd\r\n"),
        (b"ix\x08d\r", [b"id\n"], b"ix\b \bd\r\n"),
        (b"\x7f\x7fid\r", [b"id\n"], b"id\r\n"),
        (b"\xc3\xbc\x7fa\r", [b"a\n"], b"\xc3\xbc\b \ba\r\n"),
        (b"rm x\x15id\r", [b"id\n"], b"rm x\b \b\b \b\b \b\b \bid\r\n"),
        (b"rm x \x17id\r", [b"rm id\n"], b"rm x \b \b\b \bid\r\n"),
        (b"\x1b[A\x1b[1;5Cid\x1bOB\r", [b"id\n"], b"id\r\n"),
        (b"a\tb\r", [b"a\tb\n"], b"a\tb\r\n"),
        (b"ab\x04c\r", [b"ab", b"c\n"], b"abc\r\n"),
        (b"ab\x12c\r", [b"abc\n"], b"ab^R\r\nabc\r\n"),
        (b"a\rb\r", [b"a\n", b"b\n"], b"a\r\nb\r\n"),
    ],
)
def test_what_is_typed_becomes_lines_and_echo(
    typed: bytes, lines: list[bytes], screen: bytes
) -> None:
    recorder = Recorder()

    recorder.discipline.feed(typed)

    assert recorder.lines == lines
    assert recorder.screen == screen


def test_control_c_forgets_the_line_and_interrupts() -> None:
    recorder = Recorder()

    recorder.discipline.feed(b"sleep\x03id\r")

    assert recorder.signals == [Key.INTERRUPT]
    assert recorder.lines == [b"id\n"]
    assert recorder.screen == b"sleep^Cid\r\n"


def test_control_d_ends_the_input_only_on_an_empty_line() -> None:
    recorder = Recorder()

    recorder.discipline.feed(b"a\x04\x04")

    assert (recorder.lines, recorder.ends) == ([b"a"], 1)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_in_any_pieces_are_taken(data: bytes, cut: int) -> None:
    whole, pieces = Recorder(), Recorder()

    whole.discipline.feed(data)
    pieces.discipline.feed(data[:cut])
    pieces.discipline.feed(data[cut:])

    assert (whole.lines, whole.screen, whole.ends) == (pieces.lines, pieces.screen, pieces.ends)
