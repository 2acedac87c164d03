"""A kernel's log that cannot be read is no log without a message."""

from __future__ import annotations

import pytest

from lagg_tool.command import script
from lagg_tool.target import open_target
from steps import state_steps
from steps.world import World


@pytest.mark.parametrize("system", ["freebsd-13.2", "freebsd-15", "truenas-13.3"])
def test_a_step_about_a_log_that_cannot_be_read_is_skipped(system: str) -> None:
    with open_target(f"sim:?os={system}") as target:
        world = World(target, {})
        world.put_log_aside()
        state_steps.kernel_does_not_log(world, "lagg0: out of order")
        target.run(script("rm /sbin/dmesg"))

        with pytest.raises(pytest.skip.Exception, match=r"log cannot be read: .*dmesg"):
            state_steps.kernel_does_not_log(world, "lagg0: out of order")
