"""What a pasted text shows of the switch, and of LACPDUs, beside the output of ifconfig."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.wire.slow import NOBODY as NO_INFO
from lagg_tool.wire.slow import Info, Lacpdu, State
from tests.cases.lagg_texts import (
    FAILOVER,
    FLAGS,
    NOBODY,
    PARTNER,
    WAITS,
    WORKS,
    healthy,
    lacp,
    port,
)
from tests.unit.wire.test_described import words

Told = Callable[[str], list[str]]

PORTS = port("em0") + port("em1")
STATIC = (
    f"lagg0: {FLAGS}\n\tether 02:00:5e:00:53:01\n\tlaggproto loadbalance lagghash l2,l3,l4\n"
    "\tlaggport: em0 flags=4<ACTIVE>\n\tlaggport: em1 flags=4<ACTIVE>\n\tstatus: active\n"
)
SILENT = lacp(("em0", WAITS, 1, NOBODY), ("em1", WAITS, 1, NOBODY), status="no carrier")
IP = "\tinet 192.0.2.5 netmask 0xffffff00 broadcast 192.0.2.255\n"


def vlan(tag: int) -> str:
    parent = f"\tvlan: {tag} vlanproto: 802.1q vlanpcp: 0 parent interface: lagg0\n"
    return f"lagg0.{tag}: {FLAGS}\n\tether 02:00:5e:00:53:01\n{parent}\tstatus: active\n"


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    def diagnosed(text: str) -> list[str]:
        (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")
        status = main(["diagnose", str(tmp_path / "pasted.txt"), "--json"])
        found = json.loads(capsys.readouterr().out)["findings"]
        assert status == bool(found)
        assert all(each["evidence"] and each["meaning"] for each in found)
        return [f"{each['cause']} {each['where']}" for each in found]

    return diagnosed


_STATIC_GROUPS = [
    "interface Gi1/0/1\n channel-group 1 mode on\n",
    '0 R name="nas" mtu=1500 slaves=ether1,ether2 mode=balance-xor\n',
    "trunk 23-24 trk1 trunk\n",
    "  23   |   100/1000T | Trk1  Trunk\n",
    "Type........................................... Static\n",
    "LAG 1, Status: Down, Type: Static\n",
    "1      Po1(SD)          -        Gi1/0/1(D)  Gi1/0/2(D)\n",
]
_LACP_GROUPS = [
    "interface Gi1/0/1\n channel-group 1 mode active\n",
    "/interface bonding add mode=802.3ad slaves=sfp1,sfp2\n",
    "trunk 23-24 trk1 lacp\n",
    "interface Gi1/0/1\n channel-group 1 mode active\n!\ninterface Vlan1\n ip address dhcp\n",
    "set interfaces ae0 aggregated-ether-options lacp passive\n",
    "aggregated-ether-options {\n    lacp active;\n}\n",
    "1      Po1(SD)         LACP      Gi1/0/1(s)  Gi1/0/2(s)\n",
    "%EC-5-L3DONTBNDL2: Gi1/0/1 suspended: LACP currently not enabled on the remote port.\n",
]


@pytest.mark.parametrize("switch", _STATIC_GROUPS)
def test_a_static_group_is_found_where_the_lagg_or_the_switch_waits_for_another(
    switch: str, told: Told
) -> None:
    assert told(f"{PORTS}{SILENT}\n{switch}")[:2] == ["NO_PARTNER em0", "NO_PARTNER em1"]
    assert "STATIC_PARTNER lagg0" in told(f"{PORTS}{SILENT}\n{switch}")
    assert told(f"{FAILOVER}\n{switch}") == ["GROUPED lagg0"]
    assert told(f"{PORTS}{STATIC}\n{switch}") == []
    assert told(f"{PORTS}{healthy()}\n{switch}") == []
    # Whose ports these are, nobody knows.
    assert told(f"{FAILOVER}\n{switch}{_LACP_GROUPS[0]}") == []


@pytest.mark.parametrize("switch", _LACP_GROUPS)
def test_a_switch_that_speaks_lacp_is_found_where_the_lagg_does_not(
    switch: str, told: Told
) -> None:
    assert told(f"{PORTS}{STATIC}\n{switch}") == ["PARTNER_SPEAKS_LACP lagg0"]
    assert told(f"{FAILOVER}\n{switch}") == ["PARTNER_SPEAKS_LACP lagg0"]
    assert told(f"{PORTS}{healthy()}\n{switch}") == []


@pytest.mark.parametrize(
    "line",
    [
        "IPv4 Configuration Type: Static",
        "LAGG type: LACP",
        'ifconfig_lagg0="laggproto lacp laggport em0 laggport em1"',
        "promiscuous mode on",
    ],
)
def test_words_about_something_else_are_no_group_of_the_switch(line: str, told: Told) -> None:
    assert told(f"{FAILOVER}\n{line}\n") == []


@pytest.mark.parametrize(
    ("address", "found"),
    [("0200.5e00.5301", True), ("02-00-5e-00-53-01", True), ("0200.5e00.5399", False)],
)
def test_a_switch_that_learns_the_lagg_at_several_ports_does_not_group_them(
    address: str, found: bool, told: Told
) -> None:
    line = f"%SW_MATM-4: Host {address} in vlan 1 is flapping between port Gi1 and port Gi2"

    assert told(f"{PORTS}{STATIC}\n{line}\n") == (["NOT_GROUPED lagg0"] if found else [])
    assert told(f"{PORTS}{healthy()}\n{line}\n") == []  # before LACP had grouped them
    assert told(f"{FAILOVER}\n{line}\n") == []  # at a change of the active port


@pytest.mark.parametrize(
    ("switch", "found"),
    [
        ("System MTU size is 1500 bytes\nSystem Jumbo MTU size is 1500 bytes\n", True),
        ("System MTU size is 1500 bytes\nSystem Jumbo MTU size is 9000 bytes\n", False),
        ("  MTU 1500 bytes, BW 1000000 Kbit\n", True),
        ("Gi1/0/1 is up, line protocol is up\n  MTU 1500 bytes, BW 1000000 Kbit\n", True),
        ("Vlan1 is up, line protocol is up\n  MTU 1500 bytes, BW 1000000 Kbit\n", False),
        ("0 RS ether1 mtu=1500 l2mtu=1598\n", True),
    ],
)
def test_a_switch_with_a_smaller_mtu_is_found(switch: str, found: bool, told: Told) -> None:
    large = f"{PORTS}{healthy()}".replace("mtu 1500", "mtu 9000")

    assert told(f"{large}\n{switch}") == (["MTU lagg0"] if found else [])
    assert told(f"{PORTS}{healthy()}\n{switch}") == []


TRUNK = " switchport mode trunk\n"


@pytest.mark.parametrize(
    ("switch", "nas", "expected"),
    [
        (f"{TRUNK} switchport trunk native vlan 5\n", vlan(5), ["SWITCH_VLAN lagg0.5"]),
        (f"{TRUNK} switchport trunk native vlan 9\n", vlan(5), []),
        (f"{TRUNK} switchport trunk allowed vlan 2,10-20\n", vlan(5), ["SWITCH_VLAN lagg0.5"]),
        (f"{TRUNK} switchport trunk allowed vlan 2,4-20\n", vlan(5), []),
        (" switchport mode access\n switchport access vlan 5\n", vlan(5), ["SWITCH_VLAN lagg0"]),
        (" switchport mode access\n switchport access vlan 5\n", "", []),
        (
            f"{TRUNK} switchport trunk native vlan 9\n switchport trunk allowed vlan 5\n",
            "",
            ["SWITCH_VLAN lagg0"],
        ),
    ],
)
def test_a_vlan_that_one_end_alone_has_is_found(
    switch: str, nas: str, expected: list[str], told: Told
) -> None:
    own = "" if nas else IP
    assert told(f"{PORTS}{healthy(own)}{nas}\ninterface Po1\n{switch}") == expected


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "arp: 02:00:5e:00:53:77 is using my IP address 192.0.2.5 on lagg0!\n"),
        ("", "lagg0: DAD detected duplicate IPv6 address fe80:5::1: NS in/out=1/1, NA in=0\n"),
        ("\tinet6 fe80::1%lagg0 prefixlen 64 tentative duplicated scopeid 0x5\n", ""),
    ],
)
def test_an_address_that_somebody_else_has_is_found(more: str, said: str, told: Told) -> None:
    assert told(f"{PORTS}{healthy(more)}\n{said}") == ["DUPLICATE_ADDRESS lagg0"]
    assert told(f"{PORTS}{healthy()}\n{said.replace('lagg0', 'em7')}") == []


def test_a_route_by_a_port_is_found_and_one_by_the_lagg_is_right(told: Told) -> None:
    table = "default     192.0.2.1     UGS      {0}\n192.0.2.0/24 link#1 U 0 12 {0}\n"

    assert told(f"{PORTS}{healthy(IP)}\n{table.format('em0')}") == ["PORT_HAS_ROUTE em0"]
    assert told(f"{PORTS}{healthy(IP)}\n{table.format('lagg0')}") == []
    ipv6 = "default  2001:db8::1  UGS  lagg0\n"
    assert told(f"{PORTS}{healthy(IP)}\ndefault  192.0.2.1  UGS  em0\n{ipv6}") == [
        "PORT_HAS_ROUTE em0"
    ]
    both = table.format("em0") + table.format("lagg0")  # before and after
    assert told(f"{PORTS}{healthy(IP)}\n{both}") == []


RC_CONF = (
    'cloned_interfaces="lagg0"\nifconfig_em0="up"\nifconfig_em1="up"\n'
    'ifconfig_lagg0="laggproto lacp laggport em0 laggport em1"\n'
)


def test_the_rc_conf_of_the_text_is_looked_at_if_it_seems_whole(told: Told) -> None:
    text = f"{PORTS}{healthy()}\nMy rc.conf, if you need it:\n{{}}"

    assert told(text.format(RC_CONF)) == []
    assert told(text.format(RC_CONF.replace('ifconfig_em1="up"\n', ""))) == ["DOWN_AT_BOOT em1"]
    assert told(text.format(RC_CONF.split("\n")[-2])) == []


OURS = Info(0x8000, bytes.fromhex("02005e005301"), 0x16B, 0x8000, 2, State(0x3D))
THEIRS = Info(0x8000, bytes.fromhex("02005e0053ff"), 0x17, 0x8000, 1, State(0x3D))
READS = "# tcpdump -i {} -nve ether proto 0x8809\n"


def test_the_lacpdus_that_tcpdump_describes_are_those_of_a_capture(told: Told) -> None:
    idle = ("18<COLLECTING,DISTRIBUTING>", WORKS[1])
    apart = lacp(("em0", WORKS, 0x16B, PARTNER), ("em1", idle, 0x16B, PARTNER))
    alone = words(Lacpdu(THEIRS._replace(state=State(0x39)), OURS))
    deaf = words(Lacpdu(THEIRS, NO_INFO))

    assert told(f"{PORTS}{apart}\n{READS.format('em1')}{alone}") == ["INDIVIDUAL_PARTNER em1"]
    assert told(f"{PORTS}{healthy()}\n{READS.format('em1')}{deaf}") == ["ONE_WAY_LINK em1"]
    assert told(f"{PORTS}{STATIC}\n{READS.format('em1')}{deaf}") == ["PARTNER_SPEAKS_LACP em1"]


@pytest.mark.parametrize("where", ["em1", "lagg0", "igb7"])
def test_healthy_lacpdus_say_nothing_wrong_wherever_they_were_seen(where: str, told: Told) -> None:
    both = words(Lacpdu(THEIRS, OURS)) + words(Lacpdu(OURS, THEIRS))

    assert told(f"{PORTS}{healthy()}\n{READS.format(where)}{both}") == []
    # Its own alone are no silence of the partner's, unless for long enough.
    own = words(Lacpdu(OURS, NO_INFO))
    assert told(f"{PORTS}{healthy()}\n{READS.format(where)}{own}") == []


def test_the_lacpdus_of_all_ports_that_came_by_the_lagg_are_told_apart(told: Told) -> None:
    alone = THEIRS._replace(state=State(0x39))
    both = words(Lacpdu(THEIRS, OURS._replace(port=1))) + words(Lacpdu(alone, OURS))

    text = f"{PORTS}{healthy()}\n{READS.format('lagg0')}{both}"
    assert told(text) == ["INDIVIDUAL_PARTNER em1"]


def test_a_port_beside_its_described_lacpdus_is_known_by_them_alone(told: Told) -> None:
    deaf = words(Lacpdu(THEIRS._replace(port=9), NO_INFO))
    heard = words(Lacpdu(THEIRS._replace(state=State(0x39)), OURS))

    assert told(f"{PORTS}{healthy()}\n{deaf}") == []  # of which port, nobody knows
    assert told(f"{PORTS}{healthy()}\n{heard}") == ["INDIVIDUAL_PARTNER em1"]
