"""The link of a port: its speed, its duplex, its module, and why there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.ifconfig import parse
from lagg_tool.lagg.diagnosis import Cause
from lagg_tool.lagg.media import speed_of
from tests.cases.lagg_texts import (
    FULL,
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


@pytest.mark.parametrize("reason", ["Negotiation failure", "vendor code 7", "Cable is unplugged."])
def test_a_port_without_link_is_found_with_the_reason_that_is_printed(reason: str) -> None:
    text = port("em0") + port("em1", "autoselect", f"status: no carrier ({reason})")
    text += lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", OUT, 0x8000, NOBODY))

    (finding,) = found(text)

    assert (finding.cause, finding.where) == (Cause.PORT_DOWN, "em1")
    assert reason in finding.evidence[0]
    assert (parse(text)["em1"].status, parse(text)["em1"].down_reason) == ("no carrier", reason)
