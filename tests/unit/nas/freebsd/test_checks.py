"""The reasons against a change, each with what is beside it and is none."""

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
from lagg_tool.nas.freebsd.plan.bridges import users_notes
from lagg_tool.nas.freebsd.plan.checks import (
    address_findings,
    doubts,
    management_findings,
    port_findings,
    removal_findings,
)
from lagg_tool.nas.freebsd.plan.config import LaggConfig, observed

SPEC = {"name": "lagg0", "protocol": "lacp", "ports": ["em1", "em2"]}


def address(text: str, **more: Any) -> AddressState:
    return AddressState(ip_interface(text), **more)


CONSOLE = Management()


def host(management: Management = CONSOLE, **more: InterfaceState) -> HostState:
    """em0 is in a network; lagg0 of em1 and em2 has a VLAN, em3 too, and both are in bridge1."""
    lagg = LaggState(Protocol.LACP, (PortState("em1"), PortState("em2")))
    found = {
        "lo0": InterfaceState("lo0", addresses=(address("127.0.0.1/8"),)),
        "em0": InterfaceState("em0", addresses=(address("192.0.2.5/24"),)),
        **{name: InterfaceState(name) for name in ("em1", "em3")},
        "em2": InterfaceState("em2", addresses=(address("203.0.113.2/24"),)),
        "lagg0": InterfaceState("lagg0", lagg=lagg),
        "lagg0.30": InterfaceState("lagg0.30", vlan_parent="lagg0", vlan_tag=30),
        "em3.7": InterfaceState("em3.7", vlan_parent="em3", vlan_tag=7),
        "bridge1": InterfaceState("bridge1", members=("lagg0", "em3")),
    }
    return HostState(found | more, management=management)


def config(*ports: str, **more: Any) -> LaggConfig:
    return LaggConfig("lagg0", Protocol.LACP, ports, **more)


NEAR, FAR, SIX = "192.0.2.9", "198.51.100.9", "2001:db8::9"
ADDRESS = (ip_interface("198.51.100.1/24"),)
LOCAL = address("fe80::1/64", made=True)
ROUTE = "address 198.51.100.1/24 would take over the route"
DEFAULT = "a new default route may take over the route to this session's client"


@pytest.mark.parametrize(
    ("way", "client", "after", "words"),
    [
        ("", "", config("em1", "em2"), []),  # the console
        ("", FAR, config("em1", "em2"), [f"the route to {FAR} is unknown"]),
        ("em0", NEAR, config("em1", "em2"), []),
        ("em0", NEAR, config("em0", "em1", "em2"), ["em0 carries this session"]),
        ("em1", FAR, config("em2"), ["em1 carries this session"]),  # a port that goes
        ("em1", FAR, None, ["em1 carries this session"]),
        ("lagg0", FAR, None, ["em1 carries", "em2 carries", "lagg0 carries"]),
        ("lagg0.30", FAR, config("em1"), ["em1 carries", "em2 carries", "lagg0 carries"]),
        ("bridge1", FAR, config("em1"), ["em1 carries", "em2 carries", "lagg0 carries"]),
        ("em0", FAR, config("em1", addresses=ADDRESS), [ROUTE]),
        ("em0", NEAR, config("em1", addresses=ADDRESS), []),
        ("em0", "fe80::1%em0", config("em1", addresses=ADDRESS), []),
        ("lagg0", FAR, config("em1", addresses=ADDRESS), ["em1 ", "em2 ", "lagg0 carries"]),
        ("em0", FAR, config("em1", dhcp=True), [DEFAULT]),
        ("em0", NEAR, config("em1", dhcp=True), []),
        ("em0", SIX, config("em1", dhcp=True), []),
        ("em0", SIX, config("em1", ipv6_auto=True), [DEFAULT]),
        ("em0", FAR, config("em1", ipv6_auto=True), []),
        ("em7", FAR, config("em1", dhcp=True), [DEFAULT]),
    ],
)
def test_what_may_cut_the_session_is_named(
    way: str, client: str, after: LaggConfig | None, words: list[str]
) -> None:
    seen = host(Management(client, "192.0.2.5", way))

    found = management_findings("lagg0", observed(seen, "lagg0"), after, seen)

    assert len(found) == len(words)
    assert all(text.startswith(word) for text, word in zip(found, words, strict=True))


SIX_TOO: dict[str, Any] = {"ipv6_auto": True}
MAC = "02:00:00:00:00:05"
LINK_LOCAL = "this session comes to fe80::5%"


@pytest.mark.parametrize(
    ("way", "local", "fields", "stays"),
    [
        ("em0", "fe80::5%em0", {"ports": ["em0"], **SIX_TOO}, True),  # of the same MAC address
        ("em0", "fe80::5%em0", {"ports": ["em0"]}, False),
        ("em0", "fe80::5%em0", {"ports": ["em3", "em0"], **SIX_TOO}, False),
        ("em0", "fe80::5%em0", {"ports": ["em0"], "mac": "02:00:00:00:00:09", **SIX_TOO}, False),
        ("em0", "2001:db8::5", {"ports": ["em0"]}, True),  # it can be in the file
        ("em0", "169.254.0.5", {"ports": ["em0"]}, True),
        ("em0", "fe80::5%em0", {"ports": ["em3"]}, True),
        ("em0.8", "fe80::5%em0.8", {"ports": ["em0"], "vlan": [{"tag": 8}]}, True),
        ("em0.8", "fe80::5%em0.8", {"ports": ["em3", "em0"], "vlan": [{"tag": 8}]}, False),
        # With a MAC address of its own.
        ("em0.9", "fe80::5%em0.9", {"ports": ["em3", "em0"], "vlan": [{"tag": 9}]}, True),
        ("em7", "fe80::5%em7", {"ports": ["em0"]}, True),
    ],
)
def test_a_session_to_a_link_local_address_that_goes_is_refused(
    way: str, local: str, fields: dict[str, Any], *, stays: bool
) -> None:
    vlan = InterfaceState("em0.8", vlan_parent="em0", vlan_tag=8, ether=MAC)
    seen = host(Management("fe80::2%em0", local, way), em0=InterfaceState("em0", ether=MAC))
    own = InterfaceState("em0.9", vlan_parent="em0", vlan_tag=9, ether="02:00:00:00:00:08")
    more = {"em0.8": vlan, "em0.9": own}
    seen = dataclasses.replace(seen, interfaces={**seen.interfaces, **more})
    wanted = spec_from_data({"name": "lagg1", "protocol": "failover", **fields})

    found = [each for each in port_findings(wanted, seen, seen) if each.startswith(LINK_LOCAL)]

    assert len(found) == (0 if stays else 1)


def test_a_new_lagg_may_take_the_port_of_the_session() -> None:
    seen = host(Management(NEAR, "192.0.2.5", "em0"))

    assert management_findings("lagg1", None, config("em0"), seen)
    assert not management_findings("lagg1", None, config("em3"), seen)


@pytest.mark.parametrize(("client", "field"), [(FAR, "dhcp"), (SIX, "ipv6_auto")])
def test_a_default_route_that_the_lagg_had_before_is_no_reason(client: str, field: str) -> None:
    seen = host(Management(client, "192.0.2.5", "em0"))
    before = config("em1", **{field: True})

    assert not management_findings("lagg0", before, before, seen)
    assert management_findings("lagg0", config("em1"), before, seen)


@pytest.mark.parametrize(
    ("mine", "theirs", "finds"),
    [
        ("192.0.2.1/24", address("192.0.2.77/28"), True),
        ("192.0.2.77/28", address("192.0.2.1/24"), True),
        ("198.51.100.1/24", address("192.0.2.1/24"), False),
        ("192.0.2.1/24", address("192.0.2.77/24", made=True), False),
        ("0.0.0.1/8", address("0.0.0.0/8"), False),
        ("2001:db8::1/64", address("2001:db8::2/64"), True),
        ("2001:db8::1/64", address("192.0.2.77/24"), False),
    ],
)
@pytest.mark.parametrize("name", ["em3", "em1", "lagg0"])
def test_a_network_that_another_interface_has_is_named(
    mine: str, theirs: AddressState, finds: bool, name: str
) -> None:
    alone = {each: InterfaceState(each) for each in ("lo0", "em0")}
    card = dataclasses.replace(host().interfaces[name], addresses=(LOCAL, theirs))
    spec = spec_from_data(SPEC | {"addresses": [mine]})

    found = address_findings(spec, host(CONSOLE, **alone | {name: card}))

    # Of a port and of the LAGG itself, the address is the LAGG's.
    assert bool(found) is (finds and name == "em3")
    assert all(f"address {mine}: em3 is in that network already" in text for text in found)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (InterfaceState("em3", addresses=(address("192.0.2.77/24"),)), '["em1", "em2", "em3"]'),
        (InterfaceState("em3", addresses=(address("192.0.2.77/24"),), groups=("tap",)), ""),
        (InterfaceState("em3", addresses=(address("192.0.2.77/24"),), vlan_parent="em0"), ""),
        (InterfaceState("em3", addresses=(address("192.0.2.77/24"),), members=("em0",)), ""),
    ],
)
def test_only_a_network_card_is_asked_to_join_with_its_address(
    card: InterfaceState, words: str
) -> None:
    spec = spec_from_data(SPEC | {"addresses": ["192.0.2.1/24"]})

    [found] = address_findings(spec, host(em0=InterfaceState("em0"), em3=card))

    assert words in found
    assert ("to join with its address" in found) is bool(words)


@pytest.mark.parametrize(
    ("name", "ports", "words"),
    [
        ("lagg0", ["em1", "em2"], []),
        ("lagg1", ["em1"], ["port em1: it is a port of lagg0"]),
        (
            "lagg1",
            ["em3"],
            ["port em3: the VLAN em3.7 on it would go", "port em3: it is a member of bridge1"],
        ),
        ("lagg1", ["em9"], ["port em9: there is no such interface; there are em0, em1,"]),
        ("lagg1", ["em9", "em1"], ["port em9: there is no", "port em1: it is a port of lagg0"]),
        ("lagg1", ["em0"], ["port em0: it has addresses (192.0.2.5/24), useless"]),
    ],
)
def test_a_port_that_cannot_join_is_named(name: str, ports: list[str], words: list[str]) -> None:
    spec = spec_from_data(SPEC | {"name": name, "ports": ports})

    found = port_findings(spec, host(), host())

    assert len(found) == len(words)
    assert all(text.startswith(word) for text, word in zip(found, words, strict=True))


def test_what_is_still_used_is_not_removed() -> None:
    found = removal_findings("lagg0", host())

    assert [text.partition(";")[0] for text in found] == [
        "lagg0: the following VLANs depend on this interface: lagg0.30",
        "lagg0: it is a member of bridge1",
    ]
    assert removal_findings("lagg0", host(), vlans=False) == found[1:]
    assert removal_findings("em0", host()) == []


@pytest.mark.parametrize(
    ("port", "mtu", "finds"),
    [
        ({}, 9000, True),
        ({}, 1500, False),
        ({"mtu": 9000}, 9000, False),
        ({"mtu": 4000}, 9000, True),
        ({"capable": frozenset({"JUMBO_MTU"})}, 9000, False),
        ({"enabled": frozenset({"JUMBO_MTU"})}, 9000, False),
    ],
)
def test_a_driver_that_may_refuse_an_mtu_is_named(
    port: dict[str, Any], mtu: int, finds: bool
) -> None:
    seen = host(em1=InterfaceState("em1", **port))

    found = doubts(config("em1", "em9", mtu=mtu), seen)

    assert bool(found) is finds
    assert all(text.startswith("em1 does not announce JUMBO_MTU") for text in found)


def test_the_bridge_and_the_jail_of_a_vlan_on_a_vlan_lose_the_network_too() -> None:
    above = {
        "lagg0.30.7": InterfaceState("lagg0.30.7", vlan_parent="lagg0.30", vlan_tag=7),
        "bridge2": InterfaceState("bridge2", members=("lagg0.30.7",)),
    }
    found = host(CONSOLE, **above)

    notes = list(users_notes("lagg0", found, certain=True))

    assert any(note.startswith("lagg0.30.7 is a member of bridge2") for note in notes)
    assert notes[-1].endswith("for a moment: lagg0.30, lagg0.30.7")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"em3.7": {"addresses": (AddressState(LOCAL.address, vhid="3"),)}}, "CARP; remove"),
        ({"bridge2": {"members": ("em3.7",)}}, "bridge2 uses it; take it out there first"),
        ({"em3.7.1": {"vlan_parent": "em3.7", "vlan_tag": 1}}, "em3.7.1 uses it; take it out"),
        ({"vlan7": {"vlan_parent": "lagg0", "vlan_tag": 7}}, "vlan7 has the same tag; remove one"),
    ],
)
def test_what_keeps_a_vlan_on_its_port_is_named(found: dict[str, Any], why: str) -> None:
    there = {"em3.7": {"vlan_parent": "em3", "vlan_tag": 7}}
    merged = {
        name: {**there.get(name, {}), **fields} for name, fields in {**there, **found}.items()
    }
    seen = host(CONSOLE, **{name: InterfaceState(name, **each) for name, each in merged.items()})
    spec = spec_from_data(SPEC | {"ports": ["em1", "em3"], "vlan": [{"tag": 7}]})

    [finding] = [each for each in port_findings(spec, seen, seen) if "em3.7" in each]

    assert finding.startswith("port em3: the VLAN em3.7 on it would go deaf; ")
    assert why in finding
