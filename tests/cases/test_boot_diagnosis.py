"""``diagnose`` with an rc.conf: what the next boot makes otherwise, each with its certainty."""

from __future__ import annotations

import enum

import pytest

from lagg_tool.ifconfig import parse
from lagg_tool.lagg.diagnosis import Cause, Finding, diagnose, see
from lagg_tool.nas.freebsd.boot.rc_file import read_rc_file
from lagg_tool.nas.freebsd.boot_diagnosis import boot_checks
from lagg_tool.nas.freebsd.diagnosis import diagnose_lagg
from tests.cases.lagg_texts import healthy, port
from tests.cases.test_next_boot import FULL, host

CLONE = 'cloned_interfaces="lagg0"\n'
UP = 'ifconfig_em0="up"\nifconfig_em1="up"\n'
LINE = "laggproto lacp laggport em0 laggport em1 192.0.2.10/24"
GOOD = f'{CLONE}{UP}ifconfig_lagg0="{LINE}"\n'
LO0 = "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu 16384\n\tgroups: lo\n"
WHOLE = port("em0") + port("em1") + port("em2") + LO0 + healthy()


def found(
    rc_conf: str, text: str = WHOLE, *, asked: bool = True, system: str = ""
) -> list[Finding]:
    checks = boot_checks(read_rc_file(rc_conf).variables, system, asked=asked)
    return list(diagnose(see("lagg0", parse(text)), checks))


def causes(rc_conf: str, text: str = WHOLE) -> list[tuple[enum.Enum, str]]:
    return [(each.cause, each.where) for each in found(rc_conf, text)]


BROKEN = {
    "a VLAN on a port": (
        f'{GOOD}vlans_em1="5"\n',
        [(Cause.VLAN_ON_PORT, "em1")],
        "sysrc vlans_lagg0+=5",
    ),
    "a VLAN with a name of its own on a port": (
        f'{GOOD}vlans_em0="guests"\ncreate_args_guests="vlan 7"\n',
        [(Cause.VLAN_ON_PORT, "em0")],
        "sysrc vlans_lagg0+=guests",
    ),
    "a VLAN of cloned_interfaces on a port": (
        GOOD.replace('"lagg0"', '"lagg0 vlan9"') + 'ifconfig_vlan9="vlan 9 vlandev em1"\n',
        [(Cause.VLAN_ON_PORT, "em1")],
        "sysrc vlans_lagg0+=9",
    ),
    "no line for a port": (
        GOOD.replace('ifconfig_em1="up"\n', ""),
        [(Cause.DOWN_AT_BOOT, "em1")],
        "sysrc ifconfig_em1=up",
    ),
    "a port's line that says down": (
        GOOD.replace('ifconfig_em1="up"', 'ifconfig_em1="up down"'),
        [],  # rc says up behind it
        "",
    ),
    "network_interfaces without a port": (
        f'{GOOD}network_interfaces="lo0 em0"\n',
        [(Cause.DOWN_AT_BOOT, "em1")],
        "sysrc network_interfaces+=em1",
    ),
    "NOAUTO of a port": (
        GOOD.replace('em1="up"', 'em1="NOAUTO up"'),
        [(Cause.DOWN_AT_BOOT, "em1")],
        "sysrc ifconfig_em1=up",
    ),
    "a port's line without up": (
        GOOD.replace('em1="up"', 'em1="NOAUTO mtu 1500 -tso4"'),
        [(Cause.DOWN_AT_BOOT, "em1")],
        "sysrc ifconfig_em1='mtu 1500 -tso4 up'",
    ),
    "an address of a port": (
        GOOD.replace('em1="up"', 'em1="inet 192.0.2.77/24"'),
        [(Cause.PORT_HAS_ADDRESS, "em1")],
        "sysrc ifconfig_em1=up",
    ),
    "an address and an MTU of a port": (
        GOOD.replace('em1="up"', 'em1="inet 192.0.2.77/24 mtu 1500"'),
        [(Cause.PORT_HAS_ADDRESS, "em1")],
        "sysrc ifconfig_em1='up mtu 1500'",
    ),
    "an alias of a port": (
        f'{GOOD}ifconfig_em0_alias0="inet 192.0.2.77/24"\n',
        [(Cause.PORT_HAS_ADDRESS, "em0")],
        "sysrc ifconfig_em0=up; sysrc -x ifconfig_em0_alias0",
    ),
    "DHCP of a port": (
        GOOD.replace('em0="up"', 'em0="SYNCDHCP"'),
        [(Cause.PORT_HAS_ADDRESS, "em0")],
        "sysrc ifconfig_em0=up",
    ),
    "a port left out": (
        GOOD.replace(" laggport em1", ""),
        [(Cause.NOT_IN_RC_CONF, "em1")],
        "sysrc -n ifconfig_lagg0",
    ),
    "a port misspelt": (
        GOOD.replace("laggport em1", "laggport me1"),
        [(Cause.PORT_MISSING, "me1"), (Cause.NOT_IN_RC_CONF, "em1")],
        "ifconfig lagg0 laggport me1",
    ),
    "another protocol": (
        GOOD.replace("lacp", "failover"),
        [(Cause.NOT_IN_RC_CONF, "lagg0")],
        "sysrc -n ifconfig_lagg0",
    ),
    "no protocol": (
        GOOD.replace("laggproto lacp ", ""),
        [(Cause.NOT_IN_RC_CONF, "lagg0")],
        "sysrc -n ifconfig_lagg0",
    ),
    "an MTU of the first port": (
        GOOD.replace('em0="up"', 'em0="up mtu 9000"'),
        [(Cause.MTU, "lagg0")],
        "sysrc -n ifconfig_lagg0 ifconfig_em0",
    ),
    "an MTU of another port": (
        GOOD.replace('em1="up"', 'em1="up mtu 9000"'),
        [(Cause.MTU, "em1")],
        "sysrc -n ifconfig_em1",
    ),
    "an MTU before the ports": (
        GOOD.replace("laggproto", "mtu 9000 laggproto"),
        [(Cause.MTU, "lagg0")],
        "sysrc -n ifconfig_lagg0 ifconfig_em0",
    ),
    "an MTU that the LAGG does not have": (
        GOOD.replace('/24"', '/24 mtu 9000"'),
        [(Cause.MTU, "lagg0")],
        "sysrc -n ifconfig_lagg0 ifconfig_em0",
    ),
    "cloned_interfaces without it": (
        GOOD.replace(CLONE, 'cloned_interfaces="bridge0"\n'),
        [(Cause.NOT_IN_RC_CONF, "lagg0")],
        "sysrc cloned_interfaces+=lagg0",
    ),
    "cloned_interfaces misspelt": (
        GOOD.replace("cloned_interfaces", "cloned_interface"),
        [(Cause.NOT_IN_RC_CONF, "lagg0")] * 2,
        "sysrc cloned_interfaces+=lagg0",
    ),
    "nothing of it": (
        'hostname="nas"\n',
        [(Cause.NOT_IN_RC_CONF, "lagg0")],
        "sysrc cloned_interfaces+=lagg0",
    ),
    "its line misspelt": (
        GOOD.replace("ifconfig_lagg0", "ifconfig_lag0"),
        [(Cause.NOT_IN_RC_CONF, "lagg0")] * 2,
        "sysrc -n ifconfig_lagg0",
    ),
    "a description misspelt": (
        f'{GOOD}ifconfig_lagg0_description="to the switch"\n',
        [(Cause.NOT_IN_RC_CONF, "lagg0")],
        "sysrc ifconfig_lagg0_descr='to the switch'; sysrc -x ifconfig_lagg0_description",
    ),
    "a description misspelt beside the right one": (
        f'{GOOD}ifconfig_lagg0_description="a"\nifconfig_lagg0_descr="b"\n',
        [(Cause.NOT_IN_RC_CONF, "lagg0")],
        "sysrc -n ifconfig_lagg0_descr ifconfig_lagg0_description",
    ),
    "a word misspelt": (
        GOOD.replace("laggproto lacp", "lagproto lacp"),
        [(Cause.NOT_IN_RC_CONF, "lagg0")] * 2,
        "sysrc -n ifconfig_lagg0",
    ),
    "a word at which ifconfig stops": (
        f'{GOOD}ifconfig_lagg0_ipv6="inet6 accept_rtadv inet6 2001:db8::1/64"\n',
        [(Cause.NOT_IN_RC_CONF, "lagg0")],
        "sysrc -n ifconfig_lagg0_ipv6",
    ),
}


@pytest.mark.parametrize("form", BROKEN)
def test_what_the_next_boot_makes_otherwise_is_found(form: str) -> None:
    rc_conf, expected, command = BROKEN[form]

    shown = found(rc_conf)

    assert [(each.cause, each.where) for each in shown] == expected
    if command:
        assert shown[0].next_command == command
    for each in shown:
        assert each.certain_with
        assert all("rc.conf" in line or "mtu" in line or "lagg" in line for line in each.evidence)


SAME = {
    "as it is": GOOD,
    "sticky": GOOD.replace('"lagg0"', '"lagg0:sticky"'),
    "create_args": f'{CLONE}{UP}create_args_lagg0="{LINE}"\nifconfig_lagg0="up"\n',
    "DEFAULT for the ports": f'{CLONE}ifconfig_DEFAULT="up"\nifconfig_lagg0="{LINE}"\n',
    "an MTU that all have": GOOD.replace('="up"', '="up mtu 1500"'),
    "addresses of others": f'{GOOD}ifconfig_em2="inet 198.51.100.1/24"\n',
    "a word of ifconfig that this tool does not follow": GOOD.replace('/24"', '/24 fib 1"'),
    "an empty file": "",
}


@pytest.mark.parametrize("form", SAME)
def test_an_rc_conf_that_makes_the_same_is_no_finding(form: str) -> None:
    assert causes(SAME[form]) == []


def test_a_misspelt_port_is_named_with_the_one_that_is_there() -> None:
    shown = found(GOOD.replace("laggport em1", "laggport me1"))

    assert "There is em1: one of the two names may be misspelt." in shown[0].meaning


def test_a_renamed_lagg_is_found_under_the_name_that_it_is_made_by() -> None:
    text = WHOLE.replace("lagg0:", "bond0:")
    rc_conf = f'{CLONE}{UP}ifconfig_lagg0_name="bond0"\nifconfig_bond0="{LINE}"\n'
    checks = boot_checks(read_rc_file(rc_conf).variables, asked=True)
    without = boot_checks(read_rc_file(rc_conf.replace(CLONE, "")).variables, asked=True)

    assert diagnose(see("bond0", parse(text)), checks) == ()
    (gone,) = diagnose(see("bond0", parse(text)), without)
    assert gone.next_command == "sysrc cloned_interfaces+=lagg0"


def test_a_listing_of_the_lagg_alone_is_enough() -> None:
    assert causes(GOOD, healthy()) == []
    assert causes(GOOD.replace('ifconfig_em1="up"\n', ""), healthy()) == [
        (Cause.DOWN_AT_BOOT, "em1")
    ]


def test_freebsd_15_brings_the_ports_up_itself() -> None:
    without = f'{CLONE}ifconfig_lagg0="{LINE}"\n'

    assert [each.where for each in found(without)] == ["em0", "em1"]
    assert all("uname -r" in each.certain_with for each in found(without))
    newer = WHOLE.replace("MULTICAST>", "MULTICAST,LOWER_UP>")
    assert found(without, newer) == []
    assert found(without, system="FreeBSD nas.test 15.1-RELEASE-p1 FreeBSD") == []
    assert found(without, newer, system="DerivedBSD nas.test 3.0") == []
    older = found(without, newer, system="FreeBSD nas.test 14.3-RELEASE FreeBSD")
    assert [each.where for each in older] == ["em0", "em1"]
    known = found(without, system="FreeBSD nas.test 13.2-RELEASE FreeBSD")
    assert known
    assert not any("uname" in each.certain_with for each in known)


def test_a_lagg_that_rc_conf_does_not_have_is_nobodys_unless_somebody_asks() -> None:
    assert found('hostname="nas"\n', asked=False) == []
    assert found(GOOD.replace("lacp", "failover"), asked=False)


def test_a_host_is_asked_for_its_rc_conf() -> None:
    made = host(FULL.replace('ifconfig_vtnet2="up"\n', ""))
    made.nas.run("ifconfig vtnet2 up")

    (shown,) = diagnose_lagg(made.runner, "lagg0", 0)
    made.nas.run("sysrc -x cloned_interfaces ifconfig_lagg0")
    without = diagnose_lagg(made.runner, "lagg0", 0)

    assert (shown.cause, shown.where) == (Cause.DOWN_AT_BOOT, "vtnet2")
    assert without == ()
