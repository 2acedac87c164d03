"""The commands for the settings of a LAGG that stays."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lagg_tool.nas.freebsd.plan.setting_steps import settings_steps
from tests.unit.nas.freebsd.test_steps import LAGG, ONE, SIX, TWO, host, said


@pytest.mark.parametrize(
    ("now", "after", "words"),
    [
        ({}, {}, []),
        ({}, {"mtu": 9000}, ["lagg0 mtu 9000"]),
        ({}, {"layers": ("l2", "l3")}, ["lagg0 lagghash l2,l3"]),
        ({}, {"layers": ()}, []),
        ({"flowid_shift": 16}, {"flowid_shift": 8}, ["lagg0 flowid_shift 8"]),
        ({"flowid_shift": 8}, {"flowid_shift": 8}, []),
        ({"flowid_shift": 8}, {}, []),
        ({"rr_limit": 1}, {"rr_limit": 5}, ["lagg0 rr_limit 5"]),
        ({"rr_limit": 5}, {"rr_limit": 5}, []),
        ({"rr_limit": 5}, {}, []),
        ({}, {"description": "two words"}, ["lagg0 description 'two words'"]),
        ({"description": "x"}, {}, ["lagg0 -description"]),
        ({"up": False}, {}, ["lagg0 up"]),
        ({}, {"up": False}, ["lagg0 down", "em1 up", "em2 up"]),
        (
            {"down": frozenset({"em2"})},
            {"up": False, "down": frozenset({"em2"})},
            ["lagg0 down", "em1 up", "em2 down"],
        ),
        ({"up": False}, {"up": False}, []),
        (
            {"up": False},
            {"up": False, "addresses": (ONE,)},
            ["lagg0 inet 192.0.2.5/24 alias", "lagg0 down", "em1 up", "em2 up"],
        ),
        ({"down": frozenset({"em1", "em3"})}, {}, ["em1 up"]),
        ({}, {"down": frozenset({"em2", "em3"})}, ["em2 down"]),
        ({}, {"switches": frozenset()}, ["lagg0 -use_numa"]),
        ({}, {"switches": frozenset({"USE_FLOWID", "USE_NUMA"})}, ["lagg0 use_flowid"]),
        (
            {"switches": frozenset({"USE_FLOWID", "USE_NUMA"})},
            {},
            ["lagg0 -use_flowid use_numa"],
        ),
        (
            {"switches": frozenset({"USE_NUMA", "LACP_STRICT"})},
            {"switches": frozenset({"USE_NUMA", "LACP_FAST_TIMO"})},
            ["lagg0 -lacp_strict lacp_fast_timeout"],
        ),
        ({"enabled": frozenset({"LRO"})}, {}, []),
        ({"enabled": frozenset({"LRO"})}, {"enabled": frozenset({"LRO"})}, []),
        (
            {"enabled": frozenset({"RXCSUM"})},
            {"enabled": frozenset({"RXCSUM", "TXCSUM"})},
            ["lagg0 txcsum"],
        ),
        (
            {"enabled": frozenset({"LRO", "RXCSUM"})},
            {"enabled": frozenset({"RXCSUM", "TXCSUM"})},
            ["lagg0 -lro txcsum"],
        ),
        ({}, {"enabled": frozenset({"RXCSUM"})}, ["lagg0 -txcsum -lro rxcsum"]),
        (
            {"addresses": (ONE,)},
            {"addresses": (TWO,)},
            ["lagg0 inet 192.0.2.5 -alias", "lagg0 inet 198.51.100.5/24 alias"],
        ),
        (
            {"addresses": (ONE, TWO)},
            {"addresses": (ONE, SIX)},
            ["lagg0 inet 198.51.100.5 -alias", "lagg0 inet6 2001:db8::5/64 alias"],
        ),
        (
            {"addresses": (ONE, TWO)},
            {"addresses": (TWO, ONE)},
            [
                "lagg0 inet 192.0.2.5 -alias",
                "lagg0 inet 198.51.100.5 -alias",
                "lagg0 inet 198.51.100.5/24 alias",
                "lagg0 inet 192.0.2.5/24 alias",
            ],
        ),
        (
            {},
            {"ipv6": True, "addresses": (SIX,)},
            ["lagg0 inet6 -ifdisabled", "lagg0 inet6 2001:db8::5/64 alias"],
        ),
        ({}, {"ipv6": True, "ipv6_auto": True}, ["lagg0 inet6 -ifdisabled accept_rtadv"]),
        (
            {"ipv6": True},
            {"ipv6": True, "ipv6_auto": True},
            ["lagg0 inet6 -ifdisabled accept_rtadv"],
        ),
        (
            {"ipv6": True, "ipv6_auto": True},
            {"ipv6": True},
            ["lagg0 inet6 -accept_rtadv"],
        ),
        ({}, {"dhcp": True}, ["daemon -f dhclient lagg0"]),
        ({"dhcp": True}, {"dhcp": True}, []),
    ],
)
def test_a_setting_that_differs_has_its_command(
    now: dict[str, Any], after: dict[str, Any], words: list[str]
) -> None:
    before, wanted = (dataclasses.replace(LAGG, **each) for each in (now, after))

    steps = settings_steps(before, wanted, host())

    assert said(steps) == words
    assert all(step.why for step in steps)


def test_a_lease_is_dropped_first_and_the_addresses_that_stay_are_named() -> None:
    before = dataclasses.replace(LAGG, dhcp=True, addresses=(ONE, SIX), ipv6=True)

    lease, rest = settings_steps(
        before, dataclasses.replace(before, dhcp=False, ipv6=False), host()
    )

    assert lease.why == "no DHCP any more, and no address of a lease"
    assert lease.command.text.split()[-2:] == ["lagg0", "192.0.2.5"]
    assert rest.why == "IPv6 was disabled"
    assert rest.command.text.split()[-1] == "lagg0"
