"""Cases 10 to 14 and 26: the cause that a LAGG's text has, and none where there is none."""

from __future__ import annotations

import enum
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.cli import main
from lagg_tool.ifconfig import parse
from lagg_tool.lagg.diagnosis import Cause, Finding, diagnose, see, unseen
from lagg_tool.lagg.media import speed_of
from tests.cases import cases

FLAGS = "flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500"
FULL = "<full-duplex>"
WORKS = (
    "1c<ACTIVE,COLLECTING,DISTRIBUTING>",
    "3d<ACTIVITY,AGGREGATION,SYNC,COLLECTING,DISTRIBUTING>",
)
WAITS = ("0<>", "45<ACTIVITY,AGGREGATION,DEFAULTED>")
OUT = ("0<>", "41<ACTIVITY,DEFAULTED>")
PARTNER = "(8000,02-00-5E-00-53-FF,0017,8000,0001)"
NOBODY = "(FFFF,00-00-00-00-00-00,0000,FFFF,0000)"


def port(name: str, media: str = f"autoselect (1000baseT {FULL})", *lines: str) -> str:
    media_line = f"\tmedia: Ethernet {media}\n" if media else ""
    rest = "".join(f"\t{line}\n" for line in lines or ("status: active",))
    return f"{name}: {FLAGS}\n\tether 02:00:5e:00:53:01\n{media_line}{rest}"


def lacp(
    *ports: tuple[str, tuple[str, str], int, str], more: str = "", status: str = "active"
) -> str:
    rows = "".join(
        f"\tlaggport: {name} flags={flags} state={state}\n"
        f"\t\t[(8000,02-00-5E-00-53-01,{key:04X},8000,{number:04X}),\n\t\t {partner}]\n"
        for number, (name, (flags, state), key, partner) in enumerate(ports, 1)
    )
    return (
        f"lagg0: {FLAGS}\n\tether 02:00:5e:00:53:01\n{more}\tlaggproto lacp lagghash l2,l3,l4\n"
        f"{rows}\tgroups: lagg\n\tmedia: Ethernet autoselect\n\tstatus: {status}\n"
    )


def healthy(more: str = "") -> str:
    return lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", WORKS, 0x16B, PARTNER), more=more)


def plain(text: str) -> str:
    """Return what ifconfig without -v would have printed."""
    text = re.sub(r" state=\S+$", "", text, flags=re.M)
    return re.sub(r"^\t\t.*\n", "", text, flags=re.M)


def found(text: str, *dmesg: str) -> list[Finding]:
    return list(diagnose(see("lagg0", parse(text), dmesg)))


def causes(text: str, *dmesg: str) -> list[tuple[enum.Enum, str]]:
    return [(finding.cause, finding.where) for finding in found(text, *dmesg)]


def main_causes(number: int, capsys: pytest.CaptureFixture[str]) -> tuple[int, set[str]]:
    status = main(["diagnose", str(cases.path(number)), "--json"])
    data = json.loads(capsys.readouterr().out)
    return status, {f"{each['cause']} {each['where']}" for each in data["findings"]}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (10, set()),
        (11, set()),
        (12, {"SPEED_MISMATCH lagg0"}),
        (13, {"NOT_FULL_DUPLEX em1"}),
        (14, {"NOT_ACTIVE lagg0"}),
        (26, {"FLAPPING em1", "PORT_HAS_ADDRESS em0", "VLAN_ON_PORT em0"}),
    ],
)
def test_a_case_has_its_causes(
    number: int, expected: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_causes(number, capsys) == (1 if expected else 0, expected)


def test_nothing_is_found_in_what_is_healthy(tmp_path: Path) -> None:
    text = port("em0") + port("em1") + healthy()
    file = tmp_path / "pasted.txt"
    file.write_text(text, encoding="utf-8")

    assert main(["diagnose", str(file)]) == 0
    assert found(plain(text)) == []
    assert found(plain(healthy())) == []


FAILOVER = (
    port("em0")
    + port("em1")
    + (
        f"lagg0: {FLAGS}\n\tether 02:00:5e:00:53:01\n\tlaggproto failover lagghash l2,l3,l4\n"
        "\tlaggport: em0 flags=5<MASTER,ACTIVE>\n\tlaggport: em1 flags=0<>\n\tstatus: active\n"
    )
)


@pytest.mark.parametrize(
    "dmesg",
    [
        (),
        ("arp: 192.0.2.1 moved from 02:00:5e:00:53:10 to 02:00:5e:00:53:11 on lagg0",),
        ("[12] lagg0: link state changed to UP",),
        ("lagg0: link state changed to DOWN", "[12] lagg0: link state changed to UP"),
        ("Nov  1 08:00:00 nas kernel: lagg0: link state changed to UP",),
        ("bond0: link state changed to UP", "bond0: link state changed to DOWN"),
        ("lagg01: link state changed to DOWN",),
    ],
)
def test_a_log_line_that_is_not_there_is_no_evidence(dmesg: tuple[str, ...]) -> None:
    assert found(FAILOVER, *dmesg) == []


@pytest.mark.parametrize(
    "before",
    [
        *("", "[12] ", "[12.345678] ", "Nov  1 08:00:00 nas kernel: ", "<6>"),
        "Nov  1 08:00:00 nas kernel: <6>",
        '<13>1 2026-11-01T08:00:00+00:00 fw.example.org kernel - - [meta sequenceId="12"] <6>',
    ],
)
def test_a_last_line_that_says_down_is_evidence_however_it_is_stamped(before: str) -> None:
    down = f"{before}lagg0: link state changed to DOWN"

    assert causes(FAILOVER, "lagg0: link state changed to UP", down) == [
        (Cause.STALE_LINK_STATE, "lagg0")
    ]


# As ifmedia(4) prints them, by their speed in Mbit/s.
MEDIA = {
    10: ("10baseT/UTP", "10base2/BNC", "10base5/AUI"),
    100: ("100baseTX", "100baseFX", "100baseT4", "100baseT2"),
    1000: ("1000baseT", "1000baseSX", "1000baseLX", "1000baseCX", "1000Base-KX", "1000Base-SGMII"),
    2500: ("2500BaseSX", "2500Base-KX", "2500Base-T"),
    5000: ("5000Base-T", "5000Base-KR"),
    10_000: (
        "10Gbase-SR",
        "10Gbase-LR",
        "10Gbase-Twinax",
        "10Gbase-T",
        "10Gbase-CX4",
        "10GBase-KX4",
    ),
    25_000: ("25GBase-SR", "25GBase-CR", "25GBase-LR", "25GBase-ACC"),
    40_000: ("40Gbase-CR4", "40Gbase-SR4", "40Gbase-LR4", "40GBase-KR4"),
    100_000: ("100GBase-SR4", "100GBase-CR4", "100GBase-LR4"),
}
media_word = st.sampled_from([word for words in MEDIA.values() for word in words])


@given(media_word, media_word, st.booleans(), st.booleans())
def test_ports_are_of_one_speed_whatever_their_media_are(
    one: str, other: str, by_hand: bool, verbose: bool
) -> None:
    same = speed_of(one) == speed_of(other)
    written = "{} <full-duplex>" if by_hand else "autoselect ({} <full-duplex,rxpause,txpause>)"
    idle = WORKS if same else ("18<COLLECTING,DISTRIBUTING>", WORKS[1])
    text = (
        port("em0", written.format(one))
        + port("em1", written.format(other))
        + lacp(
            ("em0", WORKS, 0x161, PARTNER),
            ("em1", idle, 0x161 if same else 0x162, PARTNER),
        )
    )

    expected = [] if same else [(Cause.SPEED_MISMATCH, "lagg0")]
    assert causes(text if verbose else plain(text)) == expected


def test_every_media_word_has_its_speed() -> None:
    assert {s: {speed_of(word) for word in words} for s, words in MEDIA.items()} == {
        s: {s} for s in MEDIA
    }
    assert [speed_of(word) for word in ("autoselect", "none", "Other", "")] == [None] * 4


def test_the_kernels_key_has_the_last_word() -> None:
    text = (
        port("em0", "autoselect (Other <full-duplex>)")
        + port("em1", f"autoselect (1000baseT {FULL})")
        + lacp(("em0", WORKS, 0x161, PARTNER), ("em1", WORKS, 0x161, PARTNER))
    )

    assert found(text) == []


@pytest.mark.parametrize(
    "media",
    [
        "autoselect (100baseTX <half-duplex>)",
        "100baseTX <half-duplex>",
        "autoselect (100baseTX)",
        "autoselect",
        "10baseT/UTP",
    ],
)
def test_a_link_that_is_not_full_duplex_is_a_cause_of_its_own(media: str) -> None:
    text = (
        port("em0")
        + port("em1", media)
        + lacp(
            ("em0", WORKS, 0x16B, PARTNER),
            ("em1", OUT, 0x8002, "(0000,00-00-00-00-00-00,0000,0000,0000)"),
        )
    )

    assert causes(text) == [(Cause.NOT_FULL_DUPLEX, "em1")]
    if "half" in media:
        assert causes(plain(text)) == [(Cause.NOT_FULL_DUPLEX, "em1")]


def test_a_port_that_is_out_of_lacp_is_named_though_the_lagg_alone_was_pasted() -> None:
    text = lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", OUT, 0x8002, NOBODY))

    assert causes(text) == [(Cause.OUT_OF_LACP, "em1")]


def test_full_duplex_without_a_partner_is_no_question_of_duplex() -> None:
    text = (
        port("em0")
        + port("em1")
        + lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", WAITS, 0x16B, NOBODY))
    )

    assert causes(text) == [(Cause.NO_PARTNER, "em1")]


@given(
    st.sampled_from(["failover", "loadbalance", "roundrobin", "broadcast", "lacp"]),
    st.sampled_from(["0<>", "1<MASTER>", "8<COLLECTING>", "18<COLLECTING,DISTRIBUTING>"]),
    st.sampled_from(["active", "no carrier"]),
    st.booleans(),
)
def test_while_no_port_is_active_something_is_found(
    protocol: str, flags: str, status: str, ports_too: bool
) -> None:
    text = (
        f"lagg0: {FLAGS}\n\tlaggproto {protocol} lagghash l2\n"
        f"\tlaggport: em0 flags={flags}\n\tlaggport: em1 flags=0<>\n\tstatus: {status}\n"
    ) + (port("em0") + port("em1") if ports_too else "")

    assert found(text)


def test_a_port_beside_the_active_group_is_found_without_verbose_output() -> None:
    idle = ("18<COLLECTING,DISTRIBUTING>", WORKS[1])
    text = plain(lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", idle, 0x16B, PARTNER)))

    assert causes(text) == [(Cause.PORT_NOT_ACTIVE, "em1")]


def test_a_lagg_that_was_copied_in_part_is_not_said_to_have_no_ports() -> None:
    whole = lacp(status="no carrier")
    cut, grep = whole[: whole.index("\tgroups")], re.sub("(?m)^\t(?!lagg).*\n", "", whole)

    assert causes(whole) == [(Cause.NO_PORTS, "lagg0")]
    for text in (cut, grep):
        assert causes(text) == []
        assert any("ports" in said for said in unseen(see("lagg0", parse(text))))


def test_what_people_put_for_the_octets_of_a_partner_is_no_other_partner() -> None:
    for mask in ("C0-3F-0E-..-..-..", "<redacted>", "xx:xx:xx:xx:xx:xx", "NN-NN-NN-NN-NN-NN"):
        text = healthy().replace("02-00-5E-00-53-FF", mask)

        assert [port.partner is None for port in parse(text)["lagg0"].ports] == [False, False]
        assert (causes(text), parse(text)["lagg0"].unknown) == ([], ())


def test_no_carrier_of_an_lacp_lagg_is_found() -> None:
    text = lacp(("em0", WORKS, 0x16B, PARTNER), status="no carrier")

    assert causes(port("em0") + text) == [(Cause.NOT_ACTIVE, "lagg0")]


def test_a_port_that_vanished_from_the_listing_is_named() -> None:
    text = port("em0") + lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", WAITS, 0x16B, NOBODY))

    assert (Cause.PORT_MISSING, "em1") in causes(text)
    assert (Cause.PORT_MISSING, "em0") not in causes(healthy())


@pytest.mark.parametrize(
    ("counter", "dmesg", "expected"),
    [
        (0, 0, []),
        (1, 0, []),
        (37, 0, ["lagg0"]),
        (4, 0, []),
        (5, 0, ["lagg0"]),
        (0, 5, ["em1"]),
        (37, 5, ["em1"]),
        (1, 1, []),
    ],
)
def test_flapping_is_found_in_the_counter_and_in_dmesg(
    counter: int, dmesg: int, expected: list[str]
) -> None:
    more = f"\tlagg statistics:\n\t\tactive ports: 2\n\t\tflapping: {counter}\n"
    lines = ["[9] em1: Interface stopped DISTRIBUTING, possible flapping"] * dmesg

    assert causes(port("em0") + port("em1") + healthy(more), *lines) == [
        (Cause.FLAPPING, where) for where in expected
    ]


@pytest.mark.parametrize(
    ("stops", "expected"), [((2, 0), []), ((2, 1), []), ((2, 2), []), ((3, 2), ["em0"])]
)
def test_what_a_port_did_twice_is_no_flapping(stops: tuple[int, int], expected: list[str]) -> None:
    stopped = "em{}: Interface stopped DISTRIBUTING, possible flapping"
    lines = [stopped.format(n) for n, count in enumerate(stops) for _ in range(count)]

    found = causes(port("em0") + port("em1") + healthy(), *lines)

    assert found == [(Cause.FLAPPING, where) for where in expected]


# What a name of an interface may be made to be (ifconfig name), and what a shell makes of it.
_NAMES = {"lagg0": "l$HOME", "em0": "a;id", "em1": "b&id"}
_BROKEN_TEXTS = (
    port("em0") + port("em1") + lacp(("em0", WORKS, 1, PARTNER), ("em1", WAITS, 1, NOBODY)),
    port("em0", "100baseTX <half-duplex>").replace("UP,", "") + FAILOVER.replace("UP,", ""),
    port("em0", "10baseT/UTP") + lacp(("em0", OUT, 0x8001, NOBODY), ("em1", OUT, 0x8001, NOBODY)),
    cases.text(14),
    cases.text(26),
)


@pytest.mark.parametrize("text", _BROKEN_TEXTS)
def test_a_suggested_command_quotes_names(text: str) -> None:
    for name, evil in _NAMES.items():
        text = re.sub(rf"\b{name}\b", lambda _, evil=evil: evil, text)  # type: ignore[misc]
    listing = parse(text)
    down = [f"{_NAMES['lagg0']}: link state changed to DOWN"]

    found = diagnose(see(_NAMES["lagg0"], listing, down))

    assert found
    for finding in found:
        for said in (finding.next_command, finding.certain_with):
            for evil in _NAMES.values():
                assert evil not in re.sub(r"'[^']*'", "", said)


def test_a_switch_that_restarts_is_no_flapping() -> None:
    more = "\tlagg statistics:\n\t\tflapping: 4\n"
    lines = [f"em{n}: Interface stopped DISTRIBUTING, possible flapping" for n in (0, 1)] * 2

    assert found(port("em0") + port("em1") + healthy(more), *lines) == []


def test_a_link_that_comes_and_goes_is_told_from_a_switch_that_restarts() -> None:
    text = port("em0") + port("em1") + healthy()
    marginal = ["em1: link state changed to DOWN", "em1: link state changed to UP"] * 6
    restarts = [line.replace("em1", "em0") for line in marginal] + marginal

    assert causes(text, *marginal) == [(Cause.LINK_FLAPS, "em1")]
    assert found(text, *restarts) == []


LIGHT = "lane 1: RX power: {} TX bias: 6.00 mA"


@pytest.mark.parametrize(
    ("line", "status", "is_found"),
    [
        (LIGHT.format("0.00 mW (-40.00 dBm)"), "no carrier", True),
        ("RX: 0.00 mW (-40.00 dBm) TX: 0.61 mW (-2.14 dBm)", "no carrier", True),
        ("RX: 0.00 mW (-inf dBm) TX: 0.61 mW (-2.14 dBm)", "no carrier", True),
        (LIGHT.format("0.55 mW (-2.52 dBm)"), "no carrier", False),
        (LIGHT.format("0.00 mW (-40.00 dBm)"), "active", False),
    ],
)
def test_a_module_without_light_is_found(line: str, status: str, is_found: bool) -> None:
    media = "autoselect" if status == "no carrier" else f"autoselect (10Gbase-SR {FULL})"
    dark = port("em1", media, f"status: {status}", "plugged: SFP/SFP+/SFP28 10G Base-SR (LC)", line)

    assert ((Cause.NO_LIGHT, "em1") in causes(port("em0") + dark + healthy())) == is_found


OTHER = "(8000,02-00-5E-00-53-EE,0017,8000,0001)"


@pytest.mark.parametrize(
    ("partner", "expected"),
    [
        (OTHER, Cause.PARTNER_DIFFERS),
        (PARTNER.replace("0017", "0018"), Cause.PARTNER_DIFFERS),
        ("(8000,02-00-5E-00-53-01,016B,8000,0001)", Cause.LOOPED),
    ],
)
def test_a_second_partner_is_found(partner: str, expected: Cause) -> None:
    idle = ("18<COLLECTING,DISTRIBUTING>", WORKS[1])
    text = lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", idle, 0x16B, partner))

    assert expected in {cause for cause, _ in causes(port("em0") + port("em1") + text)}


@pytest.mark.parametrize("mask", ["XX-XX-XX-XX-XX-XX", "02-00-5E-XX-XX-XX", "**-**-**-**-**-**"])
def test_what_people_put_for_an_address_is_equal_to_no_other_address(mask: str) -> None:
    masked = re.sub(r"(?<=,)02-00-5E-00-53-[0-9A-F]{2}", mask, healthy())
    idle = ("18<COLLECTING,DISTRIBUTING>", WORKS[1])
    apart = lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", idle, 0x16B, PARTNER))

    assert mask in masked
    assert causes(port("em0") + port("em1") + masked) == []
    assert causes(apart) == [(Cause.INDIVIDUAL_PARTNER, "em1")]
    assert causes(apart.replace("02-00-5E-00-53-FF", mask)) == [(Cause.PORT_NOT_ACTIVE, "em1")]


def test_a_wireless_port_whose_address_is_not_shown_has_no_other_address() -> None:
    wireless = port("wlan0", "", "groups: wlan", "status: associated")
    lagg = healthy().replace("em1", "wlan0").replace("laggproto lacp", "laggproto failover")
    other = wireless.replace("ether 02:00:5e:00:53:01", "ether 02:00:5e:00:53:02")
    masked = wireless.replace("ether 02:00:5e:00:53:01", "ether xx:xx:xx:xx:xx:xx")

    assert Cause.OTHER_MAC in {cause for cause, _ in causes(other + lagg)}
    assert Cause.OTHER_MAC not in {cause for cause, _ in causes(masked + lagg)}


@pytest.mark.parametrize("reason", ["Negotiation failure", "vendor code 7", "Cable is unplugged."])
def test_a_port_without_link_is_found_with_the_reason_that_is_printed(reason: str) -> None:
    text = port("em0") + port("em1", "autoselect", f"status: no carrier ({reason})")
    text += lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", OUT, 0x8000, NOBODY))

    (finding,) = found(text)

    assert (finding.cause, finding.where) == (Cause.PORT_DOWN, "em1")
    assert reason in finding.evidence[0]
    assert (parse(text)["em1"].status, parse(text)["em1"].down_reason) == ("no carrier", reason)


def test_a_port_that_lost_its_link_by_the_kernels_last_word_is_found() -> None:
    """Its own interface was not pasted."""
    said = ("em1: link state changed to UP", "[12] em1: link state changed to DOWN")
    waits = plain(lacp(("em0", WORKS, 1, PARTNER), ("em1", WAITS, 1, NOBODY)))

    assert causes(waits, *said) == [(Cause.PORT_DOWN, "em1")]
    assert causes(waits, *said[::-1]) == [(Cause.NO_PARTNER, "em1")]
    assert causes(plain(healthy()), *said) == []  # the listing is younger


@pytest.mark.parametrize("status", ["no carrier", "active"])
def test_a_port_whose_name_was_copied_without_its_first_letter_is_known(status: str) -> None:
    text = (port("em0") + port("em1", "autoselect (none)", f"status: {status}"))[1:]
    text += plain(lacp(("em0", WORKS, 1, PARTNER), ("em1", WORKS, 1, PARTNER)))
    whole = "e" + text

    assert causes(text) == causes(whole)
    assert causes(text.replace("em1: flags", "m1: flags")) == causes(whole)


IP = "\tinet 192.0.2.5 netmask 0xffffff00 broadcast 192.0.2.255\n"
HOSTS = ("ether 02:00:5e:00:53:01", "ether 02:00:5e:00:53:71")


def test_of_two_hosts_in_one_text_each_is_diagnosed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = port("em0") + port("em1", "autoselect", "status: no carrier")
    broken += plain(lacp(("em0", WORKS, 1, PARTNER), ("em1", WAITS, 1, NOBODY), more=IP))
    works = port("em0") + port("em1") + plain(healthy(IP.replace("2.5", "2.6")))
    works = works.replace(*HOSTS)
    file = tmp_path / "pasted.txt"
    for text in (f"A:\n{broken}\nB:\n{works}", f"B:\n{works}\nA:\n{broken}"):
        file.write_text(text, encoding="utf-8")

        assert main(["diagnose", str(file), "--json"]) == 1
        told = json.loads(capsys.readouterr().out)["laggs"]
        assert {
            each["lagg"]: [(one["cause"], one["where"]) for one in each["findings"]]
            for each in told
        } == {
            "lagg0 (02:00:5e:00:53:01)": [("PORT_DOWN", "em1")],
            "lagg0 (02:00:5e:00:53:71)": [],
        }
        assert main(["diagnose", str(file), "lagg0"]) == 1
        assert "lagg0 (02:00:5e:00:53:01)\nem1: a port has no link\n" in capsys.readouterr().out


def test_a_lagg_that_got_another_mac_address_is_that_of_the_same_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pasted.txt"
    file.write_text(healthy(IP) + healthy(IP).replace(*HOSTS), encoding="utf-8")

    assert main(["diagnose", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lagg"] == "lagg0"


def test_several_outputs_in_one_paste_are_one_host_the_last_moment_counts() -> None:
    before = (
        port("em0")
        + port("em1")
        + lacp(("em0", WAITS, 0x16B, NOBODY), ("em1", WAITS, 0x16B, NOBODY))
    )
    after = healthy()

    assert [cause for cause, _ in causes(before)] == [Cause.NO_PARTNER] * 2
    assert found(f"$ ifconfig -v\n{before}$ ifconfig -v lagg0\n{after}") == []
    # What says less is no later state.
    assert found(f"{port('em0')}{port('em1')}{after}{plain(after)}") == []


@pytest.mark.parametrize(
    ("text", "options", "unseen"),
    [
        (healthy(), ["--rc-conf"], ["em0, em1 (ifconfig -a)", "--dmesg", "--capture"]),
        (port("em0") + port("em1") + healthy(), [], ["--dmesg", "--capture", "--rc-conf"]),
        (
            plain(port("em0") + port("em1") + healthy()),
            ["--dmesg", "--rc-conf"],
            ["(ifconfig -v)", "--capture"],
        ),
        (
            port("em0") + port("em1") + healthy() + "em1: promiscuous mode enabled\n",
            ["--rc-conf"],
            ["--capture"],
        ),
    ],
)
def test_what_is_healthy_is_said_with_what_could_not_be_seen(
    text: str,
    options: list[str],
    unseen: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")
    more = {
        "--dmesg": "em0: link state changed to UP\n",
        "--rc-conf": 'cloned_interfaces="lagg0"\nifconfig_em0="up"\nifconfig_em1="up"\n'
        'ifconfig_lagg0="laggproto lacp laggport em0 laggport em1"\n',
    }
    for option in options:
        (tmp_path / option).write_text(more[option], encoding="utf-8")
    words = [word for option in options for word in (option, str(tmp_path / option))]

    status = main(["diagnose", str(tmp_path / "pasted.txt"), *words])

    first, *lines = capsys.readouterr().out.splitlines()
    assert (status, first) == (
        0,
        "lagg0: nothing found that keeps it from carrying traffic; 2 of 2 ports active",
    )
    assert len(lines) == len(unseen)
    assert all(what in line for what, line in zip(unseen, lines, strict=True))


def test_only_the_port_in_use_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
        "\tlaggproto failover lagghash l2,l3,l4\n"
        "\tlaggport: em0 flags=5<MASTER,ACTIVE>\n\tlaggport: em1 flags=0<>\n"
        "\tstatus: active\n"
    )
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt")]) == 0
    assert "lagg0: nothing found that keeps it from carrying traffic; 1 of 2 ports active\n" in (
        capsys.readouterr().out
    )


@given(st.sampled_from([10, 11, 12, 13, 14, 26]))
def test_every_finding_says_what_would_make_it_certain(number: int) -> None:
    for finding in found(cases.text(number)):
        assert finding.certain_with
        assert finding.evidence
