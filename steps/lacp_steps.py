"""Steps about the LACP of the NAS: its LACPDUs, their timing, the state of its ports."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.ifconfig import Interface
from lagg_tool.releases import system
from lagg_tool.testbed.contract import Capability, Direction
from lagg_tool.wire.ethernet import mac
from lagg_tool.wire.slow import State
from steps.world import World, counts, numbers, ports_text, question
from steps.world.lacpdus import (
    SLOW,
    TICK,
    FieldTexts,
    SeenLacpdu,
    lacpdus,
    state_of,
    state_text,
)
from steps.world.world import PATIENCE_SECONDS

# The kernel's tick drifts under emulation.
_JITTER = 0.5
_DRIFT = 0.04  # of each second
# With HZ=250, Linux has a tick of 104 ms where the bonding driver means 100, and each of its
# timers begins with the next tick: 29.3 to 32.7 s for 30, 96.4 to 98.0 s for 90 were seen,
# and 35.8 for 30 in a machine that had a tenth of a processor.
_DRIFTS: Mapping[str, float] = {"linux": 0.2}

_DISTRIBUTE = parsers.re(
    r"(?P<ports>ports? [\d, and]+) distributes? within (?P<seconds>\d+) seconds"
)
_ANNOUNCE = parsers.re(
    r"(?P<ports>ports? [\d, and]+) announces? (?P<words>[A-Z,]+) within (?P<seconds>\d+) seconds"
)


# --- waiting ---


@given(_DISTRIBUTE)
@when(_DISTRIBUTE)
def distribute(world: World, seconds: str, ports: str) -> None:
    """Look at the NAS until all of the ports distribute, or the time is over."""
    names = set(world.names(ports))

    def reached() -> bool:
        return names <= set(world.dialect.distributing(world))

    in_time = world.wait_until(reached, float(seconds), f"{ports} distribute")
    assert in_time, f"in {seconds} seconds, not all of {ports} distribute"


@given(_ANNOUNCE)
@when(_ANNOUNCE)
def announce(world: World, seconds: str, ports: str, words: str) -> None:
    """Wait for LACPDUs of the NAS after the last action."""
    wanted = state_of(words)

    def reached() -> bool:
        return all(_announces(lacpdus(world, port), wanted) for port in numbers(ports))

    in_time = world.testbed(Capability.CAPTURE).wait_until(
        reached, float(seconds), f"{ports} announce {words}"
    )
    assert in_time, f"in {seconds} seconds, not all of {ports} announced {words}"
    world.settle()


def _announces(seen: Sequence[SeenLacpdu], wanted: State) -> bool:
    return any(one.state & wanted == wanted for one in seen)


# --- what LACPDUs announce ---


@then(parsers.re(r"an LACPDU left by each of (?P<ports>ports .*)"))
def lacpdu_left(world: World, ports: str) -> None:
    def left() -> set[int]:
        return {seen.port for seen in lacpdus(world)}

    world.expect(
        lambda: left() == set(numbers(ports)),
        lambda: f"LACPDUs left by {ports_text(left())}, expected were {ports}",
    )


@then(parsers.re(r"no LACPDU left by (?P<ports>ports? .*)"))
def no_lacpdu_left(world: World, ports: str) -> None:
    left = [seen.port for seen in lacpdus(world) if seen.port in numbers(ports)]
    world.note(f"LACPDUs of the NAS by {ports}: {len(left)}")
    assert not left, f"LACPDUs left by {counts(left)}, expected was none"


@then(parsers.re(r"the (?P<which>first|last) LACPDU of port (?P<port>\d) has"))
def lacpdu_has(world: World, which: str, port: str, datatable: list[list[str]]) -> None:
    seen, texts = _one(world, int(port), which), FieldTexts(world)
    for field, expected in datatable:
        shown = texts.text(seen, field)
        assert shown == expected, f"{field} is {shown!r}, expected was {expected!r}"


@then(
    parsers.re(
        r"the (?P<which>first|last) LACPDU of (?P<ports>port \d|each of ports [\d, and]+) "
        r"announces (?P<no>no )?(?P<words>[A-Z,]+)"
    )
)
def lacpdu_announces(world: World, which: str, ports: str, no: str | None, words: str) -> None:
    asked = state_of(words)
    wanted = State(0) if no else asked
    for port in numbers(ports):

        def right(port: int = port) -> bool:
            return _one(world, port, which).state & asked == wanted

        def shown(port: int = port) -> str:
            state = state_text(_one(world, port, which).state)
            return f"the {which} LACPDU of port {port} announces {state}"

        world.expect(right, lambda: f"{shown()}; expected was {no or ''}{words}")
        world.note(shown())


@then(parsers.re(r"port (?P<port>\d) never announced (?P<words>[A-Z]+)"))
def never_announced(world: World, port: str, words: str) -> None:
    states = [seen.state for seen in lacpdus(world, int(port))]
    world.note(f"port {port} announced {'; '.join(map(state_text, states)) or 'nothing'}")
    announced = "; ".join(map(state_text, states))
    found = any(state & state_of(words) for state in states)
    assert not found, f"port {port} announced {announced}; expected was never {words}"


def _one(world: World, port: int, which: str) -> SeenLacpdu:
    """Return the first or last LACPDU of a port; the NAS answers at its next tick."""
    if not lacpdus(world, port):
        world.testbed().wait_until(
            lambda: bool(lacpdus(world, port)), PATIENCE_SECONDS, f"an LACPDU of port {port}"
        )
    seen = lacpdus(world, port)
    assert seen, f"no LACPDU left by port {port}"
    return seen[0 if which == "first" else -1]


# --- when they do ---


@then(parsers.re(r"an LACPDU left by port (?P<port>\d) every( (?P<seconds>\d+))? seconds?"))
def cadence(world: World, port: str, seconds: str | None) -> None:
    """Compare the time from one LACPDU to the next since the last action."""
    gaps = [later.at - one.at for one, later in pairwise(lacpdus(world, int(port)))]
    world.note(f"port {port}: seconds between LACPDUs: {', '.join(f'{gap:.1f}' for gap in gaps)}")
    assert gaps, f"fewer than two LACPDUs left by port {port}"
    period = float(seconds or 1)
    allowed = max(_JITTER * (1 if period == 1 else 4), _drift(world) * period)
    wrong = ", ".join(f"{gap:.1f}" for gap in gaps if abs(gap - period) >= allowed)
    assert not wrong, f"port {port}: {wrong} s between LACPDUs, expected was {period:g} s"


@then(
    parsers.re(
        r"port (?P<port>\d) announced (?P<words>[A-Z]+) (?P<seconds>\d+) seconds after its "
        r"partner's last LACPDU"
    )
)
def announced_after_silence(world: World, port: str, words: str, seconds: str) -> None:
    """Measure from the last LACPDU that reached the NAS; a timer runs on the kernel's tick."""
    first = _first(world, int(port), words)
    arrived = lacpdus(world, int(port), Direction.TO_NAS, all_of_them=True)
    before = [seen.at for seen in arrived if seen.at < first.at]
    assert before, f"port {port} announced {words} before any LACPDU of its partner"
    took = first.at - before[-1]
    world.note(f"port {port} announced {words} {took:.1f} s after the partner's last LACPDU")
    late = took - int(seconds)
    right = -_JITTER < late < 2 * TICK + _JITTER + _drift(world) * int(seconds)
    assert right, f"port {port} announced {words} after {took:.1f} s, expected were {seconds} s"


@then(
    parsers.parse(
        "port {port:d} announced {words} {least:d} to {most:d} seconds after its "
        "partner's first LACPDU"
    )
)
def announced_after_first(world: World, port: int, words: str, least: int, most: int) -> None:
    arrived = lacpdus(world, port, Direction.TO_NAS, all_of_them=True)
    assert arrived, f"no LACPDU of the partner reached port {port}"
    took = _first(world, port, words).at - arrived[0].at
    world.note(f"port {port} announced {words} {took:.1f} s after its partner's first LACPDU")
    right = least - _JITTER <= took <= most + _JITTER
    expected = f"{least} to {most} s"
    assert right, f"port {port} announced {words} after {took:.1f} s, expected were {expected}"


def _drift(world: World) -> float:
    """Return how much longer each second of the NAS's timers may be."""
    return _DRIFTS.get(system(world.target.result.release), _DRIFT)


def _first(world: World, port: int, words: str) -> SeenLacpdu:
    """Return the first LACPDU of a port that announces so."""

    def found() -> list[SeenLacpdu]:
        return [seen for seen in lacpdus(world, port) if state_of(words) in seen.state]

    world.expect(lambda: bool(found()), lambda: f"port {port} never announced {words}")
    return found()[0]


@then(
    parsers.parse("port {port:d} answers its partner's LACPDU within {seconds:g} seconds"),
)
def answers_soon(world: World, port: int, seconds: float) -> None:
    """Measure from the LACPDU that reached the NAS last to the one that follows it."""

    def took() -> list[float]:
        arrived = [seen.at for seen in lacpdus(world, port, Direction.TO_NAS)]
        return [seen.at - arrived[0] for seen in lacpdus(world, port) if arrived]

    world.expect(lambda: bool(took()), lambda: f"no LACPDU left by port {port}")
    world.note(f"an LACPDU left by port {port} {took()[0]:.2f} s after its partner's")
    assert took()[0] <= seconds, f"it left after {took()[0]:.2f} s, expected was {seconds:g} s"


@then(parsers.parse("at most {count:d} LACPDUs left by port {port:d} in each second"))
def at_most(world: World, count: int, port: int) -> None:
    """Count over the whole time: the kernel's seconds begin when it likes."""
    left = len(lacpdus(world, port))
    asked = [seen.at for seen in lacpdus(world, port, Direction.TO_NAS)]
    assert asked, f"no LACPDU reached port {port}"
    seconds = math.ceil(asked[-1] - asked[0]) + 1
    world.note(f"{len(asked)} LACPDUs to port {port} in {seconds - 1} s, {left} of the NAS")
    most = count * seconds
    assert 0 < left <= most, f"{left} LACPDUs left by port {port}, expected were 1 to {most}"


# --- two aggregators ---


@then(parsers.re(r"one of (?P<ports>ports .*) is active and the other is not"))
def one_active(world: World, ports: str) -> None:
    def idle() -> list[int]:
        return _idle_ports(world, world.interface("lagg0"))

    world.expect_state(
        lambda: len(idle()) == len(numbers(ports)) - 1,
        lambda: (
            f"{ports_text(idle())} of {ports} distributes without being active; "
            "expected was all but one"
        ),
    )


@then("one of the ports is active and distributes, the other has no flags")
def one_left(world: World) -> None:
    expected = ["", "ACTIVE,COLLECTING,DISTRIBUTING"]

    def flags() -> list[str]:
        return sorted(",".join(port.flags.names) for port in world.interface("lagg0").ports)

    world.expect_state(
        lambda: flags() == expected,
        lambda: f"the flags of the ports are {flags()}, expected were {expected}",
    )


@when("an echo request arrives on the idle port")
def echo_on_idle(world: World) -> None:
    lagg = world.interface("lagg0")
    assert lagg.ether is not None, "ifconfig shows no MAC address of lagg0"
    world.ask([question(mac(lagg.ether), port) for port in _idle_ports(world, lagg)])


@when("the link of the idle port is lost")
def idle_link_lost(world: World) -> None:
    port = _idle_port(world)
    world.mark()
    world.testbed(Capability.CARRIER).set_link(port, up=False)
    world.settle()


@then("the last LACPDU of the idle port announces COLLECTING,DISTRIBUTING")
def idle_announces(world: World) -> None:
    """Wait for the next LACPDU that is due."""
    port = _idle_port(world)
    wanted = state_of("COLLECTING,DISTRIBUTING")
    assert world.testbed(Capability.CAPTURE).wait_until(
        lambda: _announces(lacpdus(world, port, all_of_them=True)[-1:], wanted),
        SLOW + TICK,
        "the idle port's next LACPDU",
    ), f"port {port} does not announce COLLECTING,DISTRIBUTING"


def _idle_port(world: World) -> int:
    """Return the one port that distributes without being active."""
    idle = _idle_ports(world, world.interface("lagg0"))
    assert len(idle) == 1, f"{ports_text(idle)} distributes without being active, expected was one"
    return idle[0]


def _idle_ports(world: World, lagg: Interface) -> list[int]:
    """Return the ports that distribute without being active."""
    names = list(world.target.ports)
    return [
        names.index(port.name) + 1
        for port in lagg.ports
        if port.flags.names == ("COLLECTING", "DISTRIBUTING")
    ]


# --- drivers ---


@dataclass(frozen=True)
class Units:
    """Two ports: the first unit of its driver, such as em0, and another one."""

    first: int
    other: int


@given(parsers.parse("port {port:d} is driven by vtnet"))
def driven_by_vtnet(world: World, port: int) -> None:
    if not world.name(port).startswith("vtnet"):
        pytest.skip(f"port {port} is {world.name(port)}: only vtnet(4) queues on a dead link")
    world.note(f"port {port} is {world.name(port)}")


@given(parsers.parse("port {port:d} is the first unit of its driver"))
def is_first_unit(world: World, port: int) -> None:
    if not re.search(r"[a-z]0$", world.name(port)):
        pytest.skip(f"port {port} is {world.name(port)}, which is not the first of its driver")
    world.note(f"{world.name(port)} is the first of its driver")


@given(
    parsers.re(r"(?P<ports>ports [\d, and]+), one of which is the first unit of its driver"),
    target_fixture="units",
)
def first_unit(world: World, ports: str) -> Units:
    first = [number for number in numbers(ports) if re.search(r"[a-z]0$", world.name(number))]
    other = [number for number in numbers(ports) if number not in first]
    if not first or not other:
        pytest.skip(f"of {ports}, one has to be the first of its driver and the other not")
    world.note(f"{world.name(first[-1])} is the first of its driver")
    return Units(first[-1], other[-1])


@then("no LACPDU left by the first unit of its driver")
def first_is_silent(world: World, units: Units) -> None:
    left = len(lacpdus(world, units.first))
    assert not left, f"{left} LACPDUs left by port {units.first}, expected was none"


@then("LACPDUs left by the other port")
def other_speaks(world: World, units: Units) -> None:
    world.expect(
        lambda: bool(lacpdus(world, units.other)),
        lambda: f"no LACPDU left by port {units.other}",
    )


@then("the first unit of its driver has lost its partner")
def first_has_lost(world: World, units: Units) -> None:
    world.expect_state(
        lambda: "DISTRIBUTING" not in _flags(world, units.first),
        lambda: f"port {units.first} distributes, expected was that it has lost its partner",
    )


@then("the other port still has its partner")
def other_has_not(world: World, units: Units) -> None:
    flags = ",".join(_flags(world, units.other)) or "none"
    assert "DISTRIBUTING" in flags, f"flags of port {units.other}: {flags}; expected: DISTRIBUTING"


def _flags(world: World, number: int) -> tuple[str, ...]:
    return world.lagg_ports()[world.name(number)].flags.names
