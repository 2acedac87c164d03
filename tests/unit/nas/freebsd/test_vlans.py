"""The VLANs of a file: the commands for each, and whose way they would be in."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    LaggState,
    Management,
    PortState,
    Protocol,
    spec_from_data,
)
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange
from lagg_tool.nas.freebsd.plan.vlans import (
    VlanSteps,
    vlan_boot_findings,
    vlan_changes,
    vlan_differences,
    vlan_findings,
    vlan_management,
    vlan_name,
    vlan_steps,
)

RC_CONF = {
    "cloned_interfaces": "lagg0",
    "ifconfig_em1": "up",
    "ifconfig_lagg0": "laggproto failover laggport em1",
    "vlans_lagg0": "30",
    "ifconfig_lagg0_30": "inet 192.0.2.5/24",
}
ALIEN = InterfaceState("lagg0.50", addresses=(AddressState(ip_interface("203.0.113.1/24")),))


def vlan(tag: int, *addresses: str, **more: Any) -> dict[str, Any]:
    return {"tag": tag, "addresses": list(addresses), **more}


def spec_of(*vlans: dict[str, Any], **more: Any) -> Any:
    fields = {"name": "lagg0", "protocol": "failover", "ports": ["em1"], "vlan": list(vlans)}
    return spec_from_data(fields | more)


def host(*more: InterfaceState, management: Management | None = None, mtu: int = 1500) -> HostState:
    """lagg0.30 has the address of rc.conf and one that somebody gave it; em0 is beside it."""
    own = tuple(AddressState(ip_interface(each)) for each in ("192.0.2.5/24", "192.0.2.77/32"))
    found = [
        InterfaceState("em0", addresses=(AddressState(ip_interface("198.51.100.5/24")),)),
        InterfaceState("em1", capable=frozenset({"VLAN_MTU"}), enabled=frozenset({"VLAN_MTU"})),
        InterfaceState("lagg0", lagg=LaggState(Protocol.FAILOVER, (PortState("em1"),))),
        InterfaceState(
            "lagg0.30", up=True, mtu=mtu, addresses=own, vlan_parent="lagg0", vlan_tag=30
        ),
        *more,
    ]
    return HostState(
        {each.name: each for each in found},
        rc_conf=RC_CONF,
        management=management or Management(),
    )


def words(steps: VlanSteps) -> tuple[list[str], list[str]]:
    first, then = ([step.command.text for step in part] for part in (steps.first, steps.then))
    return first, then


def both(spec: Any, there: HostState) -> tuple[tuple[list[str], list[str]], ...]:
    way, back = vlan_steps(spec, there, there)
    assert all(step.why for step in (*way.first, *way.then, *back.first, *back.then))
    return words(way), words(back)


def test_a_vlan_is_made_whole_and_goes_again_first() -> None:
    addresses = ("203.0.113.1/24", "2001:db8::1/64")

    way, back = both(spec_of(vlan(40, *addresses, mtu=1496)), host())

    assert way == (
        [],
        [
            "ifconfig lagg0.40 create",
            "ifconfig lagg0.40 mtu 1496",
            "ifconfig lagg0.40 inet 203.0.113.1/24 alias",
            "ifconfig lagg0.40 inet6 2001:db8::1/64 alias",
            "ifconfig lagg0.40 up",
        ],
    )
    assert back == (["ifconfig lagg0.40 destroy"], [])


def test_a_vlan_has_the_mtu_of_its_lagg_if_it_names_none() -> None:
    way, _ = both(spec_of(vlan(40, "203.0.113.1/24"), mtu=9000), host())

    assert "ifconfig lagg0.40 mtu 9000" in way[1]


def test_several_vlans_go_in_the_other_order() -> None:
    way, back = both(spec_of(vlan(40), vlan(41)), host())

    assert [text for text in way[1] if "create" in text] == [
        "ifconfig lagg0.40 create",
        "ifconfig lagg0.41 create",
    ]
    assert back == (["ifconfig lagg0.41 destroy", "ifconfig lagg0.40 destroy"], [])


def test_a_vlan_changes_by_what_differs_and_what_others_gave_it_stays() -> None:
    way, back = both(spec_of(vlan(30, "192.0.2.6/24", mtu=1496)), host())

    assert way == (
        ["ifconfig lagg0.30 mtu 1496"],
        ["ifconfig lagg0.30 inet 192.0.2.5 -alias", "ifconfig lagg0.30 inet 192.0.2.6/24 alias"],
    )
    assert back == (
        [],
        [
            "ifconfig lagg0.30 mtu 1500",
            "ifconfig lagg0.30 inet 192.0.2.6 -alias",
            "ifconfig lagg0.30 inet 192.0.2.5/24 alias",
        ],
    )


def test_a_vlan_that_is_down_is_brought_up_and_taken_down_again() -> None:
    there = host()
    down = dataclasses.replace(there.interfaces["lagg0.30"], up=False)
    there = dataclasses.replace(there, interfaces={**there.interfaces, "lagg0.30": down})

    assert both(spec_of(vlan(30, "192.0.2.5/24")), there) == (
        ([], ["ifconfig lagg0.30 up"]),
        ([], ["ifconfig lagg0.30 down"]),
    )


def test_a_vlan_that_is_there_as_it_is_wanted_needs_nothing() -> None:
    spec = spec_of(vlan(30, "192.0.2.5/24"))

    assert both(spec, host()) == (([], []), ([], []))
    assert vlan_changes(spec, host()) == ()


def test_the_change_of_rc_conf_names_the_vlan_and_its_values() -> None:
    addresses = ("192.0.2.6/24", "192.0.2.7/32", "2001:db8::1/64", "2001:db8::2/64")

    changes = vlan_changes(spec_of(vlan(30, "192.0.2.6/24"), vlan(40, *addresses)), host())

    assert changes == (
        RcChange(Edit.SET, "ifconfig_lagg0_30", "inet 192.0.2.6/24 mtu 1500", "inet 192.0.2.5/24"),
        RcChange(Edit.ADD_WORD, "vlans_lagg0", "40", "30"),
        RcChange(Edit.SET, "ifconfig_lagg0_40", "inet 192.0.2.6/24 mtu 1500"),
        RcChange(Edit.SET, "ifconfig_lagg0_40_ipv6", "inet6 2001:db8::1/64"),
        RcChange(Edit.SET, "ifconfig_lagg0_40_alias0", "inet 192.0.2.7/32"),
        RcChange(Edit.SET, "ifconfig_lagg0_40_alias1", "inet6 2001:db8::2/64"),
    )


CARRIES = "lagg0.30 carries this session (from {client} over lagg0.30)"
TAKES = (
    "address {address} of VLAN {vlan} would take over the route to this session's client,"
    " {client}, from {way}"
)


@pytest.mark.parametrize(
    ("client", "way", "vlans", "said"),
    [
        ("192.0.2.9", "lagg0.30", [vlan(30, "192.0.2.5/24")], []),
        ("192.0.2.9", "lagg0.30", [vlan(30, "192.0.2.6/24")], [CARRIES]),
        ("192.0.2.9", "lagg0.30", [vlan(30, "192.0.2.5/24", mtu=1496)], [CARRIES]),
        ("192.0.2.9", "em0", [vlan(30, "192.0.2.5/24")], []),
        ("192.0.2.9", "em0", [vlan(30, "192.0.2.6/24")], [TAKES]),
        ("192.0.2.9", "em0", [vlan(30, "192.0.2.5/24"), vlan(40, "192.0.2.6/24")], [TAKES]),
        ("2001:db8::9%em0", "em0", [vlan(40, "2001:db8::1/64")], [TAKES]),
        ("203.0.113.9", "em0", [vlan(40, "192.0.2.6/24")], []),
        ("", "", [vlan(30, "192.0.2.6/24")], []),
    ],
)
def test_a_vlan_is_in_the_sessions_way_or_not(
    client: str, way: str, vlans: list[dict[str, Any]], said: list[str]
) -> None:
    there = host(management=Management(client, "", way))
    last = vlans[-1]
    facts = {"address": last["addresses"][0], "vlan": f"lagg0.{last['tag']}"}

    found = list(vlan_management(spec_of(*vlans), there))

    assert found == [each.format(client=client, way=way, **facts) for each in said]


def test_the_name_of_a_vlan_may_be_taken_and_its_network_too() -> None:
    spec = spec_of(vlan(40, "198.51.100.6/24"), vlan(50, "2001:db8::1/64"))
    port = InterfaceState(
        "em1.7", addresses=(AddressState(ip_interface("198.51.100.7/24")),), vlan_parent="em1"
    )
    made = InterfaceState(
        "em2", addresses=(AddressState(ip_interface("198.51.100.8/24"), made=True),)
    )

    assert list(vlan_findings(spec, host(ALIEN, port, made))) == [
        (
            "address 198.51.100.6/24 of VLAN lagg0.40: em0 is in that network already"
            " (198.51.100.5/24); choose another network, or remove it there first"
        ),
        "VLAN lagg0.50: there is an interface of this name that is not a VLAN on lagg0",
    ]


def test_a_vlan_may_change_its_address_within_its_network() -> None:
    assert list(vlan_findings(spec_of(vlan(30, "192.0.2.6/24")), host())) == []


def with_rc(there: HostState, **changed: str) -> HostState:
    return dataclasses.replace(there, rc_conf={**there.rc_conf, **changed})


def test_a_vlan_has_the_name_that_it_has_now_or_gets_at_boot() -> None:
    others = (
        InterfaceState("em0.40", vlan_parent="em0", vlan_tag=40),
        InterfaceState("office", vlan_parent="lagg0", vlan_tag=40),
    )
    there = with_rc(
        host(*others),
        vlans_em0="shop",
        create_args_shop="vlan 41",
        vlans_lagg0="30 store",
        create_args_store="vlan 41",
    )
    spec = spec_of(vlan(40), vlan(41), vlan(42))

    names = [vlan_name(spec, each, there) for each in spec.vlans]

    assert names == ["office", "store", "lagg0.42"]


def test_the_way_back_gives_other_vlans_the_mtu_that_a_boot_in_between_took() -> None:
    there = host()
    edited = with_rc(there, ifconfig_lagg0="laggproto failover laggport em1 mtu 9000")

    _, back = vlan_steps(spec_of(mtu=9000), there, edited)
    _, named = vlan_steps(spec_of(vlan(30, "192.0.2.5/24"), mtu=1500), there, edited)

    assert words(back) == (["ifconfig lagg0.30 mtu 1500"], [])
    assert words(named) == ([], [])


@pytest.mark.parametrize(
    ("vlans", "differences"),
    [
        ([vlan(40)], ["VLAN lagg0.40: '' / 'tag 40 on lagg0'"]),
        (
            [vlan(30, "192.0.2.6/24", mtu=1496)],
            [
                "VLAN lagg0.30, MTU: '1500' / '1496'",
                "VLAN lagg0.30, addresses: '192.0.2.5/24' / '192.0.2.6/24'",
            ],
        ),
        ([vlan(30, "192.0.2.5/24")], []),
    ],
)
def test_what_the_next_boot_makes_of_a_vlan_is_compared(
    vlans: list[dict[str, Any]], differences: list[str]
) -> None:
    found = vlan_differences(spec_of(*vlans), host())

    assert [f"{each.field}: {each.boot!r} / {each.wanted!r}" for each in found] == differences


def test_a_tag_that_takes_from_the_mtu_is_a_finding_with_a_way_out() -> None:
    early = with_rc(host(), cloned_interfaces="lagg0 lagg0.30", vlans_lagg0="")

    [mtu] = vlan_boot_findings(spec_of(vlan(30, "192.0.2.5/24")), early)
    [address] = vlan_boot_findings(spec_of(vlan(30, "192.0.2.6/24", mtu=1496)), early)
    [missing] = vlan_boot_findings(spec_of(vlan(40)), host())

    assert mtu.startswith("after the next boot, VLAN lagg0.30, MTU is 1496, and is to be 1500: it")
    assert "have it made by vlans_lagg0" in mtu
    assert mtu.endswith("or write mtu = 1496 for it in the file")
    assert address.endswith("addresses is 192.0.2.5/24, and is to be 192.0.2.6/24")
    assert "tag 40 on lagg0" in missing
    assert "vlans_lagg0" not in missing


def test_no_order_of_the_two_families_is_a_difference() -> None:
    there = with_rc(host(), ifconfig_lagg0_30_ipv6="inet6 2001:db8::1/64")

    assert vlan_differences(spec_of(vlan(30, "2001:db8::1/64", "192.0.2.5/24")), there) == ()


def test_variables_that_say_more_of_a_vlan_than_the_file_are_deleted() -> None:
    more = {
        "ifconfig_lagg0_30_alias0": "inet 192.0.2.8/32",
        "ifconfig_lagg0_30_ipv6": "inet6 2001:db8::1/64",
        "ipv4_addrs_lagg0_30": "192.0.2.9/32",
    }

    changes = vlan_changes(spec_of(vlan(30)), with_rc(host(), **more))

    assert changes[0] == RcChange(
        Edit.SET, "ifconfig_lagg0_30", "mtu 1500", RC_CONF["ifconfig_lagg0_30"]
    )
    assert set(changes[1:]) == {RcChange(Edit.DELETE, key, "", more[key]) for key in more}


def test_the_vlans_of_a_port_hide_no_other_network() -> None:
    port, other = (
        InterfaceState(name, addresses=(AddressState(ip_interface(text)),), vlan_parent=parent)
        for name, text, parent in (
            ("em1.7", "203.0.113.7/24", "em1"),
            ("em2", "203.0.113.8/24", ""),
        )
    )

    [finding] = vlan_findings(spec_of(vlan(40, "203.0.113.6/24")), host(port, other))

    assert "em2 is in that network already (203.0.113.8/24)" in finding


def test_a_variable_that_is_right_is_not_set_again() -> None:
    there = with_rc(
        host(),
        ifconfig_lagg0_30="inet 192.0.2.5/24 mtu 1500",
        ifconfig_lagg0_30_alias0="inet 192.0.2.8/32",
    )

    [change] = vlan_changes(spec_of(vlan(30, "192.0.2.5/24")), there)

    assert (change.edit, change.variable) == (Edit.DELETE, "ifconfig_lagg0_30_alias0")


def test_a_vlan_that_no_boot_makes_keeps_the_addresses_of_others() -> None:
    there = with_rc(host(), vlans_lagg0="")

    assert both(spec_of(vlan(30, "192.0.2.5/24")), there) == (([], []), ([], []))


def test_another_mtu_of_a_vlan_has_no_reason_that_is_not_its_own() -> None:
    lower = with_rc(host(), ifconfig_lagg0_30="inet 192.0.2.5/24 mtu 1496")

    assert list(vlan_boot_findings(spec_of(vlan(30, "192.0.2.5/24")), lower)) == [
        "after the next boot, VLAN lagg0.30, MTU is 1496, and is to be 1500"
    ]
