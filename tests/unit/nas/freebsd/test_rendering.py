"""The lines of a plan for people."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface

from lagg_tool.lagg import Protocol
from lagg_tool.nas.freebsd.plan.bootview import Difference
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange
from lagg_tool.nas.freebsd.plan.rendering import plan_lines
from lagg_tool.nas.freebsd.plan.step import ifconfig_step

STEPS = (ifconfig_step("why", "lagg0", "up"),)
BARE = LaggConfig("lagg0", Protocol.LACP, ("em1", "em2"), up=False, enabled=frozenset({"LRO"}))
FULL = LaggConfig(
    "lagg0",
    Protocol.ROUNDROBIN,
    ("em2", "em3"),
    mtu=9000,
    description="storage",
    addresses=tuple(map(ip_interface, ("192.0.2.1/24", "2001:db8::1/64"))),
    dhcp=True,
    ipv6_auto=True,
    layers=("l2", "l3"),
    switches=frozenset({"USE_NUMA", "LACP_STRICT"}),
    flowid_shift=8,
    rr_limit=5,
    enabled=frozenset({"TXCSUM", "RXCSUM"}),
    down=frozenset({"em3", "em2"}),
    mac="02:00:00:00:00:01",
)


def test_every_field_that_changes_has_a_line() -> None:
    assert plan_lines(BARE, FULL, STEPS, (), ()) == [
        "now:",
        "  ~ protocol: lacp -> roundrobin",
        "  ~ ports: em1 em2 -> em2 em3",
        "  ~ mtu: 1500 -> 9000",
        "  ~ description: (none) -> storage",
        "  ~ addresses: (none) -> 192.0.2.1/24 2001:db8::1/64",
        "  ~ dhcp: (none) -> yes",
        "  ~ ipv6_auto: (none) -> yes",
        "  ~ lagghash: l2,l3,l4 -> l2,l3",
        "  ~ lagg options: (none) -> LACP_STRICT USE_NUMA",
        "  ~ flowid_shift: (none) -> 8",
        "  ~ rr_limit: (none) -> 5",
        "  ~ offloading: LRO -> RXCSUM TXCSUM",
        "  ~ state: down -> up",
        "  ~ ports down: (none) -> em2 em3",
        "  ~ mac: (none) -> 02:00:00:00:00:01",
        "commands:",
        "  ifconfig lagg0 up  # why",
    ]


def test_what_a_lagg_takes_from_its_ports_is_no_field_of_its_creation_or_removal() -> None:
    made = plan_lines(None, BARE, STEPS, (), ())
    gone = plan_lines(FULL, None, STEPS, (), ())

    assert made[:3] == ["now:", "  + protocol: lacp", "  + ports: em1 em2"]
    assert "  - protocol: roundrobin" in gone
    assert not any(word in each for each in made + gone for word in ("offloading", "mac:"))


def test_a_mac_address_that_the_file_leaves_open_is_no_change() -> None:
    assert not any("mac" in each for each in plan_lines(FULL, BARE, STEPS, (), ()))


def test_the_next_boot_and_rc_conf_are_told_apart_from_now() -> None:
    boot = (Difference("mtu", "", "9000"), Difference("ports", "em1", ""))
    rc = (
        RcChange(Edit.DELETE, "old", "", "was"),
        RcChange(Edit.SET, "new", "is", None),
        RcChange(Edit.SET, "both", "is", "was"),
    )

    assert plan_lines(BARE, dataclasses.replace(BARE), (), rc, boot) == [
        "after the next boot, as rc.conf is:",
        "  ~ mtu: (none) -> 9000",
        "  ~ ports: em1 -> (none)",
        "rc.conf, once it is confirmed:",
        '  - old="was"',
        '  + new="is"',
        '  ~ both="was" -> "is"',
    ]
    assert plan_lines(BARE, BARE, (), (), ()) == []
