"""When the NAS was booted, on this machine's clock: the clock of the NAS may be set at any time."""

from __future__ import annotations

from lagg_tool.command import Effect, script
from lagg_tool.errors import HostError
from lagg_tool.suite.kinds import kind_of
from lagg_tool.target import Target


def latest_boot(target: Target) -> float:
    """Return a time of ``target.clock`` that the last boot was before, and the next one is after.

    It is as late as can be: a virtual machine that stands still for a while does not count that,
    so that its boot seems later afterwards. Raises TargetError, HostError.
    """
    asked = target.clock.now()
    seconds = _uptime(target)
    # It is in whole seconds, and one more may pass while it is told.
    return max(target.clock.now() - seconds + 1, asked - 2)


def booted_since(target: Target, boot: float) -> bool:
    """Return whether the NAS was booted later than it was. Raises TargetError, HostError."""
    asked = target.clock.now()
    return asked - _uptime(target) > boot


def _uptime(target: Target) -> int:
    """Return the whole seconds since the NAS was booted. Raises TargetError, HostError."""
    done = target.run(script(f"{kind_of(target).elapsed}elapsed", effect=Effect.READ))
    said = done.stdout.strip()
    if not said.isdecimal():
        why = done.stderr.strip() or said or "no answer"
        raise HostError(f"{target.result.url} does not tell its uptime: {why}")
    return int(said)
