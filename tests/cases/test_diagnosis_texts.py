"""Cases 10 to 14 and 26: the cause that a LAGG's text has, and none where there is none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.cli import main
from lagg_tool.ifconfig import parse
from lagg_tool.lagg.diagnosis import Cause, diagnose, see, unseen
from tests.cases import cases
from tests.cases.lagg_texts import (
    FAILOVER,
    FLAGS,
    NOBODY,
    OUT,
    PARTNER,
    WAITS,
    WORKS,
    causes,
    found,
    healthy,
    lacp,
    plain,
    port,
)


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
    assert causes(text, *restarts, *restarts) == [
        (Cause.LINK_FLAPS, "em0"),
        (Cause.LINK_FLAPS, "em1"),
    ]
    whole = [line.replace("em1", "lagg0") for line in marginal]
    assert found(text, *whole) == []
    assert causes(text, *whole, *whole) == [(Cause.LINK_FLAPS, "lagg0")]


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


def test_a_port_that_vanished_has_no_partner_to_look_for() -> None:
    lo0 = "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu 16384\n"
    text = port("em0") + lo0 + lacp(("em0", WORKS, 1, PARTNER), ("em1", WAITS, 1, NOBODY))

    assert causes(text) == [(Cause.PORT_MISSING, "em1")]


def test_a_card_of_another_driver_is_no_port_without_its_first_letter() -> None:
    text = port("lem0") + lacp(("lem0", WORKS, 1, PARTNER), ("lem1", WORKS, 1, PARTNER))
    beside = port("em1", "autoselect (none)", "status: no carrier")

    assert causes(text + beside.replace("53:01", "53:99")) == causes(text)


@given(st.sampled_from([10, 11, 12, 13, 14, 26]))
def test_every_finding_says_what_would_make_it_certain(number: int) -> None:
    for finding in found(cases.text(number)):
        assert finding.certain_with
        assert finding.evidence
