"""tcpdump on the assembled NAS, its filter and its lines."""

from __future__ import annotations

from ipaddress import IPv4Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.programs.tcpdump import describe
from lagg_tool.wire import pcap
from lagg_tool.wire.ethernet import Ethernet, EtherType


@given(st.binary(max_size=90), st.sampled_from([EtherType.SLOW, EtherType.IPV4, 0x1234]))
def test_every_frame_has_a_line(payload: bytes, ethertype: int) -> None:
    frame = Ethernet(bytes(6), bytes(6), ethertype, payload)

    line = describe(frame, 14 + len(payload))

    named = ethertype == EtherType.SLOW and payload[:1] in {b"\x01", b"\x02"} and len(payload) > 1
    assert line.startswith(("LACPv", "MARKERv")) == named
    assert f"length {len(payload) + (0 if named else 14)}" in line


@pytest.mark.parametrize("expression", ["icmp", "ether proto x", "ether", "( ether proto 1 )"])
def test_a_filter_that_is_not_understood_is_an_error(nas: SimulatedNas, expression: str) -> None:
    result = nas.run(f"tcpdump -i vtnet1 {expression}".replace("(", "\\(").replace(")", "\\)"))

    assert (result.status, result.stderr) == (1, b"tcpdump: syntax error\n")


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
    result = nas.run(
        f"{STATIC}; tcpdump -n -i vtnet1 -c 2 ether proto 0x800 & sleep 0.1; {PINGS}; wait"
    )

    lines = result.stdout.decode().splitlines()
    assert [text.split(" ", 1)[1] for text in lines] == [
        "52:54:00:aa:00:01 > 02:11:22:33:44:55, ethertype Unknown (0x0800), length 98: "
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

    assert [packet.frame for packet in pcap.packets(result.stdout)] == sent


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
        "tcpdump -U -w - -i vtnet1 >/tmp/f 2>/tmp/said & "
        "sleep 1; ping -c 2 -t 1 192.0.2.9 >/dev/null; kill -INFO $!; sleep 1; kill $!; wait; "
        "cat /tmp/said"
    )

    said = nas.run(script).stdout.decode().splitlines()

    asked, at_the_end = said[1], said[2]
    assert asked.startswith("tcpdump: ")
    assert asked.endswith(" received by filter, 0 packets dropped by kernel")
    assert asked.split()[1] == at_the_end.split()[0] != "0"
