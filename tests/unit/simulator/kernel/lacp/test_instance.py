"""All machines together: fast, and not to be broken by any sequence of events."""

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.kernel.lacp.instance import is_control
from lagg_tool.simulator.kernel.lacp.model import Link, MuxState, ReceiveState
from lagg_tool.wire import slow
from lagg_tool.wire.slow import Info, Lacpdu, State
from tests.support.lacp_rig import DOWN, FULL, PARTNER, SYSTEM, UP, Lag


def test_two_ports_with_answering_partners_distribute(lag: Lag) -> None:
    assert [lag.state(number) for number in (1, 2)] == [FULL, FULL]
    assert sorted(lag.machine.port_map) == [1, 2]
    assert not lag.machine.suppressed


def test_ninety_minutes_with_a_flapping_link_take_seconds_of_computing() -> None:
    lag = Lag(4)
    lag.begin()
    began = time.process_time()  # the speed is what is tested

    for up in itertools.islice(itertools.cycle((False, True)), 90 * 6):
        lag.run(10)
        lag.link(3, UP if up else DOWN)

    assert time.process_time() - began < 20
    assert lag.state(1) == FULL


INFOS = st.builds(
    Info,
    st.sampled_from((1, 0x8000)),
    st.sampled_from((PARTNER, SYSTEM, bytes(6))),
    st.sampled_from((7, 8)),
    st.just(0x8000),
    st.integers(1, 2),
    st.integers(0, 255).map(State),
)
EVENTS = st.one_of(
    st.tuples(st.just("pdu"), st.integers(1, 3), INFOS, INFOS, st.booleans()),
    st.tuples(st.just("link"), st.integers(1, 3), st.sampled_from((UP, DOWN, Link(True, 1000)))),
    st.tuples(st.just("garbage"), st.integers(1, 3), st.binary(max_size=130)),
    st.tuples(st.just("run"), st.floats(0, 40)),
    st.tuples(st.sampled_from(("start", "stop", "remove", "fast", "loose"))),
)


@given(st.lists(EVENTS, max_size=25))
def test_no_sequence_of_events_breaks_the_machines(events: list[tuple[object, ...]]) -> None:
    lag = Lag(3)
    lag.begin()

    for event in events:
        happen(lag, event)

        check(lag)


def happen(lag: Lag, event: tuple[object, ...]) -> None:
    ports = [port.number for port in lag.machine.system.ports]
    match event:
        case ("pdu", int(number), Info() as actor, Info() as view, bool(mirror)):
            if number in ports:
                view = lag.machine.port(number).actor if mirror else view
                frame = Lacpdu(actor, view).encode(PARTNER)
                lag.apply(lag.machine.receive(number, frame, lag.now))
        case ("garbage", int(number), bytes(data)):
            frame = slow.GROUP + PARTNER + b"\x88\x09" + data
            if number in ports and is_control(frame):
                lag.apply(lag.machine.receive(number, frame, lag.now))
        case ("link", int(number), Link() as link):
            if number in ports:
                lag.link(number, link)
        case ("run", float(seconds)):
            lag.run(seconds)
        case (str(word),):
            command(lag, word, ports)


def command(lag: Lag, word: str, ports: list[int]) -> None:
    match word:
        case "start":
            lag.machine.start(lag.now)
        case "stop":
            lag.machine.stop()
        case "remove" if ports:
            lag.apply(lag.machine.remove_port(ports[0], lag.now))
        case "fast":
            lag.machine.set_fast_timeout(fast=True)
        case "loose":
            lag.machine.strict = False


def check(lag: Lag) -> None:
    system = lag.machine.system
    for port in system.ports:
        assert (port.mux is MuxState.DETACHED) <= (State.SYNC not in port.state)
        assert (port.mux is MuxState.DISTRIBUTING) == (State.DISTRIBUTING in port.state)
        assert (port.mux is MuxState.DETACHED) or port.aggregator in system.aggregators
        assert port.enabled == (port.receive is not ReceiveState.PORT_DISABLED)
        assert (State.EXPIRED in port.state) == (port.receive is ReceiveState.EXPIRED)
    for aggregator in system.aggregators:
        members = [port for port in system.ports if port.aggregator is aggregator]
        assert len(members) == aggregator.references
        assert set(aggregator.distributing) <= set(members)
    if system.active is None:
        assert lag.machine.port_map == ()
    else:
        assert system.active in system.aggregators
        assert lag.machine.port_map
