"""Signals that a run or a verb takes over, and gives back."""

from __future__ import annotations

import os
import signal
import threading

from lagg_tool.ssh.sending import handling


def test_signals_are_handled_within_and_given_back() -> None:
    before = signal.getsignal(signal.SIGHUP)
    arrived: list[int] = []

    with handling({signal.SIGHUP: lambda number, _: arrived.append(number)}):
        os.kill(os.getpid(), signal.SIGHUP)

    assert arrived == [signal.SIGHUP]
    assert signal.getsignal(signal.SIGHUP) == before


def test_another_thread_takes_no_signals() -> None:
    kept: list[bool] = []
    before = signal.getsignal(signal.SIGHUP)

    def elsewhere() -> None:
        with handling({signal.SIGHUP: lambda *_: None}):
            kept.append(signal.getsignal(signal.SIGHUP) == before)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert kept == [True]
