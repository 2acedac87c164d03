"""The programs that show the network, on the assembled NAS, without ifconfig's help."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.programs import names
from lagg_tool.simulator.programs.ping.pinger import Statistics, wrong_data
from lagg_tool.simulator.programs.routing_text import network
from lagg_tool.wire.ethernet import Ethernet
from lagg_tool.wire.icmp import Icmp
from lagg_tool.wire.ip import Ipv4
from lagg_tool.wire.transport import Flags, Tcp, Udp

PORT = 1


@pytest.fixture
def nas() -> SimulatedNas:
    made = SimulatedNas(VirtualClock())
    with made.clock.lock:
        host = made.kernel.host
        host.inet.add_address(host.get("vtnet1"), IPv4Interface("192.0.2.1/24"))
    return made


def text(nas: SimulatedNas, line: str) -> str:
    result = nas.run(line)
    return (result.stdout + result.stderr).decode()


def test_ping_to_oneself_is_answered(nas: SimulatedNas) -> None:
    result = nas.run("ping -c 2 -i 0.1 192.0.2.1")

    assert result.status == 0
    assert b"64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=" in result.stdout
    assert b"2 packets transmitted, 2 packets received, 0.0% packet loss\n" in result.stdout


class Twice(list[Any]):
    """Sockets that get each packet twice."""

    def append(self, socket: Any) -> None:
        super().extend((socket, socket))


@pytest.mark.parametrize(
    ("host", "sockets", "shown"),
    [
        ("192.0.2.1", "raw4", "icmp_seq=0 ttl=64 time=[0-9.]+ ms [(]DUP!"),
        ("::1", "raw6", "icmp_seq=0 hlim=64 time=[0-9.]+ ms[(]DUP!"),
    ],
)
def test_a_second_answer_is_shown_as_each_family_does(
    nas: SimulatedNas, host: str, sockets: str, shown: str
) -> None:
    setattr(nas.kernel.host.sockets, sockets, Twice())

    said = text(nas, f"ping -c 2 {host}")

    assert re.search(shown, said), said
    assert "+1 duplicates" in said


def test_ping_to_nobody_ends_at_its_timeout_with_status_two(nas: SimulatedNas) -> None:
    before = nas.clock.now()

    result = nas.run("ping -c 3 -i 0.2 -t 2 192.0.2.9")

    assert result.status == 2
    assert result.stdout.endswith(
        b"3 packets transmitted, 0 packets received, 100.0% packet loss\n"
    )
    assert 2.0 <= nas.clock.now() - before < 2.1


def test_a_dead_link_takes_no_static_neighbour(nas: SimulatedNas) -> None:
    nas.set_link(PORT, up=False)

    result = nas.run("arp -s 192.0.2.9 02:11:22:33:44:55")

    assert result.stderr == b"arp: writing to routing socket: Cannot allocate memory\n"
    assert result.status == 1


def test_what_ping_sends_has_its_time_and_counting_bytes(nas: SimulatedNas) -> None:
    sent: list[bytes] = []
    nas.on_transmit = lambda _port, frame: sent.append(frame)
    nas.run("arp -s 192.0.2.9 02:11:22:33:44:55")

    nas.run("ping -c 1 -t 1 -s 20 192.0.2.9")

    frame = Ethernet.parse(sent[-1])
    packet = Ipv4.parse(frame.payload) if frame else None
    message = Icmp.parse(packet.payload) if packet else None
    assert message is not None
    assert message.payload[8:] == bytes(range(8, 20))


@pytest.mark.parametrize(
    ("line", "complaint", "status"),
    [
        ("ping -c 0 192.0.2.9", "ping: invalid count of packets to transmit: `0'\n", 64),
        ("ping -i x 192.0.2.9", "ping: invalid timing interval: `x'\n", 64),
        ("ping -t 1 -i 3000000 192.0.2.9", "ping: invalid timing interval: `3000000'\n", 64),
        ("ping -t 3000000000 ::1", "ping: invalid timeout: `3000000000' > 3600\n", 64),
        ("ping -s 3000000000 ::1", "ping: packet size too large: 3000000000 > 65487\n", 64),
        ("ping -t 4000 192.0.2.9", "ping: invalid timeout: `4000' > 3600\n", 64),
        ("ping -s 70000 192.0.2.9", "ping: packet size too large: 70000 > 65507\n", 64),
        ("ping nosuch.invalid", "ping: Unknown host\n", 1),
        ("ping -S 192.0.2.200 192.0.2.9", "ping: bind: Can't assign requested address\n", 1),
        ("sysctl nosuch.name", "sysctl: unknown oid 'nosuch.name'\n", 1),
        ("sysctl kern.osreldate=1", "sysctl: oid 'kern.osreldate' is read only\n", 1),
        ("jexec nosuch ls", 'jexec: jail "nosuch" not found\n', 1),
        ("ndp -i nosuch", "ndp: ioctl(SIOCGIFINFO_IN6): Device not configured\n", 1),
    ],
)
def test_what_cannot_be_is_refused_in_the_programs_words(
    nas: SimulatedNas, line: str, complaint: str, status: int
) -> None:
    result = nas.run(line)

    assert (result.stdout + result.stderr).decode() == complaint
    assert result.status == status


def test_neighbour_discovery_of_an_interface_is_shown(nas: SimulatedNas) -> None:
    assert text(nas, "ifconfig vtnet1 mtu 9000; ndp -i vtnet1; ndp -i lo0 | tail -1") == (
        "linkmtu=9000, maxmtu=9000, curhlim=64, basereachable=30s0ms, reachable=30s, "
        "retrans=1s0ms\nFlags: disabled nud auto_linklocal \nFlags: nud auto_linklocal \n"
    )


def test_netstat_shows_the_rows_of_the_links_alone(nas: SimulatedNas) -> None:
    lines = text(nas, "netstat -I vtnet1 -n -f link").splitlines()

    assert [line.split()[2] for line in lines] == ["Network", "<Link#2>"]


def test_netstat_shows_octets_and_drops_if_asked_so(nas: SimulatedNas) -> None:
    headers = [text(nas, f"netstat -I lo0 {each}").splitlines()[0] for each in ("", "-b", "-d")]

    assert [header.split()[4:] for header in headers] == [
        ["Ipkts", "Ierrs", "Idrop", "Opkts", "Oerrs", "Coll"],
        ["Ipkts", "Ierrs", "Idrop", "Ibytes", "Opkts", "Oerrs", "Obytes", "Coll"],
        ["Ipkts", "Ierrs", "Idrop", "Opkts", "Oerrs", "Coll", "Drop"],
    ]


def test_rc_conf_ends_at_a_return_and_a_carriage_return_is_part_of_its_words(
    nas: SimulatedNas,
) -> None:
    lines = (
        *('ifconfig_vtnet3="inet 198.51.100.3/24\\r"', "return"),
        'ifconfig_vtnet4="inet 198.51.100.4/24"',
    )
    nas.run("printf '" + "\\n".join(lines) + "\\n' >>/etc/rc.conf")

    started = nas.run("service netif start vtnet3 vtnet4")

    assert started.stderr == b"ifconfig: 198.51.100.3/24\r: bad value (width invalid)\n"
    assert "198.51.100" not in text(nas, "ifconfig")


def test_neighbours_of_one_interface_are_shown(nas: SimulatedNas) -> None:
    nas.run("arp -s 192.0.2.9 02:11:22:33:44:55")

    shown = [text(nas, f"arp -n -i {name} -a") for name in ("vtnet1", "vtnet2")]

    assert [line.split()[1] for line in shown[0].splitlines()] == ["(192.0.2.1)", "(192.0.2.9)"]
    assert shown[1] == ""
    assert text(nas, "arp -i nosuch -a") == "arp: interface nosuch does not exist\n"
    assert text(nas, "arp -i vtnet1 -d 192.0.2.9") == "arp: -i not applicable to this operation\n"


def test_a_setting_is_described_and_named(nas: SimulatedNas) -> None:
    name = "net.link.lagg.lacp.debug"

    assert (
        text(nas, f"sysctl -d {name}") == f"{name}: Enable LACP debug logging (1=debug, 2=trace)\n"
    )
    assert text(nas, "sysctl -N net.link.lagg.lacp").split()[-1] == name


def test_an_rc_script_shows_its_variable(nas: SimulatedNas) -> None:
    shown = nas.run("service netif rcvar; service netif describe")

    assert shown.stdout.decode().splitlines() == [
        *("# netif : Network interface setup", "#", 'netif_enable="YES"', '#   (default: "")', ""),
        "Network interface setup",
    ]
    assert shown.status == 0


def test_a_route_can_be_added_once_and_taken_out_once(nas: SimulatedNas) -> None:
    line = "-net 203.0.113.0/24"

    said = [
        text(nas, f"route add {line} 192.0.2.9"),
        text(nas, f"route add {line} 192.0.2.9"),
        text(nas, f"route delete {line}"),
    ]

    assert said == [
        "add net 203.0.113.0: gateway 192.0.2.9\n",
        "add net 203.0.113.0: gateway 192.0.2.9 fib 0: route already in table\n",
        "delete net 203.0.113.0\n",
    ]


def test_a_route_that_cannot_be_changed_stays_as_it_was(nas: SimulatedNas) -> None:
    line = "-net 203.0.113.0/24"
    nas.run(f"route add {line} 192.0.2.9")

    changed = text(nas, f"route change {line} 192.0.2.8")
    refused = text(nas, f"route -q change {line} 10.99.0.1")

    assert changed == "change net 203.0.113.0: gateway 192.0.2.8\n"
    assert "gateway 10.99.0.1 fib 0: Network is unreachable" in refused
    assert "gateway: 192.0.2.8\n" in text(nas, "route get 203.0.113.1")


def test_a_jail_has_a_network_stack_of_its_own(nas: SimulatedNas) -> None:
    nas.run("jail -c name=partner vnet persist path=/")

    inside = text(nas, "jexec partner netstat -in")
    listed = text(nas, "jls -n name vnet")
    nas.run("jail -r partner")

    assert "vtnet" not in inside
    assert listed == "name=partner vnet=new\n"
    assert text(nas, "jls -n name vnet") == ""


times = st.lists(st.floats(0, 1e4), min_size=1, max_size=20)


@given(times)
def test_statistics_bracket_the_average_and_count_duplicates(milliseconds: list[float]) -> None:
    statistics = Statistics(transmitted=len(milliseconds))
    for time in milliseconds:
        statistics.reply(0, time)

    low, average, high, deviation = (float(part) for part in statistics.round_trip().split("/"))

    assert low - 0.001 <= average <= high + 0.001
    assert deviation <= high - low + 0.01
    assert (statistics.received, statistics.repeats) == (1, len(milliseconds) - 1)


@given(st.binary(max_size=64))
def test_data_that_comes_back_as_it_was_sent_is_not_complained_about(data: bytes) -> None:
    assert wrong_data(data, data) == ""


@given(st.text(alphabet="0123456789.", max_size=16))
def test_no_number_breaks_the_reading_of_addresses_and_prefixes(word: str) -> None:
    address, prefix = names.ipv4(word), network(word + "/24")

    assert address is None or str(address)
    assert prefix is None or prefix.prefixlen == 24


def test_a_tcp_connection_is_asked_for_and_nobody_answers(nas: SimulatedNas) -> None:
    sent: list[bytes] = []
    nas.on_transmit = lambda _port, frame: sent.append(frame)
    nas.run("arp -s 192.0.2.9 02:11:22:33:44:55")

    result = nas.run("nc -w 1 192.0.2.9 9001", stdin=b"x")

    [packet] = [packet for frame in sent if (packet := Ipv4.parse(frame[14:]))]
    segment = Tcp.parse(packet.payload, (packet.source, packet.destination))
    assert segment is not None
    assert (segment.destination_port, segment.flags, segment.payload) == (9001, Flags.SYN, b"")
    assert result.status == 1


def test_a_dhcp_client_asks_everybody_and_asks_again_later(nas: SimulatedNas) -> None:
    sent: list[bytes] = []
    nas.on_transmit = lambda _port, frame: sent.append(frame)

    result = nas.run("timeout 6 dhclient vtnet1")

    question = b"DHCPDISCOVER on vtnet1 to 255.255.255.255 port 67 interval "
    assert result.status == 124
    assert result.stderr == question + b"3\n" + question + b"4\n"
    packet = Ipv4.parse(sent[-1][14:])
    assert packet is not None
    datagram = Udp.parse(packet.payload, (packet.source, packet.destination))
    assert datagram is not None
    assert (datagram.source_port, datagram.destination_port) == (68, 67)
    assert len(datagram.payload) == 300
