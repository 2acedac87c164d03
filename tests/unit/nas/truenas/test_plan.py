"""Plans for TrueNAS: calls to its middleware, and the calls that lead back."""

import dataclasses
from ipaddress import ip_interface
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    JailState,
    LaggState,
    Management,
    PortState,
    Protocol,
    spec_from_data,
)
from lagg_tool.nas.truenas.plan import (
    EDITABLE,
    fields_of,
    kernel_differences,
    make_middleware_plan,
    removal_middleware_plan,
    restoring_calls,
    same,
)

PORTS = ("em0", "em1")


def nic(name: str, description: str = "") -> dict[str, Any]:
    blank = {"aliases": [], "ipv4_dhcp": False, "ipv6_auto": False, "mtu": None, "options": ""}
    blank |= {"disable_offload_capabilities": False}
    return {"name": name, "type": "PHYSICAL", "description": description, **blank}


def lagg(**fields: Any) -> dict[str, Any]:
    return {**nic("lagg0"), "lag_protocol": "LACP", "lag_ports": list(PORTS), **fields}


ITEMS = st.fixed_dictionaries(
    {port: st.builds(nic, st.just(port), st.sampled_from(["", "left"])) for port in PORTS},
    optional={
        "lagg0": st.builds(
            lagg,
            mtu=st.sampled_from([None, 9000]),
            lag_protocol=st.sampled_from(["LACP", "NONE"]),
            description=st.sampled_from(["", "storage"]),
        )
    },
)


def called(items: dict[str, Any], name: str, before: dict[str, Any]) -> dict[str, Any]:
    """Return what the database holds after the middleware has carried out the calls."""
    now = {key: dict(value) for key, value in items.items()}
    for call in restoring_calls(name, before, items):
        if call.method == "interface.delete":
            for port in now.pop(call.arguments[0])["lag_ports"]:
                now[port] = nic(port)
        elif call.method == "interface.update":
            now[call.arguments[0]].update(call.arguments[1])
        else:
            now[name] = {**nic(name), **call.arguments[0]}
    return now


@given(ITEMS, ITEMS)
def test_the_restoring_calls_lead_back_from_anywhere(
    before: dict[str, Any], now: dict[str, Any]
) -> None:
    after = called(now, "lagg0", before)

    assert set(after) == set(before)
    for name, item in before.items():
        assert all(same(key, after[name], item[key]) for key in EDITABLE)


@given(ITEMS)
def test_nothing_is_called_when_nothing_changed(items: dict[str, Any]) -> None:
    assert restoring_calls("lagg0", items, items) == []


def test_a_spec_becomes_the_fields_of_a_request() -> None:
    spec = spec_from_data(
        {
            "name": "lagg0",
            "protocol": "loadbalance",
            "ports": ["em1", "em0"],
            "addresses": ["192.0.2.1/24", "2001:db8::1/64"],
            "options": "lagghash l3,l4",
        }
    )

    fields = fields_of(spec)

    assert fields["lag_protocol"] == "LOADBALANCE"
    assert fields["lag_ports"] == ["em1", "em0"]
    assert fields["mtu"] is None
    assert [(a["type"], a["netmask"]) for a in fields["aliases"]] == [("INET", 24), ("INET6", 64)]
    assert fields["options"] == "lagghash l3,l4"


SPEC = {"name": "lagg0", "protocol": "lacp", "ports": ["em0", "em1"]}
CHANGED: list[dict[str, Any]] = [
    {"protocol": "loadbalance"},
    {"ports": ["em1", "em0"]},
    {"ports": ["em0", "em1", "em2"]},
    {"description": "storage"},
    {"mtu": 9000},
    {"addresses": ["192.0.2.1/24"]},
    {"dhcp": True},
    {"ipv6_auto": True},
    {"options": "lagghash l3"},
    {"offload": False},
]


def made(**changed: Any) -> InterfaceState:
    ports = (PortState("em0"), PortState("em1"))
    lagg = LaggState(Protocol.LACP, ports, layers=("l2", "l3", "l4"), flowid_shift=16)
    return dataclasses.replace(InterfaceState("lagg0", up=True, lagg=lagg), **changed)


def host(lagg0: InterfaceState | None) -> HostState:
    nics = {name: InterfaceState(name, up=True) for name in ("em0", "em1", "em2")}
    return HostState(nics | ({"lagg0": lagg0} if lagg0 else {}))


@pytest.mark.parametrize("change", CHANGED, ids=str)
def test_whatever_a_plan_changes_is_brought_back_from_its_record(change: dict[str, Any]) -> None:
    items = {name: nic(name) for name in ("em0", "em1", "em2")} | {"lagg0": lagg()}
    plan = make_middleware_plan(spec_from_data(SPEC | change), items, host(made()))
    [there] = plan.calls
    fields = there.arguments[1]

    [back] = restoring_calls("lagg0", plan.before, items | {"lagg0": lagg(**fields)})

    assert (there.method, there.arguments[0]) == ("interface.update", "lagg0")
    assert fields.keys() == back.arguments[1].keys()
    assert all(items["lagg0"][key] == value for key, value in back.arguments[1].items())


def test_a_plan_is_empty_where_the_database_has_the_spec() -> None:
    spec = spec_from_data(SPEC | {"addresses": ["192.0.2.1/24"], "offload": True})
    alias = {"type": "INET", "address": "192.0.2.1", "netmask": 24}
    item = lagg(aliases=[alias], description=None)
    state = dataclasses.replace(host(made()), management=Management("192.0.2.9", "", "em1"))

    plan = make_middleware_plan(spec, {"lagg0": item}, state)

    assert plan.empty
    assert (plan.findings, plan.management) == ((), ())


def test_a_port_that_carries_the_session_is_not_taken_away_unnoticed() -> None:
    items = {name: nic(name) for name in ("em0", "em1", "em2")} | {"lagg0": lagg()}
    state = dataclasses.replace(host(made()), management=Management("192.0.2.9", "", "em1"))

    plan = make_middleware_plan(spec_from_data(SPEC | {"ports": ["em0", "em2"]}), items, state)

    assert plan.management[0].startswith("em1 carries this session")
    assert set(plan.before) == {"lagg0", "em0", "em1", "em2"}


def test_a_new_lagg_is_one_call_whose_record_takes_it_away_again() -> None:
    items = {name: nic(name) for name in ("em0", "em1", "em2")}
    spec = spec_from_data(SPEC | {"mtu": 9000, "addresses": ["192.0.2.1/24"]})

    plan = make_middleware_plan(spec, items, host(None))

    [call] = plan.calls
    [request] = call.arguments
    assert (call.method, request["type"], request["name"]) == (
        "interface.create",
        "LINK_AGGREGATION",
        "lagg0",
    )
    assert (request["mtu"], request["aliases"][0]["address"]) == (9000, "192.0.2.1")
    assert (plan.name, plan.spec) == ("lagg0", spec)
    assert plan.before == {name: items[name] for name in ("em0", "em1")}
    [back] = restoring_calls("lagg0", plan.before, items | {"lagg0": lagg(**request)})
    assert (back.method, back.arguments) == ("interface.delete", ("lagg0",))


def test_a_removal_keeps_what_it_takes_to_undo_it() -> None:
    items = {name: nic(name, "left") for name in ("em0", "em1", "em2")} | {"lagg0": lagg()}
    vlan = InterfaceState("vlan7", vlan_parent="lagg0")
    management = Management("192.0.2.9", "", "em1")
    state = HostState({**host(made()).interfaces, "vlan7": vlan}, management=management)

    plan = removal_middleware_plan("lagg0", items, state)

    assert [(call.method, call.arguments) for call in plan.calls] == [
        ("interface.delete", ("lagg0",))
    ]
    assert set(plan.before) == {"lagg0", "em0", "em1"}
    assert plan.findings[0].startswith("lagg0: the following VLANs depend on this interface")
    assert plan.management[0].startswith("em1 carries this session")
    assert removal_middleware_plan("lagg0", {"lagg0": lagg(lag_ports=[])}, state).empty
    assert removal_middleware_plan("lagg1", items, state).empty


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"name": "bond0"}, "bond0: TrueNAS knows only names such as lagg0"),
        ({"protocol": "broadcast"}, "protocol broadcast: TrueNAS does not offer it"),
        ({"ports": ["em0", "em7"]}, "port em7: there is no such interface"),
        ({"ports": ["em0", "em2.5"]}, "port em2.5: it is a VLAN"),
        ({"dhcp": True}, "DHCP: only one interface can use it, and em2 does"),
        ({"ipv6_auto": True}, "IPv6 autoconfiguration: only one interface can use it, and em2"),
        ({"addresses": ["198.51.100.1/24"]}, "address 198.51.100.1/24: em2 is in that network"),
        ({"mac": "02:00:00:00:00:01"}, "mac: TrueNAS keeps no MAC address"),
        ({"vlan": [{"tag": 30}]}, "[[vlan]]: TrueNAS makes VLANs in its web interface"),
        ({"bond": {"miimon": 100}}, "[bond]: miimon is of Linux's bonding driver"),
    ],
)
def test_what_truenas_cannot_have_is_a_reason(change: dict[str, Any], words: str) -> None:
    items = {name: nic(name) for name in ("em0", "em1", "em2")}
    items["em2"] |= {"ipv4_dhcp": True, "ipv6_auto": True}
    taken = (AddressState(ip_interface("198.51.100.9/24")),)
    more = {
        "em2": InterfaceState("em2", addresses=taken),
        "em2.5": InterfaceState("em2.5", vlan_parent="em2"),
    }
    state = HostState(
        {**host(None).interfaces, **more}, management=Management("203.0.113.9", "", "em0")
    )

    plan = make_middleware_plan(spec_from_data(SPEC | change), items, state)

    assert [text.startswith(words) for text in plan.findings] == [True] * bool(words)
    assert any(text.startswith("em0 carries this session") for text in plan.management)


def test_a_lagg_made_beside_the_middleware_is_a_reason_against_its_change() -> None:
    items = {"lagg0": lagg(lag_ports=[])}

    plan = make_middleware_plan(spec_from_data(SPEC), items, host(made()))

    assert [call.method for call in plan.calls] == ["interface.create"]
    assert plan.findings[0].startswith("lagg0: it was made beside the middleware")
    assert plan.before == {}


ADDRESS = (AddressState(ip_interface("192.0.2.1/24")),)


@pytest.mark.parametrize(
    ("kernel", "change", "text"),
    [
        (made(), {}, ""),
        (made(addresses=ADDRESS), {"addresses": ["192.0.2.1/24"]}, ""),
        (made(), {"ports": ["em1", "em0"]}, ""),  # the middleware has an order of its own
        (None, {}, "there is no lagg0"),
        (made(), {"protocol": "failover"}, "protocol is lacp, not failover"),
        (made(), {"ports": ["em0", "em2"]}, "ports is ['em0', 'em1'], not ['em0', 'em2']"),
        (made(), {"mtu": 9000}, "mtu is 1500, not 9000"),
        (made(), {"description": "storage"}, "description is , not storage"),
        (made(), {"addresses": ["192.0.2.1/24"]}, "addresses: 192.0.2.1/24 missing"),
        (made(), {"options": "lagghash l3"}, "option lagghash did not take effect"),
        (made(), {"options": "flowid_shift 2"}, "option flowid_shift did not take effect"),
        (made(), {"options": "lacp_fast_timeout"}, "option switches did not take effect"),
    ],
)
def test_what_the_kernel_does_not_have_is_named(
    kernel: InterfaceState | None, change: dict[str, Any], text: str
) -> None:
    found = kernel_differences(spec_from_data(SPEC | change), host(kernel))

    assert bool(found) is bool(text)
    assert text in "; ".join(found)


def test_the_jails_and_bridges_of_a_nas_are_named() -> None:
    ports = (PortState("vtnet1"), PortState("vtnet2"))
    nics = {
        name: InterfaceState(name, ether=f"02:00:00:00:00:0{number}")
        for number, name in enumerate(("vtnet1", "vtnet2", "vtnet3", "vnet0.4"), 1)
    }
    lagg0 = InterfaceState(
        "lagg0",
        lagg=LaggState(Protocol.FAILOVER, ports),
        addresses=(AddressState(ip_interface("192.0.2.50/32")),),
    )
    bridge = InterfaceState("bridge0", members=("lagg0", "vnet0.4"))
    jails = (JailState(3, "ioc-web", addresses=("192.0.2.50",)), JailState(4, "ioc-db", vnet=True))
    state = HostState({**nics, "lagg0": lagg0, "bridge0": bridge}, jails=jails)
    items = {"lagg0": lagg(), **{name: nic(name) for name in ("vtnet1", "vtnet2", "vtnet3")}}
    data = {"name": "lagg0", "protocol": "lacp", "ports": ["vtnet1", "vtnet2", "vtnet3"]}

    changed = make_middleware_plan(spec_from_data(data), items, state)
    gone = removal_middleware_plan("lagg0", items, state)

    assert changed.notes == (
        (
            "lagg0 is a member of bridge0 with vnet0.4 (of the jail ioc-db): what is behind it,"
            " jails and virtual machines perhaps, may lose the network for a moment"
        ),
        (
            "jails run with addresses of lagg0, and may lose the network for a moment:"
            " ioc-web (192.0.2.50)"
        ),
    )
    assert gone.notes[1:] == (
        "the jail ioc-web, which runs, has 192.0.2.50 on lagg0, and loses it",
    )
