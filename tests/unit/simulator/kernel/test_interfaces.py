"""Interfaces other than lagg, cloning and network stacks of the simulated kernel."""

from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.flags import IFF, Direction, LinkState
from lagg_tool.simulator.kernel.interface import Interface
from lagg_tool.simulator.kernel.kernel import Kernel
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.vlan import Vlan
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15
from lagg_tool.simulator.release.capabilities import Cap

BROADCAST = bytes.fromhex("ffffffffffff")
PARTNER = bytes.fromhex("021122334455")


def up(*interfaces: Interface) -> None:
    for interface in interfaces:
        interface.set_flags(interface.flags | IFF.UP)


def frame(destination: bytes, tag: int | None = None) -> bytes:
    shim = b"" if tag is None else b"\x81\x00" + tag.to_bytes(2)
    return destination + PARTNER + shim + b"\x88\xb5" + bytes(46)


def heard(interface: Interface) -> list[bytes]:
    """Collect what an interface's tap sees coming in."""
    frames: list[bytes] = []
    interface.taps.append(
        lambda data, direction: frames.append(data) if direction is Direction.IN else None
    )
    return frames


@pytest.fixture
def kernel() -> Kernel:
    return Kernel(VirtualClock())


def create(kernel: Kernel, name: str, **parameters: object) -> Interface:
    return kernel.cloners.create(kernel.host, name, parameters)


def lagg_of(kernel: Kernel, *ports: str) -> Lagg:
    lagg = create(kernel, "lagg0")
    assert isinstance(lagg, Lagg)
    for port in ports:
        lagg.add_port(port)
    return lagg


def test_the_lowest_free_index_is_used_again(kernel: Kernel) -> None:
    first, second = create(kernel, "lagg0"), create(kernel, "lagg1")
    kernel.cloners.destroy(first)

    third = create(kernel, "lagg5")

    assert (second.index, third.index) == (10, 9)


def test_a_unit_is_taken_though_its_interface_was_renamed(kernel: Kernel) -> None:
    kernel.host.rename(create(kernel, "lagg0"), "storage")

    name = create(kernel, "lagg").name

    assert name == "lagg1"
    assert [member.name for member in kernel.host.members("lagg")] == ["storage", "lagg1"]


def test_an_epair_carries_frames_between_two_network_stacks(kernel: Kernel) -> None:
    near = create(kernel, "epair0")
    jail = kernel.create_jail("partner")
    kernel.host.move(kernel.host.get("epair0b"), jail.vnet)
    far = jail.vnet.get("epair0b")
    up(near, far)
    frames = heard(far)

    near.output(frame(BROADCAST))
    kernel.clock.sleep(0)

    assert frames == [frame(BROADCAST)]
    assert (near.counters.opackets, far.counters.ipackets) == (1, 1)
    assert near.lladdr[:5] == far.lladdr[:5]
    assert (near.lladdr[5], far.lladdr[5]) == (0x0A, 0x0B)


def test_a_removed_jail_gives_interfaces_back_and_takes_its_own_with_it(kernel: Kernel) -> None:
    create(kernel, "epair0")
    jail = kernel.create_jail("partner")
    kernel.host.move(kernel.host.get("epair0b"), jail.vnet)
    kernel.cloners.create(jail.vnet, "lagg9")

    kernel.remove_jail(jail)

    assert kernel.host.get("epair0b").index == 10
    assert kernel.host.find("lagg9") is None


def test_indexes_in_a_jail_begin_at_one_or_go_on() -> None:
    older, later = Kernel(VirtualClock(), FREEBSD_13_2), Kernel(VirtualClock(), FREEBSD_15)

    indexes = [kernel.create_jail("partner").vnet.get("lo0").index for kernel in (older, later)]

    assert indexes == [1, 9]


def test_a_vlan_on_a_lagg_follows_it_and_one_on_its_port_is_deaf(kernel: Kernel) -> None:
    port = kernel.host.get("vtnet1")
    on_port = create(kernel, "vtnet1.5")
    lagg = lagg_of(kernel, "vtnet1")
    on_lagg = create(kernel, "vlan5", parent="lagg0", tag=5)
    up(port, lagg, on_port, on_lagg)
    deaf, hearing = heard(on_port), heard(on_lagg)

    kernel.receive(1, frame(BROADCAST, tag=5))
    kernel.set_link(1, up=False)

    assert (deaf, hearing) == ([], [frame(BROADCAST)])
    assert on_lagg.lladdr == port.lladdr
    assert on_lagg.link_state is LinkState.DOWN
    kernel.cloners.destroy(lagg)
    assert isinstance(on_lagg, Vlan)
    assert on_lagg.parent is None


def test_a_vlan_sends_with_its_tag() -> None:
    sent: list[bytes] = []
    kernel = Kernel(VirtualClock(), on_transmit=lambda _port, data: sent.append(data))
    vlan = create(kernel, "vtnet1.7")
    up(kernel.host.get("vtnet1"), vlan)
    del sent[:]

    vlan.output(frame(BROADCAST))

    assert sent == [frame(BROADCAST, tag=7)]


def test_vtnet_keeps_frames_while_it_has_no_carrier_and_em_refuses_them() -> None:
    sent: list[int] = []
    kernel = Kernel(VirtualClock(), on_transmit=lambda port, _data: sent.append(port))
    vtnet, em = kernel.host.get("vtnet1"), kernel.host.get("em0")
    up(vtnet, em)
    kernel.clock.sleep(3)
    kernel.set_link(1, up=False)
    kernel.set_link(5, up=False)

    vtnet.output(frame(BROADCAST))
    with pytest.raises(KernelError, match="Network is down"):
        em.output(frame(BROADCAST))
    before = list(sent)
    kernel.set_link(1, up=True)

    assert (before, sent) == ([], [1])


def test_a_port_refuses_the_stack_but_not_bpf(kernel: Kernel) -> None:
    lagg_of(kernel, "vtnet1")
    port = kernel.host.get("vtnet1")
    up(port)

    with pytest.raises(KernelError, match="Network is down"):
        port.output(frame(BROADCAST))
    port.output_raw(frame(BROADCAST))
    at_once = port.counters.opackets
    kernel.clock.sleep(4)

    assert (at_once, port.counters.opackets) == (0, 1)  # vtnet counts what it finds done


def test_counters_of_a_lagg_begin_when_its_ports_join_and_outlive_them(kernel: Kernel) -> None:
    port = kernel.host.get("vtnet1")
    up(port)
    port.output(frame(BROADCAST))
    lagg = lagg_of(kernel, "vtnet1")
    up(lagg)

    lagg.output(frame(BROADCAST))
    kernel.receive(1, frame(BROADCAST))
    lagg.remove_port("vtnet1")
    port.output(frame(BROADCAST))

    assert (lagg.counters.opackets, lagg.counters.ipackets) == (1, 1)
    assert lagg.counters.obytes == len(frame(BROADCAST))


def test_a_lagg_changed_from_lacp_without_a_partner_keeps_its_unknown_link(kernel: Kernel) -> None:
    lagg = create(kernel, "lagg0")
    assert isinstance(lagg, Lagg)
    lagg.set_protocol("lacp")
    lagg.add_port("vtnet1")
    up(kernel.host.get("vtnet1"), lagg)

    lagg.set_protocol("failover")

    assert lagg.link_state is LinkState.UNKNOWN
    assert lagg.media_status().carrier


def test_switching_offload_on_a_port_switches_it_on_all(kernel: Kernel) -> None:
    lagg = lagg_of(kernel, "em0", "em1")
    em1 = kernel.host.get("em1")

    em1.set_capabilities(em1.enabled_capabilities & ~Cap.TXCSUM)

    assert not kernel.host.get("em0").enabled_capabilities & Cap.TXCSUM
    assert not lagg.enabled_capabilities & Cap.TXCSUM
    lagg.remove_port("em0")
    assert kernel.host.get("em0").enabled_capabilities & Cap.TXCSUM


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff" * 13, b"\xff" * 14, bytes(20000)])
def test_no_frame_is_too_odd_to_be_received(kernel: Kernel, data: bytes) -> None:
    lagg = lagg_of(kernel, "vtnet1")
    up(kernel.host.get("vtnet1"), kernel.host.get("vtnet2"), lagg)

    kernel.receive(1, data)
    kernel.receive(2, data)

    assert kernel.host.get("vtnet1").counters.ierrors <= 1


def test_ipv6_complains_when_an_mtu_falls_below_its_minimum(kernel: Kernel) -> None:
    lagg = create(kernel, "lagg0")

    for mtu in (9000, 72, 100, 1280):
        lagg.set_mtu(mtu)

    assert kernel.messages == ["nd6_setmtu0: new link MTU on lagg0 (72) is too small for IPv6"]


@pytest.mark.parametrize("name", ["vtnet1", "em0"])
def test_bytes_are_counted_once_whoever_counts_them(kernel: Kernel, name: str) -> None:
    interface = kernel.host.get(name)
    up(interface)
    kernel.clock.sleep(3)

    kernel.receive({"vtnet1": 1, "em0": 5}[name], frame(BROADCAST))

    assert (interface.counters.ipackets, interface.counters.ibytes) == (1, len(frame(BROADCAST)))


def test_a_lagg_that_moves_to_a_jail_keeps_working_there(kernel: Kernel) -> None:
    lagg = lagg_of(kernel)
    jail = kernel.create_jail("partner")
    create(kernel, "epair0")
    kernel.host.move(lagg, jail.vnet)
    kernel.host.move(kernel.host.get("epair0a"), jail.vnet)

    lagg.add_port("epair0a")

    assert lagg.primary is not None
    assert lagg.lladdr == jail.vnet.get("epair0a").lladdr
