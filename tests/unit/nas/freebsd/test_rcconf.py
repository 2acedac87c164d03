"""What changes in rc.conf with a LAGG, variable by variable, and what stays."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.lagg import HostState, InterfaceState, Protocol, Record
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.rcconf import (
    Edit,
    RcChange,
    as_written,
    boot_value,
    boot_variables,
    clone_of,
    has_mac_of,
    kept_variables,
    rc_changes,
)

MAC = "02:00:00:00:00:aa"
LAGG = LaggConfig("lagg0", Protocol.FAILOVER, ("em1", "em2"), switches=frozenset({"USE_NUMA"}))
LINE = "laggproto failover laggport em1 laggport em2"
RC_CONF = {
    "cloned_interfaces": "lagg0",
    "ifconfig_em1": "up",
    "ifconfig_em2": "up",
    "ifconfig_lagg0": LINE,
}


def host(rc_conf: dict[str, str], record: Record | None = None, **ports: Any) -> HostState:
    found = {
        name: InterfaceState(name, ether=f"02:00:00:00:00:0{place}", **ports.get(name, {}))
        for place, name in enumerate(("em1", "em2", "em3", "wlan0"))
    }
    return HostState(found, rc_conf=rc_conf, records={"lagg0": record} if record else {})


def changes(before: LaggConfig | None, after: LaggConfig | None, there: HostState) -> list[str]:
    return [
        f"{each.variable}: {each.before} -> {each.after}"
        for each in rc_changes(before, after, "lagg0", there)
    ]


@pytest.mark.parametrize(
    ("edit", "value", "after"),
    [
        (Edit.SET, "c", "c"),
        (Edit.DELETE, "", None),
        (Edit.ADD_WORD, "c", "a b c"),
        (Edit.REMOVE_WORD, "a", "b"),
        (Edit.REMOVE_WORD, "a b", ""),
    ],
)
def test_a_change_knows_the_value_behind_it(edit: Edit, value: str, after: str | None) -> None:
    change = RcChange(edit, "v", value, "a  b")

    assert change.after == after
    assert as_written(host({"v": "a  b", "w": "1"}), [change]).rc_conf.get("v") == after
    assert as_written(host({"v": "a  b", "w": "1"}), [change]).rc_conf["w"] == "1"


def test_a_word_is_added_to_a_variable_that_is_not_there() -> None:
    assert RcChange(Edit.ADD_WORD, "v", "c").after == "c"
    assert as_written(host({}), [RcChange(Edit.DELETE, "v")]).rc_conf == {}


def test_a_new_lagg_adds_itself_its_line_and_what_brings_its_ports_up() -> None:
    there = host({"cloned_interfaces": "bridge0", "ifconfig_em1": "up mtu 9000"})

    assert changes(None, LAGG, there) == [
        "cloned_interfaces: bridge0 -> bridge0 lagg0",
        f"ifconfig_lagg0: None -> {LINE} mtu 1500",
        "ifconfig_em2: None -> up",
    ]


def test_a_lagg_that_boots_as_it_is_wanted_changes_nothing() -> None:
    assert changes(LAGG, LAGG, host(RC_CONF)) == []


def test_what_keeps_a_lagg_from_its_boot_is_put_right_and_the_rest_stays() -> None:
    there = host(
        RC_CONF
        | {
            "ifconfig_lagg0": f"{LINE} 192.0.2.99/24",
            "ifconfig_lagg0_alias0": "inet 192.0.2.50/32 vhid 1",
            "ifconfig_lagg0_alias1": "inet 192.0.2.51/32",
        }
    )

    assert changes(LAGG, LAGG, there) == [
        f"ifconfig_lagg0: {LINE} 192.0.2.99/24 -> {LINE}",
        "ifconfig_lagg0_alias1: inet 192.0.2.51/32 -> None",
    ]
    assert kept_variables("lagg0", there) == ("ifconfig_lagg0_alias0",)


@pytest.mark.parametrize(
    ("rc_conf", "record", "gone"),
    [
        ({}, None, ["cloned_interfaces: lagg0 -> "]),
        ({}, Record(("cloned_interfaces",)), ["cloned_interfaces: lagg0 -> None"]),
        (
            {"cloned_interfaces": "lagg0 lagg1"},
            Record(("cloned_interfaces",)),
            ["cloned_interfaces: lagg0 lagg1 -> lagg1"],
        ),
        (
            {"cloned_interfaces": "lagg0:sticky lagg1"},
            None,
            ["cloned_interfaces: lagg0:sticky lagg1 -> lagg1"],
        ),
        (
            {"cloned_interfaces": "lagg0 lagg1 lagg0:sticky lagg0"},
            None,
            ["cloned_interfaces: lagg0 lagg1 lagg0:sticky lagg0 -> lagg1"],
        ),
        ({"cloned_interfaces": "lagg1"}, None, []),
    ],
)
def test_a_lagg_that_goes_takes_its_word_and_its_variables_along(
    rc_conf: dict[str, str], record: Record | None, gone: list[str]
) -> None:
    there = host({**RC_CONF, "ifconfig_lagg0_descr": "ours", **rc_conf}, record)

    assert changes(LAGG, None, there)[: len(gone)] == gone
    assert sorted(changes(LAGG, None, there)[len(gone) :]) == [
        f"ifconfig_lagg0: {LINE} -> None",
        "ifconfig_lagg0_descr: ours -> None",
    ]


def test_ports_that_leave_lose_what_was_made_for_the_lagg_alone() -> None:
    record = Record(("ifconfig_em1", "ifconfig_em2"))
    before = dataclasses.replace(LAGG, mac=MAC)
    there = host({**RC_CONF, "ifconfig_em1": f"ether {MAC} up"}, record)
    other = host({**RC_CONF, "ifconfig_em1": f"ether {MAC} mtu 9000"})

    assert changes(before, None, there)[-2:] == [
        f"ifconfig_em1: ether {MAC} up -> None",
        "ifconfig_em2: up -> None",
    ]
    assert changes(before, None, other)[-1] == f"ifconfig_em1: ether {MAC} mtu 9000 -> mtu 9000"
    assert has_mac_of(before, "em1", there.rc_conf)
    assert not has_mac_of(before, "em2", there.rc_conf)
    assert not has_mac_of(LAGG, "em1", there.rc_conf)
    assert not has_mac_of(dataclasses.replace(LAGG, mac="02::1"), "em1", there.rc_conf)


def test_the_first_port_gets_the_mac_address_at_boot_and_a_wireless_one_is_made_with_it() -> None:
    after = dataclasses.replace(LAGG, ports=("em1", "em2", "wlan0"), mac=MAC)
    there = host(
        {
            **RC_CONF,
            "ifconfig_em1": "ether 02::1 mtu 9000",
            "create_args_wlan0": "wlanaddr x country DE",
        },
        wlan0={"groups": ("wlan",)},
    )

    found = changes(LAGG, after, there)

    assert f"ifconfig_em1: ether 02::1 mtu 9000 -> ether {MAC} mtu 9000" in found
    assert f"create_args_wlan0: wlanaddr x country DE -> country DE wlanaddr {MAC}" in found
    assert not any(each.startswith("ifconfig_em2") for each in found)


def test_a_port_whose_addresses_move_keeps_the_rest() -> None:
    rc_conf = {
        **RC_CONF,
        "ifconfig_em1": "inet 192.0.2.5/24 mtu 9000",
        "ifconfig_em1_alias0": "inet 192.0.2.6/32",
        "ifconfig_em1_descr": "left",
        "ifconfig_em2": "DHCP",
    }

    moved = rc_changes(None, LAGG, "lagg0", host(rc_conf), ["em1", "em2", "em3"])

    values = {each.variable: each.after for each in moved}
    assert values["ifconfig_em1"] == "mtu 9000"
    assert values["ifconfig_em1_alias0"] is None
    assert values["ifconfig_em2"] == "up"
    assert "ifconfig_em1_descr" not in values
    assert "ifconfig_em3" not in values


def test_a_clone_has_the_name_that_rc_conf_gives_it() -> None:
    assert clone_of("lagg0", {}) == "lagg0"
    assert clone_of("lagg0:sticky", {}) == "lagg0"
    assert clone_of("lagg1", {"ifconfig_lagg1_name": "lan"}) == "lan"


FOUR, OTHER = ip_interface("192.0.2.5/24"), ip_interface("192.0.2.6/32")
SIX, MORE = ip_interface("2001:db8::5/64"), ip_interface("2001:db8::6/128")


@pytest.mark.parametrize(
    ("fields", "own_mtu", "words"),
    [
        ({}, 1500, ""),
        ({}, 9000, "mtu 1500"),
        ({"mtu": 9000}, 1500, "mtu 9000"),
        ({"layers": ("l2", "l3")}, 1500, "lagghash l2,l3"),
        ({"layers": ()}, 1500, ""),
        ({"switches": frozenset()}, 1500, "-use_numa"),
        ({"switches": frozenset({"USE_NUMA", "USE_FLOWID"})}, 1500, "use_flowid"),
        ({"flowid_shift": 16}, 1500, ""),
        ({"flowid_shift": 8}, 1500, "flowid_shift 8"),
        ({"rr_limit": 1}, 1500, ""),
        ({"rr_limit": 5}, 1500, "rr_limit 5"),
        ({"switches": frozenset(), "flowid_shift": 8}, 1500, "-use_numa flowid_shift 8"),
        ({"switches": frozenset(), "rr_limit": 5}, 1500, "-use_numa rr_limit 5"),
        ({"boot_offloads": ("-lro",)}, 1500, "-lro"),
        ({"addresses": (SIX, FOUR, OTHER), "dhcp": True}, 1500, "192.0.2.5/24 SYNCDHCP"),
    ],
)
def test_the_line_of_a_lagg_has_what_differs_from_a_new_one(
    fields: dict[str, Any], own_mtu: int, words: str
) -> None:
    config = dataclasses.replace(LAGG, **fields)

    assert boot_value(config, host({}), own_mtu, "SYNCDHCP") == f"{LINE} {words}".rstrip()


def test_what_a_sysctl_may_change_is_said_in_the_line() -> None:
    there = dataclasses.replace(
        host({}),
        sysctls={
            "net.link.lagg.default_use_flowid": "1",
            "net.link.lagg.default_flowid_shift": "8",
        },
    )

    value = boot_value(dataclasses.replace(LAGG, flowid_shift=16), there)

    assert value == f"{LINE} -use_flowid use_numa flowid_shift 16"


def test_every_address_and_the_description_has_its_variable() -> None:
    config = dataclasses.replace(
        LAGG, addresses=(FOUR, OTHER, SIX, MORE), ipv6_auto=True, description="two words"
    )
    there = host({"ifconfig_lagg0_alias0": "inet 192.0.2.50/32 vhid 1"})

    variables = boot_variables(config, there)

    assert variables["ifconfig_lagg0_ipv6"] == "inet6 2001:db8::5/64 accept_rtadv"
    assert variables["ifconfig_lagg0_descr"] == "two words"
    assert variables["ifconfig_lagg0_alias1"] == "inet 192.0.2.6/32"
    assert variables["ifconfig_lagg0_alias2"] == "inet6 2001:db8::6/128"
    assert "ifconfig_lagg0_alias0" not in variables
    assert (
        boot_variables(dataclasses.replace(LAGG, ipv6_auto=True), there)["ifconfig_lagg0_ipv6"]
        == "inet6 accept_rtadv"
    )
    assert list(boot_variables(LAGG, there)) == ["ifconfig_lagg0"]


@pytest.mark.parametrize("word", ["DHCP", "SYNCDHCP"])
def test_a_lagg_asks_for_a_lease_by_the_word_of_its_port(word: str) -> None:
    after = dataclasses.replace(LAGG, dhcp=True)
    there = host({**RC_CONF, "ifconfig_em1": word})

    moved = rc_changes(None, after, "lagg0", there, ["em1"])

    values = {each.variable: (each.before, each.after) for each in moved}
    assert values["ifconfig_lagg0"] == (LINE, f"{LINE} {word}")
    assert values["ifconfig_em1"] == (word, "up")


def test_an_ipv6_address_asks_for_no_advertisements() -> None:
    variables = boot_variables(dataclasses.replace(LAGG, addresses=(SIX,)), host({}))

    assert variables["ifconfig_lagg0_ipv6"] == "inet6 2001:db8::5/64"


def test_a_variable_with_an_address_beside_that_of_carp_is_not_kept() -> None:
    aliases = "inet 192.0.2.50/32 vhid 1 inet 192.0.2.51/32"

    assert kept_variables("lagg0", host({"ifconfig_lagg0_aliases": aliases})) == ()


def test_a_port_without_a_variable_gets_one_with_the_mac_address_and_up() -> None:
    after = dataclasses.replace(LAGG, mac=MAC)
    there = host({key: value for key, value in RC_CONF.items() if key != "ifconfig_em1"})

    assert f"ifconfig_em1: None -> ether {MAC} up" in changes(LAGG, after, there)


def test_what_goes_is_deleted() -> None:
    alone = host(RC_CONF, Record(("cloned_interfaces",)))

    gone = rc_changes(LAGG, None, "lagg0", alone)

    assert [(each.edit, each.value) for each in gone] == [(Edit.DELETE, "")] * 2
