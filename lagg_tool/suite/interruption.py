"""Ctrl-C and its kin: the run ends, and first the NAS is set back.

SIGINT, SIGTERM and SIGHUP count alike. One of them ends the run: at once in a scenario's
steps and while it waits for another run, else before the next step, since neither a
restoring nor pytest's own account of a scenario must stop by half. What comes later is only
answered. A command that is being sent is let finish: a lock of paramiko's that an exception
left taken would stop every later one. Where the NAS is simulated in this very process the
run ends between two steps: an event of the simulated kernel must not stop in its middle.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from lagg_tool.signals import handling
from lagg_tool.ssh.sending import is_sending

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_SECONDS = 0.05


class Interruption:
    """Turns the first signal into a KeyboardInterrupt at a moment that is safe."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.patient = False  # wait for ``check``
        self.over = False  # nothing is left to be interrupted
        self.happened = False
        self._raised = False
        self._exposed = False

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Take the signals over; outside the main thread there are none to take."""
        taken = dict.fromkeys(SIGNALS, self._arrived)
        with handling({**taken, signal.SIGALRM: self._later}):
            yield

    @contextlib.contextmanager
    def exposed(self) -> Iterator[None]:
        """Let a signal interrupt what is done within, at any moment."""
        self._exposed = not self.patient
        try:
            self.check()
            yield
        finally:
            self._exposed = False

    def check(self) -> None:
        """Raise what waits to be raised."""
        if self.happened and not (self._raised or self.over):
            self._raised = True
            raise KeyboardInterrupt

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self.happened:
            self._say("the run is ending; the NAS is set back first")
        self.happened = True
        self._later(number, frame)

    def _later(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._exposed and is_sending():
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
        elif self._exposed:
            self.check()
