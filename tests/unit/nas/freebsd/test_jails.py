"""The jails that have a LAGG or a port of it, in rc.conf, in jail.conf, and running."""

from __future__ import annotations

from ipaddress import ip_interface

import pytest

from lagg_tool.lagg import AddressState, HostState, InterfaceState, JailState, Protocol
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.jails import jail_behind, jail_notes, residents

LAGG = LaggConfig("lagg0", Protocol.FAILOVER, ("em1", "em2"))
WHOLE = "{} moves {} into {}: the host is without it while that jail runs"
PORT = (
    "{} gives {} the addresses of {}, where they are useless once it is a port (S-10); write lagg0"
    " there"
)
LOST = "{} gives lagg0 the addresses of {}, which loses them"


def of_file(text: str, after: LaggConfig | None = LAGG) -> list[str]:
    return list(jail_notes("lagg0", after, HostState({}, jail_files={"/etc/jail.conf": text})))


@pytest.mark.parametrize(
    ("variable", "value", "note", "interface"),
    [
        ("jail_a_b_interface", "em1", PORT, "em1"),
        ("jail_a_b_ip", "192.0.2.7,em2|192.0.2.8", PORT, "em2"),
        ("jail_a_b_ip_multi10", "em2|192.0.2.8", PORT, "em2"),
        ("jail_a_b_vnet_interface", "em9 em1 em1", WHOLE, "em1"),
        ("jail_a_b_vnet_interface", "lagg0", WHOLE, "lagg0"),
        ("ifconfig_em2", "up vnet a_b", WHOLE, "em2"),
        ("ifconfig_lagg0", "vnet a_b", WHOLE, "lagg0"),
    ],
)
def test_a_jail_of_rc_conf_has_a_note(variable: str, value: str, note: str, interface: str) -> None:
    said = f"rc.conf: {variable}={value!r}"

    rc_conf = {"jail_enable": "YES", variable: value}

    notes = list(jail_notes("lagg0", LAGG, HostState({}, rc_conf)))

    assert notes == [note.format(said, interface, "the jail a_b")]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("jail_a_ip", "192.0.2.7"),
        ("jail_a_ip", "em1"),
        ("jail_a_interface", "em9"),
        ("jail_a_interface", "lagg0"),
        ("jail_a_hostname", "em1"),
        ("ifconfig_em9", "vnet a"),
    ],
)
def test_what_costs_no_jail_its_network_has_none(variable: str, value: str) -> None:
    assert not list(jail_notes("lagg0", LAGG, HostState({}, {variable: value})))


def test_the_statements_of_jail_conf_have_their_lines() -> None:
    text = """\
# interface = em1;
// interface = em1;
/* interface = em1;
*/ $card = em1; $other = "em9";
interface = $card;
* {
  ip4.addr = "${card}|192.0.2.7/24", em2|192.0.2.8, lagg0|192.0.2.9;
  path = "em1|";
}
web.a {
  vnet;
  vnet.interface = $other, 'em2'; ip6.addr += "$name|::1", "em1|2001:db8::7";
}
interface =
  "em2";
em1 { interface = ${name}; }
"""
    said = "/etc/jail.conf:{}: {}={!r}".format

    assert of_file(text) == [
        PORT.format(said(5, "interface", "em1"), "em1", "every jail"),
        *(
            PORT.format(
                said(7, "ip4.addr", "em1|192.0.2.7/24,em2|192.0.2.8,lagg0|192.0.2.9"),
                port,
                "every jail",
            )
            for port in ("em1", "em2")
        ),
        WHOLE.format(said(12, "vnet.interface", "em9,em2"), "em2", "the jail web.a"),
        PORT.format(said(12, "ip6.addr", "web.a|::1,em1|2001:db8::7"), "em1", "the jail web.a"),
        PORT.format(said(14, "interface", "em2"), "em2", "every jail"),
        PORT.format(said(16, "interface", "em1"), "em1", "the jail em1"),
    ]


@pytest.mark.parametrize("text", ["", "}", "{", ";", 'interface = "em1', "/* em1", "a { b = 'em1"])
def test_a_jail_conf_that_is_cut_says_nothing(text: str) -> None:
    assert of_file(text) == []


def running(*jails: JailState, text: str = "") -> HostState:
    own = tuple(AddressState(ip_interface(each)) for each in ("192.0.2.5/24", "2001:db8::5/64"))
    lagg = InterfaceState("lagg0", addresses=own)
    return HostState({"lagg0": lagg}, jails=jails, jail_files={"/etc/jail.conf": text})


WEB = JailState(1, "web", addresses=("192.0.2.5", "198.51.100.1"))
SIX = JailState(2, "six", addresses=("2001:db8::5",))
OWN_STACK = JailState(3, "own", vnet=True, addresses=("192.0.2.5",))


def test_a_jail_that_runs_loses_its_address_with_the_lagg_and_is_named_once() -> None:
    text = 'web { interface = "lagg0"; } off { interface = lagg0; }'
    state = running(WEB, SIX, OWN_STACK, text=text)

    assert list(residents("lagg0", state)) == [(WEB, "192.0.2.5"), (SIX, "2001:db8::5")]
    assert not list(residents("em1", state))
    assert not list(jail_notes("lagg0", LAGG, state))
    assert list(jail_notes("lagg0", None, state)) == [
        LOST.format("/etc/jail.conf:1: interface='lagg0'", "the jail web"),
        LOST.format("/etc/jail.conf:1: interface='lagg0'", "the jail off"),
        "the jail six, which runs, has 2001:db8::5 on lagg0, and loses it",
    ]


@pytest.mark.parametrize(
    ("member", "description", "jail"),
    [
        ("vnet0.3", "", "own"),
        ("vnet0.33", "", ""),
        ("vnet0.1", "", ""),
        ("e0a_x", "jail own", "own"),
        ("e0a_x", "associated with jail: io as nic: e0b", "ioc-io"),
        ("e0a_x", "web", ""),
        ("gone", "", ""),
    ],
)
def test_the_jail_behind_an_epair_is_that_of_its_name_or_description(
    member: str, description: str, jail: str
) -> None:
    jails = (WEB, OWN_STACK, JailState(4, "ioc-io", vnet=True))
    found = {} if member == "gone" else {member: InterfaceState(member, description=description)}

    assert jail_behind(member, HostState(found, jails=jails)) == jail


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ninterface = em1;", "2: interface='em1'"),
        ("$both = em9, 'em1'; interface = $both;", "1: interface='em9,em1'"),
        ("interface = $gone, ${far.x}, em1;", "1: interface='$gone,${far.x},em1'"),
        ("a { interface = em1 } interface = em1;", "1: interface='em1'"),
    ],
)
def test_a_list_a_line_and_an_unknown_variable_are_told(text: str, said: str) -> None:
    assert of_file(text) == [PORT.format(f"/etc/jail.conf:{said}", "em1", "every jail")]
