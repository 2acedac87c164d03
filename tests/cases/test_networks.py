"""Cases 15 to 17, 22, 23 and 25: the networks that people have."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lagg_tool.errors import SpecError
from lagg_tool.ifconfig import parse
from lagg_tool.lagg import HostState, InterfaceState, spec_from_data
from lagg_tool.nas.freebsd.observation import read_interfaces
from lagg_tool.nas.freebsd.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.rendering import plan_text
from tests.cases import cases
from tests.cases.test_next_boot import CLONE, FULL, LINE, PORTS, host, reboot, spec


def texts(plan: Plan) -> list[str]:
    return [step.command.text for step in plan.steps]


# 15: addresses that are not the LAGG's own


def seen(number: int, **rc_conf: str) -> HostState:
    listed = cases.text(number).partition("\n\n")[0]
    options = "\tlagg options:\n\t\tflags=4<USE_NUMA>\n"  # which -v adds
    listed = listed.replace("\tlaggport: vtnet1", f"{options}\tlaggport: vtnet1")
    ports = "".join(
        f"{name}: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
        f"\tether 02:00:5e:00:53:01\n"
        for name in ("vtnet1", "vtnet2")
    )
    return HostState(read_interfaces(parse(f"{ports}{listed}\n")), rc_conf=rc_conf)


RC_15 = {
    "cloned_interfaces": "lagg0",
    "ifconfig_vtnet1": "up",
    "ifconfig_vtnet2": "up",
    "ifconfig_lagg0": f"{LINE} 192.0.2.10/24",
    "ifconfig_lagg0_alias0": "inet vhid 7 pass PASSWORD alias 192.0.2.1/24",
}


def test_addresses_of_carp_and_of_a_jail_are_left_alone_and_named() -> None:
    plan = make_plan(spec(), seen(15, **RC_15))

    assert plan.empty
    assert plan.notes == (
        "address 192.0.2.1/24 is left alone: CARP group 7 has it",
        (
            "address 192.0.2.50/32 is left alone: rc.conf does not have it, so a jail or another"
            " program may have set it; to remove it: ifconfig lagg0 inet 192.0.2.50 -alias"
        ),
    )


def test_an_address_that_is_added_leaves_the_variable_of_carp_alone() -> None:
    added = spec(addresses=["192.0.2.10/24", "192.0.2.11/32"])

    plan = make_plan(added, seen(15, **RC_15))

    assert texts(plan) == ["ifconfig lagg0 inet 192.0.2.11/32 alias"]
    assert [(each.variable, each.after) for each in plan.rc] == [
        ("ifconfig_lagg0_alias1", "inet 192.0.2.11/32")
    ]
    assert not plan.findings


def test_carp_beside_others_in_one_variable_is_no_ones_to_edit() -> None:
    mixed = RC_15 | {
        "ifconfig_lagg0_alias0": "",
        "ifconfig_lagg0_aliases": "inet 192.0.2.99/32 inet vhid 7 pass PASSWORD 192.0.2.1/24",
    }

    plan = make_plan(spec(), seen(15, **mixed))

    assert any(
        each.startswith("rc.conf: ifconfig_lagg0_aliases has an address of CARP (vhid)")
        for each in plan.findings
    )


def test_carp_of_a_port_does_not_move_with_its_address() -> None:
    made = host(
        'ifconfig_vtnet1="inet 192.0.2.10/24"\n'
        'ifconfig_vtnet1_alias0="inet vhid 7 pass PASSWORD alias 192.0.2.1/24"\n'
    )

    assert make_plan(spec(), made.state()).findings == (
        (
            "rc.conf: ifconfig_vtnet1_alias0 has an address of CARP (vhid) of a port; give it a"
            " variable of its own, such as ifconfig_lagg0_alias0, first"
        ),
    )


def test_a_lagg_with_carp_is_not_removed() -> None:
    plan = removal_plan("lagg0", seen(15, **RC_15))

    assert "lagg0: address 192.0.2.1/24 belongs to CARP group 7; remove that first" in plan.findings


# 16: link-local addresses


def test_a_link_local_address_is_set_kept_and_taken_away() -> None:
    made = host(PORTS, boot=False)
    wanted = spec(addresses=["2001:db8::10/64", "fe80::1/64"])

    made.apply(wanted)
    assert make_plan(wanted, made.state()).empty
    reboot(made)
    booted = make_plan(wanted, made.state())
    shown = made.nas.run("ifconfig lagg0").stdout.decode()
    without = spec(addresses=["2001:db8::10/64"])
    made.apply(without)

    assert plan_text(booted) == "lagg0: nothing to do\n"
    assert "inet6 fe80::1%lagg0 prefixlen 64" in shown
    assert make_plan(without, made.state()).empty
    assert "fe80::1%" not in made.nas.run("ifconfig lagg0").stdout.decode()
    assert "fe80::1" not in made.nas.run("sysrc -a").stdout.decode()


def test_the_link_local_address_that_the_kernel_made_is_left_alone() -> None:
    made = host(PORTS, boot=False)
    wanted = spec(addresses=["2001:db8::10/64"])

    made.apply(wanted)

    assert make_plan(wanted, made.state()).empty
    assert "inet6 fe80::" in made.nas.run("ifconfig lagg0").stdout.decode()


# 17: what stands on the LAGG


def test_an_mtu_below_that_of_a_vlan_is_refused_with_the_way_out() -> None:
    made = host(
        f'{PORTS}{CLONE}ifconfig_lagg0="{LINE} mtu 9000 192.0.2.10/24"\n'
        'vlans_lagg0="30"\nifconfig_lagg0_30="inet 198.51.100.12/24 mtu 9000"\n'
    )

    plan = make_plan(spec(), made.state())

    assert plan.findings == (
        (
            "VLAN lagg0.30: its MTU is 9000, and lagg0 below it would carry 1500: what is larger is"
            " lost. Lower it first (ifconfig lagg0.30 mtu 1500, and in rc.conf), or write"
            " mtu = 9000 in the file"
        ),
    )
    assert make_plan(spec(mtu=9000), made.state()).empty


@pytest.mark.parametrize(
    ("line", "named"), [("inet 198.51.100.12/24", True), ("inet 198.51.100.12/24 mtu 1500", False)]
)
def test_a_vlan_that_gets_the_new_mtu_at_the_next_boot_alone_is_named(
    line: str, named: bool
) -> None:
    made = host(f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="{line}"\n')
    wanted = spec(mtu=9000)

    notes = make_plan(wanted, made.state()).notes
    made.apply(wanted)
    applied = made.nas.run("ifconfig lagg0.30").stdout.decode()
    reboot(made)
    booted = made.nas.run("ifconfig lagg0.30").stdout.decode()

    said = (
        "VLAN lagg0.30 keeps MTU 1500 now, and gets 9000 at the next boot with lagg0; to have one"
        " of them, name it in the file ([[vlan]] with mtu)"
    )
    assert (said in notes) == named
    assert "mtu 1500" in applied
    assert ("mtu 9000" in booted) == named


def test_a_bridge_on_the_lagg_is_named_before_its_ports_are_taken_out() -> None:
    state = host(FULL).state()
    bridge = InterfaceState("bridge0", members=("lagg0", "tap0", "vnet0"), groups=("bridge",))
    state = dataclasses.replace(state, interfaces={**state.interfaces, "bridge0": bridge})

    plan = make_plan(spec(protocol="lacp"), state)

    assert plan.notes[-1] == (
        "lagg0 is a member of bridge0 with tap0 (of a virtual machine), vnet0 (of a jail): what is"
        " behind it, jails and virtual machines perhaps, loses the network for a moment"
    )


# 22: media options that are not the speed


SPEED = (
    "the ports' media differ: only those of the same speed share an aggregator, and one aggregator"
    " carries the traffic (C-16)"
)
DUPLEX = (
    "not full duplex: em1; FreeBSD runs no LACP on such a link, so that it carries nothing until"
    " both ends are full duplex"
)


@pytest.mark.parametrize(
    ("media", "doubts"),
    [
        ("autoselect (1000baseT <full-duplex,master>)", ()),
        ("autoselect (1000baseT <full-duplex,rxpause,txpause>)", ()),
        ("autoselect <flowcontrol> (1000baseT <full-duplex,slave>)", ()),
        ("autoselect (1000baseSX <full-duplex>)", ()),
        ("1000baseTX <full-duplex,energy-efficient-ethernet>", ()),
        ("autoselect", ()),  # a port that is down, or has no link
        ("autoselect (none)", ()),
        ("manual", ()),
        ("autoselect (100baseTX <full-duplex>)", (SPEED,)),
        ("autoselect (2500Base-T <full-duplex>)", (SPEED,)),
        ("autoselect (1000baseT <half-duplex>)", (DUPLEX,)),
        ("1000baseT", (DUPLEX,)),
        ("autoselect (100baseTX <half-duplex>)", (SPEED, DUPLEX)),
    ],
)
def test_only_another_speed_or_half_duplex_is_a_doubt(media: str, doubts: tuple[str, ...]) -> None:
    text = cases.text(22).partition("\n\n")[0]
    text = text.replace("autoselect (1000baseT <full-duplex,master>)", media)
    state = HostState(read_interfaces(parse(f"{text}\n")))

    plan = make_plan(spec(protocol="lacp", ports=["em0", "em1"]), state)

    assert plan.doubts == doubts


# 23: names


def test_renamed_nics_and_vlans_are_ports() -> None:
    made = host(
        'ifconfig_em0_name="wan-up0"\nifconfig_wan_up0="up"\n'
        'ifconfig_em1="up"\nvlans_em1="100"\nifconfig_em1_100="up"\n'
    )
    wanted = spec(ports=["wan-up0", "em1.100"])

    made.apply(wanted)
    reboot(made)

    assert plan_text(make_plan(wanted, made.state())) == "lagg0: nothing to do\n"
    assert "laggport: em1.100" in made.nas.run("ifconfig lagg0").stdout.decode()


@pytest.mark.parametrize(
    ("more", "port", "reason"),
    [
        ('vlans_lagg0="5"\n', "lagg0.5", "it is on lagg0 itself; name the NICs below it"),
        (
            'ifconfig_bridge0_name="lan"\n',
            "lan",
            "only an Ethernet interface or a VLAN can be a port; name the NICs themselves",
        ),
        (
            'ifconfig_lagg1_name="bond1"\n',
            "bond1",
            "only an Ethernet interface or a VLAN can be a port; name the NICs themselves",
        ),
    ],
)
def test_what_can_be_no_port_is_refused_under_any_name(more: str, port: str, reason: str) -> None:
    made = host(f"{FULL}{more}".replace('="lagg0"', '="lagg0 lagg1 bridge0"'))

    plan = make_plan(spec(ports=["vtnet1", "vtnet2", port]), made.state())

    assert f"port {port}: {reason}" in plan.findings


def test_a_name_with_a_plus_is_one() -> None:
    made = host('ifconfig_em0_name="a+b"\nifconfig_a_b="up"\n')

    plan = make_plan(spec(ports=["a+b", "vtnet1"]), made.state())

    assert "laggport a+b" in str(plan.rc[1].after)


def test_a_renamed_lagg_is_planned_under_its_name() -> None:
    made = host(
        f'{PORTS}{CLONE}ifconfig_lagg0_name="bond0"\nifconfig_bond0="{LINE} 192.0.2.10/24"\n'
    )
    wanted = spec(name="bond0", mtu=9000)

    assert plan_text(make_plan(spec(name="bond0"), made.state())) == "bond0: nothing to do\n"
    made.apply(wanted)
    reboot(made)

    assert make_plan(wanted, made.state()).empty
    assert removal_plan("bond0", made.state()).rc[0].after == ""


def test_a_lagg_cannot_be_made_with_another_name() -> None:
    plan = make_plan(spec(name="bond0"), host(PORTS, boot=False).state())

    assert any("only one with a name such as lagg0 can be made" in each for each in plan.findings)


@pytest.mark.parametrize("name", ["bridge0", "lagg", "0lagg", "a b", "x" * 16])
def test_a_name_that_no_lagg_can_have_is_refused(name: str) -> None:
    with pytest.raises(SpecError):
        spec(name=name)


# 25: wireless ports


def wireless(
    protocol: str = "failover", ports: tuple[str, ...] = ("em0", "wlan0"), **changed: str
) -> Plan:
    text = cases.text(25).partition("\n\n")[0]
    for old, new in changed.items():
        text = text.replace(f"{old}:", f"{new}:")
    data: dict[str, Any] = {
        "name": "lagg0",
        "protocol": protocol,
        "ports": list(ports),
        "dhcp": True,
    }
    return make_plan(spec_from_data(data), HostState(read_interfaces(parse(f"{text}\n"))))


def test_a_wireless_port_needs_the_mac_address_of_the_other() -> None:
    plan = wireless()

    assert plan.findings == (
        (
            "port wlan0: an access point takes frames from its MAC address only, 02:00:5e:00:53:44,"
            " and the LAGG would send with that of another port. Write mac ="
            ' "02:00:5e:00:53:01" in the file, and wlan0 gets that of em0, now and where it is'
            " made. Or give em0 the same first: ifconfig"
            " em0 ether 02:00:5e:00:53:44, and in rc.conf"
            ' ifconfig_em0="ether 02:00:5e:00:53:44 up";'
            " or give wlan0 that of em0 where it is made:"
            ' create_args_wlan0="wlanaddr 02:00:5e:00:53:01"'
        ),
    )


def test_a_wireless_port_that_is_the_first_gives_the_lagg_its_mac_address() -> None:
    """The access point takes the frames, and the wired port has that address too."""
    findings = wireless(ports=("wlan0", "em0")).findings

    assert not any("access point" in each for each in findings)


def test_a_wireless_port_is_for_failover_only() -> None:
    assert any("only failover" in each for each in wireless("lacp").findings)


def test_equal_mac_addresses_are_as_the_handbook_has_it() -> None:
    text = cases.text(25).partition("\n\n")[0].replace("53:44", "53:01")
    state = HostState(
        read_interfaces(parse(f"{text}\n")),
        rc_conf={"wlans_ath0": "wlan0", "ifconfig_wlan0": "WPA"},
    )

    plan = make_plan(spec(ports=["em0", "wlan0"]), state)

    assert not plan.findings
    assert not any(each.variable == "ifconfig_wlan0" for each in plan.rc)


def test_wired_and_wireless_share_the_mac_address_of_the_file() -> None:
    text = cases.text(25).partition("\n\n")[0]
    state = HostState(
        read_interfaces(parse(f"{text}\n")),
        rc_conf={
            "wlans_ath0": "wlan0",
            "create_args_wlan0": "country US",
            "ifconfig_wlan0": "WPA",
        },
    )
    data = {"ports": ["em0", "wlan0"], "addresses": [], "dhcp": True, "mac": "02:00:5E:00:53:01"}

    plan = make_plan(spec(**data), state)

    assert not plan.findings
    assert texts(plan)[:6] == [
        "ifconfig lagg0 create",
        "ifconfig lagg0 laggproto failover",
        "ifconfig lagg0 laggport em0",
        "ifconfig wlan0 ether 02:00:5e:00:53:01",
        "ifconfig lagg0 laggport wlan0",
        "ifconfig lagg0 up",
    ]
    assert "ifconfig wlan0 ether 02:00:5e:00:53:44" in [each.command.text for each in plan.inverse]
    assert {each.variable: each.after for each in plan.rc} == {
        "cloned_interfaces": "lagg0",
        "ifconfig_em0": "up",
        "create_args_wlan0": "country US wlanaddr 02:00:5e:00:53:01",
        "ifconfig_lagg0": "laggproto failover laggport em0 laggport wlan0 DHCP",
    }


# The MAC address of the file


MAC = "02:00:5e:00:53:07"


@pytest.mark.parametrize("release", ["freebsd-13.2", "freebsd-15"])
@pytest.mark.parametrize("rc_conf", [PORTS, FULL], ids=["new", "on a LAGG that is there"])
@pytest.mark.parametrize("protocol", ["failover", "lacp"])
def test_the_mac_address_of_the_file_is_set_kept_and_taken_back(
    protocol: str, rc_conf: str, release: str
) -> None:
    made = host(rc_conf, release)
    before = made.said()
    wanted = spec(mac=MAC, protocol=protocol)

    made.apply(wanted)
    applied = plan_text(make_plan(wanted, made.state()))
    shown = made.nas.run("ifconfig lagg0").stdout.decode()
    made.changes().rollback()
    made.clock.sleep(5)
    undone = made.said()
    made.apply(wanted)
    reboot(made)

    assert applied == "lagg0: nothing to do\n"
    assert f"ether {MAC}" in shown
    assert undone == before
    assert plan_text(make_plan(wanted, made.state())) == "lagg0: nothing to do\n"
    assert made.nas.run("sysrc -n ifconfig_vtnet1").stdout.decode() == f"ether {MAC} up\n"


def test_another_first_port_takes_the_mac_address_over() -> None:
    made = host(PORTS)
    made.apply(spec(mac=MAC))
    before = made.said()
    wanted = spec(mac=MAC, ports=["vtnet2", "vtnet3"])

    made.apply(wanted)
    again = plan_text(make_plan(wanted, made.state()))
    left = made.nas.run("ifconfig vtnet1; sysrc -n ifconfig_vtnet1").stdout.decode()
    made.changes().rollback()
    made.clock.sleep(5)

    assert again == "lagg0: nothing to do\n"
    assert MAC not in left
    assert made.said() == before


def test_a_port_gets_its_own_mac_address_back_when_the_lagg_is_removed() -> None:
    made = host("", boot=False)
    before = made.said()
    made.apply(spec(mac=MAC))

    gone = removal_plan("lagg0", made.state())
    made.tool().apply(gone, lambda state: removal_plan("lagg0", state), hold=False)

    assert made.said() == before


@pytest.mark.parametrize("mac", ["01:00:5e:00:00:01", "00:00:00:00:00:00", "02:00", 7, "x"])
def test_a_mac_address_that_no_interface_has_is_refused(mac: Any) -> None:
    with pytest.raises(SpecError, match="mac"):
        spec(mac=mac)
