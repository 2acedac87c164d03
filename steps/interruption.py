"""Ctrl-C and its kin: the run ends, and first the NAS is set back.

SIGINT, SIGTERM and SIGHUP count alike. One of them ends the run, at once or, while the NAS
is being restored, right after that; what comes later is only answered, so that impatience
cannot leave half of a restoring. Where the NAS is simulated in this very process the run
ends between two steps: an event of the simulated kernel must not stop in its middle.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Turns the first signal into a KeyboardInterrupt at a moment that is safe."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.patient = False  # wait for ``check``
        self.over = False  # nothing is left to be interrupted
        self.happened = False
        self._raised = False
        self._shielded = 0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Take the signals over; outside the main thread there are none to take."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._arrived) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """Let nothing interrupt what is done within; what came meanwhile is raised behind it."""
        self._shielded += 1
        try:
            yield
        finally:
            self._shielded -= 1
        self.check()

    def check(self) -> None:
        """Raise what waits to be raised."""
        if self.happened and not (self._raised or self._shielded or self.over):
            self._raised = True
            raise KeyboardInterrupt

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.happened:
            self._say("the run is ending; the NAS is set back first")
        self.happened = True
        if not self.patient:
            self.check()
