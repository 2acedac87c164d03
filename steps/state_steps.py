"""Steps that look at the state of the NAS."""

import re

import pytest
from pytest_bdd import parsers, then

from lagg_tool.command import read
from steps.world import World
from steps.world.shown import check

LOGS_LINKS = "net.link.log_link_state_change"
SOON_SECONDS = 5.0


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


@then(parsers.re(r"the kernel reports the link of (?P<name>\w+) as (?P<state>UP|DOWN)"))
def kernel_reports_link(world: World, name: str, state: str) -> None:
    """Read the last message on it: what ifconfig shows of a LAGG is computed from its ports."""
    if world.target.run(read("sysctl", "-n", LOGS_LINKS)).stdout.strip() == "0":
        pytest.skip(f"the kernel does not log link states: {LOGS_LINKS} is 0")

    def last() -> str:
        messages = world.target.run(read("dmesg")).stdout
        found = re.findall(rf"^{name}: link state changed to (UP|DOWN)$", messages, re.MULTILINE)
        return found[-1] if found else "none"

    world.wait_until(lambda: last() == state, SOON_SECONDS, f"the link of {name} is {state}")
    shown = last()
    assert shown == state, f"the kernel's last link state of {name} is {shown}, expected {state}"


@then(parsers.parse('the kernel logs "{words}"'))
def kernel_logs(world: World, words: str) -> None:
    messages = world.target.run(read("dmesg")).stdout
    assert world.named(words) in messages, f"the kernel's messages do not have {words!r}"
