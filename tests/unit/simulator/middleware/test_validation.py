"""The middleware's rules, letter for letter as the product words them (truenas-13.3, §6)."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.middleware import schema
from lagg_tool.simulator.middleware.errors import RequestError, UncaughtError
from lagg_tool.simulator.middleware.validation import missing, validate


def nic(name: str, **fields: Any) -> dict[str, Any]:
    item = {
        "name": name,
        "type": "PHYSICAL",
        "state": {"cloned": False},
        "aliases": [],
        "ipv4_dhcp": False,
        "ipv6_auto": False,
        "mtu": None,
    }
    return {**item, **fields}


def others(*items: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item for item in items}


HOST = others(
    nic("em0"),
    nic("em1"),
    nic("em2", ipv4_dhcp=True, ipv6_auto=True),
    nic("em3"),
    nic("em4"),
    nic("igb0", aliases=[{"type": "INET", "address": "10.0.0.5", "netmask": 24}]),
    nic("lagg0", type="LINK_AGGREGATION", state={"cloned": True}, lag_ports=["em3"]),
    nic("vlan5", type="VLAN", state={"cloned": True}, vlan_parent_interface="em4"),
)


def create(**request: Any) -> list[str]:
    """Return the answer of interface.create to a request on that host."""
    try:
        data = schema.accept("interface_create", schema.CREATE, request)
    except RequestError as error:
        return str(error).splitlines()
    if errors := missing("interface_create", data):
        return [str(error) for error in errors]
    return [str(e) for e in validate("interface_create", data, data["type"], HOST)]


def lagg(**request: Any) -> list[str]:
    base = {"type": "LINK_AGGREGATION", "lag_protocol": "LACP", "lag_ports": ["em0", "em1"]}
    return create(**{**base, **request})


START = 'Link aggregation interface must start with "lagg" followed by an unique number.'
ZERO = 'Link aggregation interface name cannot start with "lagg0".'
CRITICAL = 'A lagg using "Failover" protocol is not allowed to be marked critical for failover.'
ALIAS = {"type": "INET", "address": "192.0.2.1", "netmask": 24}


@pytest.mark.parametrize(
    ("request_", "field", "text"),
    [
        ({"type": "BOND"}, "type", "Invalid choice: BOND"),
        ({"name": "bond0"}, "name", START),
        ({"name": "lagg"}, "name", START),
        ({"name": "laggx"}, "name", START),
        ({"name": "lagg00"}, "name", ZERO),
        ({"name": "lagg01"}, "name", ZERO),
        ({"name": "lagg0"}, "name", "Interface name is already in use."),
        ({"lag_protocol": "BROADCAST"}, "lag_protocol", "Invalid choice: BROADCAST"),
        ({"lag_protocol": "lacp"}, "lag_protocol", "Invalid choice: lacp"),
        ({"lag_ports": []}, "lag_ports", "This field cannot be empty."),
        ({"lag_ports": ["em0", "nosuch"]}, "lag_ports.1", "Not a valid interface."),
        (
            {"lag_ports": ["lagg0"]},
            "lag_ports.0",
            "Only physical interfaces are allowed to be a member of Link Aggregation.",
        ),
        ({"lag_ports": ["em3"]}, "lag_ports.0", "Interface em3 is currently in use by lagg0."),
        ({"lag_ports": ["em4"]}, "lag_ports.0", "Interface em4 is currently in use by vlan5."),
        ({"ipv4_dhcp": True}, "ipv4_dhcp", "Only one interface can be used for DHCP."),
        (
            {"ipv6_auto": True},
            "ipv6_auto",
            "Only one interface can have IPv6 autoconfiguration enabled.",
        ),
        (
            {"aliases": [{"type": "INET", "address": "10.0.0.99", "netmask": 24}]},
            "aliases.0",
            "The network 10.0.0.0/24 is already in use by another interface.",
        ),
        ({"aliases": [ALIAS, ALIAS]}, "aliases.1", "This value is not unique."),
        ({"mtu": 1491}, "mtu", "Should be between 1492 and 9216"),
        ({"mtu": 9217}, "mtu", "Should be between 1492 and 9216"),
        ({"options": "mtu 9000 up"}, "options", "MTU should be placed in its own field."),
        (
            {"lag_protocol": "FAILOVER", "failover_critical": True},
            "failover_critical",
            CRITICAL,
        ),
    ],
)
def test_a_broken_rule_is_worded_as_the_product_words_it(
    request_: dict[str, Any], field: str, text: str
) -> None:
    assert lagg(**request_) == [f"[EINVAL] interface_create.{field}: {text}"]


@pytest.mark.parametrize("field", ["lag_protocol", "lag_ports"])
def test_protocol_and_ports_are_required(field: str) -> None:
    request = {"type": "LINK_AGGREGATION", "lag_protocol": "LACP", "lag_ports": ["em0"]}
    del request[field]

    assert create(**request) == [f"[EINVAL] interface_create.{field}: This field is required"]


def test_bridges_have_no_offload_switch() -> None:
    said = create(type="BRIDGE", bridge_members=["em0"], disable_offload_capabilities=True)

    text = "Offloading capabilities is not supported for bridge interfaces"
    assert said == [f"[EINVAL] interface_create.disable_offload_capabilities: {text}"]


@pytest.mark.parametrize(
    ("request_", "field", "text"),
    [
        (
            {"vlan_parent_interface": "em3", "vlan_tag": 7},
            "vlan_parent_interface",
            "Interface em3 is currently in use by lagg0.",
        ),
        (
            {"vlan_parent_interface": "em0", "vlan_tag": 7, "mtu": 9000},
            "mtu",
            "VLAN MTU cannot be bigger than parent interface.",
        ),
    ],
)
def test_vlans_have_rules_of_their_own(request_: dict[str, Any], field: str, text: str) -> None:
    assert create(type="VLAN", **request_) == [f"[EINVAL] interface_create.{field}: {text}"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("aliases", [ALIAS], "Active node IP address"),
        ("mtu", 9000, "MTU"),
        ("ipv4_dhcp", True, "DHCP"),
        ("ipv6_auto", True, "Autconfig for IPv6"),
    ],
)
def test_a_member_of_a_lagg_keeps_what_it_has(field: str, value: Any, words: str) -> None:
    without_dhcp = {name: item for name, item in HOST.items() if name not in ("em2", "em3")}

    errors = validate("interface_update", nic("em3", **{field: value}), "PHYSICAL", without_dhcp)

    assert [str(error) for error in errors] == [
        f"[EINVAL] interface_update.{field}: Interface in use by lagg0. {words} cannot be changed."
    ]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"name": "lagg7"},
        {"name": "lagg²"},  # str.isdigit() knows it for a digit; the kernel does not
        {"lag_ports": ["em0", "em0"]},  # repeated ports pass, and fail later
        {"mtu": 1492},
        {"mtu": 9216},
        {"mtu": None},
        {"options": "up mtu 9000"},  # only options that begin with mtu are caught
        {"options": "lagghash l9"},
        {"aliases": [{"type": "INET6", "address": "2001:db8::1", "netmask": 64}]},
    ],
)
def test_what_the_product_lets_through_passes(request_: dict[str, Any]) -> None:
    assert lagg(**request_) == []


def test_an_ipv4_prefix_of_33_crashes_the_product() -> None:
    with pytest.raises(UncaughtError, match="does not appear to be an IPv4 or IPv6 network"):
        lagg(aliases=[{"type": "INET", "address": "192.0.2.1", "netmask": 33}])


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
fields = st.sampled_from([*schema.CREATE, "nonsense"])


@given(st.dictionaries(fields, json, max_size=6))
def test_any_request_is_answered_by_the_rules(request: dict[str, Any]) -> None:
    try:
        data = schema.accept("interface_create", schema.CREATE, request)
    except RequestError as error:
        said = [str(wrong) for wrong in error.errors]
    else:
        said = [str(wrong) for wrong in missing("interface_create", data)]
        if not said:
            with contextlib.suppress(UncaughtError):  # a netmask out of range
                said = [str(w) for w in validate("interface_create", data, data["type"], HOST)]

    assert all(line.startswith("[EINVAL] interface_create") for line in said)
