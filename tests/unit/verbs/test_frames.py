"""``lagg-tool frames`` and the captures that ``diagnose`` takes."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.wire import pcap
from lagg_tool.wire.slow import NOBODY, Info, Lacpdu, Marker, MarkerKind, State
from tests.support import cooked, pcapng

NAS = bytes.fromhex("02005e005301")
SWITCH = bytes.fromhex("02005e0053ff")
UP = State(0x3D)
OURS = {port: Info(0x8000, NAS, 0x16B, 0x8000, port, UP) for port in (1, 2)}
THEIRS = {port: Info(0x8000, SWITCH, 0x17, 0x8000, port, UP) for port in (1, 2)}
TEXT = """\
em0: flags=8843<UP,BROADCAST,RUNNING> metric 0 mtu 1500
\tether 02:00:5e:00:53:01
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
em1: flags=8843<UP,BROADCAST,RUNNING> metric 0 mtu 1500
\tether 02:00:5e:00:53:01
\thwaddr 02:00:5e:00:53:02
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
lagg0: flags=8843<UP,BROADCAST,RUNNING> metric 0 mtu 1500
\tether 02:00:5e:00:53:01
\tlaggproto lacp lagghash l2
\tlaggport: em0 flags=0<> state=45<ACTIVITY,AGGREGATION,DEFAULTED>
\t\t[(8000,02-00-5E-00-53-01,016B,8000,0001),
\t\t (FFFF,00-00-00-00-00-00,0000,FFFF,0000)]
\tlaggport: em1 flags=0<> state=45<ACTIVITY,AGGREGATION,DEFAULTED>
\t\t[(8000,02-00-5E-00-53-01,016B,8000,0002),
\t\t (FFFF,00-00-00-00-00-00,0000,FFFF,0000)]
\tstatus: active
"""


def sent(port: int, partner: Info | None = None) -> bytes:
    return Lacpdu(OURS[port], partner or THEIRS[port]).encode(NAS)


def answered(port: int, actor: Info | None = None, partner: Info | None = None) -> bytes:
    return Lacpdu(actor or THEIRS[port], partner or OURS[port]).encode(SWITCH)


def data_frame(source: bytes = SWITCH) -> bytes:
    return bytes(6) + source + b"\x08\x00" + bytes(46)


class Desk:
    """Files on somebody's desk, and what the tool says of them."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys

    def file(self, name: str, data: bytes | str) -> str:
        raw = data.encode() if isinstance(data, str) else data
        (self.path / name).write_bytes(raw)
        return str(self.path / name)

    def run(self, *words: str) -> tuple[int, str, str]:
        status = main(list(words))
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def causes(self, *words: str) -> list[str]:
        _, out, _ = self.run("diagnose", self.file("text", TEXT), *words, "--json")
        return [f"{each['cause']} {each['where']}" for each in json.loads(out)["findings"]]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


@pytest.mark.parametrize(("seconds", "proved"), [(30, False), (31, True)])
def test_a_capture_proves_silence_after_a_period_of_the_slow_timer(
    desk: Desk, seconds: int, proved: bool
) -> None:
    file = desk.file("em0.pcap", pcap.write([(0.0, data_frame()), (seconds, data_frame())]))

    _, out, _ = desk.run("diagnose", desk.file("text", TEXT), "--capture", f"em0={file}")

    assert ("no LACPDU arrived while the cable was watched" in out) is proved


def test_frames_says_port_by_port_who_sends_what(desk: Desk) -> None:
    file = desk.file(
        "both.pcapng",
        pcapng.write(
            ["em0", "em1"],
            [
                *(("em0", 30.0 * n, sent(1)) for n in range(3)),
                *(("em0", 30.0 * n + 1, answered(1)) for n in range(3)),
                ("em0", 2.0, Marker(MarkerKind.INFORMATION, 1, NAS, 7).encode(NAS)),
                *(("em1", 1.0 * n, sent(2, NOBODY)) for n in range(40)),
                ("em1", 2.5, data_frame()),
            ],
        ),
    )

    status, out, _ = desk.run("frames", file)

    assert status == 0
    em0, em1 = out.split("\n\n")
    assert em0.startswith(f"{file}: em0: 6 LACPDUs in 61.0 s\n")
    assert "02:00:5e:00:53:ff port 1: 3 LACPDUs, every 30.0 s (slow)" in em0
    assert "1 marker frames" in em0
    assert "02:00:5e:00:53:01 port 2: 40 LACPDUs, every 1.0 s (fast)" in em1
    assert "sees nobody" in em1
    assert "-> one system alone sends LACPDUs: no partner answers it" in em1
    assert "1 other frames of 1 sources" in em1


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (
            [(0.0, answered(1)), (30.0, answered(1))],
            "that side hears its partner, 02:00:5e:00:53:01",
        ),
        ([(0.0, sent(1, NOBODY)), (1.0, sent(1, NOBODY))], "in too short a time to say"),
        ([(30.0 * n, sent(1, NOBODY)) for n in range(3)], "no partner answers it"),
    ],
)
def test_frames_says_of_one_side_only_what_it_shows(
    desk: Desk, frames: list[tuple[float, bytes]], expected: str
) -> None:
    file = desk.file(
        "in.pcapng", pcapng.write(["em0"], [("em0", when, frame) for when, frame in frames])
    )

    (said,) = [line for line in desk.run("frames", file)[1].splitlines() if "alone" in line]

    assert expected in said


def test_frames_as_json_has_every_change_of_state(desk: Desk) -> None:
    waiting = THEIRS[1]._replace(state=State(0x05))
    packets = [(1.0, answered(1, waiting)), (2.0, answered(1, waiting)), (3.0, answered(1))]
    file = desk.file("em0.pcap", pcap.write(packets))

    _, out, _ = desk.run("frames", "--json", file)

    ((port,),) = [each["ports"] for each in json.loads(out)["captures"]]
    (sender,) = port["senders"]
    assert [change["when"] for change in sender["changes"]] == [1.0, 3.0]
    assert [change["actor"]["state"] for change in sender["changes"]] == [0x05, 0x3D]


def test_what_freebsd_ignores_is_counted(desk: Desk) -> None:
    wrong = bytearray(answered(1))
    wrong[14 + 3] = 19  # the length of the actor's part

    _, out, _ = desk.run("frames", desk.file("em0.pcap", pcap.write([(1.0, bytes(wrong))])))

    assert "  1 LACPDUs that FreeBSD would ignore (length, address or TLVs)" in out


@pytest.mark.parametrize("cut", [58, 96, 124])
def test_a_frame_that_was_captured_in_part_is_read(desk: Desk, cut: int) -> None:
    frame = answered(1)
    data = bytearray(pcap.write([(1.0, frame[:cut])]))
    data[24 + 12 : 24 + 16] = len(frame).to_bytes(4, "little")

    _, out, _ = desk.run("frames", desk.file("em0.pcap", bytes(data)))

    assert "1 LACPDU in" in out


def test_lacpdus_of_which_too_little_was_captured_are_no_silence(desk: Desk) -> None:
    frame = answered(1)
    data = bytearray(pcap.write([(1.0, frame[:40]), (60.0, frame[:40])]))
    for begin in (24, 24 + 16 + 40):
        data[begin + 12 : begin + 16] = len(frame).to_bytes(4, "little")
    file = desk.file("em0.pcap", bytes(data))

    _, out, _ = desk.run("frames", file)
    _, told, _ = desk.run("diagnose", desk.file("text", TEXT), "--capture", f"em0={file}")

    assert "2 LACPDUs were captured in part: capture with tcpdump -s 0" in out
    assert "nobody speaks" not in out
    assert "while the cable was watched" not in told


@pytest.mark.parametrize(("link", "whose"), [(108, "loopback"), (101, "tunnel"), (127, "wireless")])
@pytest.mark.parametrize("order", ["<", ">"])
def test_another_link_type_is_refused_with_where_to_capture(
    desk: Desk, link: int, whose: str, order: str
) -> None:
    old = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    section = struct.pack(order + "IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interface = struct.pack(order + "IIHHII", 1, 20, link, 0, 0, 20)

    for data in (old, section + interface):
        status, out, err = desk.run("frames", desk.file("any.pcap", data))
        assert (status, out) == (2, "")
        assert "not Ethernet" in err
        assert whose in err
        assert "capture on a port itself" in err


@pytest.mark.parametrize("link", [cooked.SLL, cooked.SLL2])
def test_a_capture_of_any_interface_is_read(desk: Desk, link: int) -> None:
    packets = [
        (30.0 * n + port / 10, cooked.frame(link, frame, kind, port))
        for n in range(3)
        for port in (1, 2)
        for kind, frame in ((4, sent(port, NOBODY)), (2, answered(port)))
    ]
    file = desk.file("any.pcap", cooked.capture(link, packets))

    _, out, _ = desk.run("frames", file)
    _, told, err = desk.run("diagnose", desk.file("text", TEXT), "--capture", file)

    if link == cooked.SLL2:
        assert "interface 1: 6 LACPDUs" in out
        assert "interface 2: 6 LACPDUs" in out
        assert "no partner" not in told
    else:
        assert "any: 12 LACPDUs" in out
        assert "it cannot be told to which port" in err
    assert "captured at the LAGG" not in out
    assert "one cable has two" not in out


def test_a_capture_of_any_interface_without_numbers_says_how_to_get_them(desk: Desk) -> None:
    packets = [
        (float(n), cooked.frame(cooked.SLL, answered(port), 2, port))
        for n in range(3)
        for port in (1, 2)
    ]

    _, out, _ = desk.run("frames", desk.file("any.pcap", cooked.capture(cooked.SLL, packets)))

    others = [
        cooked.frame(
            cooked.SLL,
            Lacpdu(Info(1, bytes(5) + bytes((n,)), 1, 1, 1, UP), OURS[1]).encode(SWITCH),
            2,
            1,
        )
        for n in (1, 2, 3)
    ]
    three = cooked.capture(cooked.SLL, [(1.0, frame) for frame in others])

    _, of_three, _ = desk.run("frames", desk.file("three.pcap", three))

    assert "one cable has two" not in of_three
    assert "-> the frames of all interfaces are in one" in of_three
    assert "-> the frames of all interfaces are in one" in out
    assert "tcpdump -i any -y LINUX_SLL2" in out
    assert "this was captured at the LAGG" not in out


def test_what_is_before_the_damage_of_a_capture_is_read_and_the_damage_told(desk: Desk) -> None:
    whole = pcapng.write(["em0"], [("em0", 30.0 * n, answered(1)) for n in range(3)])
    file = desk.file("em0.pcapng", whole + b"\1\2\3\4" * 9)

    status, out, err = desk.run("frames", file)

    assert status == 0
    assert "em0: 3 LACPDUs in 60.0 s" in out
    assert err.startswith(f"{file}: read up to its damage: this pcapng file is damaged")


def test_a_frame_with_its_checksum_is_read(desk: Desk) -> None:
    file = desk.file("em0.pcap", pcap.write([(1.0, answered(1) + b"\1\2\3\4")]))

    assert "1 LACPDU in" in desk.run("frames", file)[1]


PRINTED = "08:00:00.000000 LACPv1, length 110\n\t0x0000:  0180 c200 0002 0200 5e00 53ff 8809 0101\n"


@pytest.mark.parametrize(
    ("data", "way_out"),
    [
        (b"", "this file is empty: nothing was captured"),
        (PRINTED.encode(), "this is text, not a capture; tcpdump -w FILE writes one"),
        (PRINTED.encode("utf-16"), "this is text, not a capture"),
        (b"\x1f\x8b\x08\0", "unpack it with gunzip first"),
        (b"snoop\0\0\0\0\0\0\2\0\0\0\4" + bytes(24), "Wireshark saves other captures as one"),
        (pcap.write([])[:20], "this is not a pcap file"),
    ],
)
def test_what_is_no_capture_is_wrong_usage_with_the_way_out(
    desk: Desk, data: bytes, way_out: str
) -> None:
    file = desk.file("odd.pcap", data)

    for words in (("frames", file), ("diagnose", desk.file("text", TEXT), "--capture", file)):
        status, out, err = desk.run(*words)
        assert (status, out) == (2, "")
        assert err.startswith(f"lagg-tool: {file}: ")
        assert way_out in err


def test_a_capture_comes_by_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO(pcap.write([(1.0, answered(1))]))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))

    status, out, _ = desk.run("frames", "-")

    assert status == 0
    assert out.startswith("-: 1 LACPDU in")


def tagged(frame: bytes, vlan: int) -> bytes:
    return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


@pytest.mark.parametrize("vlan", [0, 30])
def test_tagged_lacpdus_are_neither_silence_nor_others_frames(desk: Desk, vlan: int) -> None:
    packets = [(30.0 * n, tagged(answered(1), vlan)) for n in range(3)]
    file = desk.file("em0.pcap", pcap.write(packets))

    _, out, _ = desk.run("frames", file)
    _, data, _ = desk.run("frames", file, "--json")
    causes = desk.causes("--capture", f"em0={file}")

    assert f"-> 3 LACPDUs carry a tag (VLAN {vlan}), and LACP is spoken without" in out
    assert "nobody speaks" not in out
    assert "other frames" not in out
    assert json.loads(data)["captures"][0]["ports"][0]["tagged"] == {str(vlan): 3}
    assert causes == desk.causes()


def test_lacpdus_that_freebsd_ignores_are_no_silence_of_the_switch(desk: Desk) -> None:
    short = [(30.0 * n, answered(1)[:60]) for n in range(3)]

    _, out, _ = desk.run("frames", desk.file("em0.pcap", pcap.write(short)))

    assert "3 LACPDUs that FreeBSD would ignore" in out
    assert "-> LACPDUs were sent here, none of the right length and form" in out
    assert "nobody speaks" not in out


def test_a_capture_at_the_lagg_itself_is_no_partner_without_an_answer(desk: Desk) -> None:
    packets = [(30.0 * n, answered(port)) for n in range(3) for port in (1, 2)]

    _, out, _ = desk.run("frames", desk.file("lagg0.pcap", pcap.write(packets)))

    assert "-> one system sends from 2 ports: this was captured at the LAGG" in out
    assert "no partner answers" not in out


def test_a_capture_of_vlan_frames_beside_lacpdus_is_read(desk: Desk) -> None:
    packets = [(1.0, answered(1)), (2.0, tagged(data_frame(), 30)), (3.0, sent(1))]

    _, out, _ = desk.run("frames", desk.file("em0.pcap", pcap.write(packets)))

    assert "2 LACPDUs in 2.0 s" in out
    assert "1 other frames of 1 sources" in out


def test_a_file_that_is_not_there_is_wrong_usage(desk: Desk) -> None:
    assert desk.run("frames", str(desk.path / "none.pcap"))[0] == 2


def test_nothing_but_the_text_says_that_no_partner_was_heard_yet(desk: Desk) -> None:
    assert desk.causes() == ["NO_PARTNER em0", "NO_PARTNER em1"]


def test_a_capture_tells_a_static_partner_from_an_absent_one(desk: Desk) -> None:
    silent = [("em1", 40.0 * n, sent(2, NOBODY)) for n in range(2)]
    static = [("em0", 40.0 * n, data_frame()) for n in range(2)]
    file = desk.file("both.pcapng", pcapng.write(["em0", "em1"], [*silent, *static]))

    assert desk.causes("--capture", file) == ["STATIC_PARTNER em0", "NO_PARTNER em1"]


@pytest.mark.parametrize("named", [True, False])
def test_a_capture_without_names_is_placed_by_its_lacpdus(desk: Desk, named: bool) -> None:
    alone = THEIRS[2]._replace(state=UP & ~State.AGGREGATION)
    file = desk.file("capture.pcap", pcap.write([(1.0, answered(2, alone)), (2.0, sent(2))]))

    found = desk.causes("--capture", f"em1={file}" if named else file)

    assert found == ["NO_PARTNER em0", "INDIVIDUAL_PARTNER em1"]


def test_a_partner_that_hears_nobody_is_at_a_one_way_link(desk: Desk) -> None:
    packets = [(1.0, answered(1, partner=NOBODY)), (2.0, sent(1, NOBODY))]
    file = desk.file("capture.pcap", pcap.write(packets))

    assert "ONE_WAY_LINK em0" in desk.causes("--capture", file)


def test_frames_that_belong_to_no_port_are_named(desk: Desk) -> None:
    file = desk.file("odd.pcap", pcap.write([(1.0, data_frame())]))

    status, _, err = desk.run("diagnose", desk.file("text", TEXT), "--capture", file)

    assert status == 1
    assert f"--capture PORT={file}" in err


def test_a_switch_that_speaks_lacp_to_another_protocol_is_found(desk: Desk) -> None:
    text = TEXT.replace("laggproto lacp", "laggproto loadbalance")
    file = desk.file("em0.pcap", pcap.write([(1.0, answered(1, partner=NOBODY))]))

    _, out, _ = desk.run("diagnose", desk.file("other", text), "--capture", f"em0={file}")

    assert "em0: the partner speaks LACP, the LAGG does not" in out


def test_dmesg_and_rc_conf_are_added_as_far_as_there_are(desk: Desk) -> None:
    dmesg = desk.file("dmesg", "em0: Interface stopped DISTRIBUTING, possible flapping\n" * 4)
    conf = desk.file(
        "rc.conf",
        'hostname="nas" # mine\nifconfig_lagg0="laggproto lacp laggport em0 \\\n laggport em1"\n'
        'ifconfig_lagg0="$ifconfig_lagg0 laggport em2"\nbroken="\n',
    )

    found = desk.causes("--dmesg", dmesg, "--rc-conf", conf)

    assert {"FLAPPING em0", "PORT_MISSING em2"} <= set(found)


def test_rotated_logs_are_read_one_after_the_other(desk: Desk) -> None:
    stopped = (
        "Nov  1 08:00:00 nas kernel: em0: Interface stopped DISTRIBUTING, possible flapping\r\n"
    )
    old = desk.file("messages.0", f"{stopped}Nov  1 08:00:01 nas last message repeated 1 times\r\n")
    new = desk.file("messages", f"\x1b[33m{stopped}\x1b[0m".encode("utf-16"))

    assert "FLAPPING em0" in desk.causes("--dmesg", old, "--dmesg", new)
    assert "FLAPPING em0" not in desk.causes("--dmesg", old)


def test_the_findings_say_what_would_make_them_certain(desk: Desk) -> None:
    status, out, _ = desk.run("diagnose", desk.file("text", TEXT), "lagg0")

    assert status == 1
    assert out.count("  certain with: ") == 2
    assert "--capture" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("lagg0", "--dmesg", "dmesg"), "--dmesg: only with - or a FILE"),
        (("text", "lagg7"), "lagg7: no such interface; the LAGGs of this host: lagg0"),
        (("text", "em0"), "em0 is not a LAGG"),
        (("text", "--listen", "31"), "--listen: only on a host"),
        (("ports",), "no LAGG among em0, em1"),
        (("text", "--capture", "nothing.pcap"), "nothing.pcap"),
    ],
)
def test_wrong_usage_is_told_with_the_way_out(
    desk: Desk, words: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.path)
    desk.file("text", TEXT)
    desk.file("ports", TEXT[: TEXT.index("lagg0:")])

    status, out, err = desk.run("diagnose", *words)

    assert (status, out) == (2, "")
    assert message in err


def test_a_text_without_an_interface_is_refused(desk: Desk) -> None:
    status, _, err = desk.run("diagnose", desk.file("text", "lagg0 is broken, help!\n"))

    assert status == 2
    assert 'FreeBSD\'s "ifconfig -v"' in err
