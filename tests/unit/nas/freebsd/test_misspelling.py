"""Variables of rc.conf with a slip in their name, and those without one."""

import pytest

from lagg_tool.nas.freebsd.boot.misspelling import misspelt

NAMES = ("em0", "em1", "lag1", "lo0")


def slips(**rc_conf: str) -> list[tuple[str, str]]:
    return [(each.variable, each.meant) for each in misspelt("lagg0", NAMES[:2], rc_conf, NAMES)]


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("ifconfig_lagg0_description", "ifconfig_lagg0_descr"),
        ("ifconfig_lagg0_desc", "ifconfig_lagg0_descr"),
        ("ifconfig_em1_Descr", "ifconfig_em1_descr"),
        ("ifconfig_lagg0_inet6", "ifconfig_lagg0_ipv6"),
        ("ifconfig_lagg0_ip6", "ifconfig_lagg0_ipv6"),
        ("ipv6_addrs_lagg0", "ifconfig_lagg0_ipv6"),
        ("ifconfig_lagg0_alais0", "ifconfig_lagg0_alias0"),
        ("ifconfig_lagg0_alias_2", "ifconfig_lagg0_alias2"),
        ("ifconfig_lagg0_aliases1", "ifconfig_lagg0_alias1"),
        ("ifconfig_lagg0_alias", "ifconfig_lagg0_aliases"),
        ("ifconfg_lagg0", "ifconfig_lagg0"),
        ("Ifconfig_em0", "ifconfig_em0"),
        ("create_arg_lagg0", "create_args_lagg0"),
        ("ipv4_addr_lagg0", "ipv4_addrs_lagg0"),
        ("vlan_lagg0", "vlans_lagg0"),
        ("ifconfig_lag0", "ifconfig_lagg0"),
        ("ifconfig_lgag0", "ifconfig_lagg0"),
        ("ifconfig_LAGG0_ipv6", "ifconfig_lagg0_ipv6"),
        ("ifconfig_1agg0", "ifconfig_lagg0"),
        ("cloned_interface", "cloned_interfaces"),
        ("clone_interfaces", "cloned_interfaces"),
        ("network_interface", "network_interfaces"),
        ("ifconfig_default", "ifconfig_DEFAULT"),
    ],
)
def test_a_slip_is_named_with_the_right_name(variable: str, meant: str) -> None:
    assert slips(**{variable: "x"}) == [(variable, meant)]


@pytest.mark.parametrize(
    "variable",
    [
        "ifconfig_lagg0",
        "ifconfig_lagg0_ipv6",
        "ifconfig_lagg0_alias12",
        "ifconfig_lagg0_name",
        "ifconfig_lagg0_30",
        "ifconfig_lagg0_30_description",
        "ifconfig_lagg0_mtu",  # rc knows none of it, and nothing that is like it
        "ifconfig_lagg1",
        "ifconfig_lagg10_descr",
        "ifconfig_lag1",  # an interface of that name
        "ifconfig_em2",
        "ifconfig_igb0",
        "vlans_lagg0",
        "vlans_em0",
        "wlans_em0",
        "autobridge_lagg0",
        "ipv6_prefix_lagg0",
        "dhclient_flags_lagg0",
        "ipv6_network_interfaces",
        "gif_interfaces",
        "cloned_interfaces_sticky",
        "autobridge_interfaces",
        "defaultrouter",
        "hostname",
    ],
)
def test_what_rc_knows_or_nothing_is_like_is_no_slip(variable: str) -> None:
    assert slips(**{variable: "x"}) == []


@pytest.mark.parametrize(
    "beside",
    [
        {"ifconfig_lagg0": "up"},
        {"ifconfig_em7_name": "lag0"},
        {"cloned_interfaces": "lag0"},
    ],
)
def test_another_interface_is_not_taken_for_the_lagg(beside: dict[str, str]) -> None:
    assert slips(ifconfig_lag0="up", **beside) == []
