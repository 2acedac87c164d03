"""The commands that put a Linux host back; tests/integration/test_linux_vm.py runs them."""

import json
from typing import Any

import pytest

from lagg_tool.errors import UnreadableError
from lagg_tool.nas.linux.restoring import (
    Snapshot,
    foreign_changes,
    manual_restore_commands,
    restore_commands,
    snapshot_of,
)
from lagg_tool.nas.made import Made

MADE = Made.of({"bond0"}, ("eth1", "eth2"))
PATH = "/proc/sys/net/ipv6/conf/eth1/disable_ipv6"


def link(name: str, **fields: Any) -> dict[str, Any]:
    plain = {"address": "02:00:00:00:00:01", "mtu": 1500, "flags": ["BROADCAST"], "addr_info": []}
    return {"ifname": name, **plain, **fields}


def snapshot(
    *links: dict[str, Any], neighbours: tuple[dict[str, str], ...] = (), ipv6: str = "1"
) -> Snapshot:
    return snapshot_of([json.dumps(links), json.dumps(neighbours), f"{PATH}:{ipv6}\n"])


BEFORE = snapshot(link("eth1"), link("eth2"), link("eth9"))


def lines(now: Snapshot, before: Snapshot = BEFORE) -> list[str]:
    return [command.text for command in restore_commands(before, now, MADE)]


def test_nothing_is_done_where_nothing_changed() -> None:
    assert lines(BEFORE) == []


def test_what_is_on_a_bond_goes_before_the_bond_and_ports_wait() -> None:
    now = snapshot(
        link("eth1", master="bond0", flags=["UP"]),
        link("eth2"),
        link("eth9"),
        link("bond0"),
        link("bond0.7", link="bond0"),
    )

    assert lines(now) == ["ip link delete dev bond0.7", "ip link delete dev bond0"]


def test_a_port_gets_back_all_that_it_had() -> None:
    address = {"family": "inet", "local": "198.51.100.1", "prefixlen": 24, "scope": "global"}
    own = {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "scope": "link"}
    now = snapshot(
        link(
            "eth1",
            master="br7",
            flags=["UP"],
            mtu=9000,
            address="02:00:00:00:00:02",
            ifalias="text",
            addr_info=[address, own],
        ),
        link("eth2"),
        link("eth9", flags=["UP"], mtu=900),
        ipv6="0",
    )

    assert lines(now) == [
        "ip link set dev eth1 nomaster",
        "ip address del 198.51.100.1/24 dev eth1",
        "ip link set dev eth1 down",
        "ip link set dev eth1 address 02:00:00:00:00:01 mtu 1500 alias ''",
        "ip link set dev eth1 down",
        "sysctl -w net.ipv6.conf.eth1.disable_ipv6=1",
    ]


def test_a_port_that_was_in_use_is_in_use_again() -> None:
    address = {"family": "inet", "local": "192.0.2.3", "prefixlen": 24, "scope": "global"}
    before = snapshot(link("eth1", flags=["UP"], master="br7", addr_info=[address]))

    assert lines(snapshot(link("eth1")), before) == [
        "ip link set dev eth1 master br7",
        "ip link set dev eth1 up",
        "ip address add 192.0.2.3/24 dev eth1",
    ]


def test_only_neighbours_with_addresses_of_tests_are_forgotten() -> None:
    now = snapshot(
        *(link("eth1"), link("eth2"), link("eth9")),
        neighbours=(
            {"dst": "192.0.2.9", "dev": "eth1", "lladdr": "02:11:22:33:44:55"},
            {"dst": "10.0.2.9", "dev": "eth1", "lladdr": "02:11:22:33:44:55"},
        ),
    )

    assert lines(now) == ["ip neighbour del 192.0.2.9 dev eth1"]


def test_what_others_made_is_named_and_stays() -> None:
    now = snapshot(link("eth1"), link("eth2"), link("eth9"), link("bond7"))

    assert lines(now) == []
    assert foreign_changes(BEFORE, now, MADE) == ["bond7"]


def test_a_person_takes_the_bonds_away_but_not_one_that_was_there() -> None:
    before = snapshot(link("eth1"), link("bond0"))

    commands = [command.text for command in manual_restore_commands(before, ["eth1"])]

    assert commands[:2] == ["ip link delete dev bond1", "ip link delete dev bond2"]
    assert commands[-1] == "ip link set dev eth1 down"


@pytest.mark.parametrize("text", ["[]", "", 'Object "address" is unknown'])
def test_an_answer_without_interfaces_is_no_answer(text: str) -> None:
    with pytest.raises(UnreadableError):
        snapshot_of([text, "[]", ""])
