"""Which frames a scenario looks at: those since its first action, and no earlier ones."""

from __future__ import annotations

from lagg_tool.target import open_target
from steps.world import World


def test_a_frame_of_the_scenario_before_is_none_of_this_one() -> None:
    with open_target("sim:") as target:
        testbed = target.testbed
        assert testbed is not None
        late = [b"\xff" * 6 + b"\x02\0\0\0\0\x01" + b"\x88\xb5" + bytes(46)]

        def synchronise() -> None:
            while late:
                testbed.send(1, late.pop())

        testbed.synchronise = synchronise  # type: ignore[method-assign]
        world = World(target, {})
        world.mark()
        before = list(world.frames(all_of_them=True))
        late.append(bytes(64))
        world.mark()

        assert not before
        assert len(world.frames(all_of_them=True)) == 1
        assert not world.frames()
