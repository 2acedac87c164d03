"""IPv6 over one cable: configuration, duplicate detection, neighbours, echo."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Interface

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.simulator.kernel.addresses import Inet6Flag, embed
from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.flags import IFF, ND6
from lagg_tool.simulator.kernel.inet6 import link_local, solicited_group
from lagg_tool.simulator.kernel.ip6 import icmp_packet, multicast_mac
from lagg_tool.simulator.kernel.nd6 import TRANSITIONS, NeighbourEvent, NeighbourState
from lagg_tool.wire.ethernet import Ethernet, EtherType
from lagg_tool.wire.icmp import (
    Advertised,
    Icmp,
    Type6,
    echo,
    neighbour_advertisement,
    neighbour_solicitation,
)
from lagg_tool.wire.ip import Ipv6, Protocol
from tests.support.network import Host

OWN, PEER = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::9")
PEER_MAC = bytes.fromhex("021122334455")


def enabled() -> Host:
    host = Host()
    host.link.set_flags(host.link.flags | IFF.UP)
    host.network.inet6.set_options(host.link, host.link.nd6 & ~ND6.IFDISABLED)
    host.network.inet6.add_address(host.link, IPv6Interface("2001:db8::1/64"))
    return host


def settled() -> Host:
    host = enabled()
    host.wait(3)
    host.take()
    return host


def arrives(host: Host, packet: Ipv6) -> None:
    mac = multicast_mac(packet.destination) if packet.destination.is_multicast else None
    frame = Ethernet(mac or host.link.lladdr, PEER_MAC, EtherType.IPV6, packet.encode())
    host.network.input(host.link, frame.encode())


def messages(host: Host) -> list[tuple[Ipv6, Icmp]]:
    found = []
    for frame in host.take():
        parsed = Ethernet.parse(frame)
        packet = Ipv6.parse(parsed.payload) if parsed else None
        assert packet is not None
        body = packet.payload[8:] if packet.next_header == Protocol.HOP_BY_HOP else packet.payload
        message = Icmp.parse(body, (packet.source, packet.destination))
        assert message is not None
        found.append((packet, message))
    return found


def listing(host: Host) -> list[tuple[str, bool]]:
    return [
        (str(entry.address.ip), bool(entry.flags & Inet6Flag.TENTATIVE))
        for entry in host.network.inet6.addresses(host.link)
    ]


def test_an_address_on_a_disabled_interface_enables_ipv6_and_is_not_probed_itself() -> None:
    host = Host()

    host.network.inet6.add_address(host.link, IPv6Interface("2001:db8::7/64"))

    scoped = str(embed(link_local(host.link.lladdr), 9))
    assert listing(host) == [("2001:db8::7", False), (scoped, True)]
    assert host.link.nd6 == ND6.PERFORMNUD | ND6.AUTO_LINKLOCAL


def test_a_solicitation_is_answered_and_the_asker_known() -> None:
    host = settled()
    asked = neighbour_solicitation(OWN, PEER_MAC)

    arrives(host, icmp_packet(PEER, solicited_group(OWN), asked, 255))

    ((packet, answer),) = messages(host)
    assert answer == neighbour_advertisement(
        OWN, host.link.lladdr, Advertised.SOLICITED | Advertised.OVERRIDE
    )
    assert (packet.source, packet.destination, packet.hop_limit) == (OWN, PEER, 255)


def test_a_solicitation_from_beyond_the_link_is_ignored() -> None:
    host = settled()
    asked = neighbour_solicitation(OWN, PEER_MAC)

    arrives(host, icmp_packet(PEER, solicited_group(OWN), asked, 64))

    assert host.take() == []


def test_an_echo_waits_for_the_neighbour_and_is_answered() -> None:
    host = settled()
    arrives(host, icmp_packet(PEER, OWN, echo(Type6.ECHO_REQUEST, 7, 1, b"x"), 64))
    ((_, asked),) = messages(host)

    answer = neighbour_advertisement(PEER, PEER_MAC, Advertised.SOLICITED)
    arrives(host, icmp_packet(PEER, OWN, answer, 255))

    assert asked.type == Type6.NEIGHBOUR_SOLICITATION
    ((packet, reply),) = messages(host)
    assert reply == echo(Type6.ECHO_REPLY, 7, 1, b"x")
    assert packet.destination == PEER


def test_a_silent_neighbour_is_asked_three_times_and_forgotten() -> None:
    host = settled()
    request = icmp_packet(OWN, PEER, echo(Type6.ECHO_REQUEST, 7, 1), 64)
    host.network.ip6.output(request)

    host.wait(5)

    assert [message.type for _, message in messages(host)] == [135, 135, 135]
    assert host.network.ip6.neighbours.find(host.link, PEER) is None


def test_a_port_to_be_loses_its_addresses_and_a_disabled_one_keeps_them() -> None:
    with_ipv6, without = settled(), Host()

    stripped = with_ipv6.network.strip_inet6(with_ipv6.link)
    untouched = without.network.strip_inet6(without.link)

    assert (stripped, untouched) == (True, False)
    assert with_ipv6.network.inet6.addresses(with_ipv6.link) == []
    assert [str(r.destination) for r in with_ipv6.network.routes] == []


def test_the_loopback_gets_its_two_addresses_when_it_comes_up() -> None:
    host = Host()

    host.network.interface_up(host.lo)

    scoped = embed(IPv6Address("fe80::1"), 1)
    assert [entry.address.ip for entry in host.network.inet6.addresses(host.lo)] == [
        IPv6Address("::1"),
        scoped,
    ]


def test_an_address_that_is_not_there_cannot_be_deleted() -> None:
    host = settled()

    with pytest.raises(KernelError, match="assign"):
        host.network.inet6.delete_address(host.link, PEER)


def test_the_neighbour_machine_has_an_answer_to_every_event_in_every_state() -> None:
    pairs = {(state, event) for state, row in TRANSITIONS.items() for event in row}

    assert pairs == {(state, event) for state in NeighbourState for event in NeighbourEvent}


@settings(max_examples=50)
@given(st.binary(max_size=100), st.sampled_from([0, 44, 58]))
def test_no_bytes_break_ipv6(payload: bytes, next_header: int) -> None:
    host = settled()

    arrives(host, Ipv6(PEER, OWN, next_header, payload, 255))

    assert len(host.network.inet6.addresses(host.link)) == 2
