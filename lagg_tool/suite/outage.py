"""A NAS that is lost during a run: wait for it once, as after a crash, or end the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lagg_tool.errors import HostKeyError, LaggToolError, LoginError, TargetError
from lagg_tool.suite import restoring
from lagg_tool.suite.boot import last_boot
from lagg_tool.target import Target

POLL_SECONDS = 2.0


def how_lost(error: TargetError) -> str:
    """Return what became of the NAS in a few words: it may answer, and let nobody in."""
    refused = isinstance(error, LoginError | HostKeyError)
    return "cannot be logged in to" if refused else "was lost"


class Outage:
    """Waits for a NAS that was lost, up to ``seconds``, and once in a run.

    ``over`` says why the run ends; it is empty while the run goes on. Raises TargetError and
    HostError if the NAS does not tell its uptime.
    """

    def __init__(
        self,
        target: Target,
        report: Callable[[str], None],
        pause: Callable[[float], None],
        seconds: float,
    ) -> None:
        self._target = target
        self._report = report
        self._pause = pause
        self._seconds = seconds
        self._boot = last_boot(target)
        self._waited = False
        self.over = ""

    def retried(self, action: Callable[[], object]) -> None:
        """Do an action, and do it again on a NAS that is back. Raises TargetError."""
        try:
            action()
        except TargetError as error:
            self.wait(error)
            if self.over:
                raise
            action()

    def wait(self, lost: TargetError) -> None:
        """Wait until the NAS answers again; set ``over`` if it does not."""
        url, clock = self._target.result.url, self._target.clock
        how = how_lost(lost)
        began = clock.now()
        if self._answers():
            self._welcome(lost, clock.now() - began)
            return
        if self._waited:
            self.over = f"{url} {how} again: {lost}"
            return
        self._waited = True
        self._report(f"{url} {how} ({lost}); waiting up to {self._seconds:.0f} s for it, once")
        while clock.now() < began + self._seconds:
            self._pause(POLL_SECONDS)
            if self._answers():
                self._welcome(lost, clock.now() - began)
                return
        self.over = f"{url} {how}, and is not back after {self._seconds:.0f} s: {lost}"

    def _answers(self) -> bool:
        try:
            self._target.reconnect()
        except TargetError:
            return False
        return True

    def _welcome(self, lost: TargetError, seconds: float) -> None:
        """Say what happened; end the run if the NAS is not what it was."""
        url = self._target.result.url
        try:
            names = restoring.take(self._target).names
            before, self._boot = self._boot, last_boot(self._target)
        except LaggToolError as error:
            self.over = f"{url} is back after {seconds:.0f} s, and cannot be used: {error}"
            return
        how = "was booted meanwhile" if self._boot.is_after(before) else "was not booted"
        missing = [port for port in self._target.ports if port not in names]
        if missing:
            ports = ", ".join(missing)
            self.over = f"{url} is back after {seconds:.0f} s, without its test ports: {ports}"
        else:
            back = f"is back after {seconds:.0f} s; it {how}. The run goes on"
            self._report(f"{url} {how_lost(lost)} ({lost}); it {back}")


# The run's, for the hooks of the plugin.
OUTAGE = pytest.StashKey[Outage]()
