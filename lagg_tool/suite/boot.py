"""When the NAS was booted, on this machine's clock: the clock of the NAS may be set at any time."""

from __future__ import annotations

from lagg_tool.command import Effect, script
from lagg_tool.errors import HostError
from lagg_tool.suite.kinds import kind_of
from lagg_tool.target import Target


def latest_boot(target: Target) -> float:
    """Return the latest time of ``target.clock`` at which the NAS can have been booted.

    Raises TargetError, HostError.
    """
    seconds = uptime(target)
    return target.clock.now() - seconds + 1  # it is in whole seconds


def booted_since(target: Target, boot: float) -> bool:
    """Return whether the NAS was booted later than it was. Raises TargetError, HostError."""
    asked = target.clock.now()
    return asked - uptime(target) > boot


def uptime(target: Target) -> int:
    """Return the whole seconds since the NAS was booted. Raises TargetError, HostError."""
    done = target.run(script(f"{kind_of(target).elapsed}elapsed", effect=Effect.READ))
    if not done.stdout.strip().isdigit():
        raise HostError(f"{target.result.url} does not tell its uptime: {done.stderr.strip()}")
    return int(done.stdout)
