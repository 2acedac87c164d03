"""Steps that look at bonds: what iproute2 shows, what /proc has, what the kernel logged."""

import re

import pytest
from pytest_bdd import given, parsers, then

from lagg_tool.command import read
from steps.world import World
from steps.world.bonds import wrongs

_TIMESTAMP = re.compile(r"^\[ *[\d.]+\] ")


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


@pytest.fixture
def logged_before() -> list[str]:
    """Return what the kernel had logged when its log was put aside; empty at first."""
    return []


@given("the kernel's log so far is put aside")
def log_aside(world: World, logged_before: list[str]) -> None:
    logged_before[:] = _log(world)


@then(parsers.parse("the kernel has logged nothing about {name} since"))
def logged_nothing(world: World, logged_before: list[str], name: str) -> None:
    found = [line for line in _log(world)[len(logged_before) :] if world.named(name) in line]
    assert not found, f"the kernel logged {'; '.join(found)}; expected was nothing about {name}"


@then(parsers.parse('the kernel has logged "{words}" since'))
def has_logged(world: World, logged_before: list[str], words: str) -> None:
    wanted = world.named(words)

    def lines() -> list[str]:
        return _log(world)[len(logged_before) :]

    world.expect_state(
        lambda: any(wanted in line for line in lines()),
        lambda: f"the kernel logged {'; '.join(lines()) or 'nothing'}; expected was {wanted!r}",
    )


def _log(world: World) -> list[str]:
    """Return the messages of the kernel, without their times."""
    lines = world.target.run(read("dmesg")).stdout.splitlines()
    return [_TIMESTAMP.sub("", line) for line in lines]
