"""LACP in the simulated kernel: ports, drivers, options and what the lagg makes of it."""

from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, LinkState
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.kernel.lagg_port import PortFlag
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import FREEBSD_13_2, RELEASES
from lagg_tool.testbed.partner import Partner, Settings, VirtualSwitch, partner_state
from lagg_tool.wire.ethernet import mac
from lagg_tool.wire.slow import Lacpdu, Marker, State

FRAME = bytes.fromhex("021122334455525400aa00010800") + bytes(46)
FULL = PortFlag.ACTIVE | PortFlag.COLLECTING | PortFlag.DISTRIBUTING


class Machine:
    """A kernel with a switch at its ports."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.kernel = Kernel(self.clock, on_transmit=self.sent_by_nas)
        self.host = self.kernel.host
        self.switch = VirtualSwitch(self.clock, range(1, 7), self.kernel.receive)
        self.sent: list[tuple[float, int, bytes]] = []

    def sent_by_nas(self, port: int, frame: bytes) -> None:
        self.sent.append((self.clock.now(), port, frame))
        self.switch.receive(port, frame)

    def link(self, port: int, *, up: bool) -> None:
        self.switch.link_changed(port, up=up)
        self.kernel.set_link(port, up=up)

    def up(self, *names: str) -> None:
        for name in names:
            interface = self.host.get(name)
            interface.set_flags(interface.flags | IFF.UP)

    def down(self, lagg: Lagg) -> None:
        lagg.set_flags(lagg.flags & ~IFF.UP)

    def lagg(self, *ports: str) -> Lagg:
        self.up(*ports)
        self.clock.sleep(5)
        lagg = self.kernel.cloners.create(self.host, "lagg")
        assert isinstance(lagg, Lagg)
        lagg.set_protocol("lacp")
        for port in ports:
            lagg.add_port(port)
        self.up(lagg.name)
        return lagg

    def data(self) -> list[int]:
        return [port for _, port, frame in self.sent if frame == FRAME]

    def markers(self, port: int) -> list[float]:
        return [at for at, known, frame in self.sent if known == port and Marker.parse(frame)]


@pytest.fixture
def machine() -> Machine:
    return Machine()


def negotiated(
    machine: Machine, ports: tuple[str, ...], settings: Settings | None = None
) -> tuple[Lagg, Partner]:
    partner = machine.switch.lacp(range(1, 7), settings)
    lagg = machine.lagg(*ports)
    machine.clock.sleep(12)
    return lagg, partner


def flags(lagg: Lagg) -> list[PortFlag]:
    return [lagg.port_flags(port) for port in lagg.ports]


def test_two_ports_with_a_partner_carry_data_and_the_link_comes_up(machine: Machine) -> None:
    lagg, _ = negotiated(machine, ("vtnet1", "vtnet2"))

    lagg.output(FRAME)

    assert flags(lagg) == [FULL, FULL]
    assert lagg.link_state is LinkState.UP
    assert lagg.options().active == 2
    assert f"{lagg.name}: link state changed to UP" in machine.kernel.messages
    assert machine.data() in ([1], [2])


def test_without_a_partner_the_link_stays_unknown_and_data_is_refused(machine: Machine) -> None:
    lagg = machine.lagg("vtnet1")
    machine.clock.sleep(12)

    with pytest.raises(KernelError) as refused:
        lagg.transmit(FRAME)

    assert refused.value.errno is Errno.ENETDOWN
    assert lagg.link_state is LinkState.UNKNOWN
    assert lagg.counters.oerrors == 1
    assert flags(lagg) == [PortFlag(0)]


def test_data_is_refused_while_markers_are_out_and_flows_after_three_seconds(
    machine: Machine,
) -> None:
    lagg, _ = negotiated(machine, ("vtnet1", "vtnet2"), Settings(markers=False))
    machine.link(1, up=False)

    with pytest.raises(KernelError) as refused:
        lagg.output(FRAME)
    machine.clock.sleep(3)
    lagg.output(FRAME)

    assert refused.value.errno is Errno.ENOBUFS
    assert machine.data() == [2]


@pytest.mark.parametrize(("ports", "lost", "held"), [("em", 5, False), ("vtnet", 1, True)])
def test_a_dead_em_is_not_waited_for_and_a_dead_vtnet_is(
    machine: Machine, ports: str, lost: int, held: bool
) -> None:
    names = {"em": ("em0", "em1"), "vtnet": ("vtnet1", "vtnet2")}[ports]
    lagg, _ = negotiated(machine, names)
    machine.clock.sleep(60)
    lacp = lagg.protocol
    assert isinstance(lacp, Lacp)
    before = flags(lagg)

    machine.link(lost, up=False)

    assert before == [FULL, FULL]
    assert lacp.machine.suppressed is held


def test_a_marker_queued_on_a_dead_vtnet_leaves_when_the_link_returns(machine: Machine) -> None:
    negotiated(machine, ("vtnet1", "vtnet2"))
    machine.link(1, up=False)
    before = len(machine.markers(1))
    machine.clock.sleep(9)

    machine.link(1, up=True)

    assert len(machine.markers(1)) == before + 1
    assert machine.markers(1)[-1] == machine.clock.now()


def test_a_lost_link_counts_no_flap_and_a_partner_that_stops_collecting_does(
    machine: Machine,
) -> None:
    lagg, partner = negotiated(machine, ("vtnet1", "vtnet2"))
    machine.link(1, up=False)
    machine.clock.sleep(5)
    after_link = lagg.options().flapping

    partner.change(state=partner_state(collecting=False))
    partner.send(2)
    machine.clock.sleep(2)

    assert after_link == 0
    assert lagg.options().flapping == 1
    message = "vtnet2: Interface stopped DISTRIBUTING, possible flapping"
    assert message in machine.kernel.messages
    assert lagg.link_state is LinkState.DOWN


def test_data_is_accepted_on_ports_that_collect_for_the_active_aggregator(
    machine: Machine,
) -> None:
    lagg = machine.lagg("vtnet1", "vtnet2")
    lacp = lagg.protocol
    machine.switch.lacp((1,), Settings(system=mac("02:00:00:00:00:a1")))
    machine.switch.lacp((2,), Settings(system=mac("02:00:00:00:00:b2")))
    before = [lacp.input(port, FRAME) for port in lagg.ports]

    machine.clock.sleep(15)

    assert before == [False, False]
    assert sorted(lacp.input(port, FRAME) for port in lagg.ports) == [False, True]
    idle = PortFlag.COLLECTING | PortFlag.DISTRIBUTING
    assert sorted(flags(lagg)) == sorted([FULL, idle])


def test_slow_frames_of_other_protocols_and_tagged_ones_are_data(machine: Machine) -> None:
    lagg, _ = negotiated(machine, ("vtnet1",))
    oam = FRAME[:12] + b"\x88\x09\x03" + bytes(109)
    tagged = FRAME[:12] + b"\x81\x00\x00\x05\x88\x09\x01" + bytes(109)
    short = FRAME[:12] + b"\x88\x09\x01"

    accepted = [lagg.protocol.input(lagg.ports[0], frame) for frame in (oam, tagged, short)]

    assert accepted == [True, True, False]


def test_a_change_to_failover_leaves_the_link_down_as_b01_has_it(machine: Machine) -> None:
    lagg, _ = negotiated(machine, ("vtnet1", "vtnet2"))

    lagg.set_protocol("failover")
    machine.sent.clear()
    machine.clock.sleep(60)

    assert lagg.link_state is LinkState.DOWN
    assert machine.sent == []


def test_down_and_up_while_markers_are_out_refuses_data_for_good(machine: Machine) -> None:
    lagg, _ = negotiated(machine, ("vtnet1", "vtnet2"), Settings(markers=False))
    machine.link(1, up=False)

    machine.down(lagg)
    machine.up(lagg.name)
    machine.clock.sleep(20)

    with pytest.raises(KernelError) as refused:
        lagg.output(FRAME)
    assert refused.value.errno is Errno.ENOBUFS


def test_a_lagg_that_is_down_says_nothing_and_keeps_its_flags(machine: Machine) -> None:
    lagg, _ = negotiated(machine, ("vtnet1",))
    machine.down(lagg)
    machine.sent.clear()

    machine.clock.sleep(100)

    assert machine.sent == []
    assert flags(lagg) == [FULL]


def test_options_are_lacps_own(machine: Machine) -> None:
    lagg = machine.lagg("vtnet1")

    for option in (Option.LACP_FAST_TIMO, Option.LACP_TXTEST, Option.LACP_RXTEST):
        lagg.set_option(option, on=True)
    lagg.set_option(Option.LACP_STRICT, on=False)
    lagg.set_option(Option.LACP_TXTEST, on=False)

    expected = Option.USE_NUMA | Option.LACP_FAST_TIMO | Option.LACP_RXTEST
    assert lagg.options().flags == expected


def test_the_fast_timeout_is_lost_with_the_primary_while_the_option_stays(
    machine: Machine,
) -> None:
    lagg = machine.lagg("vtnet1", "vtnet2")
    lagg.set_option(Option.LACP_FAST_TIMO, on=True)
    lacp = lagg.protocol
    assert isinstance(lacp, Lacp)
    before = lacp.peers(lagg.ports[1])[0]

    lagg.remove_port("vtnet1")

    after = lacp.peers(lagg.ports[0])[0]
    assert State.TIMEOUT in before.state
    assert State.TIMEOUT not in after.state
    assert (before.system[-1], after.system[-1]) == (1, 2)
    assert Option.LACP_FAST_TIMO in lagg.options().flags


def test_a_new_mac_address_stays_unknown_to_the_partner_as_b08_has_it(machine: Machine) -> None:
    lagg, _ = negotiated(machine, ("vtnet1", "vtnet2"), Settings(state=partner_state(fast=True)))

    lagg.set_lladdr(mac("02:aa:bb:cc:dd:ee"))
    machine.sent.clear()
    machine.clock.sleep(3)

    pdus = [pdu for _, _, frame in machine.sent if (pdu := Lacpdu.parse(frame))]
    assert {pdu.actor.system for pdu in pdus} == {mac("52:54:00:aa:00:01")}


def test_the_lag_id_is_that_of_the_active_aggregator(machine: Machine) -> None:
    lagg, partner = negotiated(machine, ("vtnet1",))
    lacp = lagg.protocol
    assert isinstance(lacp, Lacp)

    actor, other = lacp.lag_id()

    assert (actor.system, actor.key) == (lagg.lladdr, lagg.index << 5 | 0x12)
    assert (other.system, other.key) == (partner.settings.system, 7)


def test_destroying_the_lagg_ends_its_timers(machine: Machine) -> None:
    lagg, _ = negotiated(machine, ("vtnet1", "vtnet2"))

    machine.kernel.cloners.destroy(lagg)
    machine.sent.clear()
    machine.clock.sleep(100)

    assert machine.sent == []


def test_epairs_between_two_stacks_make_a_lag(machine: Machine) -> None:
    kernel = machine.kernel
    jail = kernel.create_jail("partner")
    laggs = []
    for number in range(2):
        end = kernel.cloners.create(machine.host, "epair")
        other = machine.host.get(f"epair{number}b")
        machine.host.move(other, jail.vnet)
        for interface in (end, other):
            interface.set_flags(interface.flags | IFF.UP)
    for stack, letter in ((machine.host, "a"), (jail.vnet, "b")):
        lagg = kernel.cloners.create(stack, "lagg")
        assert isinstance(lagg, Lagg)
        lagg.set_protocol("lacp")
        for number in range(2):
            lagg.add_port(f"epair{number}{letter}")
        lagg.set_flags(lagg.flags | IFF.UP)
        laggs.append(lagg)

    machine.clock.sleep(9)

    assert [flags(lagg) for lagg in laggs] == [[FULL, FULL], [FULL, FULL]]


@pytest.mark.parametrize("release", [FREEBSD_13_2.name, "freebsd-15"])
def test_a_port_may_find_its_link_while_it_is_being_added(release: str) -> None:
    nas = SimulatedNas(VirtualClock(), RELEASES[release])
    nas.run("ifconfig lagg0 create laggproto lacp")

    done = nas.run("ifconfig em0 up; ifconfig em0 -txcsum; ifconfig lagg0 laggport em0")

    assert (done.status, done.stderr) == (0, b"")
