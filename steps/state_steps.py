"""Steps that look at the state of the NAS."""

from pytest_bdd import parsers, then

from lagg_tool.command import read
from steps.world import World
from steps.world.shown import check


@then(parsers.parse("ifconfig shows {name} with"))
def ifconfig_shows(world: World, name: str, datatable: list[list[str]]) -> None:
    interface = world.interface(name)
    for field, expected in datatable:
        check(world, interface, field, expected)


@then(parsers.parse("ifconfig shows lagg0 with {count:d} ports"))
def ifconfig_counts(world: World, count: int) -> None:
    assert len(world.interface("lagg0").ports) == count


@then(parsers.parse("there is no interface {name}"))
def no_interface(world: World, name: str) -> None:
    status = world.target.run(read("ifconfig", name)).status
    assert status == 1, f"there is an interface {name}"


@then(parsers.parse('the kernel logs "{words}"'))
def kernel_logs(world: World, words: str) -> None:
    messages = world.target.run(read("dmesg")).stdout
    assert world.named(words) in messages, f"the kernel's messages do not have {words!r}"
