"""FreeBSD's LACP as tables: total, fast, and with the behaviour that makes it FreeBSD's."""

import enum
import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.simulator.kernel.lacp import mux
from lagg_tool.simulator.kernel.lacp.instance import MACHINES, LacpInstance, is_control
from lagg_tool.simulator.kernel.lacp.model import (
    AnyMachine,
    Effect,
    Link,
    LinkState,
    Log,
    MuxState,
    ReceiveState,
    Selected,
    Send,
    TransmitState,
)
from lagg_tool.simulator.kernel.lacp.tables import Machine, Transition, nothing
from lagg_tool.wire import slow
from lagg_tool.wire.slow import NOBODY, Info, Lacpdu, Marker, MarkerKind, State

LAGG_INDEX = 9
SYSTEM = bytes.fromhex("525400aa0001")
PARTNER = bytes.fromhex("0200000000fe")
UP, DOWN = Link(up=True), Link(up=False)
FULL = State.ACTIVITY | State.AGGREGATION | State.SYNC | State.COLLECTING | State.DISTRIBUTING


class Partner:
    """What stands at the other end of one port and answers each LACPDU."""

    def __init__(self, state: State = FULL, *, markers: bool = True) -> None:
        self.info = Info(0x8000, PARTNER, 7, 0x8000, 1, state)
        self.answers, self.markers, self.mirror = True, markers, True

    def answer(self, frame: bytes) -> bytes | None:
        if (marker := Marker.parse(frame)) is not None:
            wanted = self.markers and marker.kind is MarkerKind.INFORMATION
            return slow.marker_response(frame, PARTNER) if wanted else None
        pdu = Lacpdu.parse(frame)
        if pdu is None or not self.answers:
            return None
        view = pdu.actor if self.mirror else NOBODY
        return Lacpdu(self.info, view).encode(PARTNER)


class Lag:
    """A machine with partners, run from deadline to deadline."""

    def __init__(self, ports: int = 2, *, strict: bool = True) -> None:
        self.machine = LacpInstance(LAGG_INDEX, strict=strict)
        self.partners = {number: Partner() for number in range(1, ports + 1)}
        for number, partner in self.partners.items():
            partner.info = partner.info._replace(port=number)
        self.now = 0.0
        self.sent: list[tuple[float, int, bytes]] = []
        self.effects: list[Effect] = []

    def begin(self) -> None:
        for number in self.partners:
            self.add(number, UP)
        self.machine.start(self.now)

    def add(self, number: int, link: Link) -> None:
        self.apply(
            self.machine.add_port(
                number,
                name=f"vtnet{number}",
                unit=number,
                source=SYSTEM[:5] + bytes((number,)),
                system=SYSTEM,
                link=link,
                now=self.now,
            )
        )

    def link(self, number: int, link: Link) -> None:
        self.apply(self.machine.link_changed(number, link, self.now))

    def apply(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Send):
                self.sent.append((self.now, effect.port, effect.frame))
                answer = self.partners[effect.port].answer(effect.frame)
                known = [port.number for port in self.machine.system.ports]
                if answer is not None and effect.port in known:
                    self.apply(self.machine.receive(effect.port, answer, self.now))

    def tell(self, number: int, **changes: object) -> None:
        partner = self.partners[number]
        partner.info = partner.info._replace(**changes)  # type: ignore[arg-type]
        frame = Lacpdu(partner.info, self.machine.port(number).actor).encode(PARTNER)
        self.apply(self.machine.receive(number, frame, self.now))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.machine.next_deadline()) is not None and due <= end:
            self.now = due
            self.apply(self.machine.tick(due))
        self.now = end

    def state(self, number: int) -> State:
        return self.machine.port(number).state

    def pdus(self, number: int) -> list[tuple[float, Lacpdu]]:
        return [
            (at, pdu)
            for at, port, frame in self.sent
            if port == number and (pdu := Lacpdu.parse(frame)) is not None
        ]


@pytest.fixture
def lag() -> Lag:
    lag = Lag()
    lag.begin()
    lag.run(15)
    return lag


def test_two_ports_with_answering_partners_distribute(lag: Lag) -> None:
    assert [lag.state(number) for number in (1, 2)] == [FULL, FULL]
    assert sorted(lag.machine.port_map) == [1, 2]
    assert not lag.machine.suppressed


def test_frames_are_sent_from_the_ports_own_address_with_the_laggs_system(lag: Lag) -> None:
    at, port, frame = lag.sent[0]
    pdu = Lacpdu.parse(frame)

    assert pdu is not None
    assert (at, port, frame[6:12]) == (2.0, 2, SYSTEM[:5] + b"\x02")
    assert (pdu.actor.system, pdu.actor.key, pdu.actor.port) == (SYSTEM, 0x132, 2)


@pytest.mark.parametrize(
    ("link", "key"),
    [
        (Link(True, 1000), 0x12B),
        (Link(True, 10_000), 0x132),
        (DOWN, 0x8003),
        (Link(True, 100), 0x126),
    ],
)
def test_the_key_tells_speed_and_lagg_or_the_port_alone(link: Link, key: int) -> None:
    lag = Lag()

    lag.add(3, link)

    assert lag.machine.port(3).key == key


def test_slow_timeouts_expire_after_ninety_one_seconds_and_default_after_three_more(
    lag: Lag,
) -> None:
    for partner in lag.partners.values():
        partner.answers = False
    last = max(at for at, _ in lag.pdus(1))

    lag.run(90 - (lag.now - last))
    before = lag.state(1)
    lag.run(2)
    expired = lag.state(1)
    lag.run(3)

    assert before == FULL
    assert expired == State.ACTIVITY | State.AGGREGATION | State.SYNC | State.EXPIRED
    assert lag.state(1) == State.ACTIVITY | State.AGGREGATION | State.DEFAULTED


def test_a_lost_link_counts_no_flap_and_a_partner_that_stops_collecting_counts_one(
    lag: Lag,
) -> None:
    lag.effects.clear()

    lag.link(1, DOWN)
    lag.tell(2, state=FULL & ~State.COLLECTING)
    lag.run(1)

    assert [effect for effect in lag.effects if isinstance(effect, Log)] == [
        Log("vtnet2: Interface stopped DISTRIBUTING, possible flapping")
    ]


def test_a_cold_link_sends_first_after_thirty_five_seconds() -> None:
    lag = Lag(1)
    lag.add(1, DOWN)
    lag.machine.start(0.0)
    lag.run(5.5)

    lag.partners[1].answers = False
    lag.link(1, UP)
    lag.run(60)

    assert 35 <= lag.pdus(1)[0][0] - 5.5 <= 37


@pytest.mark.parametrize(
    ("strict", "mirror", "state", "reached"),
    [
        (True, True, State(0x05), MuxState.COLLECTING),  # L-20, V-01
        (True, False, State(0x05), MuxState.COLLECTING),  # L-21, V-02, V-03
        (True, False, FULL, MuxState.DISTRIBUTING),  # L-22
        (False, True, State(0x05), MuxState.ATTACHED),  # L-23
        (False, False, State(0x05), MuxState.ATTACHED),
        (False, False, FULL, MuxState.DISTRIBUTING),
    ],
)
def test_strict_mode_takes_the_partner_for_in_sync(
    strict: bool,
    mirror: bool,
    state: State,
    reached: MuxState,
) -> None:
    lag = Lag(1, strict=strict)
    lag.partners[1].mirror = mirror
    lag.partners[1].info = lag.partners[1].info._replace(state=state)

    lag.begin()
    lag.run(12)

    assert lag.machine.port(1).mux is reached


def test_our_own_system_is_not_a_partner(lag: Lag) -> None:
    before = lag.machine.port(1).partner

    loop = Lacpdu(lag.machine.port(2).actor, NOBODY).encode(PARTNER)
    effects = lag.machine.receive(1, loop, lag.now)

    assert effects == []
    assert lag.machine.port(1).partner == before


def test_the_priority_0x8000_is_preferred_to_0x0001_as_b06_has_it() -> None:
    lag = Lag(2)
    for number, priority in ((1, 0x8000), (2, 0x0001)):
        info = lag.partners[number].info
        system = PARTNER[:5] + bytes((number,))
        lag.partners[number].info = info._replace(system_priority=priority, system=system)
    lag.begin()

    lag.run(12)

    assert lag.machine.lag_id[1].system_priority == 0x8000
    assert lag.machine.is_distributing(2)
    assert not lag.machine.accepts_data(2)


def test_the_idle_aggregators_link_loss_takes_the_lagg_down_as_b05_has_it() -> None:
    lag = Lag(2)
    lag.partners[1].info = lag.partners[1].info._replace(system=PARTNER[:5] + b"\x01")
    lag.begin()
    lag.run(12)
    idle = next(number for number in (1, 2) if not lag.machine.is_active(number))

    lag.link(idle, DOWN)

    assert lag.effects[-1] == LinkState(0)
    assert lag.machine.port_map == (3 - idle,)


def test_markers_hold_data_back_until_answered_or_three_seconds() -> None:
    lag = Lag(2)
    lag.partners[1].markers = False
    lag.begin()
    lag.run(7.5)
    began = lag.machine.suppressed

    lag.run(4)

    assert began
    assert not lag.machine.suppressed


def test_down_and_up_while_markers_are_out_holds_data_back_for_good_as_b03_has_it() -> None:
    lag = Lag(2)
    lag.partners[1].markers = False
    lag.begin()
    lag.run(7.5)

    lag.machine.stop()
    lag.machine.start(lag.now)
    lag.run(600)

    assert lag.machine.suppressed


def test_a_port_that_comes_after_the_fast_timeout_has_none_as_b11_has_it(lag: Lag) -> None:
    lag.machine.set_fast_timeout(fast=True)

    lag.partners[3] = Partner()
    lag.add(3, UP)

    assert State.TIMEOUT in lag.state(1)
    assert State.TIMEOUT not in lag.state(3)


def test_at_most_three_pdus_leave_in_a_second(lag: Lag) -> None:
    lag.sent.clear()

    for key in range(50):
        lag.tell(1, key=key)
        lag.now += 0.01

    assert len(lag.pdus(1)) <= 3


def test_a_removed_port_says_no_goodbye_and_the_others_flush(lag: Lag) -> None:
    lag.sent.clear()

    lag.apply(lag.machine.remove_port(1, lag.now))

    assert lag.pdus(1) == []
    assert [port for _, port, frame in lag.sent if Marker.parse(frame)] == [2, 1]
    assert lag.machine.port_map == (2,)


def test_a_refusing_driver_is_not_waited_for_and_keeps_the_pdu_due() -> None:
    machine = LacpInstance(LAGG_INDEX, accepts=lambda _port: False)
    machine.add_port(1, name="em0", unit=0, source=SYSTEM, system=SYSTEM, link=UP, now=0.0)
    machine.start(0.0)

    effects = machine.tick(10.0)

    assert effects == []
    assert machine.port(1).transmit is TransmitState.NEED_TO_TRANSMIT


def test_ninety_minutes_with_a_flapping_link_take_well_under_two_seconds() -> None:
    lag = Lag(4)
    lag.begin()
    began = time.process_time()  # the speed is what is tested

    for up in itertools.islice(itertools.cycle((False, True)), 90 * 6):
        lag.run(10)
        lag.link(3, UP if up else DOWN)

    assert time.process_time() - began < 2
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


@settings(max_examples=150, deadline=None)
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


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_each_machine_is_total_connected_and_cites_its_sources(machine: AnyMachine) -> None:
    reached = {one.target for one in machine.transitions} | {machine.states[0]}

    assert reached == set(machine.states)
    for one in machine.transitions:
        assert one.clause
        assert one.function
        assert one.action_name or one.action is nothing
    for state in machine.states:
        for event in {one.event for one in machine.transitions}:
            found = machine.transition(state, event)
            assert found is None or (found.source, found.event) == (state, event)


class Light(enum.Enum):
    RED = "red"
    GREEN = "green"


class Push(enum.Enum):
    BUTTON = "button"


SWITCH = Transition(Light.RED, Push.BUTTON, Light.GREEN, nothing, "1", "push")


def test_a_pair_without_a_transition_changes_nothing() -> None:
    machine = Machine("Light", tuple(Light), (SWITCH,))

    assert machine.step(Light.RED, Push.BUTTON) is Light.GREEN
    assert machine.step(Light.GREEN, Push.BUTTON) is Light.GREEN


def test_two_transitions_for_one_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="two transitions"):
        Machine("Light", tuple(Light), (SWITCH, SWITCH))


def test_a_machine_with_one_entry_changed_behaves_otherwise() -> None:
    collecting, event = MuxState.COLLECTING, mux.MuxEvent.PARTNER_COLLECTING
    lag = Lag(1)
    lag.machine.system.machines.mux = mux.MACHINE.without(collecting, event)
    lag.begin()

    lag.run(20)

    assert lag.machine.port(1).mux is MuxState.COLLECTING
    assert (
        mux.MACHINE.altered(collecting, event, target=collecting).step(
            collecting, mux.MuxEvent.LINK_LOST, lag.machine.system, lag.machine.port(1)
        )
        is MuxState.DETACHED
    )


def test_the_ports_of_a_full_aggregator_stay_unselected() -> None:
    lag = Lag(33)
    for number, partner in lag.partners.items():
        partner.info = partner.info._replace(port=number)
    lag.begin()

    lag.run(15)

    selected = Selected.SELECTED
    counted = [port.selected is selected for port in lag.machine.system.ports]
    assert sum(counted) == 32
