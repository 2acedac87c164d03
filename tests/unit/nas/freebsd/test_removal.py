"""The removal of a LAGG: what goes with it, what goes back to its ports, and how it is undone."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface
from typing import Any

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    LaggState,
    Management,
    PortState,
    Protocol,
    Record,
    Route,
)
from lagg_tool.nas.freebsd.plan import Plan, removal_plan
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange
from tests.unit.nas.freebsd.test_joint import ONE, host, words

OLD = ip_interface(ONE)
SIX = ip_interface("2001:db8:40::1/64")
LINK = AddressState(ip_interface("fe80::1/64"), made=True)


def with_interfaces(state: HostState, *found: InterfaceState, **changed: Any) -> HostState:
    named = {each.name: each for each in found}
    return dataclasses.replace(state, interfaces={**state.interfaces, **named}, **changed)


def removed(state: HostState) -> Plan:
    plan = removal_plan("lagg0", state)
    assert all(step.why for step in (*plan.steps, *plan.inverse))
    return plan


def lines(plan: Plan, of: str) -> list[str]:
    return [each for each in plan.data[of] if not each.startswith("/bin/sh")]


def scripts(plan: Plan, of: str) -> list[str]:
    return [each.split(" sh ")[-1] for each in plan.data[of] if each.startswith("/bin/sh")]


def test_vlans_go_first_and_come_back_as_they_were() -> None:
    office = InterfaceState(
        "lagg0.30",
        up=True,
        mtu=1400,
        vlan_parent="lagg0",
        vlan_tag=30,
        addresses=(AddressState(SIX), LINK),
        nd6=frozenset({"PERFORMNUD"}),
        description="office",
    )
    guests = InterfaceState(
        "guests", vlan_parent="lagg0", vlan_tag=40, nd6=frozenset({"IFDISABLED"})
    )

    plan = removed(with_interfaces(host(), office, guests))

    assert not plan.findings
    assert plan.notes == (
        "VLAN lagg0.30 (tag 30) goes with lagg0, and its addresses: 2001:db8:40::1/64",
        "VLAN guests (tag 40) goes with lagg0",
    )
    assert plan.data["changes"][:3] == words("lagg0.30 destroy", "guests destroy", "lagg0 destroy")
    again = plan.data["inverse"]
    assert again[again.index("ifconfig lagg0.30 create") :] == words(
        "lagg0.30 create",
        "lagg0.30 mtu 1400",
        "lagg0.30 description office",
        "lagg0.30 inet6 -ifdisabled",
        "lagg0.30 inet6 2001:db8:40::1/64 alias",
        "lagg0.30 up",
        "lagg0.40 create",
        "lagg0.40 name guests",
        "guests mtu 1500",
        "guests down",
    )


def test_a_vlan_with_a_protocol_or_a_priority_comes_back_with_them() -> None:
    outer = InterfaceState(
        "lagg0.30", vlan_parent="lagg0", vlan_tag=30, vlan_words="vlanproto 802.1ad vlanpcp 3"
    )

    again = removed(with_interfaces(host(), outer)).data["inverse"]

    made = "vlan create vlan 30 vlandev lagg0 vlanproto 802.1ad vlanpcp 3 name lagg0.30"
    assert again[again.index(f"ifconfig {made}") + 1] == "ifconfig lagg0.30 mtu 1500"


def test_a_session_to_the_link_local_address_of_the_lagg_is_no_way_to_remove_it() -> None:
    way = Management("fe80::2%lagg0", "fe80::1%lagg0", "lagg0")

    findings = removed(dataclasses.replace(host(), management=way)).findings

    assert [each.partition(",")[0] for each in findings] == ["this session comes to fe80::1%lagg0"]


def test_a_vlan_that_is_a_port_of_another_lagg_does_not_go() -> None:
    vlan = InterfaceState("lagg0.30", vlan_parent="lagg0", vlan_tag=30)
    other = InterfaceState("lagg1", lagg=LaggState(Protocol.NONE, (PortState("lagg0.30"),)))

    plan = removed(with_interfaces(host(), vlan, other))

    assert plan.findings == ("lagg0.30: it is a port of lagg1; remove it there first",)
    assert not removed(with_interfaces(host(), vlan)).findings


def test_nothing_of_a_vlan_is_left_in_rc_conf() -> None:
    guests = InterfaceState("guests", vlan_parent="lagg0", vlan_tag=60)
    rc_conf = {
        **host().rc_conf,
        "cloned_interfaces": "lagg0 lagg1 vlan7 vlan8 lagg0.70:sticky vlan9",
        "vlans_lagg0": "30 office",
        "create_args_office": "vlan 50",
        "create_args_vlan8": "vlan 40 vlandev lagg0",
        "create_args_vlan9": "vlan 40 vlandev lagg1",
        "ifconfig_guests": "up",
        "ifconfig_lagg0_30": "inet6 2001:db8:40::1/64",
        "ifconfig_vlan7": "up",
    }

    plan = removed(with_interfaces(host(), guests, rc_conf=rc_conf))

    left = "lagg1 vlan7 vlan8 lagg0.70:sticky vlan9"
    assert plan.rc[0].after == left
    assert list(plan.rc[1:]) == [
        *(
            RcChange(Edit.DELETE, variable, "", rc_conf[variable])
            for variable in (
                "ifconfig_lagg0",
                "vlans_lagg0",
                "ifconfig_guests",
                "ifconfig_lagg0_30",
                "create_args_office",
                "create_args_vlan8",
            )
        ),
        RcChange(Edit.REMOVE_WORD, "cloned_interfaces", "vlan8", left),
        RcChange(
            Edit.REMOVE_WORD,
            "cloned_interfaces",
            "lagg0.70:sticky",
            "lagg1 vlan7 lagg0.70:sticky vlan9",
        ),
    ]


def test_vlans_of_a_lagg_that_no_boot_would_make_go_too() -> None:
    rc_conf = {"vlans_lagg0": "30 office", "ifconfig_lagg0_30": "up", "ifconfig_office": "up"}

    plan = removed(dataclasses.replace(host(), rc_conf=rc_conf))

    assert [(each.edit, each.variable) for each in plan.rc] == [
        (Edit.DELETE, variable) for variable in rc_conf
    ]


# What a record says of ports that are gone, or of addresses that the LAGG has no more, is history.
RECORD = Record(
    addresses={
        "em1": (OLD, ip_interface("203.0.113.1/24")),
        "em9": (OLD,),
        "em2": (ip_interface("203.0.113.9/24"),),
    },
    leases=("em2", "em8"),
    values={"ifconfig_em1": f"inet {ONE}", "ifconfig_em2": "DHCP", "ifconfig_em3": "down"},
)
ROUTES = (
    Route("192.0.2.0/24", "link#5", "lagg0", static=False),
    Route("default", "192.0.2.1", "lagg0"),
    Route("10.0.0.0/8", "198.51.100.1", "lagg0"),
    Route("2001:db8:9::/48", "fe80::2%lagg0", "lagg0"),
    Route("default", "192.0.2.1", "em3"),
)


def test_an_address_goes_back_to_its_port_with_its_routes_and_its_line() -> None:
    em1 = dataclasses.replace(host().interfaces["em1"], nd6=frozenset({"PERFORMNUD"}))
    state = with_interfaces(host(), em1, records={"lagg0": RECORD}, routes=ROUTES)

    plan = removed(state)

    assert plan.notes == (
        "the route to 10.0.0.0/8 by 198.51.100.1 over lagg0 goes, and nothing sets it again",
        f"address {ONE} goes back to em1, which had it before",
    )
    assert lines(plan, "changes") == words(
        "lagg0 destroy",
        "em1 inet6 ifdisabled",
        "em1 inet6 -ifdisabled",
        "em1 up",
        "em2 up",
        f"em1 inet {ONE} alias",
    )
    assert scripts(plan, "changes") == [
        "em1",
        "-inet default 192.0.2.1",
        "-inet6 2001:db8:9::/48 fe80::2%em1",
    ]
    assert lines(plan, "inverse")[0] == "ifconfig em1 inet 192.0.2.10 -alias"
    assert scripts(plan, "inverse") == [
        "-inet default 192.0.2.1",
        "-inet6 2001:db8:9::/48 fe80::2%lagg0",
    ]
    assert [(each.variable, each.before, each.after) for each in plan.rc][-1] == (
        "ifconfig_em1",
        "up",
        f"inet {ONE}",
    )
    assert "ifconfig_em2" not in {each.variable for each in plan.rc}


def test_a_lease_is_asked_for_again_by_the_port_that_had_it() -> None:
    line = "laggproto failover laggport em1 laggport em2 DHCP"
    state = dataclasses.replace(
        host(),
        records={"lagg0": RECORD},
        rc_conf={**host().rc_conf, "ifconfig_lagg0": line},
        dhclients=frozenset({"lagg0"}),
        routes=ROUTES,
    )

    plan = removed(state)

    assert plan.notes == (
        (
            "the route to 10.0.0.0/8 by 198.51.100.1 goes with the lease of lagg0: set it again"
            " once em2 has one (route add 10.0.0.0/8 198.51.100.1), unless the server gives it"
        ),
        "the route to 2001:db8:9::/48 by fe80::2%lagg0 over lagg0 goes, and nothing sets it again",
    )
    assert plan.data["changes"][-1] == "daemon -f dhclient em2"
    assert not scripts(plan, "changes")
    assert scripts(plan, "inverse") == ["em2", "-inet6 2001:db8:9::/48 fe80::2%lagg0"]
    assert plan.rc[-1].variable == "ifconfig_em2"
    assert plan.rc[-1].after == "DHCP"
