"""What holds of a lagg whatever was done to it."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_driver import PROTOCOLS
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15
from lagg_tool.simulator.release.capabilities import Cap

NAMES = ("vtnet1", "vtnet2", "vtnet3", "vtnet4", "em0", "em1")
MTUS = (72, 1500, 9000, 16110, 16111, 65535)
ports = st.sampled_from(NAMES)


def attempt(action: Callable[[], None]) -> bool:
    try:
        action()
    except KernelError:
        return False
    return True


def make(kernel: Kernel, protocol: str, *names: str) -> Lagg:
    lagg = kernel.cloners.create(kernel.host, "lagg")
    assert isinstance(lagg, Lagg)
    lagg.set_protocol(protocol)
    for name in names:
        lagg.add_port(name)
        interface = kernel.host.get(name)
        interface.set_flags(interface.flags | IFF.UP)
    lagg.set_flags(lagg.flags | IFF.UP)
    return lagg


class AnyLagg(RuleBasedStateMachine):
    """Administrators, cables and drivers doing what they like."""

    release = FREEBSD_13_2

    def __init__(self) -> None:
        super().__init__()
        self.kernel = Kernel(VirtualClock(), self.release)
        self.host = self.kernel.host
        self.own = {name: self.host.get(name).lladdr for name in NAMES}
        self.lagg = make(self.kernel, "failover")

    def members(self) -> list[Interface]:
        return [port.interface for port in self.lagg.ports]

    @rule(name=ports)
    def add(self, name: str) -> None:
        was = self.host.get(name).lagg_port is not None
        too_large = name.startswith("em") and bool(self.lagg.ports) and self.lagg.mtu > 16110
        assert attempt(lambda: self.lagg.add_port(name)) is not (was or too_large)

    @rule(name=ports)
    def remove(self, name: str) -> None:
        was = self.host.get(name).lagg_port is not None
        assert attempt(lambda: self.lagg.remove_port(name)) is was

    @rule(port=st.integers(1, 6), up=st.booleans())
    def cable(self, port: int, up: bool) -> None:
        self.kernel.set_link(port, up=up)

    @rule(name=st.sampled_from((*NAMES, "lagg0")), up=st.booleans())
    def administer(self, name: str, up: bool) -> None:
        interface = self.host.get(name)
        interface.set_flags(interface.flags | IFF.UP if up else interface.flags & ~IFF.UP)

    @rule(protocol=st.sampled_from(sorted(PROTOCOLS)))
    def change_protocol(self, protocol: str) -> None:
        self.lagg.set_protocol(protocol)

    @rule(name=st.sampled_from((*NAMES, "lagg0")), mtu=st.sampled_from(MTUS))
    def change_mtu(self, name: str, mtu: int) -> None:
        attempt(lambda: self.host.get(name).set_mtu(mtu))

    @rule(name=st.sampled_from((*NAMES, "lagg0")), cap=st.sampled_from(list(Cap)))
    def toggle(self, name: str, cap: Cap) -> None:
        interface = self.host.get(name)
        attempt(lambda: interface.set_capabilities(interface.enabled_capabilities ^ cap))

    @precondition(lambda self: self.lagg.up and self.lagg.ports)
    @rule(last=st.integers(0, 255))
    def change_lladdr(self, last: int) -> None:
        self.lagg.set_lladdr(bytes((2, 0, 0, 0, 0, last)))

    @rule(seconds=st.sampled_from((0.1, 2.0)))
    def wait(self, seconds: float) -> None:
        self.kernel.clock.sleep(seconds)

    @invariant()
    def ports_are_sorted(self) -> None:
        indexes = [interface.index for interface in self.members()]
        assert indexes == sorted(indexes)

    @invariant()
    def the_primary_is_a_port(self) -> None:
        assert (self.lagg.primary is None) == (not self.lagg.ports)
        assert self.lagg.primary is None or self.lagg.primary in self.lagg.ports

    @invariant()
    def all_have_one_mac_address_and_the_others_their_own(self) -> None:
        assert {interface.lladdr for interface in self.members()} <= {self.lagg.lladdr}
        for name, lladdr in self.own.items():
            interface = self.host.get(name)
            assert interface in self.members() or interface.lladdr == lladdr

    @invariant()
    def all_have_one_mtu(self) -> None:
        assert {interface.mtu for interface in self.members()} <= {self.lagg.mtu}

    @invariant()
    def capabilities_are_what_all_ports_share(self) -> None:
        if members := self.members():
            shared = functools.reduce(operator.and_, (m.enabled_capabilities for m in members))
            assert self.lagg.enabled_capabilities == shared


class AnyLaggOf15(AnyLagg):
    """The same on the later release."""

    release = FREEBSD_15


AnyLagg.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
AnyLaggOf15.TestCase.settings = AnyLagg.TestCase.settings
TestAnyLagg = AnyLagg.TestCase
TestAnyLaggOf15 = AnyLaggOf15.TestCase


def udp(source_port: int) -> bytes:
    """Return a UDP frame from 192.0.2.1 to 192.0.2.9."""
    header = bytes.fromhex("021122334455525400aa00010800")
    packet = bytes.fromhex("450000200000000040110000c0000201c0000209")
    return header + packet + source_port.to_bytes(2) + bytes.fromhex("0009000c0000") + bytes(4)


@given(seed=st.integers(0, 2**16), dead=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_a_flow_keeps_its_port_and_a_dead_ports_flows_move_to_its_neighbour_and_back(
    seed: int, dead: int
) -> None:
    sent: list[int] = []
    kernel = Kernel(VirtualClock(), seed=seed, on_transmit=lambda port, _frame: sent.append(port))
    lagg = make(kernel, "loadbalance", *NAMES[:4])

    def flow_map() -> list[int]:
        del sent[:]
        for flow in range(64):
            lagg.output(udp(1024 + flow))
        return list(sent)

    before = flow_map()
    kernel.set_link(dead, up=False)
    meanwhile = flow_map()
    kernel.set_link(dead, up=True)
    after = flow_map()

    assert after == before
    assert set(before) == {1, 2, 3, 4}
    neighbour = dead % 4 + 1
    assert meanwhile == [neighbour if port == dead else port for port in before]


@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=8))
@settings(max_examples=50, deadline=None)
def test_failover_sends_by_the_primary_while_it_has_a_link_and_always_by_one_port(
    changes: list[tuple[int, bool]],
) -> None:
    sent: list[int] = []
    kernel = Kernel(VirtualClock(), on_transmit=lambda port, _frame: sent.append(port))
    lagg = make(kernel, "failover", "vtnet2", "vtnet1", "vtnet3")
    links = dict.fromkeys((1, 2, 3), True)
    for port, up in changes:
        kernel.set_link(port, up=up)
        links[port] = up

    works = attempt(lambda: lagg.output(udp(1024)))

    order = [port for port in (2, 3, 1) if links[port]]
    assert works is bool(order)
    assert sent == order[:1]
