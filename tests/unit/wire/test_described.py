"""LACPDUs that tcpdump has described in words."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.wire.described import described
from lagg_tool.wire.ethernet import mac_text
from lagg_tool.wire.slow import Info, Lacpdu, State
from tests.unit.wire.test_slow import INFOS

# As tcpdump's print-slow.c has them.
NAMES = (
    *("Activity", "Timeout", "Aggregation", "Synchronization"),
    *("Collecting", "Distributing", "Default", "Expired"),
)


def side(info: Info, name: str, number: int, colon: str) -> str:
    state = ", ".join(word for bit, word in enumerate(NAMES) if info.state & 1 << bit) or "none"
    return (
        f"\t{name} Information TLV (0x0{number}), length{colon} 20\n"
        f"\t  System {mac_text(info.system)}, System Priority {info.system_priority}, "
        f"Key {info.key}, Port {info.port}, Port Priority {info.port_priority}\n"
        f"\t  State Flags [{state}]\n"
    )


def words(pdu: Lacpdu, before: str = "12:00:00.5 ", colon: str = "") -> str:
    """Return what tcpdump -v prints; up to 4.0 with a colon."""
    return (
        f"{before}LACPv1, length{colon} 110\n"
        + side(pdu.actor, "Actor", 1, colon)
        + side(pdu.partner, "Partner", 2, colon)
        + f"\tCollector Information TLV (0x03), length{colon} 16\n\t  Max Delay 0\n"
        f"\tTerminator TLV (0x00), length{colon} 0\n"
    )


@pytest.mark.parametrize(
    "told",
    [
        str,
        str.strip,
        lambda text: "\n".join(textwrap.wrap(text, 72)),
        lambda text: "\n".join(line.strip() for line in text.split("\n")),
        # -vv has the octets, too
        lambda text: text.replace("]\n", "]\n\t  0x0000:  8000 0200 5e00 5301 016b\n"),
    ],
)
@pytest.mark.parametrize("colon", ["", ":"])
@given(actor=INFOS, partner=INFOS)
def test_what_tcpdump_prints_is_the_frame_again(
    told: Callable[[str], str], colon: str, actor: Info, partner: Info
) -> None:
    pdu = Lacpdu(actor, partner)

    (packet,) = described(told(words(pdu, colon=colon)).split("\n"))

    assert Lacpdu.parse(packet.frame) == pdu
    assert packet.frame[6:12] == actor.system


OURS = Info(0x8000, bytes.fromhex("02005e005301"), 7, 0x8000, 2, State.ACTIVITY)
THEIRS = Info(0x8000, bytes.fromhex("02005e0053ff"), 9, 0x8000, 3, State.ACTIVITY)


@pytest.mark.parametrize(
    ("before", "interface"),
    [
        ("", ""),
        ("tcpdump: listening on em1, link-type EN10MB (Ethernet), snapshot length 262144", "em1"),
        ("# tcpdump -i em1 -nvve ether proto 0x8809", "em1"),
        ("# tcpdump -nvei em1", "em1"),
        ("root@nas:~ # tcpdump -n -v -c 2 -i lagg0 -e", "lagg0"),
    ],
)
def test_the_interface_and_the_source_are_those_that_are_said(before: str, interface: str) -> None:
    source = "02:00:5e:00:53:fe > 01:80:c2:00:00:02, ethertype Slow Protocols (0x8809), length 124:"
    text = f"{before}\n{words(Lacpdu(THEIRS, OURS), f'12:00:00.5 {source} ')}"

    (packet,) = described(text.split("\n"))

    assert packet.interface == interface
    assert mac_text(packet.frame[6:12]) == "02:00:5e:00:53:fe"


def test_a_frame_whose_actor_is_cut_out_has_not_that_of_the_frame_before() -> None:
    info = Info(1, bytes(6), 2, 3, 4, State.ACTIVITY)
    whole = words(Lacpdu(info, info))
    cut = whole.replace(side(info, "Actor", 1, ""), "")

    assert len(list(described([whole]))) == 1
    assert len(list(described([whole, cut, whole]))) == 2


def test_times_go_on_over_midnight_and_none_pass_without_them() -> None:
    pdu = Lacpdu(THEIRS, OURS)
    stamped = words(pdu, "23:59:50.5 ") + words(pdu, "00:00:20.5 ")

    assert [each.when for each in described(stamped.split("\n"))] == [86390.5, 86420.5]
    assert {each.when for each in described((words(pdu, "") * 3).split("\n"))} == {0.0}


@given(st.text(alphabet="LACPv1 Actor\nSystem 0:2,TLV()[]length", max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    list(described(text.split("\n")))
