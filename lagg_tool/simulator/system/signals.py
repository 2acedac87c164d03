"""Signals with FreeBSD's numbers (sys/signal.h), and how a process can end."""

from __future__ import annotations

import enum


class Signal(enum.IntEnum):
    """The signals that the programs here know by name."""

    HUP = 1
    INT = 2
    QUIT = 3
    ILL = 4
    TRAP = 5
    ABRT = 6
    EMT = 7
    FPE = 8
    KILL = 9
    BUS = 10
    SEGV = 11
    SYS = 12
    PIPE = 13
    ALRM = 14
    TERM = 15
    URG = 16
    STOP = 17
    TSTP = 18
    CONT = 19
    CHLD = 20
    TTIN = 21
    TTOU = 22
    IO = 23
    XCPU = 24
    XFSZ = 25
    VTALRM = 26
    PROF = 27
    WINCH = 28
    INFO = 29
    USR1 = 30
    USR2 = 31


# What a signal without a handler does, where it does not end the process.
HARMLESS = frozenset({Signal.URG, Signal.CONT, Signal.CHLD, Signal.IO, Signal.WINCH, Signal.INFO})

DESCRIPTIONS = {
    Signal.HUP: "Hangup",
    Signal.QUIT: "Quit",
    Signal.ABRT: "Abort trap",
    Signal.FPE: "Floating point exception",
    Signal.KILL: "Killed",
    Signal.SEGV: "Segmentation fault",
    Signal.ALRM: "Alarm clock",
    Signal.TERM: "Terminated",
    Signal.USR1: "User defined signal 1",
    Signal.USR2: "User defined signal 2",
}


def named(text: str) -> Signal | None:
    """Return the signal of a name (TERM, SIGTERM, term) or number, if there is one."""
    if text.isdecimal():
        number = int(text)
        return Signal(number) if number in Signal.__members__.values() else None
    name = text.upper().removeprefix("SIG")
    return Signal.__members__.get(name)


class Terminated(BaseException):
    """Thrown into a process whose end has come by a signal."""

    def __init__(self, signal: Signal) -> None:
        super().__init__(signal.name)
        self.signal = signal


class Exit(Exception):  # noqa: N818 - it is not an error: exit(3) from any depth
    """Thrown by a program that ends before its last line."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status
