"""Signals that a run or a verb takes over and gives back, and one that the caller ignores."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from lagg_tool.signals import ending_as_ctrl_c, handling


@pytest.fixture(autouse=True)
def hangup() -> Iterator[None]:
    """Have a hangup end a process, as is usual; the tests may be run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def test_signals_are_handled_within_and_given_back() -> None:
    arrived: list[int] = []

    with handling({signal.SIGHUP: lambda number, _: arrived.append(number)}):
        os.kill(os.getpid(), signal.SIGHUP)

    assert arrived == [signal.SIGHUP]
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


def test_another_thread_takes_no_signals() -> None:
    kept: list[bool] = []

    def elsewhere() -> None:
        with handling({signal.SIGHUP: lambda *_: None}):
            kept.append(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert kept == [True]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_end_of_a_terminal_or_of_a_machine_is_an_interruption(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), ending_as_ctrl_c():
        os.kill(os.getpid(), number)


def test_a_hangup_that_nohup_ignores_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with ending_as_ctrl_c():
        os.kill(os.getpid(), signal.SIGHUP)

    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
