"""/proc/net/bonding is read without loss, whatever it is, and what it says can be asked for."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.bond.lines import TITLE
from lagg_tool.bond.report import MODES, UNNAMED, BondReport, has_report, parse_reports
from lagg_tool.wire.slow import State
from tests.replay.recording import load
from tests.support.paths import RECORDINGS

LINUX = RECORDINGS / "linux-6.1"


def printed(name: str = "*") -> list[str]:
    """Return what the driver printed in the sessions of this name, in order."""
    return [
        step.stdout
        for path in sorted(LINUX.glob(f"{name}.json"))
        for step in load(path).steps
        if step.kind == "run" and has_report(step.stdout)
    ]


def report(name: str, index: int = -1) -> BondReport:
    return parse_reports(printed(name)[index], "bond0").bonds[0]


def test_every_recorded_report_prints_back_byte_for_byte() -> None:
    texts = printed()

    assert len(texts) > 130
    assert [parse_reports(text).text for text in texts] == texts


def test_nothing_of_a_recorded_report_is_left_outside() -> None:
    plain = [text for text in printed() if text.startswith(TITLE) and text.count(TITLE) == 1]
    whole = [text for text in plain if not re.search(r"^\[|^---|^\d+: ", text, re.MULTILINE)]

    assert len(whole) > 100
    assert [parse_reports(text).outside for text in whole] == [[]] * len(whole)


_WORDS = st.sampled_from(
    [
        "Ethernet Channel Bonding Driver: v6.1",
        "Slave Interface: eth1",
        "details actor lacp pdu:",
        "details partner lacp pdu:",
        "    port state: 61",
        "802.3ad info",
        "Active Aggregator Info:",
        "\tAggregator ID: 1",
        "Bonding Mode: fault-tolerance (active-backup)",
        "MII Status: up",
        "",
        "$ cat /proc/net/bonding/bond0",
    ]
)
_TEXTS = st.lists(st.one_of(_WORDS, st.text(string.printable, max_size=30)), max_size=30)


@given(_TEXTS.map("\n".join))
def test_any_text_prints_back_and_no_line_is_lost(text: str) -> None:
    read = parse_reports(text)

    assert read.text == text
    assert len(read.lines) >= len(text.split("\n"))
    # Every line of the text is in one report, or before the first.
    within = sum(len(bond.lines) for bond in read.bonds)
    assert within <= len(read.lines)


def test_an_lacp_report_is_read_in_full() -> None:
    bond = report("wire-lacp-negotiate", 0)

    assert (bond.name, bond.mode, bond.hash_policy) == ("bond0", "802.3ad", "layer2+3")
    assert (bond.miimon, bond.lacp_rate, bond.lacp_active, bond.min_links) == (100, "slow", "on", 0)
    assert (bond.ad_select, bond.system) == ("stable", "52:54:00:cc:00:01")
    assert bond.aggregator is not None
    assert (bond.aggregator.ports, bond.aggregator.partner) == (2, "02:00:00:00:00:fe")
    second = bond.ports[1]
    assert (second.name, second.speed, second.duplex) == ("eth2", 1000, "full")
    assert (second.permanent, second.churn) == ("52:54:00:cc:00:02", ("monitoring", "monitoring"))
    assert second.actor is not None
    assert (second.actor.key, second.actor.port, second.actor.port_priority) == (9, 2, 255)
    assert second.partner is not None
    assert second.partner.state == State(61)
    assert (second.partner.key, second.partner.system_priority) == (7, 32768)


def test_a_failover_report_has_its_primary_and_its_active_port() -> None:
    bond = report("wire-failover", 0)

    assert (bond.mode, bond.primary, bond.active) == ("active-backup", "eth1", "eth1")
    assert bond.aggregator is None
    assert [port.name for port in bond.ports] == ["eth1", "eth2", "eth3"]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_known_by_its_title(mode: str) -> None:
    name = f"cmd-mode-{mode.replace('.', '')}"

    assert report(name, 0).mode == mode


def test_a_port_without_speed_and_a_bond_without_an_active_aggregator() -> None:
    assert report("wire-lacp-no-speed").ports[0].speed is None
    (idle, *_) = [text for text in printed("wire-*") if "bond0 has no active aggregator" in text]
    bond = parse_reports(idle).bonds[0]
    assert (bond.name, bond.aggregator) == ("bond0", None)


def test_another_user_than_root_is_not_shown_the_partners() -> None:
    reports = [parse_reports(text).bonds[0] for text in printed("cmd-unprivileged")]

    assert [each.unprivileged for each in reports].count(True) >= 1
    assert not report("wire-lacp-negotiate").unprivileged


def test_a_paste_with_quotes_crlf_and_lost_tabs_is_read_alike() -> None:
    plain = printed("wire-lacp-negotiate")[0]
    pasted = re.sub(r"(?m)^", "> ", plain.replace("\t", "  ")).replace("\n", "\r\n")
    read = parse_reports(pasted)

    assert read.text == pasted
    expected, found = parse_reports(plain).bonds[0], read.bonds[0]
    assert found.ports == expected.ports
    assert found.aggregator == expected.aggregator


def test_several_bonds_are_named_by_the_paths_before_them() -> None:
    first, second = printed("wire-failover")[0], printed("wire-lacp-negotiate")[0]

    read = parse_reports(
        f"# cat /proc/net/bonding/bond3\n{first}\n==> /proc/net/bonding/storage <==\n{second}"
    )
    unnamed = parse_reports(first + second)

    assert [bond.name for bond in read.bonds] == ["bond3", "storage"]
    assert [len(bond.ports) for bond in read.bonds] == [3, 2]
    assert [bond.name for bond in unnamed.bonds] == [f"{UNNAMED}1", f"{UNNAMED}2"]
    assert parse_reports(first).bonds[0].name == UNNAMED


def test_lines_of_ethtool_below_a_report_are_none_of_its_ports() -> None:
    text = printed("wire-lacp-negotiate")[0]
    ethtool = "Settings for eth1:\n\tSpeed: Unknown!\n\tDuplex: Half\n\tLink detected: no\n"

    assert parse_reports(text + ethtool).bonds[0].ports == parse_reports(text).bonds[0].ports


def test_a_driver_of_old_that_prints_no_system_hides_nothing() -> None:
    new = printed("wire-lacp-negotiate")[0]
    old = re.sub(r"(?m)^(System |Speed|Duplex|.*Churn).*\n", "", new)

    assert "Speed" not in old
    assert not parse_reports(old).bonds[0].unprivileged
    assert [each.speed for each in parse_reports(old).bonds[0].ports] == [None, None]


def test_blank_lines_are_not_lines_around_a_report() -> None:
    text = printed("wire-lacp-negotiate")[0].replace("\n\n", "\n    \n")

    assert parse_reports(text).outside == []


def part_of(text: str, begin: str, end: str = "") -> str:
    """Return what somebody copied of a report: from a line on, up to another."""
    rest = text[text.index(begin) :]
    return rest[: rest.index(end)] if end else rest


def test_a_part_of_a_report_is_read_as_far_as_it_goes() -> None:
    text = printed("wire-lacp-negotiate")[0]
    (whole,) = parse_reports(text).bonds

    (headless,) = parse_reports(part_of(text, "Bonding Mode")).bonds
    (ports,) = parse_reports(part_of(text, "Slave Interface: eth1")).bonds
    one = f"The first port:\n\n> {part_of(text, 'Slave Interface: eth1', 'Slave Interface: eth2')}"
    (port,) = parse_reports(one).bonds

    assert has_report(one)
    assert headless.ports == ports.ports == whole.ports
    assert (headless.mode, headless.aggregator) == (whole.mode, whole.aggregator)
    assert (ports.mode, ports.aggregator, ports.unprivileged) == ("802.3ad", None, False)
    assert port.ports == whole.ports[:1]
    assert parse_reports(one).text == one


def test_ports_of_a_part_that_speak_no_lacp_are_of_no_mode() -> None:
    text = printed("wire-failover")[0]
    (whole,) = parse_reports(text).bonds

    (bond,) = parse_reports(part_of(text, "Slave Interface: eth1")).bonds

    assert bond.ports == whole.ports
    assert (whole.mode, bond.mode) == ("active-backup", "")


@pytest.mark.parametrize("text", ["", "Bonding Mode", "MII Status: up", "Slave Interface: eth1"])
def test_a_word_of_a_report_alone_is_no_report(text: str) -> None:
    assert not has_report(text)


def test_what_begins_anew_without_a_title_is_a_report_of_its_own() -> None:
    text = printed("wire-failover")[0]
    after = part_of(text, "Bonding Mode").replace("Link Failure Count: 0", "Link Failure Count: 7")
    paste = f"{text}\nAfter a cable was out:\n\n{after}"

    first, second = parse_reports(paste).bonds

    assert first.ports == parse_reports(text).bonds[0].ports
    assert [port.name for port in second.ports] == [port.name for port in first.ports]
    assert {port.failures for port in second.ports} == {7}
    ports, whole = parse_reports(part_of(text, "Slave Interface: eth1") + "\n" + after).bonds
    assert (ports.mode, whole.mode) == ("", "active-backup")
