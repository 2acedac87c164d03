"""A question for a secret, asked of a person at a terminal and of nobody else."""

from __future__ import annotations

import contextlib
import getpass
import os
import threading

from lagg_tool.output import printable

TRIES = 3  # as ssh(1), NumberOfPasswordPrompts
TERMINAL = "/dev/tty"
_asking = threading.Lock()  # several NAS are opened at once, and a person answers one by one


def can_ask() -> bool:
    """Return whether there is a terminal, with this process in its foreground.

    A process in the background must not stop for an answer that nobody gives.
    """
    try:
        terminal = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def ask_secret(question: str) -> str | None:
    """Return what a person types, unseen; None where nobody can be asked, or answers."""
    if can_ask():
        with _asking, contextlib.suppress(EOFError):
            return getpass.getpass(f"{printable(question)}: ")
    return None
