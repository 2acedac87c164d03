"""Following a LAGG: what is a disturbance, and of which port."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import UnreachableError, UsageError
from lagg_tool.ifconfig import parse
from lagg_tool.lagg.watching import LaggWatch, Look, Outage, new_lines

TEXT = """\
em0: flags=8843<UP,RUNNING> metric 0 mtu 1500
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
em1: flags=8843<UP,RUNNING> metric 0 mtu 1500
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
lagg0: flags=8843<UP,RUNNING> metric 0 mtu 1500
\tlaggproto lacp lagghash l2
\tlagg statistics:
\t\tactive ports: 2
\t\tflapping: 0
\tlaggport: em0 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING> state=3d<ACTIVITY,AGGREGATION,SYNC>
\t\t[(8000,02-00-5E-00-53-01,016B,8000,0001),
\t\t (8000,02-00-5E-00-53-FF,0017,8000,0001)]
\tlaggport: em1 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING> state=3d<ACTIVITY,AGGREGATION,SYNC>
\t\t[(8000,02-00-5E-00-53-01,016B,8000,0002),
\t\t (8000,02-00-5E-00-53-FF,0017,8000,0002)]
\tstatus: active
"""
STOPPED = "em1: Interface stopped DISTRIBUTING, possible flapping"


def changed(*texts: tuple[str, list[str]]) -> LaggWatch:
    watch = LaggWatch("lagg0")
    for second, (text, dmesg) in enumerate(texts):
        watch.see(Look(float(second), f"08:00:0{second}", parse(text), dmesg))
    return watch


def events(watch: LaggWatch) -> list[tuple[str, str, bool]]:
    return [(event.where, event.what, event.disturbance) for event in watch.events]


def in_em1(old: str, new: str) -> str:
    before, port, after = re.split(r"(laggport: em1.*\n.*\n.*\n)", TEXT)
    return before + port.replace(old, new) + after


@pytest.mark.parametrize(
    ("now", "dmesg", "expected"),
    [
        (TEXT, [], []),
        (
            TEXT.replace("status: active\nlagg0", "status: no carrier\nlagg0"),
            [],
            [("em1", "link lost", True)],
        ),
        (
            TEXT.replace("status: active\nlagg0", "status: no carrier\nlagg0"),
            ["em1: link state changed to DOWN"],
            [("em1", "link lost", True)],
        ),
        (
            TEXT,
            ["[9] em1: link state changed to DOWN", "[9] em1: link state changed to UP"],
            [("em1", "link lost", True), ("em1", "link back", False)],
        ),
        (
            TEXT.replace("flapping: 0", "flapping: 2"),
            [STOPPED, STOPPED],
            [
                ("em1", "stopped distributing because of its partner, 2 times", True),
                ("lagg0", "flapping 0 -> 2", True),
            ],
        ),
        (in_em1("3d<ACTIVITY", "bd<EXPIRED"), [], [("em1", "the partner is late", True)]),
        (in_em1("1c<ACTIVE,", "18<"), [], [("em1", "not active any more", True)]),
        (
            in_em1("53-FF", "53-EE"),
            [],
            [("em1", "partner 02-00-5E-00-53-FF -> 02-00-5E-00-53-EE", True)],
        ),
        (
            re.sub(r"\tlaggport: em1.*\n.*\n.*\n", "", TEXT),
            [],
            [("em1", "left the LAGG", True)],
        ),
        (
            TEXT.replace("1000baseT", "100baseTX", 2).replace("100baseTX", "1000baseT", 1),
            [],
            [("em1", "media 1000baseT <full-duplex> -> 100baseTX <full-duplex>", True)],
        ),
        (
            TEXT.replace("lagg0: flags=8843<UP,", "lagg0: flags=8842<"),
            [],
            [("lagg0", "down", True)],
        ),
        (
            re.sub("(?s)(?<=lagg0: flags=)8843<UP,(.*)active", r"8842<\1no carrier", TEXT),
            [],
            [("lagg0", "down", True)],
        ),
        (
            TEXT.replace("laggproto lacp", "laggproto failover"),
            [],
            [("lagg0", "protocol lacp -> failover", True)],
        ),
        (re.sub("(lagg0: .*)1500", r"\g<1>9000", TEXT), [], [("lagg0", "MTU 1500 -> 9000", False)]),
        (
            re.sub(r"\tlaggport: .*\n.*\n.*\n", "", TEXT),
            [],
            [("em0", "left the LAGG", True), ("em1", "left the LAGG", True)],
        ),
    ],
)
def test_a_change_is_an_event_of_its_port(
    now: str, dmesg: list[str], expected: list[tuple[str, str, bool]]
) -> None:
    assert events(changed((TEXT, []), (now, dmesg))) == expected


def test_a_wireless_port_has_a_link_while_it_is_associated() -> None:
    wireless = TEXT.replace("em1", "wlan0")
    there = wireless.replace("status: active\nlagg0", "status: associated\nlagg0")
    lost = wireless.replace("status: active\nlagg0", "status: no carrier\nlagg0")

    watch = changed((there, []), (lost, []), (there, []))

    assert events(watch) == [("wlan0", "link lost", True), ("wlan0", "link back", False)]


def test_failover_to_the_backup_is_no_disturbance_of_a_port() -> None:
    primary = TEXT.replace("laggproto lacp", "laggproto failover")
    backup = primary.replace("1c<ACTIVE,", "18<", 1)

    assert [bad for _, _, bad in events(changed((primary, []), (backup, [])))] == [False]


def test_the_port_that_is_disturbed_most_is_marginal_with_its_times() -> None:
    down = ["em1: link state changed to DOWN", "em1: link state changed to UP"]
    both = [*down, "em0: link state changed to DOWN", "em0: link state changed to UP"]

    watch = changed((TEXT, []), (TEXT, down), (TEXT, [*down, *both]))

    assert watch.marginal == "em1"
    assert [event.clock for event in watch.ports[1].disturbances] == ["08:00:01", "08:00:02"]
    assert changed((TEXT, []), (TEXT, both)).marginal == ""
    assert changed((TEXT, []), (TEXT, [])).marginal == ""


def test_a_lagg_that_goes_is_named_once_and_followed_when_it_is_back() -> None:
    nothing = TEXT[: TEXT.index("lagg0:")]
    down = ["em1: link state changed to DOWN"]

    watch = changed((TEXT, []), (nothing, []), (nothing, []), (TEXT, []), (TEXT, down))
    away = changed((TEXT, []), (nothing, []))

    assert events(watch) == [
        ("lagg0", "it is gone", True),
        ("lagg0", "it is there again", False),
        ("em1", "link lost", True),
    ]
    assert (away.title, away.looked) == ("lagg0: it is gone", 1.0)
    assert watch.title.startswith("lagg0 lacp: 2 of 2 ports active")


def test_a_nas_that_does_not_answer_is_named_once_and_is_no_marginal_port() -> None:
    watch = changed((TEXT, []))
    outage = Outage(1.0, UnreachableError("nas: nothing answers; try again"))

    for _ in range(2):
        watch.miss(outage)
    silent = watch.title
    watch.see(Look(3.0, "08:00:03", parse(TEXT), ["em1: link state changed to DOWN"]))

    assert events(watch) == [
        ("NAS", "it does not answer: nas: nothing answers", True),
        ("NAS", "it answers again", False),
        ("em1", "link lost", True),
    ]
    assert silent == "lagg0: the NAS does not answer"
    assert watch.title.startswith("lagg0 lacp")
    assert watch.marginal == "em1"


def test_what_is_no_lagg_is_refused() -> None:
    with pytest.raises(UsageError, match="the LAGGs of this host: lagg0"):
        LaggWatch("em0").see(Look(0.0, "", parse(TEXT)))


@given(
    st.lists(st.integers(0, 10_000), unique=True, min_size=4, max_size=20),
    st.lists(st.integers(10_001, 20_000), unique=True, max_size=10),
    st.integers(0, 20),
)
def test_new_lines_are_those_behind_the_old_ones_though_the_oldest_have_gone(
    old: list[int], added: list[int], gone: int
) -> None:
    before, new = [str(number) for number in old], [str(number) for number in added]
    kept = before[min(gone, len(before) - 3) :]

    assert list(new_lines(before, kept + new)) == new


def test_new_lines_that_repeat_the_old_ones_are_new_though_the_oldest_was_cut() -> None:
    flap = ["lagg0: link state changed to UP", "lagg0: link state changed to DOWN"]
    before = ["em0: promiscuous mode enabled", *flap, *flap]

    assert list(new_lines(before, ["mode enabled", *flap, *flap, *flap])) == flap


def test_all_lines_are_new_after_a_reboot() -> None:
    assert list(new_lines(["a", "b", "c"], ["Copyright", "b"])) == ["Copyright", "b"]
