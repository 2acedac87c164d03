"""Ctrl-C and other signals: the run ends, and the NAS is restored first.

SIGINT, SIGTERM and SIGHUP are treated alike. The first one ends the run: at once in a scenario's
steps and while it waits for another run, otherwise before the next step, since neither
restoring nor pytest's own account of a scenario may stop halfway. Later signals are only
answered. A command that is being sent finishes: a lock of paramiko's that an exception
left taken would block every later one. Where the NAS is simulated in this
process, the run ends between two steps: an event of the simulated kernel must not be cut.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

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
        """Handle the signals; outside the main thread there are none to handle."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._arrived) for number in SIGNALS}
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._later)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def exposed(self) -> Iterator[None]:
        """Allow a signal to interrupt the block at any moment."""
        self._exposed = not self.patient
        try:
            self.check()
            yield
        finally:
            self._exposed = False

    def check(self) -> None:
        """Raise the KeyboardInterrupt that is due."""
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
