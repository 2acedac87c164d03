"""Causes that only the kernel's messages name, and those that a port's own interface has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.lagg.diagnosis import Cause
from tests.cases.lagg_texts import (
    FLAGS,
    FULL,
    NOBODY,
    OUT,
    PARTNER,
    WORKS,
    causes,
    found,
    healthy,
    lacp,
    plain,
    port,
)

HEALTHY = port("em0") + port("em1") + healthy()
DARK = port("em1", "autoselect", "status: no carrier")


@pytest.mark.parametrize(
    "said",
    [
        "em1: Watchdog timeout (TX: 0 desc avail: 42 pidx: 17) -- resetting",
        "<6>em1: watchdog timeout",
        "Nov 27 10:00:00 nas kernel: em1: Watchdog timeout -- resetting",
        "em1: /usr/src/sys/dev/bce/if_bce.c(7867): Watchdog timeout occurred, resetting!",
        "em1: WARNING: queue 5 appears to be hung!",
        "em1: Malicious Driver Detection event 2 on TX queue 5, pf number 1 (PF-1)",
    ],
)
def test_a_card_that_its_driver_resets_is_found(said: str) -> None:
    assert causes(HEALTHY, said) == [(Cause.RESETS, "em1")]


@pytest.mark.parametrize("where", ["in the text", "--dmesg"])
def test_a_message_that_syslogd_counted_is_counted_wherever_it_stands(
    where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, log = tmp_path / "pasted.txt", tmp_path / "messages"
    said = (
        "Nov 27 10:00:00 nas kernel: em1: link state changed to DOWN\n"
        "Nov 27 11:00:00 nas last message repeated 5 times\n"
        "Nov 27 11:00:01 nas kernel: em1: link state changed to UP\n"
    )
    log.write_text(said, encoding="utf-8")
    text.write_text(HEALTHY + said * (where == "in the text"), encoding="utf-8")

    options = ["--dmesg", str(log)] if where == "--dmesg" else []

    assert main(["diagnose", str(text), *options, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["findings"]
    assert [(each["cause"], each["where"]) for each in told] == [("LINK_FLAPS", "em1")]


def test_a_card_beside_the_lagg_is_no_cause() -> None:
    assert causes(HEALTHY, "em2: watchdog timeout", "swi4: clock watchdog") == []


@pytest.mark.parametrize(
    "said",
    [
        "em1: Unsupported SFP+ module detected!",
        "em1: Link failed because an unqualified module was detected!",
        "em1: unknown/unsupported transceiver inserted",
    ],
)
def test_a_module_that_the_driver_refuses_is_found_while_its_port_has_no_link(said: str) -> None:
    assert (Cause.BAD_MODULE, "em1") in causes(port("em0") + DARK + healthy(), said)
    assert causes(HEALTHY, said) == []


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("lagg0: invalid MTU for em2", "em2"),
        ("lagg0: cannot change MTU for em2", "em2"),
        ("ifconfig: lagg0 em2: SIOCSLAGGPORT: Device busy", "em2"),
        ("Nov 27 10:00:00 nas root: ifconfig: lagg0 iwn0: SIOCSLAGGPORT: Invalid argument", "iwn0"),
    ],
)
def test_a_port_that_the_kernel_refused_is_found_while_it_is_missing(said: str, where: str) -> None:
    assert causes(HEALTHY, said) == [(Cause.PORT_REFUSED, where)]
    assert causes(HEALTHY, said.replace("em2", "em1").replace("iwn0", "em1")) == []
    assert causes(HEALTHY, said.replace("lagg0", "lagg7")) == []


def test_a_refusal_without_names_says_something_of_a_lagg_with_one_port_only() -> None:
    said = "ifconfig: SIOCSLAGGPORT: Invalid argument"
    one = port("em0") + lacp(("em0", WORKS, 0x16B, PARTNER))

    assert causes(one, said) == [(Cause.PORT_REFUSED, "lagg0")]
    assert causes(HEALTHY, said) == []


@pytest.mark.parametrize(
    ("counted", "is_found"),
    [
        (
            "em1    1500 <Link#2>      02:00:5e:00:53:01  1843126  41233    0  1232111     0     0",
            True,
        ),
        ("em1*   1500 <Link#2>      02:00:5e:00:53:01      300    200  1232111     0     0", True),
        (
            "em1    1500 <Link#2>      02:00:5e:00:53:01  1843126    133    0  1232111     0     0",
            False,
        ),
        (
            "em1    1500 <Link#2>      02:00:5e:00:53:01       20      9    0       11     0     0",
            False,
        ),
        (
            "em7    1500 <Link#2>      02:00:5e:00:53:07  1843126  41233    0  1232111     0     0",
            False,
        ),
    ],
)
def test_damaged_frames_that_netstat_counts_are_found(counted: str, is_found: bool) -> None:
    assert causes(HEALTHY, counted) == [(Cause.PORT_ERRORS, "em1")] * is_found


@pytest.mark.parametrize("name", ["lagg0", "em1"])
def test_frames_that_netmap_drops_are_found(name: str) -> None:
    said = f"Nov 27 10:00:00 fw kernel: {name} drop mbuf that needs checksum offload"

    assert causes(HEALTHY, said, said) == [(Cause.OFFLOAD, name)]
    assert causes(HEALTHY, said.replace(name, "lagg7")) == []


def test_a_port_without_link_is_not_said_to_have_no_partner() -> None:
    """Its own interface was not pasted: what the kernel said of it tells."""
    alone = lacp(("em0", WORKS, 1, PARTNER), ("em1", ("0<>", "5<ACTIVITY,AGGREGATION>"), 1, NOBODY))
    refused = "em1: Unsupported SFP+ module detected!"

    assert causes(alone) == [(Cause.NO_PARTNER, "em1")]
    assert causes(alone, refused) == [(Cause.BAD_MODULE, "em1")]
    assert Cause.NO_PARTNER not in dict(causes(alone, "em1: link state changed to DOWN"))


def test_what_follows_from_a_lagg_that_is_down_is_no_cause_of_its_own() -> None:
    down = plain(lacp(("em0", ("0<>", "0<>"), 1, NOBODY))).replace("8843<UP,", "8842<")

    assert causes(down) == [(Cause.LAGG_DOWN, "lagg0")]


def test_ports_that_hear_the_nas_itself_are_not_of_unknown_speed() -> None:
    idle, ours = (
        ("18<COLLECTING,DISTRIBUTING>", WORKS[1]),
        "(8000,02-00-5E-00-53-01,0001,8000,0002)",
    )

    assert causes(lacp(("em0", idle, 1, ours))) == [(Cause.LOOPED, "em0")]


def test_a_port_is_not_missing_where_somebody_asked_for_another_one() -> None:
    waits = plain(lacp(("em0", WORKS, 1, PARTNER), ("em1", ("0<>", "0<>"), 1, NOBODY)))
    works = waits.replace("em1 flags=0<>", "em1 flags=18<COLLECTING,DISTRIBUTING>")

    assert (Cause.PORT_MISSING, "em1") in causes(port("em0") + waits)
    assert (Cause.PORT_MISSING, "em1") in causes(port("em0") + waits, "root@nas:~ # ifconfig -a")
    for asked in ("ifconfig em0", "ifconfig -v em0"):
        assert causes(port("em0") + waits, f"nas# {asked}") == [(Cause.NO_PARTNER, "em1")]
    assert causes(port("em0") + works) == [(Cause.PORT_NOT_ACTIVE, "em1")]


def test_another_card_on_the_same_wire_is_found_by_arp() -> None:
    said = "arp: 192.0.2.1 is on lagg0 but got reply from 02:00:5e:00:53:99 on em2"
    back = "arp: 192.0.2.1 is on em2 but got reply from 02:00:5e:00:53:99 on lagg0"

    assert causes(HEALTHY, said, back) == [(Cause.SAME_NETWORK, "em2")]
    assert causes(HEALTHY, said) == []  # a cable that was moved says it once
    assert causes(HEALTHY, *[said.replace("em2", "em1")] * 3) == []
    assert causes(HEALTHY, *[said.replace("lagg0", "em3")] * 3) == []


def test_flapping_is_found_in_what_somebody_typed_off_a_console() -> None:
    said = "interface stopped distributing possible flapping"

    assert causes(HEALTHY, *[said] * 4) == [(Cause.FLAPPING, "lagg0")]
    assert causes(HEALTHY, *[said] * 2) == []
    assert causes(HEALTHY, *[f"em7: {said}"] * 4) == []


WLAN = (
    f"wlan0: {FLAGS}\n\tether 02:00:5e:00:53:77\n"
    "\tssid net channel 6 (2437 MHz 11g ht/20) bssid 02:00:5e:00:53:88\n\tgroups: wlan\n"
    "\tmedia: IEEE 802.11 Wireless Ethernet MCS mode 11ng\n\tstatus: associated\n"
)
ROAMING = (
    f"lagg0: {FLAGS}\n\tether 02:00:5e:00:53:01\n\tlaggproto failover lagghash l2,l3,l4\n"
    "\tlaggport: em0 flags=5<MASTER,ACTIVE>\n\tlaggport: wlan0 flags=0<>\n"
    "\tgroups: lagg\n\tmedia: Ethernet autoselect\n\tstatus: active\n"
)


def test_a_wireless_port_with_another_mac_address_is_found() -> None:
    assert causes(port("em0") + WLAN + ROAMING) == [(Cause.OTHER_MAC, "wlan0")]
    assert causes(port("em0") + WLAN.replace(":77", ":01") + ROAMING) == []
    assert causes(port("em0") + WLAN.replace("\tgroups: wlan\n", "") + ROAMING) == [
        (Cause.OTHER_MAC, "wlan0")
    ]


def test_a_wireless_port_keeps_the_other_words_that_it_is_made_with() -> None:
    (finding,) = found(port("em0") + WLAN + ROAMING)

    assert finding.next_command == "sysrc 'create_args_wlan0+= wlanaddr 02:00:5e:00:53:01'"


def test_ports_without_a_partner_are_not_said_to_be_kept_apart() -> None:
    """FreeBSD 9 carries traffic by one of them, each in an aggregator of its own."""
    alone = ("18<COLLECTING,DISTRIBUTING>", "7d<ACTIVITY,AGGREGATION,SYNC,COLLECTING>")
    text = port("em0") + port("em1") + lacp(("em0", WORKS, 1, NOBODY), ("em1", alone, 1, NOBODY))

    assert causes(text) == [(Cause.NO_PARTNER, "em0"), (Cause.NO_PARTNER, "em1")]


def test_a_full_duplex_link_that_lacp_does_not_know_of_is_found() -> None:
    media = f"autoselect (25GBase-CR {FULL})"
    text = port("mce0", media) + port("em1") + lacp(("mce0", OUT, 0, NOBODY), status="no carrier")

    assert causes(text) == [(Cause.OUT_OF_LACP, "mce0")]


def test_a_group_without_a_speed_is_found() -> None:
    ready = ("18<COLLECTING,DISTRIBUTING>", WORKS[1])
    media = f"autoselect (25GBase-CR {FULL})"
    text = port("mce0", media) + port("mce1", media)
    text += lacp(("mce0", ready, 0, PARTNER), ("mce1", ready, 0, PARTNER), status="no carrier")

    assert (Cause.NO_SPEED, "lagg0") in causes(text)
    assert Cause.NO_SPEED not in {cause for cause, _ in causes(HEALTHY)}


@pytest.mark.parametrize(
    ("name", "mac", "is_virtual"),
    [
        ("vmx0", "02:00:5e:00:53:01", True),
        ("vtnet0", "02:00:5e:00:53:01", True),
        ("em0", "00:0c:29:00:53:01", True),
        ("em0", "BC:24:11:00:53:01", True),
        ("em0", "00:25:90:00:53:01", False),
    ],
)
def test_a_virtual_machine_is_told_why_it_has_no_partner(
    name: str, mac: str, is_virtual: bool
) -> None:
    text = port(name) + lacp((name, ("0<>", "45<ACTIVITY,AGGREGATION,DEFAULTED>"), 1, NOBODY))
    (finding,) = found(text.replace("ether 02:00:5e:00:53:01", f"ether {mac}"))

    assert finding.cause is Cause.NO_PARTNER
    assert ("hypervisor" in finding.meaning) is is_virtual
