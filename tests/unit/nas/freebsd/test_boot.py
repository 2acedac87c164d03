"""The next boot as it is read from rc.conf, against what it was on real hosts."""

from __future__ import annotations

import dataclasses

import pytest

from lagg_tool.ifconfig import parse
from lagg_tool.lagg import HostState, InterfaceState
from lagg_tool.nas.freebsd.boot import BootInterface, Variables, next_boot
from lagg_tool.nas.freebsd.observation import read_interfaces, read_rc_conf
from tests.replay.recording import Recording, load, names
from tests.support.paths import RECORDINGS

HOST = "freebsd-15.1"


def booted(recording: Recording) -> HostState:
    answers = {step.value: step.stdout for step in recording.steps if step.kind == "run"}
    return HostState(
        interfaces=read_interfaces(parse(answers["ifconfig -a"])),
        rc_conf=read_rc_conf(answers["sysrc -a"]),
        system="FreeBSD nas.test 15.1-RELEASE-p1 FreeBSD",
    )


def facts_of_boot(found: BootInterface, primary: str) -> dict[str, object]:
    return {
        "up": found.up,
        "mtu": found.mtu,
        "addresses": sorted(str(each) for each in found.addresses if not each.ip.is_link_local),
        "protocol": found.protocol if found.lagg else None,
        "ports": sorted(found.ports),
        "primary": (found.ports[0] if found.ports else "") if primary else "",
    }


def facts_seen(found: InterfaceState, primary: str) -> dict[str, object]:
    seen = [str(each.address) for each in found.addresses if not each.address.ip.is_link_local]
    return {
        "up": found.up,
        "mtu": found.mtu,
        "addresses": sorted(seen),
        "protocol": found.lagg.protocol if found.lagg else None,
        "ports": sorted(port.name for port in found.lagg.ports) if found.lagg else [],
        "primary": primary,
    }


def primary_of(found: InterfaceState) -> str:
    marked = [port.name for port in found.lagg.ports if port.primary] if found.lagg else []
    return marked[0] if marked else ""


@pytest.mark.parametrize("name", names(HOST))
def test_the_next_boot_is_what_the_recorded_host_became(name: str) -> None:
    host = booted(load(RECORDINGS / HOST / f"{name}.json"))

    boot = next_boot(host)

    for interface, found in host.interfaces.items():
        if interface == "lo0":
            continue
        primary = primary_of(found)
        assert facts_of_boot(boot.interfaces[interface], primary) == facts_seen(found, primary), (
            interface
        )


def configured(**rc_conf: str) -> HostState:
    interfaces = [*(f"vtnet{number}" for number in range(5)), "em0", "em1", "lo0"]
    able = frozenset({"VLAN_MTU"})
    return HostState(
        {name: InterfaceState(name, enabled=able) for name in interfaces}, rc_conf=rc_conf
    )


def test_a_line_that_ifconfig_does_not_finish_has_done_a_part() -> None:
    boot = next_boot(
        configured(
            cloned_interfaces="lagg0",
            ifconfig_lagg0="laggport nosuch0 laggproto lacp laggport vtnet1 inet6 mtu 9000",
        )
    )

    assert boot.interfaces["lagg0"].ports == ["vtnet1"]
    assert boot.interfaces["lagg0"].mtu == 1500
    assert [each.text for each in boot.unclear] == ["ifconfig_lagg0: ifconfig stops at 'inet6'"]


def test_each_answer_is_about_the_host_as_it_is_then() -> None:
    host = configured(cloned_interfaces="lagg0", ifconfig_lagg0="mtu 9000")
    assert next_boot(host).interfaces["lagg0"].mtu == 9000
    assert isinstance(host.rc_conf, dict)

    host.rc_conf["ifconfig_lagg0"] = "mtu 2000"

    assert next_boot(host).interfaces["lagg0"].mtu == 2000


def test_a_word_that_is_not_known_is_named() -> None:
    boot = next_boot(
        configured(cloned_interfaces="lagg0", ifconfig_lagg0="laggproto lacp fib 1 mtu 9000")
    )

    assert boot.interfaces["lagg0"].mtu == 9000
    assert {each.word for each in boot.unclear} == {"fib"}


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("192.0.2.10", "192.0.2.10/24"),  # by class
        ("inet 172.16.0.1", "172.16.0.1/16"),
        ("inet 10.1.2.3", "10.1.2.3/8"),
        ("inet 192.0.2.10 netmask 0xffffff80", "192.0.2.10/25"),
        ("inet 192.0.2.10 broadcast 192.0.2.255 netmask 255.255.255.0", "192.0.2.10/24"),
        ("inet6 2001:db8::1", "2001:db8::1/64"),
        ("inet6 2001:db8::1 prefixlen 48", "2001:db8::1/48"),
        ("up 192.0.2.1/24 media autoselect", "192.0.2.1/24"),
    ],
)
def test_an_address_is_read_in_any_form(line: str, address: str) -> None:
    found = next_boot(configured(ifconfig_em0=line)).interfaces["em0"]

    assert [str(each) for each in found.addresses] == [address]
    assert found.up


def test_an_alias_adds_and_a_second_line_replaces_nothing() -> None:
    boot = next_boot(
        configured(
            ifconfig_em0="inet 192.0.2.1/24",
            ifconfig_em0_alias5="192.0.2.2/32",
            ifconfig_em0_alias10="inet 192.0.2.3/32",
            ipv4_addrs_em0="198.51.100.8-9/24",
        )
    )

    assert [str(each) for each in boot.interfaces["em0"].addresses] == [
        "192.0.2.1/24",
        "192.0.2.2/32",
        "192.0.2.3/32",
        "198.51.100.8/24",
        "198.51.100.9/32",
    ]


def test_a_carp_address_is_nobody_elses() -> None:
    host = configured(
        ifconfig_em0="inet 192.0.2.1/24",
        ifconfig_em0_alias0="inet vhid 7 pass secret alias 192.0.2.9/32",
    )

    found = next_boot(host).interfaces["em0"]

    assert [str(each) for each in found.addresses] == ["192.0.2.1/24"]
    assert [str(each) for each in found.carp] == ["192.0.2.9/32"]


def test_an_explicit_list_leaves_the_others_alone() -> None:
    host = configured(
        network_interfaces="lo0 vtnet0",
        cloned_interfaces="lagg0",
        ifconfig_vtnet1="up",
        ifconfig_lagg0="laggproto failover laggport vtnet1",
    )

    boot = next_boot(host)

    assert not boot.interfaces["vtnet1"].up
    assert boot.interfaces["lagg0"].ports == ["vtnet1"]


def test_a_vlan_is_made_with_its_parent() -> None:
    host = configured(
        cloned_interfaces="lagg0",
        ifconfig_lagg0="laggproto failover laggport vtnet1 mtu 9000",
        vlans_lagg0="30 office",
        ifconfig_lagg0_30="inet 198.51.100.12/24 mtu 9000",
        create_args_office="vlan 40",
        ifconfig_office="inet 203.0.113.1/24",
    )

    boot = next_boot(host)

    assert (boot.interfaces["lagg0.30"].tag, boot.interfaces["lagg0.30"].mtu) == (30, 9000)
    assert (boot.interfaces["office"].tag, boot.interfaces["office"].parent) == (40, "lagg0")
    assert [str(each) for each in boot.interfaces["office"].addresses] == ["203.0.113.1/24"]


def test_a_lagg_with_another_name_is_found_by_it() -> None:
    host = configured(
        cloned_interfaces="lagg0",
        ifconfig_lagg0_name="uplink0",
        ifconfig_uplink0="laggproto lacp laggport em0 laggport em1 DHCP",
    )

    found = next_boot(host).interfaces["uplink0"]

    assert found.ports == ["em0", "em1"]
    assert found.dhcp


@pytest.mark.parametrize(
    ("rc_conf", "gives"),
    [
        ({"ipv6_ifconfig_em1": "accept_rtadv", "ipv6_enable": "YES"}, True),
        ({"ifconfig_em1_ipv6": "inet6 accept_rtadv"}, True),
        ({"ifconfig_DEFAULT": "up inet6 accept_rtadv"}, False),
        ({"ipv6_enable": "YES"}, False),
    ],
)
def test_a_line_of_a_ports_own_that_listens_to_routers_is_told(
    rc_conf: dict[str, str], gives: bool
) -> None:
    found = next_boot(HostState({"em1": InterfaceState("em1")}, rc_conf)).interfaces["em1"]

    assert Variables(rc_conf).gives_addresses(found) is gives


def test_lines_for_no_interface_that_is_there_do_nothing() -> None:
    host = dataclasses.replace(configured(ifconfig_igb7="inet 192.0.2.1/24"))

    assert "igb7" not in next_boot(host).interfaces


def test_a_list_without_lo0_starts_it_all_the_same() -> None:
    host = configured(network_interfaces="vtnet0", cloned_interfaces="lagg0")

    assert {"lo0", "vtnet0", "lagg0"} == next_boot(host).started
