"""One contract for every kind of testbed, kept against the simulated NAS.

The memory testbed calls it on a virtual clock; the UDP testbed meets it behind real sockets
and QMP on the system's clock; the epair testbed reaches it over SSH. What a kind cannot do by
its own word is not asked of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from lagg_tool.clock import Clock, SystemClock, VirtualClock
from lagg_tool.errors import RefusedError
from lagg_tool.evidence import FrameEvent, Journal, LinkEvent, WaitEvent
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable
from lagg_tool.simulator.outside.monitor import QmpServer
from lagg_tool.simulator.outside.wires import PORTS, UdpWires
from lagg_tool.simulator.server.execution import machine
from lagg_tool.testbed.contract import Capability, Direction, Question, Testbed
from lagg_tool.testbed.epair.testbed import EpairTestbed
from lagg_tool.testbed.memory import MemoryTestbed
from lagg_tool.testbed.partner import Endpoint, Settings, partner_state
from lagg_tool.testbed.udp import UdpTestbed
from lagg_tool.wire.ethernet import Ethernet, mac
from lagg_tool.wire.slow import Marker, MarkerKind
from tests.support.ssh_site import running

NAMES = {1: "vtnet1", 2: "vtnet2", 3: "vtnet3"}
NAS = mac("52:54:00:aa:00:01")
HOST = mac("02:00:00:00:01:01")


@dataclasses.dataclass
class Rig:
    """A testbed, and the NAS that it is wired to."""

    testbed: Testbed
    nas: SimulatedNas
    clock: Clock
    journal: Journal

    def needs(self, *capabilities: Capability) -> None:
        missing = [c for c in capabilities if c not in self.testbed.capabilities]
        if missing:
            pytest.skip(f"the {self.testbed.kind} testbed cannot {missing[0].value}")

    def on_a_virtual_clock(self) -> None:
        if isinstance(self.clock, SystemClock):
            pytest.skip("LACP takes its time, and the switch was tried in real time")

    def lagg(self, protocol: str, *ports: int) -> Lagg:
        names = [self.testbed.names[port] for port in ports]
        with self.clock.lock:
            stack = self.nas.kernel.host
            lagg = self.nas.kernel.cloners.create(stack, "lagg")
            assert isinstance(lagg, Lagg)
            lagg.set_protocol(protocol)
            for name in names:
                stack.get(name).set_flags(stack.get(name).flags | IFF.UP)
                lagg.add_port(name)
            lagg.set_flags(lagg.flags | IFF.UP)
            return lagg

    def output(self, lagg: Lagg, *frames: bytes) -> None:
        with self.clock.lock:
            for frame in frames:
                lagg.output(frame)

    def events(self, kind: type) -> list[object]:
        return [event for event in self.journal.take() if isinstance(event, kind)]


def free_base() -> int:
    """Return a number A such that A+1 to A+6 and A+101 to A+106 are free now."""
    # Elsewhere in each of parallel processes, and below the ports that a kernel gives itself.
    first = 10_000 + os.getpid() % 45 * 200
    for base in range(first, 20_000, 200):
        with contextlib.ExitStack() as closing:
            try:
                for number in (base + offset + port for offset in (0, 100) for port in PORTS):
                    one = closing.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                    one.bind(("127.0.0.1", number))
            except OSError:
                continue
            return base
    raise AssertionError("no free UDP ports")


@pytest.fixture(params=["memory", "udp", "epair"])
def rig(request: pytest.FixtureRequest, short_path: Path) -> Iterator[Rig]:
    journal = Journal()
    if request.param == "epair":
        nas = SimulatedNas(VirtualClock())
        with (
            running(short_path, machine(nas), lambda: reachable(nas)) as site,
            EpairTestbed(site.connect, nas.clock, journal, count=3) as epair,
        ):
            yield Rig(epair, nas, nas.clock, journal)
        return
    if request.param == "memory":
        clock: Clock = VirtualClock()
        nas = SimulatedNas(clock)
        with MemoryTestbed(nas, clock, NAMES, journal) as testbed:
            yield Rig(testbed, nas, clock, journal)
        return
    clock = SystemClock()
    nas = SimulatedNas(clock)
    base, qmp = free_base(), short_path / "qmp"
    with (
        UdpWires(nas, base, base + 100),
        QmpServer(nas, qmp, lambda: None),
        UdpTestbed(
            clock, NAMES, nas_base=base, testbed_base=base + 100, qmp=qmp, journal=journal
        ) as udp,
    ):
        yield Rig(udp, nas, clock, journal)
        with clock.lock:
            nas.kernel.halt()


def data(number: int, size: int = 60) -> bytes:
    """Return a frame of the NAS to no address in particular."""
    return Ethernet(HOST, NAS, 0x88B5, number.to_bytes(4, "big") + bytes(size - 18)).encode()


def test_frames_arrive_with_their_port_and_time_and_become_evidence(rig: Rig) -> None:
    lagg = rig.lagg("roundrobin", 1, 2)
    capture = rig.testbed.capture()
    began = rig.clock.now()

    rig.output(lagg, *(data(number) for number in range(4)))
    all_there = rig.testbed.wait_until(lambda: len(capture.frames) == 4, 60, "four frames")

    assert all_there
    assert sorted(frame.data for frame in capture.frames) == [data(number) for number in range(4)]
    assert Counter(frame.port for frame in capture.received()) == {1: 2, 2: 2}
    assert all(began <= frame.at <= rig.clock.now() for frame in capture.frames)
    kept = rig.events(FrameEvent)
    names = [event.port for event in kept if isinstance(event, FrameEvent)]
    assert names.count(rig.testbed.names[1]) == 2


def test_what_is_sent_reaches_the_nas(rig: Rig) -> None:
    rig.needs(Capability.FORGE)
    lagg = rig.lagg("broadcast", 1, 2)
    probe = Ethernet(NAS, HOST, 0x88B5, b"hello" + bytes(60)).encode()

    rig.testbed.send(2, probe)
    arrived = rig.testbed.wait_until(lambda: lagg.counters.ipackets == 1, 60, "a frame at the NAS")

    assert arrived


def test_a_port_without_carrier_neither_sends_nor_receives_and_the_nas_knows(rig: Rig) -> None:
    rig.needs(Capability.CARRIER, Capability.FORGE)
    lagg = rig.lagg("broadcast", 1, 2)
    capture = rig.testbed.capture()

    rig.testbed.set_link(1, up=False)
    rig.testbed.set_link(1, up=False)
    with rig.clock.lock:
        known = rig.nas.kernel.host.get("vtnet1").link_state.name
    rig.output(lagg, data(1))
    rig.testbed.send(1, Ethernet(NAS, HOST, 0x88B5, bytes(60)).encode())
    rig.testbed.wait_until(lambda: bool(capture.frames), 60, "the copy on port 2")
    rig.testbed.set_link(1, up=True)

    assert known == "DOWN"
    assert [frame.port for frame in capture.frames] == [2]
    assert [(one.port, one.up) for one in rig.testbed.link_changes] == [(1, False), (1, True)]
    events = [event for event in rig.events(LinkEvent) if isinstance(event, LinkEvent)]
    assert [(event.port, event.up) for event in events] == [("vtnet1", False), ("vtnet1", True)]


def test_link_changes_and_frames_have_times_of_one_clock(rig: Rig) -> None:
    rig.needs(Capability.CARRIER)
    lagg = rig.lagg("failover", 1, 2)
    capture = rig.testbed.capture()
    rig.output(lagg, data(1))
    rig.testbed.wait_until(lambda: len(capture.frames) == 1, 60, "data on the primary")

    rig.testbed.set_link(1, up=False)
    rig.testbed.wait(0.05, "the host to send again")
    rig.output(lagg, data(2))
    rig.testbed.wait_until(lambda: len(capture.frames) == 2, 60, "data on the backup")

    assert [frame.port for frame in capture.frames] == [1, 2]
    assert 0.05 <= capture.frames[1].at - rig.testbed.link_changes[0].at < 60


@dataclasses.dataclass(frozen=True)
class Listener(Endpoint):
    """A host that keeps what reaches it."""

    frames: list[bytes] = dataclasses.field(default_factory=list)

    def receive(self, frame: bytes, send: Callable[[bytes], None]) -> None:
        self.frames.append(frame)
        super().receive(frame, send)


def test_a_switch_at_the_ports_negotiates_lacp_and_carries_data(rig: Rig) -> None:
    rig.needs(Capability.PARTNER)
    switch = rig.testbed.plug_switch()
    with rig.clock.lock:
        partner = switch.lacp((1, 2))
        host = Listener(HOST, IPv4Address("192.0.2.9"))
        switch.attach(host)
    lagg = rig.lagg("lacp", 1, 2)

    with rig.clock.lock:
        for port in (1, 2):
            partner.send(port)
    came_up = rig.testbed.wait_until(lambda: len(partner_ports(lagg)) == 2, 60, "both ports")
    quiet = rig.testbed.wait_until(lambda: not suppressed(lagg), 60, "answered markers")
    rig.output(lagg, data(7))
    arrived = rig.testbed.wait_until(lambda: data(7) in host.frames, 60, "data at the host")

    assert came_up
    assert quiet
    assert arrived


def partner_ports(lagg: Lagg) -> tuple[int, ...]:
    protocol = lagg.protocol
    machine = getattr(protocol, "machine", None)
    return machine.port_map if isinstance(machine, LacpInstance) else ()


def suppressed(lagg: Lagg) -> bool:
    machine = getattr(lagg.protocol, "machine", None)
    return isinstance(machine, LacpInstance) and machine.suppressed


def test_without_a_switch_nobody_answers_but_the_nas_does(rig: Rig) -> None:
    rig.needs(Capability.PARTNER, Capability.FORGE)
    rig.testbed.plug_switch()
    rig.testbed.unplug_switch()
    capture = rig.testbed.capture()
    rig.lagg("lacp", 1)
    request = Marker(MarkerKind.INFORMATION, 1, HOST, 5)

    def markers() -> list[Marker]:
        """Return the markers among what the NAS's LACP sends by itself as well."""
        parsed = (Marker.parse(frame.data) for frame in capture.frames)
        return [marker for marker in parsed if marker is not None]

    rig.testbed.send(1, request.encode(HOST))
    rig.testbed.wait_until(lambda: len(markers()) > 1, 60, "the marker response")
    capture.stop()
    rig.testbed.send(1, request.encode(HOST))

    assert markers() == [request, request._replace(kind=MarkerKind.RESPONSE)]


def test_hosts_ask_and_are_answered(rig: Rig) -> None:
    lagg = rig.lagg("failover", 1, 2)
    with rig.clock.lock:
        rig.nas.kernel.host.inet.add_address(lagg, IPv4Interface("192.0.2.1/24"))
        to = lagg.lladdr
    addresses = [IPv4Address("192.0.2.20"), IPv4Address("192.0.2.21")]
    questions = [Question(1, one, HOST, IPv4Address("192.0.2.1"), to) for one in addresses]
    capture = rig.testbed.capture()

    rig.testbed.announce(questions)
    rig.testbed.ask(questions)
    answered = rig.testbed.wait_until(
        lambda: (
            {f.summary.split(" id ")[0] for f in capture.received()}
            >= {f"ICMP echo reply 192.0.2.1 > {one}" for one in addresses}
        ),
        60,
        "two answers",
    )

    assert answered


def test_an_lacp_partner_of_any_kind_brings_the_ports_up(rig: Rig) -> None:
    rig.on_a_virtual_clock()
    capture = rig.testbed.capture()
    rig.testbed.lacp((1, 2), Settings())
    lagg = rig.lagg("lacp", 1, 2)

    came_up = rig.testbed.wait_until(lambda: len(partner_ports(lagg)) == 2, 40, "both ports")
    rig.testbed.unplug_switch()

    heard = {f.port for f in capture.frames if f.direction is Direction.TO_NAS}
    assert came_up
    assert heard >= {1, 2}


def test_a_silent_far_end_is_lost_behind_a_live_link(rig: Rig) -> None:
    rig.on_a_virtual_clock()
    rig.testbed.lacp((1, 2), Settings(state=partner_state(fast=True)))
    lagg = rig.lagg("lacp", 1, 2)
    rig.testbed.wait_until(lambda: len(partner_ports(lagg)) == 2, 40, "both ports")

    rig.nas.run("ifconfig lagg0 lacp_fast_timeout")
    rig.testbed.silence(1, silent=True)
    lost = rig.testbed.wait_until(lambda: len(partner_ports(lagg)) == 1, 120, "one port")

    with rig.clock.lock:
        link = rig.nas.kernel.host.get(rig.testbed.names[1]).link_state.name
    assert lost
    assert link == "UP"


def test_waiting_in_vain_is_told_and_counted(rig: Rig) -> None:
    held = rig.testbed.wait_until(lambda: False, 0.2, "what never comes")

    waits = [event for event in rig.events(WaitEvent) if isinstance(event, WaitEvent)]
    assert not held
    assert waits[-1].seconds >= 0.2
    assert waits[-1].reason == "what never comes: in vain"


def test_a_port_that_does_not_exist_is_refused(rig: Rig) -> None:
    rig.needs(Capability.CARRIER, Capability.FORGE)
    with pytest.raises(RefusedError, match="no port 9; it has 1, 2, 3"):
        rig.testbed.send(9, data(1))
    with pytest.raises(RefusedError, match="no port 9"):
        rig.testbed.set_link(9, up=False)


def test_a_bench_without_qmp_cannot_switch_carriers() -> None:
    base = free_base()
    with UdpTestbed(SystemClock(), NAMES, nas_base=base, testbed_base=base + 100) as testbed:
        assert Capability.CARRIER not in testbed.capabilities

        with pytest.raises(RefusedError, match="cannot switch the carrier"):
            testbed.set_link(1, up=False)


def test_udp_ports_that_are_taken_are_named() -> None:
    base = free_base()
    with (
        UdpTestbed(SystemClock(), NAMES, nas_base=base, testbed_base=base + 100),
        pytest.raises(RefusedError, match=f"UDP port {base + 101}.*--wire-base"),
    ):
        UdpTestbed(SystemClock(), NAMES, nas_base=base, testbed_base=base + 100)
