"""Who is on a bridge with the LAGG, and which bridges the next boot puts it into."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.lagg import AddressState, HostState, InterfaceState, JailState, Protocol
from lagg_tool.nas.freebsd.plan.bridges import boot_bridge_notes, bridge_mtu_notes, users_notes
from lagg_tool.nas.freebsd.plan.config import LaggConfig

LAGG = LaggConfig("lagg0", Protocol.FAILOVER, ("em1", "em2"))
OWN = (AddressState(ip_interface("192.0.2.5/24")),)


def host(*members: str, rc_conf: Any = None, **groups: str) -> HostState:
    found = [
        InterfaceState("lagg0", addresses=OWN),
        InterfaceState("lagg0.30", vlan_parent="lagg0", vlan_tag=30),
        InterfaceState("bridge0", members=members),
        *(InterfaceState(name, groups=(group,)) for name, group in groups.items()),
    ]
    jails = (JailState(3, "web", addresses=("192.0.2.5",)), JailState(4, "db", vnet=True))
    return HostState({each.name: each for each in found}, rc_conf or {}, jails=jails)


@pytest.mark.parametrize(
    ("certain", "lose", "loses"),
    [(True, "lose", "loses"), (False, "may lose", "may lose")],
)
def test_all_that_use_the_lagg_are_named(certain: bool, lose: str, loses: str) -> None:
    there = host("lagg0", "mine", "tap0", "epair3b", "vnet0.4", "em9", mine="vm-port")

    assert list(users_notes("lagg0", there, certain=certain)) == [
        (
            "lagg0 is a member of bridge0 with mine (of a virtual machine), tap0 (of a virtual"
            " machine), epair3b (of a jail), vnet0.4 (of the jail db), em9: what is behind it,"
            f" jails and virtual machines perhaps, {loses} the network for a moment"
        ),
        f"jails run with addresses of lagg0, and {lose} the network for a moment: web (192.0.2.5)",
        f"VLANs use lagg0, and {lose} the network with it for a moment: lagg0.30",
    ]


def test_a_vlan_alone_on_a_bridge_is_named() -> None:
    assert next(users_notes("lagg0", host("lagg0.30"), certain=True)).startswith("jails run")
    assert list(users_notes("lagg0", host("lagg0.30"), certain=True))[1] == (
        "lagg0.30 is a member of bridge0: what is behind it, jails and virtual machines perhaps,"
        " loses the network for a moment"
    )
    assert not list(users_notes("lagg1", host("lagg0", "tap0"), certain=True))


def test_the_members_of_a_bridge_are_to_have_one_mtu() -> None:
    after = dataclasses.replace(LAGG, mtu=9000)

    assert list(bridge_mtu_notes(LAGG, after, host("lagg0", "tap0", "em9"))) == [
        (
            "lagg0 gets MTU 9000 and is a member of bridge0, whose members are to have one MTU"
            " (if_bridge(4)): set that of bridge0, tap0, em9 too"
        )
    ]
    assert not list(bridge_mtu_notes(LAGG, LAGG, host("lagg0", "tap0")))
    assert not list(bridge_mtu_notes(LAGG, after, host("tap0")))


AUTO = {"autobridge_interfaces": "bridge0 bridge1", "autobridge_bridge0": "em7 lagg*"}
PUTS = "puts lagg0 into bridge0 at the next boot"
SHARES = "bridge0 then shares its network"


def test_the_next_boot_puts_the_lagg_into_bridges() -> None:
    auto = f"rc.conf: autobridge_bridge0='em7 lagg*' {PUTS}"
    line = f"rc.conf: ifconfig_bridge0='addm em7 addm lagg0' {PUTS}: {SHARES}"
    lines = {"ifconfig_bridge0": "addm em7 addm lagg0", "ifconfig_bridge1": "addm em7 lagg0"}

    assert next(iter(boot_bridge_notes("lagg0", (), LAGG, host(rc_conf=AUTO)))) == (
        f"{auto}, and already when it is made, if devd runs: {SHARES}"
    )
    assert list(boot_bridge_notes("lagg0", (), LAGG, host(rc_conf=lines))) == [line]
    there = host("lagg0", "lagg0.30", rc_conf={**AUTO, **lines})
    assert not list(boot_bridge_notes("lagg0", ("lagg0.30",), LAGG, there))


def test_vlans_that_are_there_or_wanted_are_put_into_bridges_too() -> None:
    rc_conf = {"create_args_bridge0": "addm lagg0.30 addm office"}

    notes = list(boot_bridge_notes("lagg0", ("office",), LAGG, host(rc_conf=rc_conf)))

    said = "rc.conf: create_args_bridge0='addm lagg0.30 addm office' puts"
    assert notes == [
        f"{said} lagg0.30 into bridge0 at the next boot: {SHARES}",
        f"{said} office into bridge0 at the next boot: {SHARES}",
    ]


def test_a_bridge_loses_a_lagg_that_goes() -> None:
    rc_conf = {"ifconfig_bridge0": "addm lagg0"}

    assert list(boot_bridge_notes("lagg0", (), None, host("lagg0", rc_conf=rc_conf))) == [
        "rc.conf: ifconfig_bridge0='addm lagg0' names lagg0, and bridge0 loses it"
    ]


def test_a_bridge_that_is_to_have_a_port_is_without_it() -> None:
    rc_conf = {"ifconfig_bridge0": "addm em2"}

    assert list(boot_bridge_notes("lagg0", (), LAGG, host(rc_conf=rc_conf))) == [
        (
            "rc.conf: ifconfig_bridge0='addm em2' is for port em2 too; the kernel takes no port of"
            " a LAGG into a bridge, and one that is in it before is deaf there, so that bridge0 is"
            " without it. If bridge0 is to have the LAGG, name lagg0 there"
        )
    ]


@pytest.mark.parametrize("port", ["lagg0", "em1"])
def test_what_is_not_followed_on_a_bridge_is_named_once(port: str) -> None:
    rc_conf = {
        "create_args_bridge0": f"addm {port}",
        "ifconfig_bridge0": f"addm {port} +iftagged vlanfilter",
        "vlans_bridge0": "7",
    }

    assert list(boot_bridge_notes("lagg0", (), LAGG, host(rc_conf=rc_conf)))[2:] == [
        (
            "rc.conf: ifconfig_bridge0: this tool does not understand '+iftagged'; which VLANs pass"
            " bridge0 after the next boot is not known"
        ),
        (
            "rc.conf: vlans_bridge0='7': this tool does not know VLANs on a bridge; what it makes"
            " of the next boot is not known"
        ),
    ]
