"""When the NAS was booted, on this machine's clock: the clock of the NAS may be set at any time."""

from __future__ import annotations

from dataclasses import dataclass

from lagg_tool.command import Effect, script
from lagg_tool.errors import HostError
from lagg_tool.suite.kinds import kind_of
from lagg_tool.target import Target


@dataclass(frozen=True)
class Boot:
    """The last boot, between two times of the target's clock.

    ``latest`` is as late as can be: a virtual machine that stands still for a while does not count
    that, so that its boot seems later afterwards.
    """

    earliest: float
    latest: float

    def is_after(self, other: Boot) -> bool:
        """Return whether this is not the same boot, but a later one."""
        return self.earliest > other.latest


def last_boot(target: Target) -> Boot:
    """Ask the NAS how long it is up. Raises TargetError, HostError."""
    asked = target.clock.now()
    done = target.run(script(f"{kind_of(target).elapsed}elapsed", effect=Effect.READ))
    said = done.stdout.strip()
    if not said.isdecimal():
        why = done.stderr.strip() or said or "no answer"
        raise HostError(f"{target.result.url} does not tell its uptime: {why}")
    seconds = int(said)
    # These are whole seconds, and one more may pass before the answer is here.
    return Boot(asked - seconds, max(target.clock.now() - seconds + 1, asked - 2))
