"""lagg(4) of the simulated kernel, driven directly."""

from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, LinkState
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.kernel.lagg_port import PortFlag
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15, Release

FRAME = bytes.fromhex("021122334455525400aa00010800") + bytes(46)


class Machine:
    """A kernel and what left its ports."""

    def __init__(self, release: Release = FREEBSD_13_2) -> None:
        self.sent: list[int] = []
        self.clock = VirtualClock()
        self.kernel = Kernel(self.clock, release, on_transmit=lambda p, _f: self.sent.append(p))
        self.host = self.kernel.host

    def up(self, *names: str) -> None:
        for name in names:
            interface = self.host.get(name)
            interface.set_flags(interface.flags | IFF.UP)

    def lagg(self, protocol: str, *ports: str) -> Lagg:
        lagg = self.kernel.cloners.create(self.host, "lagg")
        assert isinstance(lagg, Lagg)
        lagg.set_protocol(protocol)
        for port in ports:
            lagg.add_port(port)
        self.up(lagg.name)
        return lagg

    def send(self, interface: Interface, count: int = 1) -> list[int]:
        del self.sent[:]
        for _ in range(count):
            interface.output(FRAME)
        return list(self.sent)

    def flags(self, lagg: Lagg) -> dict[str, PortFlag]:
        return {port.name: lagg.port_flags(port) for port in lagg.ports}


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    made.up("vtnet1", "vtnet2", "vtnet3")
    return made


def test_a_lagg_takes_no_lagg_for_a_port_and_leaves_it_as_it_was(machine: Machine) -> None:
    upper, lower = machine.lagg("failover", "vtnet1"), machine.lagg("failover", "vtnet2")
    upper.change_mtu(1400)

    with pytest.raises(KernelError) as refused:
        upper.add_port(lower.name)

    assert refused.value.errno is Errno.EINVAL
    assert [port.name for port in upper.ports] == ["vtnet1"]
    assert lower.mtu == 1500


def test_failover_falls_back_in_interface_order_and_returns_to_the_primary(
    machine: Machine,
) -> None:
    lagg = machine.lagg("failover", "vtnet2", "vtnet3", "vtnet1")
    ports = [machine.send(lagg)]

    for port, up in ((2, False), (3, False), (3, True), (2, True)):
        machine.kernel.set_link(port, up=up)
        ports.append(machine.send(lagg))

    assert ports == [[2], [3], [1], [3], [2]]
    assert [port.name for port in lagg.ports] == ["vtnet1", "vtnet2", "vtnet3"]


def test_round_robin_gives_a_dead_ports_turn_to_its_neighbour(machine: Machine) -> None:
    lagg = machine.lagg("roundrobin", "vtnet1", "vtnet2", "vtnet3")

    all_up = machine.send(lagg, 6)
    machine.kernel.set_link(2, up=False)
    one_down = machine.send(lagg, 6)
    machine.kernel.set_link(2, up=True)
    lagg.set_stride(3)
    strides = machine.send(lagg, 9)

    assert all_up == [1, 2, 3, 1, 2, 3]
    assert one_down == [1, 3, 3, 1, 3, 3]
    assert strides == [2, 2, 2, 3, 3, 3, 1, 1, 1]


def test_broadcast_sends_by_every_usable_port_and_fails_with_enoent_without_one(
    machine: Machine,
) -> None:
    lagg = machine.lagg("broadcast", "vtnet1", "vtnet2", "vtnet3")
    assert machine.send(lagg) == [1, 2, 3]

    for port in (1, 2, 3):
        machine.kernel.set_link(port, up=False)

    with pytest.raises(KernelError, match="No such file or directory"):
        machine.send(lagg)


def test_none_refuses_and_counts_an_error(machine: Machine) -> None:
    lagg = machine.lagg("none", "vtnet1")

    with pytest.raises(KernelError, match="Device not configured"):
        machine.send(lagg)

    assert lagg.counters.oerrors == 1
    assert machine.flags(lagg) == {"vtnet1": PortFlag(0)}


def test_ports_that_are_down_carry_nothing_on_13_2_and_everything_on_15() -> None:
    older, later = Machine(FREEBSD_13_2), Machine(FREEBSD_15)

    old_lagg = older.lagg("failover", "vtnet1", "vtnet2")
    new_lagg = later.lagg("failover", "vtnet1", "vtnet2")

    with pytest.raises(KernelError) as refused:
        older.send(old_lagg)
    assert refused.value.errno is Errno.ENETDOWN
    assert later.send(new_lagg) == [1]
    later.kernel.cloners.destroy(new_lagg)
    assert not later.host.get("vtnet1").up


def test_mac_addresses_follow_the_primary_and_are_given_back(machine: Machine) -> None:
    lagg = machine.lagg("failover", "vtnet2", "vtnet1", "vtnet3")
    names = ("vtnet1", "vtnet2", "vtnet3", "lagg0")

    def last_octets() -> list[int]:
        return [machine.host.get(name).lladdr[5] for name in names]

    before = last_octets()
    lagg.remove_port("vtnet2")
    after = last_octets()

    assert before == [2, 2, 2, 2]
    assert after == [1, 2, 1, 1]


def test_the_link_follows_the_ports_and_both_are_logged_in_order(machine: Machine) -> None:
    lagg = machine.lagg("failover", "vtnet1")
    del machine.kernel.messages[:]

    machine.kernel.set_link(1, up=False)

    assert lagg.link_state is LinkState.DOWN
    assert machine.kernel.messages == [
        "vtnet1: link state changed to DOWN",
        "lagg0: link state changed to DOWN",
    ]


def test_clearing_use_flowid_clears_use_numa_too(machine: Machine) -> None:
    lagg = machine.lagg("failover")
    before = lagg.options().flags

    lagg.set_option(Option.USE_FLOWID, on=False)

    assert before is Option.USE_NUMA
    assert lagg.options().flags == Option(0)
