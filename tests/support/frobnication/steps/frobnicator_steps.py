"""What only this set's scenarios need."""

from pytest_bdd import parsers, then, when

from lagg_tool.command import Completed, read
from steps.world import World


@when(parsers.parse("the frobnicator asks port {number:d} for its name"), target_fixture="said")
def ask(world: World, number: int) -> Completed:
    return world.run(read("ifconfig", world.name(number)))


@then("the port is frobnicated")
def frobnicated(said: Completed) -> None:
    assert "flags=" in said.stdout, f"expected flags, observed {said.stdout!r}"
