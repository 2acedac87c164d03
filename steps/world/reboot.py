"""Rebooting the NAS, and knowing that it did."""

from __future__ import annotations

from lagg_tool.command import Command, Effect, script
from lagg_tool.errors import TargetError
from lagg_tool.nas.elapsed import ELAPSED
from lagg_tool.testbed.contract import Capability
from steps.world.world import World

DEADLINE = 600.0
# No host is back sooner; a connection that is tried earlier waits in vain.
SHORTEST = 5.0


def reboot(world: World, command: Command) -> None:
    """Reboot the NAS, which ends the connection, and go on over a new one."""
    world.unless_testbed_lacks(Capability.REBOOT)
    clock = world.target.clock
    before = clock.now() - uptime(world)
    try:
        world.permitted([command])
    except TargetError as lost:
        world.note(f"the connection ended: {lost}")
    clock.sleep(SHORTEST)
    back = world.wait_until(lambda: rebooted_since(world, before), DEADLINE, "the NAS is back")
    assert back, f"the NAS is not back {DEADLINE:.0f} seconds after it was rebooted"


def uptime(world: World) -> int:
    """Return the whole seconds since the NAS was booted."""
    done = world.target.run(script(f"{ELAPSED}elapsed", effect=Effect.READ))
    assert done.status == 0, done.stderr.strip()
    return int(done.stdout)


def rebooted_since(world: World, before: float) -> bool:
    """Return whether the NAS was booted later than ``before``, on our clock.

    The clock of the NAS is not asked: it may be set at a boot, or at any time.
    """
    try:
        world.target.reconnect()
        asked = world.target.clock.now()
        return asked - uptime(world) > before + 1
    except TargetError:
        return False
