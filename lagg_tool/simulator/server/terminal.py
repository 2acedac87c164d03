"""The line discipline of a terminal, as tty(4) has it in canonical mode: pure, no I/O.

What somebody types is echoed and edited here; a program sees whole lines. Control
characters are FreeBSD's defaults, sys/sys/ttydefaults.h.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

INTERRUPT, END, QUIT = 0x03, 0x04, 0x1C
BACKSPACE, DELETE = 0x08, 0x7F
KILL, WORD_ERASE, REPRINT, ESCAPE = 0x15, 0x17, 0x12, 0x1B
RETURN, NEWLINE, TAB = 0x0D, 0x0A, 0x09


class Key(enum.Enum):
    """What a character asks for that is not text."""

    INTERRUPT = "INT"
    QUIT = "QUIT"


@dataclass(frozen=True)
class Reader:
    """Whom the discipline tells: lines, the end of input, signals, and what to echo."""

    line: Callable[[bytes], None]
    end: Callable[[], None]
    signal: Callable[[Key], None]
    echo: Callable[[bytes], None]


class LineDiscipline:
    """Takes bytes as they are typed; gives lines, signals and echo to its reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._line = bytearray()
        self._escape = bytearray()
        self._actions: dict[int, Callable[[], None]] = {
            RETURN: self._return,  # ICRNL
            NEWLINE: self._return,
            BACKSPACE: self._erase_character,
            DELETE: self._erase_character,
            KILL: self._erase_line,
            WORD_ERASE: self._erase_word,
            REPRINT: self._reprint,
            INTERRUPT: lambda: self._interrupt(Key.INTERRUPT, b"^C"),
            QUIT: lambda: self._interrupt(Key.QUIT, b"^\\"),
            END: self._end,
            ESCAPE: lambda: self._escape.append(ESCAPE),
        }

    def feed(self, data: bytes) -> None:
        """Take what was typed."""
        for byte in data:
            if self._escape:
                self._in_escape(byte)
            else:
                self._typed(byte)

    def _typed(self, byte: int) -> None:
        action = self._actions.get(byte)
        if action is not None:
            action()
        elif byte >= 0x20 or byte == TAB:
            self._line.append(byte)
            self._reader.echo(bytes([byte]))

    def _return(self) -> None:
        self._reader.echo(b"\r\n")
        self._pass_on(b"\n")

    def _end(self) -> None:
        if self._line:
            self._pass_on(b"")
        else:
            self._reader.end()

    def _interrupt(self, key: Key, shown: bytes) -> None:
        self._line.clear()
        self._reader.echo(shown)
        self._reader.signal(key)

    def _reprint(self) -> None:
        self._reader.echo(b"^R\r\n" + bytes(self._line))

    def _erase_line(self) -> None:
        while self._line:
            self._erase_character()

    def _pass_on(self, ending: bytes) -> None:
        line = bytes(self._line) + ending
        self._line.clear()
        self._reader.line(line)

    def _in_escape(self, byte: int) -> None:
        # Cursor keys and the like (ECMA-48 section 5.4) have no meaning to a line; the
        # sequence ends with the first byte after its parameters.
        self._escape.append(byte)
        introducer = len(self._escape) == 2 and byte in b"[O"
        if not introducer and not 0x20 <= byte <= 0x3F:
            self._escape.clear()

    def _erase_character(self) -> None:
        if not self._line:
            return
        # take the rest of a UTF-8 character first
        while self._line and 0x80 <= self._line[-1] < 0xC0:
            self._line.pop()
        if self._line:
            self._line.pop()
        self._reader.echo(b"\b \b")

    def _erase_word(self) -> None:
        while self._line.endswith(b" "):
            self._erase_character()
        while self._line and not self._line.endswith(b" "):
            self._erase_character()


def to_screen(data: bytes) -> bytes:
    """Return output as a terminal gets it: every newline returns the carriage (ONLCR)."""
    return data.replace(b"\n", b"\r\n")
