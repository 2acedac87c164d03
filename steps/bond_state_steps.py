"""Steps that look at bonds: what iproute2 shows, what /proc has, what the kernel logged."""

from pytest_bdd import given, parsers, then

from lagg_tool.command import read
from steps.world import World
from steps.world.bonds import wrongs


@then(parsers.parse("ip shows {name} with"))
def ip_shows(world: World, name: str, datatable: list[list[str]]) -> None:
    """Look until it is so: the carrier of a bond follows its ports with a delay."""

    def wrong() -> str:
        return wrongs(world, name, datatable)

    world.expect_state(lambda: not wrong(), wrong)


@then(parsers.parse('/proc/net/bonding/{name} has "{line}"'))
def proc_has(world: World, name: str, line: str) -> None:
    wanted = world.named(line)

    def text() -> str:
        return world.target.run(read("cat", f"/proc/net/bonding/{name}")).stdout

    world.expect_state(lambda: wanted in text(), lambda: f"it has no {wanted!r}: {text()}")


@given("the kernel's log so far is put aside")
def log_aside(world: World) -> None:
    world.put_log_aside()


@then(parsers.parse("the kernel has logged nothing about {name} since"))
def logged_nothing(world: World, name: str) -> None:
    found = [line for line in world.logged() if world.named(name) in line]
    assert not found, f"the kernel logged {'; '.join(found)}; expected was nothing about {name}"
