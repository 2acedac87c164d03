"""tcpdump on the assembled NAS, its filters and its lines."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.programs.tcpdump.filter import FilterError, Seen, compile_filter
from lagg_tool.simulator.programs.tcpdump.text import line
from lagg_tool.wire import pcap
from lagg_tool.wire.arp import request
from lagg_tool.wire.ethernet import Ethernet, EtherType, Tag
from lagg_tool.wire.icmp import Type4, echo
from lagg_tool.wire.ip import Ipv4, Protocol
from lagg_tool.wire.slow import Info, Lacpdu, State
from lagg_tool.wire.transport import Udp

A, B = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.9")
MAC_A, MAC_B = bytes.fromhex("525400aa0001"), bytes.fromhex("021122334455")


def ip(protocol: int, payload: bytes, tags: tuple[Tag, ...] = ()) -> bytes:
    packet = Ipv4(A, B, protocol, payload).encode()
    return Ethernet(MAC_B, MAC_A, EtherType.IPV4, packet, tags).encode()


INFO = Info(0x8000, MAC_A, 1, 0x8000, 1, State(5))
FRAMES = {
    "arp": request(MAC_A, A, B).encode(),
    "icmp": ip(Protocol.ICMP, echo(Type4.ECHO_REQUEST, 7, 1, bytes(56)).encode()),
    "udp": ip(Protocol.UDP, Udp(5000, 9001, b"hello").encode(A, B)),
    "vlan": ip(Protocol.UDP, Udp(5000, 9001, b"").encode(A, B), (Tag(5),)),
    "lacp": Lacpdu(INFO, INFO).encode(MAC_A),
}


def passing(expression: str) -> list[str]:
    passes = compile_filter(expression)
    seen = {name: Seen.of(frame, outbound=name == "udp") for name, frame in FRAMES.items()}
    return [name for name, each in seen.items() if each is not None and passes(each)]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("", ["arp", "icmp", "udp", "vlan", "lacp"]),
        ("ether proto 0x8809", ["lacp"]),
        ("icmp or arp", ["arp", "icmp"]),
        ("udp port 9001", ["udp", "vlan"]),
        ("src port 9001", []),
        ("host 192.0.2.9 and not udp", ["arp", "icmp"]),
        ("dst 192.0.2.1", []),
        ("net 192.0.2.0/24 and ip", ["icmp", "udp"]),
        ("outbound", ["udp"]),
        ("inbound and (icmp or udp)", ["icmp", "vlan"]),
        ("vlan 5", ["vlan"]),
        ("ether src 52:54:00:aa:00:01 and ether proto 0x8809", ["lacp"]),
        ("ether multicast", ["arp", "lacp"]),
        ("greater 120", ["lacp"]),
    ],
)
def test_filters_choose_as_pcap_filter_says(expression: str, names: list[str]) -> None:
    assert passing(expression) == names


@pytest.mark.parametrize("expression", ["ether", "port x", "host", "( icmp", "tcp[13] & 2 != 0"])
def test_what_is_not_understood_is_an_error_and_no_other_filter(expression: str) -> None:
    with pytest.raises(FilterError):
        compile_filter(expression)


@given(st.text(alphabet="abeinoprst ()!0123456789.", max_size=24))
def test_no_expression_breaks_the_compiler(expression: str) -> None:
    try:
        predicate = compile_filter(expression)
    except FilterError:
        return

    assert callable(predicate)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("arp", "ARP, Request who-has 192.0.2.9 tell 192.0.2.1, length 28"),
        ("icmp", "IP 192.0.2.1 > 192.0.2.9: ICMP echo request, id 7, seq 1, length 64"),
        ("udp", "IP 192.0.2.1.5000 > 192.0.2.9.9001: UDP, length 5"),
        ("lacp", "LACPv1, length 110"),
    ],
)
def test_a_frame_is_told_in_tcpdumps_words(name: str, text: str) -> None:
    seen = Seen.of(FRAMES[name], outbound=False)
    assert seen is not None

    assert line(seen) == text


@settings(max_examples=80)
@given(st.binary(min_size=14, max_size=90), st.booleans())
def test_every_frame_has_a_line(frame: bytes, link: bool) -> None:
    for ethertype in (b"", b"\x08\x00", b"\x08\x06", b"\x86\xdd", b"\x88\x09"):
        seen = Seen.of(frame[:12] + ethertype + frame[12:], outbound=False)

        assert seen is None or isinstance(line(seen, link=link), str)


@pytest.fixture
def nas() -> SimulatedNas:
    made = SimulatedNas(VirtualClock())
    with made.clock.lock:
        host = made.kernel.host
        host.inet.add_address(host.get("vtnet1"), IPv4Interface("192.0.2.1/24"))
    return made


PINGS = "ping -c 3 -i 0.1 -t 1 192.0.2.9 >/dev/null"
STATIC = "arp -s 192.0.2.9 02:11:22:33:44:55"


def test_a_capture_ends_after_its_count_and_says_what_it_saw(nas: SimulatedNas) -> None:
    result = nas.run(f"{STATIC}; tcpdump -n -i vtnet1 -c 2 icmp & sleep 0.1; {PINGS}; wait")

    lines = result.stdout.decode().splitlines()
    assert [text.split(" ", 1)[1].split(", id")[0] for text in lines] == [
        "IP 192.0.2.1 > 192.0.2.9: ICMP echo request"
    ] * 2
    assert result.stderr.decode().splitlines() == [
        "tcpdump: verbose output suppressed, use -v or -vv for full protocol decode",
        "listening on vtnet1, link-type EN10MB (Ethernet), capture size 262144 bytes",
        "2 packets captured",
        "2 packets received by filter",
        "0 packets dropped by kernel",
    ]


def test_a_capture_file_holds_the_frames_that_left(nas: SimulatedNas) -> None:
    sent: list[bytes] = []
    nas.on_transmit = lambda _port, frame: sent.append(frame)

    result = nas.run(f"{STATIC}; tcpdump -U -i vtnet1 -c 3 -w - & sleep 0.1; {PINGS}; wait")

    assert [frame for _, frame in pcap.read(result.stdout)] == sent


def test_a_capture_that_is_ended_tells_its_numbers(nas: SimulatedNas) -> None:
    result = nas.run("tcpdump -n -i vtnet1 & pid=$!; sleep 0.1; kill -TERM $pid; wait")

    assert b"0 packets captured\n" in result.stderr
    assert nas.kernel.host.get("vtnet1").taps == []


def test_an_unknown_interface_is_refused(nas: SimulatedNas) -> None:
    result = nas.run("tcpdump -i nosuch")

    assert result.status == 1
    assert result.stderr.startswith(b"tcpdump: nosuch: No such device exists\n")


def test_asked_by_siginfo_it_counts_and_goes_on(nas: SimulatedNas) -> None:
    script = (
        "tcpdump -U -w /tmp/f -i vtnet1 2>/tmp/said & "
        "sleep 1; ping -c 2 -t 1 192.0.2.9 >/dev/null; kill -INFO $!; sleep 1; kill $!; wait; "
        "cat /tmp/said"
    )

    said = nas.run(script).stdout.decode().splitlines()

    asked, at_the_end = said[1], said[2]
    assert asked.startswith("tcpdump: ")
    assert asked.endswith(" received by filter, 0 packets dropped by kernel")
    assert asked.split()[1] == at_the_end.split()[0] != "0"
