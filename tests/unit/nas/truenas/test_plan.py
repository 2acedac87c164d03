"""Plans for TrueNAS: calls to its middleware, and the calls that lead back."""

from ipaddress import ip_interface
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    JailState,
    LaggState,
    PortState,
    Protocol,
    spec_from_data,
)
from lagg_tool.nas.truenas.plan import (
    EDITABLE,
    fields_of,
    make_middleware_plan,
    removal_middleware_plan,
    restoring_calls,
    same,
)

PORTS = ("em0", "em1")


def nic(name: str, description: str = "") -> dict[str, Any]:
    blank = {"aliases": [], "ipv4_dhcp": False, "ipv6_auto": False, "mtu": None, "options": ""}
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


def test_the_jails_and_bridges_of_a_nas_are_named() -> None:
    ports = (PortState("vtnet1"), PortState("vtnet2"))
    made = {
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
    host = HostState({**made, "lagg0": lagg0, "bridge0": bridge}, jails=jails)
    items = {"lagg0": lagg(), **{name: nic(name) for name in ("vtnet1", "vtnet2", "vtnet3")}}
    data = {"name": "lagg0", "protocol": "lacp", "ports": ["vtnet1", "vtnet2", "vtnet3"]}

    changed = make_middleware_plan(spec_from_data(data), items, host)
    gone = removal_middleware_plan("lagg0", items, host)

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
