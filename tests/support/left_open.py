"""A plugin of pytest for a run of its own: a scenario in which a library leaves a socket open."""

from __future__ import annotations

import socket


def pytest_runtest_call() -> None:
    """Leave it to the garbage collector, as paramiko does what ``Match exec`` has opened."""
    socket.socket()
