"""Steps that look at the state of the NAS."""

import re

import pytest
from pytest_bdd import parsers, then

from lagg_tool.command import read
from steps.world import World
from steps.world.shown import wrongs

LOGS_LINKS = "net.link.log_link_state_change"


@then(parsers.parse("ifconfig shows {name} with"))
def ifconfig_shows(world: World, name: str, datatable: list[list[str]]) -> None:
    def wrong() -> str:
        interface = world.interface(name)
        return "; ".join(
            text
            for field, expected in datatable
            for text in wrongs(world, interface, field, expected)
        )

    world.expect_state(lambda: not wrong(), wrong)


@then(parsers.parse("ifconfig shows lagg0 with {count:d} ports"))
def ifconfig_counts(world: World, count: int) -> None:
    def found() -> int:
        return len(world.interface("lagg0").ports)

    world.expect_state(
        lambda: found() == count, lambda: f"lagg0 has {found()} ports, expected were {count}"
    )


@then(parsers.parse("each port of lagg0 has the MTU {mtu:d}"))
def ports_have_mtu(world: World, mtu: int) -> None:
    def others() -> dict[str, int]:
        found = {
            port.name: world.interface(port.name).mtu for port in world.interface("lagg0").ports
        }
        assert found, "lagg0 has no port"
        return {name: other for name, other in found.items() if other != mtu}

    world.expect_state(lambda: not others(), lambda: f"expected was MTU {mtu}, but: {others()}")


@then(parsers.parse("there is no interface {name}"))
def no_interface(world: World, name: str) -> None:
    world.expect_state(
        lambda: not world.dialect.exists(world, name), lambda: f"there is an interface {name}"
    )


@then(parsers.re(r"the kernel reports the link of (?P<name>\w+) as (?P<state>UP|DOWN)"))
def kernel_reports_link(world: World, name: str, state: str) -> None:
    """Read the last message on it: what ifconfig shows of a LAGG is computed from its ports."""
    if world.target.run(read("sysctl", "-n", LOGS_LINKS)).stdout.strip() == "0":
        pytest.skip(f"the kernel does not log link states: {LOGS_LINKS} is 0")

    def last() -> str:
        pattern = rf"{name}: link state changed to (UP|DOWN)"
        found = [one[1] for line in world.logged() if (one := re.fullmatch(pattern, line))]
        return found[-1] if found else "none"

    world.expect_state(
        lambda: last() == state,
        lambda: f"the kernel last reported the link of {name} as {last()}, expected was {state}",
    )


@then(parsers.parse('the kernel does not log "{words}"'))
def kernel_does_not_log(world: World, words: str) -> None:
    lines = [line for line in world.logged() if words in line]
    assert not lines, f"expected was no such message of the kernel: {lines[-1]}"


@then(parsers.parse('the kernel has logged "{words}" since'))
@then(parsers.parse('the kernel logs "{words}"'))
def kernel_logs(world: World, words: str) -> None:
    wanted = world.named(words)
    world.expect_state(
        lambda: any(wanted in line for line in world.logged()),
        lambda: (
            f"the kernel logged {'; '.join(world.logged()) or 'nothing'}; expected was {wanted!r}"
        ),
    )
