"""IPv4 addresses, routes and packets over one cable."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.routes import Route, RouteFlag
from lagg_tool.simulator.kernel.sockets import RawSocket
from lagg_tool.wire.arp import Arp, request
from lagg_tool.wire.ethernet import Ethernet, EtherType
from lagg_tool.wire.icmp import Icmp, Type4, echo
from lagg_tool.wire.ip import Ipv4, Protocol
from tests.support.network import Host

OWN, PEER = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9")
PEER_MAC = bytes.fromhex("021122334455")


def configured() -> Host:
    host = Host()
    host.inet.add_address(host.link, IPv4Interface("192.0.2.1/24"))
    host.inet.arp.set_static(host.link, PEER, PEER_MAC)
    host.take()
    return host


def to_host(host: Host, packet: Ipv4) -> None:
    frame = Ethernet(host.link.lladdr, PEER_MAC, EtherType.IPV4, packet.encode())
    host.network.input(host.link, frame.encode())


def packets(host: Host) -> list[Ipv4]:
    frames = [Ethernet.parse(frame) for frame in host.take()]
    parsed = [Ipv4.parse(frame.payload) for frame in frames if frame is not None]
    return [packet for packet in parsed if packet is not None]


def errno_of(caught: pytest.ExceptionInfo[KernelError]) -> Errno:
    return caught.value.errno


def test_setting_an_address_announces_it_once_and_brings_the_interface_up() -> None:
    host = Host()

    host.inet.add_address(host.link, IPv4Interface("192.0.2.1/24"))

    assert host.take() == [request(host.link.lladdr, OWN, OWN).encode()]
    assert host.link.flags & 1


def test_a_prefix_that_is_routed_elsewhere_is_refused_and_leaves_nothing() -> None:
    host = configured()
    gateway = Route(
        IPv4Interface("198.51.100.0/24").network,
        RouteFlag.UP | RouteFlag.GATEWAY | RouteFlag.STATIC,
        host.link,
        host.link,
        PEER,
    )
    host.network.routes.add(gateway)

    with pytest.raises(KernelError) as caught:
        host.inet.add_address(host.link, IPv4Interface("198.51.100.1/24"), alias=True)

    assert errno_of(caught) is Errno.EEXIST
    assert [str(a.address) for a in host.inet.addresses(host.link)] == ["192.0.2.1/24"]


def test_without_alias_the_first_address_is_replaced() -> None:
    host = configured()
    host.inet.add_address(host.link, IPv4Interface("198.51.100.1/24"), alias=True)

    host.inet.add_address(host.link, IPv4Interface("203.0.113.1/24"))

    left = [str(a.address) for a in host.inet.addresses(host.link)]
    assert left == ["198.51.100.1/24", "203.0.113.1/24"]


def test_the_route_of_a_shared_prefix_passes_to_the_address_that_is_left() -> None:
    host = configured()
    host.inet.add_address(host.link, IPv4Interface("192.0.2.2/24"), alias=True)

    host.inet.delete_address(host.link, OWN)

    route = host.network.routes.lookup(PEER)
    assert route is not None
    assert route.source is host.inet.addresses(host.link)[0]


def test_an_interface_that_goes_down_loses_its_prefix_and_gets_it_back() -> None:
    host = configured()

    host.inet.interface_down(host.link)
    down = [str(route.destination) for route in host.network.routes]
    host.inet.interface_up(host.link)
    up = [str(route.destination) for route in host.network.routes]

    assert down == ["192.0.2.1/32"]
    assert up == ["192.0.2.0/24", "192.0.2.1/32"]


def test_an_interface_that_goes_leaves_neither_routes_nor_neighbours() -> None:
    host = configured()

    host.inet.interface_gone(host.link)

    assert len(host.network.routes) == 0
    assert list(host.inet.arp.entries([host.link])) == []


@pytest.mark.parametrize("errno", [Errno.ENXIO, Errno.ENETDOWN, Errno.ENOBUFS, Errno.ENOENT])
def test_what_the_interface_says_reaches_the_sender_and_the_address_has_counted(
    errno: Errno,
) -> None:
    host = configured()
    host.link.refuses = KernelError(errno)

    with pytest.raises(KernelError) as caught:
        host.ip.output(Ipv4(IPv4Address(0), PEER, Protocol.ICMP, b"x" * 64))

    assert errno_of(caught) is errno
    counters = host.inet.addresses(host.link)[0].counters
    assert (counters.opackets, counters.obytes) == (1, 84)


def test_an_echo_request_is_answered_with_the_same_payload() -> None:
    host = configured()
    asked = echo(Type4.ECHO_REQUEST, 77, 3, b"payload")

    to_host(host, Ipv4(PEER, OWN, Protocol.ICMP, asked.encode(), ttl=3))

    (answer,) = packets(host)
    message = Icmp.parse(answer.payload)
    assert message == echo(Type4.ECHO_REPLY, 77, 3, b"payload")
    assert (answer.source, answer.destination, answer.ttl) == (OWN, PEER, 64)


@pytest.mark.parametrize("destination", ["192.0.2.255", "255.255.255.255", "192.0.2.8"])
def test_an_echo_request_to_everybody_or_somebody_else_is_not_answered(destination: str) -> None:
    host = configured()
    asked = echo(Type4.ECHO_REQUEST, 77, 3).encode()

    to_host(host, Ipv4(PEER, IPv4Address(destination), Protocol.ICMP, asked))

    assert host.take() == []


def test_large_packets_leave_in_pieces_of_the_mtu_with_one_number() -> None:
    host = configured()

    host.ip.output(Ipv4(IPv4Address(0), PEER, Protocol.ICMP, bytes(8008)))

    sent = packets(host)
    assert [piece.offset for piece in sent] == [0, 1480, 2960, 4440, 5920, 7400]
    assert len({piece.identification for piece in sent}) == 1


def test_numbers_of_packets_go_up_by_one() -> None:
    host = configured()

    for _ in range(3):
        host.ip.output(Ipv4(IPv4Address(0), PEER, Protocol.ICMP, b"x"))

    numbers = [packet.identification for packet in packets(host)]
    assert [(b - a) % 0x10000 for a, b in pairwise(numbers)] == [1, 1]


def test_a_packet_to_oneself_comes_back_over_lo0() -> None:
    host = configured()
    host.inet.add_address(host.lo, IPv4Interface("127.0.0.1/8"), alias=True)
    socket = RawSocket[Ipv4](Protocol.ICMP)
    host.network.sockets.raw4.append(socket)
    asked = echo(Type4.ECHO_REQUEST, 1, 0).encode()

    host.ip.output(Ipv4(IPv4Address(0), OWN, Protocol.ICMP, asked))
    host.wait(0.1)

    assert [packet.source for _, packet in socket.received] == [OWN]
    assert host.lo.looped == 2 * 28
    assert host.take() == []


def test_a_request_for_the_own_address_is_answered_and_the_asker_learned() -> None:
    host = configured()
    asker = IPv4Address("192.0.2.50")

    host.network.input(host.link, request(b"\2\0\0\0\0\x32", asker, OWN).encode())

    (frame,) = [Ethernet.parse(frame) for frame in host.take()]
    assert frame is not None
    answer = Arp.parse(frame.payload)
    assert answer == Arp(2, host.link.lladdr, OWN, b"\2\0\0\0\0\x32", asker)
    learned = host.inet.arp.find(host.link, asker)
    assert learned is not None
    assert learned.mac == b"\2\0\0\0\0\x32"


def test_a_request_for_somebody_else_teaches_nothing_new() -> None:
    host = configured()
    asker = IPv4Address("192.0.2.50")

    host.network.input(host.link, request(b"\2\0\0\0\0\x32", asker, PEER).encode())

    assert host.take() == []
    assert host.inet.arp.find(host.link, asker) is None


def test_somebody_else_with_the_own_address_is_reported() -> None:
    host = configured()

    host.network.input(host.link, request(PEER_MAC, OWN, OWN).encode())

    assert host.log == ["arp: 02:11:22:33:44:55 is using my IP address 192.0.2.1 on lagg0!"]


@given(st.binary(max_size=120), st.sampled_from([0x0800, 0x0806, 0x86DD, 0x1234]))
def test_no_bytes_on_the_cable_break_the_stack(payload: bytes, ethertype: int) -> None:
    host = configured()

    host.network.input(host.link, Ethernet(host.link.lladdr, PEER_MAC, ethertype, payload).encode())
    host.network.input(host.link, payload)

    assert host.inet.addresses(host.link)
