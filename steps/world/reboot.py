"""Rebooting the NAS, and knowing that it did."""

from __future__ import annotations

from lagg_tool.command import Command
from lagg_tool.errors import TargetError
from lagg_tool.suite.boot import Boot, last_boot
from lagg_tool.testbed.contract import Capability
from steps.world.world import World

DEADLINE = 600.0
# No host is back sooner; a connection that is tried earlier waits in vain.
SHORTEST = 5.0


def reboot(world: World, command: Command) -> None:
    """Reboot the NAS, which ends the connection, and go on over a new one."""
    world.unless_testbed_lacks(Capability.REBOOT)
    clock = world.target.clock
    before = last_boot(world.target)
    try:
        world.permitted([command])
    except TargetError as lost:
        world.note(f"the connection ended: {lost}")
    clock.sleep(SHORTEST)
    back = world.wait_until(lambda: rebooted_since(world, before), DEADLINE, "the NAS is back")
    assert back, f"the NAS is not back {DEADLINE:.0f} seconds after it was rebooted"


def rebooted_since(world: World, before: Boot) -> bool:
    """Return whether the NAS answers, and was booted later than ``before``."""
    try:
        world.target.reconnect()
        return last_boot(world.target).is_after(before)
    except TargetError:
        return False
