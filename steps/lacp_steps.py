"""Steps about LACP as the NAS speaks it: its LACPDUs, their timing, what becomes of a port."""

import math
import re
from itertools import pairwise

import pytest
from pytest_bdd import given, parsers, step, then, when

from lagg_tool.ifconfig import Interface
from lagg_tool.testbed.contract import Capability, Direction
from lagg_tool.wire.ethernet import mac
from lagg_tool.wire.slow import State
from steps.lacpdus import SLOW, TICK, Reader, Spoken, spoken, state_of, state_text
from steps.world import World, numbers, question

# The kernel's tick drifts under emulation.
_JITTER = 0.5
_DRIFT = 0.04  # of each second


# --- waiting ---


@step(
    parsers.re(
        r"at most (?P<seconds>\d+) seconds pass until (?P<ports>ports? [\d, and]+) "
        r"(?P<do>distributes?|collects?)"
    )
)
def until_flags(world: World, seconds: str, ports: str, do: str) -> None:
    """Look at ifconfig until all of the ports are in a state."""
    flag = {"distribute": "DISTRIBUTING", "collect": "COLLECTING"}[do.removesuffix("s")]
    names = {world.name(number) for number in numbers(ports)}

    def reached() -> bool:
        found = world.lagg_ports()
        return all(flag in found[name].flags for name in names)

    assert world.wait_until(reached, float(seconds), f"{ports} {do}")


@step(
    parsers.re(
        r"at most (?P<seconds>\d+) seconds pass until (?P<ports>ports? [\d, and]+) says? "
        r"(?P<no>no )?(?P<words>[A-Z,]+)"
    )
)
def until_said(world: World, seconds: str, ports: str, no: str | None, words: str) -> None:
    """Wait for LACPDUs of the NAS after the last action."""
    wanted = state_of(words)

    def said(port: int) -> bool:
        states = [one.state for one in spoken(world, port)]
        return any(not state & wanted if no else state & wanted == wanted for state in states)

    reason = f"{ports} say {no or ''}{words}"
    assert world.bench(Capability.CAPTURE).wait_until(
        lambda: all(said(port) for port in numbers(ports)), float(seconds), reason
    ), f"in {seconds} seconds, not all of {ports} said {no or ''}{words}"
    world.settle()


# --- what LACPDUs say ---


@then(parsers.re(r"an LACPDU left by each of (?P<ports>ports .*)"))
def lacpdu_left(world: World, ports: str) -> None:
    assert {said.port for said in spoken(world)} == set(numbers(ports))


@then(parsers.re(r"no LACPDU left by (?P<ports>ports? .*)"))
def no_lacpdu_left(world: World, ports: str) -> None:
    left = [said.port for said in spoken(world) if said.port in numbers(ports)]
    world.note(f"LACPDUs of the NAS by {ports}: {len(left)}")
    assert not left


@then(parsers.re(r"the (?P<which>first|last) LACPDU of port (?P<port>\d) has"))
def lacpdu_has(world: World, which: str, port: str, datatable: list[list[str]]) -> None:
    said = _only(world, int(port), which)
    reader = Reader(world)
    for field, expected in datatable:
        shown = reader.field(said, field)
        assert shown == expected, f"{field} is {shown!r}, not {expected!r}"


@then(
    parsers.re(
        r"the (?P<which>first|last) LACPDU of port (?P<port>\d) says (?P<no>no )?(?P<words>[A-Z,]+)"
    )
)
def lacpdu_says(world: World, which: str, port: str, no: str | None, words: str) -> None:
    state, asked = _only(world, int(port), which).state, state_of(words)
    world.note(f"the {which} LACPDU of port {port} says {state_text(state)}")
    assert state & asked == (State(0) if no else asked)


@then(parsers.re(r"port (?P<port>\d) never said (?P<words>[A-Z]+)"))
def never_said(world: World, port: str, words: str) -> None:
    states = [said.state for said in spoken(world, int(port))]
    world.note(f"port {port} said {'; '.join(map(state_text, states)) or 'nothing'}")
    assert not any(state & state_of(words) for state in states)


def _only(world: World, port: int, which: str) -> Spoken:
    if not spoken(world, port):  # the NAS answers at its next tick
        world.bench().wait_until(
            lambda: bool(spoken(world, port)), TICK + _JITTER, f"port {port} speaks"
        )
    said = spoken(world, port)
    assert said, f"no LACPDU left by port {port}"
    return said[0 if which == "first" else -1]


# --- when they say it ---


@then(parsers.re(r"an LACPDU left by port (?P<port>\d) every( (?P<seconds>\d+))? seconds?"))
def cadence(world: World, port: str, seconds: str | None) -> None:
    """Compare the time from one LACPDU to the next since the last action."""
    gaps = [later.at - one.at for one, later in pairwise(spoken(world, int(port)))]
    world.note(f"port {port}: seconds between LACPDUs: {', '.join(f'{gap:.1f}' for gap in gaps)}")
    assert gaps, "fewer than two LACPDUs left"
    period = float(seconds or 1)
    assert all(abs(gap - period) < _JITTER * (1 if period == 1 else 4) for gap in gaps)


@then(
    parsers.re(
        r"port (?P<port>\d) said (?P<words>[A-Z]+) (?P<seconds>\d+) seconds after its "
        r"partner's last LACPDU"
    )
)
def said_after_silence(world: World, port: str, words: str, seconds: str) -> None:
    """Measure from the last LACPDU that reached the NAS; a timer runs on the kernel's tick."""
    wanted = state_of(words)
    first = next(said for said in spoken(world, int(port)) if wanted in said.state)
    heard = [
        said.at
        for said in spoken(world, int(port), Direction.TO_NAS, all_of_them=True)
        if said.at < first.at
    ]
    took = first.at - heard[-1]
    world.note(f"port {port} said {words} {took:.1f} s after the partner's last LACPDU")
    late = took - int(seconds)
    assert -_JITTER < late < 2 * TICK + _JITTER + _DRIFT * int(seconds)


@then(
    parsers.parse(
        "port {port:d} said {words} {least:d} to {most:d} seconds after its partner's first LACPDU"
    )
)
def said_after_first(world: World, port: int, words: str, least: int, most: int) -> None:
    heard = spoken(world, port, Direction.TO_NAS)[0].at
    took = next(s.at for s in spoken(world, port) if state_of(words) in s.state) - heard
    world.note(f"port {port} said {words} {took:.1f} s after its partner's first LACPDU")
    assert least - _JITTER <= took <= most + _JITTER


@then(parsers.parse("at most {count:d} LACPDUs left by port {port:d} in each second"))
def at_most(world: World, count: int, port: int) -> None:
    """Count over the whole time: the kernel's seconds begin when it likes."""
    left = len(spoken(world, port))
    asked = [said.at for said in spoken(world, port, Direction.TO_NAS)]
    seconds = math.ceil(asked[-1] - asked[0]) + 1
    world.note(f"{len(asked)} LACPDUs to port {port} in {seconds - 1} s, {left} of the NAS")
    assert 0 < left <= count * seconds


# --- two aggregators ---


@then(parsers.re(r"one of (?P<ports>ports .*) is active and the other is not"))
def one_active(world: World, ports: str) -> None:
    assert len(idle_ports(world, world.interface("lagg0"))) == len(numbers(ports)) - 1


@then("one of the ports is active and distributes, the other has no part")
def one_left(world: World) -> None:
    flags = sorted(",".join(port.flags.names) for port in world.interface("lagg0").ports)
    assert flags == ["", "ACTIVE,COLLECTING,DISTRIBUTING"]


@when("an echo request arrives on the idle port")
def echo_on_idle(world: World) -> None:
    lagg = world.interface("lagg0")
    assert lagg.ether is not None
    world.ask([question(mac(lagg.ether), port) for port in idle_ports(world, lagg)])


@when("the link of the idle port is lost")
def idle_link_lost(world: World) -> None:
    (port,) = idle_ports(world, world.interface("lagg0"))
    world.mark()
    world.bench(Capability.CARRIER).set_link(port, up=False)
    world.settle()


@then("the last LACPDU of the idle port says COLLECTING,DISTRIBUTING")
def idle_says(world: World) -> None:
    """Wait for it: it need not speak of it before its next LACPDU is due."""
    (port,) = idle_ports(world, world.interface("lagg0"))
    wanted = state_of("COLLECTING,DISTRIBUTING")
    assert world.bench(Capability.CAPTURE).wait_until(
        lambda: spoken(world, port, all_of_them=True)[-1].state & wanted == wanted,
        SLOW + TICK,
        "the idle port's next LACPDU",
    )


def idle_ports(world: World, lagg: Interface) -> list[int]:
    """Return the ports that distribute without being active."""
    names = list(world.target.ports)
    return [
        names.index(port.name) + 1
        for port in lagg.ports
        if port.flags.names == ("COLLECTING", "DISTRIBUTING")
    ]


# --- drivers ---


@given(parsers.parse("port {port:d} is driven by vtnet"))
def driven_by_vtnet(world: World, port: int) -> None:
    if not world.name(port).startswith("vtnet"):
        pytest.skip(f"port {port} is {world.name(port)}: only vtnet(4) queues on a dead link")
    world.note(f"port {port} is {world.name(port)}")


@given(parsers.re(r"(?P<ports>ports [\d, and]+), one of which is the first of its driver"))
def first_of_its_driver(world: World, ports: str) -> None:
    world.first, world.other = None, None
    for number in numbers(ports):
        if re.search(r"[a-z]0$", world.name(number)):
            world.first = number
        else:
            world.other = number
    if world.first is None or world.other is None:
        pytest.skip(f"of {ports}, one has to be the first of its driver and the other not")
    world.note(f"{world.name(world.first)} is the first of its driver")


@then("no LACPDU left by the port that is the first of its driver")
def first_is_silent(world: World) -> None:
    assert not spoken(world, world.first)


@then("LACPDUs left by the other port")
def other_speaks(world: World) -> None:
    assert spoken(world, world.other)


@then("the port that is the first of its driver has lost its partner")
def first_has_lost(world: World) -> None:
    assert "DISTRIBUTING" not in _flags(world, world.first)


@then("the other port has not")
def other_has_not(world: World) -> None:
    assert "DISTRIBUTING" in _flags(world, world.other)


def _flags(world: World, number: int | None) -> tuple[str, ...]:
    assert number is not None, "a step before says which port it is"
    (port,) = (p for p in world.interface("lagg0").ports if p.name == world.name(number))
    return port.flags.names
