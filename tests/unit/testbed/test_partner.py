"""The virtual switch against FreeBSD's LACP machines, which share only the codec with it."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance, is_control
from lagg_tool.simulator.kernel.lacp.model import Effect, Link, MuxState, Send
from lagg_tool.testbed.partner import (
    Echo,
    Endpoint,
    Partner,
    Settings,
    VirtualSwitch,
    partner_state,
)
from lagg_tool.wire import arp, icmp, slow
from lagg_tool.wire.arp import Arp
from lagg_tool.wire.ethernet import Ethernet, EtherType, Tag, mac
from lagg_tool.wire.ip import Ipv4, Ipv6, Protocol
from lagg_tool.wire.slow import Lacpdu, Marker, MarkerKind, State

NAS = mac("52:54:00:aa:00:01")
HOST, OTHER = mac("02:00:00:00:01:01"), mac("02:00:00:00:01:02")
NAS4, HOST4 = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9")
NAS6, HOST6 = IPv6Address("fe80::1"), IPv6Address("fe80::9")


class Nas:
    """FreeBSD's LACP at ports 1 to n of a switch; other frames are kept."""

    def __init__(self, clock: VirtualClock, ports: int) -> None:
        self.clock = clock
        self.machine = LacpInstance(9)
        self.arrived: list[tuple[int, bytes]] = []
        self.switch = VirtualSwitch(clock, range(1, ports + 1), self.arrive)

    def begin(self) -> None:
        for port in self.switch.ports:
            effects = self.machine.add_port(
                port,
                name=f"vtnet{port}",
                unit=port,
                source=NAS[:5] + bytes((port,)),
                system=NAS,
                link=Link(up=True),
                now=self.clock.now(),
            )
            self.apply(effects)
        self.machine.start(self.clock.now())
        self.schedule()

    def schedule(self) -> None:
        due = self.machine.next_deadline()
        if due is not None:
            self.clock.call_at(due, self.tick)

    def tick(self) -> None:
        self.apply(self.machine.tick(self.clock.now()))
        self.schedule()

    def apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.switch.receive(effect.port, effect.frame)

    def arrive(self, port: int, frame: bytes) -> None:
        self.arrived.append((port, frame))
        if is_control(frame):
            self.apply(self.machine.receive(port, frame, self.clock.now()))

    def data(self) -> list[tuple[int, bytes]]:
        return [(port, frame) for port, frame in self.arrived if not is_control(frame)]

    def muxes(self) -> list[MuxState]:
        return [self.machine.port(port).mux for port in self.switch.ports]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def nas(clock: VirtualClock) -> Nas:
    return Nas(clock, 2)


def test_a_partner_brings_the_lag_up_and_keeps_it_up(clock: VirtualClock, nas: Nas) -> None:
    nas.switch.lacp((1, 2))
    nas.begin()

    clock.sleep(600)

    assert nas.muxes() == [MuxState.DISTRIBUTING] * 2
    assert not nas.machine.suppressed


@pytest.mark.parametrize(
    ("told", "reached"),
    [
        (Settings(state=partner_state(collecting=False)), MuxState.COLLECTING),
        (Settings(state=partner_state(in_sync=False)), MuxState.DISTRIBUTING),  # V-01
        (Settings(echo=Echo.WRONG), MuxState.ATTACHED),
        (Settings(echo=Echo.ZERO), MuxState.DISTRIBUTING),  # V-03
        (Settings(answers=False, periodic=False), MuxState.DETACHED),
        (Settings(state=partner_state(active=False)), MuxState.DISTRIBUTING),
        (Settings(state=partner_state(fast=True)), MuxState.DISTRIBUTING),
    ],
    ids=lambda value: value.name if isinstance(value, MuxState) else "",
)
def test_each_kind_of_partner_takes_the_nas_where_freebsd_goes(
    clock: VirtualClock, nas: Nas, told: Settings, reached: MuxState
) -> None:
    nas.switch.lacp((1, 2), told)
    nas.begin()

    clock.sleep(20)

    assert nas.muxes() == [reached] * 2


def test_an_individual_partner_makes_links_of_their_own(clock: VirtualClock, nas: Nas) -> None:
    nas.switch.lacp((1, 2), Settings(state=partner_state(individual=True)))
    nas.begin()

    clock.sleep(20)

    assert len(nas.machine.port_map) == 1


def test_a_partner_that_falls_silent_is_given_up(clock: VirtualClock, nas: Nas) -> None:
    partner = nas.switch.lacp((1, 2))
    nas.begin()
    clock.sleep(20)

    partner.silence()
    clock.sleep(96)
    given_up = nas.muxes()
    partner.speak()
    clock.sleep(10)

    assert given_up == [MuxState.DETACHED] * 2
    assert nas.muxes() == [MuxState.DISTRIBUTING] * 2


def test_a_partner_repeats_itself_as_often_as_the_nas_asks(clock: VirtualClock) -> None:
    sent: list[float] = []
    partner = Partner(clock, (1,), lambda _port, _frame: sent.append(clock.now()))
    actor = slow.NOBODY._replace(system=NAS, state=State.ACTIVITY | State.TIMEOUT)

    clock.sleep(61)
    slowly = list(sent)
    partner.receive(1, Lacpdu(actor, slow.NOBODY).encode(NAS))
    sent.clear()
    clock.sleep(5)

    assert slowly == [30, 60]
    assert sent == [62, 63, 64, 65, 66]


def test_one_port_of_a_partner_deviates_until_all_are_changed(clock: VirtualClock) -> None:
    sent: list[tuple[int, bytes]] = []
    partner = Partner(clock, (1, 2), lambda port, frame: sent.append((port, frame)))
    pdu = Lacpdu(slow.NOBODY._replace(system=NAS), slow.NOBODY).encode(NAS)

    partner.change_port(1, answers=False, periodic=False)
    partner.receive(1, pdu)
    partner.receive(2, pdu)
    clock.sleep(31)
    deviating = [port for port, _ in sent]
    partner.change(answers=True)
    partner.receive(1, pdu)

    assert deviating == [2, 2]
    assert sent[-1][0] == 1


def test_a_passive_partner_speaks_to_an_active_nas_only(clock: VirtualClock) -> None:
    sent: list[float] = []
    told = Settings(state=partner_state(active=False))
    partner = Partner(clock, (1,), lambda _port, _frame: sent.append(clock.now()), told)

    clock.sleep(61)

    assert sent == []
    actor = slow.NOBODY._replace(system=NAS, state=State.ACTIVITY)
    partner.receive(1, Lacpdu(actor, slow.NOBODY).encode(NAS))
    clock.sleep(31)
    assert sent == [61, 90]


def test_markers_are_answered_unless_told_otherwise(clock: VirtualClock) -> None:
    sent: list[bytes] = []
    partner = Partner(clock, (1,), lambda _port, frame: sent.append(frame))
    request = Marker(MarkerKind.INFORMATION, 1, NAS, 7).encode(NAS)

    partner.receive(1, request)
    partner.change(markers=False)
    partner.receive(1, request)

    kinds = [(marker.kind, marker.transaction) for frame in sent if (marker := Marker.parse(frame))]
    assert kinds == [(MarkerKind.RESPONSE, 7)]


def test_two_partners_make_two_aggregators(clock: VirtualClock, nas: Nas) -> None:
    nas.switch.lacp((1,), Settings(system=mac("02:00:00:00:00:a1")))
    nas.switch.lacp((2,), Settings(system=mac("02:00:00:00:00:b2")))
    nas.begin()

    clock.sleep(20)

    assert nas.muxes() == [MuxState.DISTRIBUTING] * 2
    assert len(nas.machine.port_map) == 1


def frame(src: bytes, dst: bytes) -> bytes:
    return Ethernet(dst, src, 0x88B5, b"data").encode()


def test_the_table_learns_where_a_host_is_and_follows_it(clock: VirtualClock) -> None:
    out: list[int] = []
    switch = VirtualSwitch(clock, (1, 2, 3), lambda port, _frame: out.append(port))

    switch.receive(1, frame(HOST, OTHER))
    flooded, out[:] = list(out), []
    switch.receive(2, frame(OTHER, HOST))
    unicast, out[:] = list(out), []
    switch.receive(3, frame(HOST, OTHER))
    switch.receive(2, frame(OTHER, HOST))

    assert flooded == [2, 3]
    assert unicast == [1]
    assert out == [2, 3]


def test_data_of_an_lacp_group_flows_only_where_the_nas_collects(
    clock: VirtualClock, nas: Nas
) -> None:
    nas.switch.attach(Endpoint(HOST, HOST4))
    nas.switch.lacp((1, 2))
    question = Ethernet(HOST, NAS, EtherType.ARP, arp.request(NAS, NAS4, HOST4).payload).encode()

    nas.switch.receive(1, question)
    before = nas.data()
    nas.begin()
    clock.sleep(20)
    nas.switch.receive(1, question)

    assert before == []
    assert len(nas.data()) == 1


def test_slow_protocols_frames_are_never_forwarded(clock: VirtualClock) -> None:
    out: list[int] = []
    switch = VirtualSwitch(clock, (1, 2), lambda port, _frame: out.append(port))

    switch.receive(1, Lacpdu(slow.NOBODY, slow.NOBODY).encode(NAS))

    assert out == []


@pytest.fixture
def host(nas: Nas) -> Endpoint:
    made = Endpoint(HOST, HOST4, HOST6)
    nas.switch.attach(made)
    return made


def answers(nas: Nas) -> list[Ethernet]:
    sent = [one for _, raw in nas.data() if (one := Ethernet.parse(raw)) is not None]
    return [one for one in sent if one.src == HOST]


@pytest.mark.usefixtures("host")
def test_an_endpoint_answers_arp_and_echo_requests_at_the_asking_port(nas: Nas) -> None:
    nas.switch.receive(2, arp.request(NAS, NAS4, HOST4).encode())
    message = icmp.echo(icmp.Type4.ECHO_REQUEST, 1, 2, b"data")
    packet = Ipv4(NAS4, HOST4, Protocol.ICMP, message.encode())
    nas.switch.receive(2, Ethernet(HOST, NAS, EtherType.IPV4, packet.encode()).encode())

    reply, echo = answers(nas)
    told = Arp.parse(reply.payload)
    back = Ipv4.parse(echo.payload)
    assert [port for port, _ in nas.data()] == [2, 1, 2]  # the question is flooded too
    assert told is not None
    assert told.sender_mac == HOST
    assert back is not None
    assert icmp.Icmp.parse(back.payload) == icmp.echo(icmp.Type4.ECHO_REPLY, 1, 2, b"data")


def test_an_endpoint_answers_neighbour_solicitations_and_ipv6_echo_requests(
    nas: Nas, host: Endpoint
) -> None:
    group = mac("33:33:ff:00:00:09")
    way = (NAS6, IPv6Address("ff02::1:ff00:9"))
    asked = icmp.neighbour_solicitation(HOST6, NAS).encode(way)
    echo = icmp.echo(icmp.Type6.ECHO_REQUEST, 1, 2).encode((NAS6, HOST6))

    for to, packet in (
        (group, Ipv6(*way, Protocol.ICMPV6, asked, 255)),
        (host.mac, Ipv6(NAS6, HOST6, Protocol.ICMPV6, echo)),
    ):
        nas.switch.receive(1, Ethernet(to, NAS, EtherType.IPV6, packet.encode()).encode())

    packets = [Ipv6.parse(one.payload) for one in answers(nas)]
    messages = [icmp.Icmp.parse(p.payload, (p.source, p.destination)) for p in packets if p]
    assert [message.type for message in messages if message] == [136, 129]


def test_an_endpoint_in_a_vlan_hears_and_speaks_that_vlan_only(nas: Nas) -> None:
    nas.switch.attach(Endpoint(HOST, HOST4, vlan=10))
    question = arp.request(NAS, NAS4, HOST4)
    tagged = Ethernet(question.dst, NAS, EtherType.ARP, question.payload, (Tag(10),))

    nas.switch.receive(1, question.encode())
    nas.switch.receive(1, tagged.encode())

    assert [one.tags for one in answers(nas)] == [(Tag(10),)]


def test_an_endpoint_asks_by_itself(nas: Nas, host: Endpoint) -> None:
    nas.switch.send(host.echo_request(NAS, NAS4, 1, 1))

    assert [port for port, _ in nas.data()] == [1, 2]


def test_a_cable_breaks_in_one_direction(clock: VirtualClock) -> None:
    out: list[int] = []
    switch = VirtualSwitch(clock, (1, 2, 3), lambda port, _frame: out.append(port))
    switch.silence(1, to_nas=True, from_nas=False)

    switch.receive(2, frame(HOST, OTHER))
    switch.receive(1, frame(OTHER, HOST))

    assert out == [3, 2]


def test_a_silent_cable_that_is_mended_carries_frames(clock: VirtualClock) -> None:
    out: list[int] = []
    switch = VirtualSwitch(clock, (1, 2), lambda port, _frame: out.append(port))
    switch.silence(1, to_nas=True, from_nas=True)

    switch.receive(1, frame(HOST, OTHER))
    switch.receive(2, frame(OTHER, HOST))
    assert not out
    switch.silence(1, to_nas=False, from_nas=False)
    switch.receive(1, frame(HOST, OTHER))

    assert out == [2]


def test_what_was_learned_on_a_lost_link_is_forgotten(clock: VirtualClock) -> None:
    out: list[int] = []
    switch = VirtualSwitch(clock, (1, 2, 3), lambda port, _frame: out.append(port))
    switch.receive(1, frame(HOST, OTHER))
    out.clear()

    switch.link_changed(1, up=False)
    switch.receive(2, frame(OTHER, HOST))

    assert out == [3]


@given(st.lists(st.tuples(st.integers(1, 2), st.binary(max_size=140)), max_size=20))
def test_no_frames_break_the_switch(frames: list[tuple[int, bytes]]) -> None:
    nas = Nas(VirtualClock(), 2)
    nas.switch.lacp((1,))
    nas.switch.attach(Endpoint(HOST, HOST4, HOST6))

    for port, data in frames:
        nas.switch.receive(port, data)
        nas.switch.receive(port, HOST + NAS + b"\x86\xdd" + data)
        nas.switch.receive(port, slow.GROUP + NAS + b"\x88\x09" + data)

    assert nas.switch.ports == (1, 2)


def test_a_partner_of_one_port_releases_the_others_of_the_old_partner(clock: VirtualClock) -> None:
    out: list[int] = []
    switch = VirtualSwitch(clock, (1, 2, 3), lambda port, _frame: out.append(port))
    switch.lacp((1, 2))
    switch.lacp((1,))

    switch.receive(3, frame(HOST, OTHER))
    switch.stop()

    assert out == [2]
