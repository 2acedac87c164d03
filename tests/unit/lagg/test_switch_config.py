"""The switch's side of a specification: what each family is told for each protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lagg_tool.cli import main
from lagg_tool.lagg import LaggSpec, Protocol, spec_from_data
from lagg_tool.lagg.switch_config import FAMILIES, switch_config


def spec(**changed: Any) -> LaggSpec:
    data = {"name": "lagg0", "protocol": "lacp", "ports": ["em0", "em1"]}
    return spec_from_data(data | changed)


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_text_says_that_it_is_a_suggestion(family: str, protocol: Protocol) -> None:
    text = switch_config(spec(protocol=protocol.value), family)

    assert "Suggestion for the switch's side of lagg0" in text
    assert "It was not tried on your switch" in text
    assert "<port 1" in text
    assert "<port 2" in text
    assert text.endswith("\n")


LACP = {
    "generic": "one group with LACP (802.1AX)",
    "cisco-ios": " channel-group 1 mode active\n",
    "arista-eos": "   channel-group 1 mode active\n",
    "junos": "set interfaces ae0 aggregated-ether-options lacp active\n",
    "mikrotik": "mode=802.3ad lacp-rate=30secs",
}
STATIC = {
    "generic": "one static group, without LACP",
    "cisco-ios": " channel-group 1 mode on\n",
    "arista-eos": "   channel-group 1 mode on\n",
    "junos": "set interfaces <port 1> ether-options 802.3ad ae0\n",
    "mikrotik": "mode=balance-xor",
}
FAST = {
    "generic": "Timeout: short (fast).",
    "cisco-ios": " lacp rate fast\n",
    "arista-eos": "   lacp timer fast\n",
    "junos": "lacp periodic fast\n",
    "mikrotik": "lacp-rate=1sec",
}
LARGE = {
    "generic": "an MTU of 9000 octets",
    "cisco-ios": "system mtu 9000\n",
    "arista-eos": "! routed (no switchport): mtu 9000\n",
    "junos": "set interfaces ae0 mtu 9018\n",
    "mikrotik": "/interface ethernet set <port 2> l2mtu=9004 mtu=9000\n",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_lacp_is_active_with_the_timeout_of_the_file(family: str) -> None:
    slow = switch_config(spec(), family)
    fast = switch_config(spec(options="lacp_fast_timeout"), family)

    assert LACP[family] in slow
    assert FAST[family] not in slow
    assert FAST[family] in fast


@pytest.mark.parametrize("protocol", ["loadbalance", "roundrobin"])
@pytest.mark.parametrize("family", FAMILIES)
def test_static_protocols_have_a_group_without_lacp(family: str, protocol: str) -> None:
    text = switch_config(spec(protocol=protocol), family)

    assert STATIC[family] in text
    assert "active" not in text
    assert "802.3ad lacp" not in text


@pytest.mark.parametrize("protocol", ["failover", "broadcast", "none"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_others_are_in_no_group(family: str, protocol: str) -> None:
    text = switch_config(spec(protocol=protocol), family)

    for grouped in (LACP[family], STATIC[family]):
        assert grouped not in text


@pytest.mark.parametrize("family", FAMILIES)
def test_large_frames_are_asked_for_only_where_they_are_wanted(family: str) -> None:
    assert LARGE[family] in switch_config(spec(mtu=9000), family)
    assert "mtu" not in switch_config(spec(), family).lower()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_bond_that_asks_for_the_fast_rate_gets_it(family: str) -> None:
    assert FAST[family] in switch_config(spec(bond={"lacp_rate": "fast"}), family)


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("family", FAMILIES)
def test_broadcast_alone_is_warned_of_as_what_one_switch_cannot_bear(
    family: str, protocol: Protocol
) -> None:
    text = switch_config(spec(protocol=protocol.value), family)

    assert ("Warning: broadcast" in text) == (protocol is Protocol.BROADCAST)
    mark = FAMILIES[family][0]
    assert all(line.startswith(mark) for line in text.splitlines() if "Warning" in line)


SINGLE = {
    "generic": "as single ports, in no group and without LACP",
    "cisco-ios": " no channel-group\n",
    "arista-eos": "   no channel-group\n",
    "junos": "delete interfaces <port 2> ether-options 802.3ad\n",
    "mikrotik": "# leave <port 1>,<port 2> in no bonding interface\n",
}


@pytest.mark.parametrize("protocol", ["failover", "broadcast"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_others_are_taken_out_of_a_group(family: str, protocol: str) -> None:
    assert SINGLE[family] in switch_config(spec(protocol=protocol), family)


VLANS = [{"tag": 30}, {"tag": 40}]
TAGGED = {
    "generic": ["Tagged VLANs: 30, 40.\n"],
    "cisco-ios": [
        "vlan 30,40\n",
        " switchport mode trunk\n",
        " switchport trunk allowed vlan 30,40",
    ],
    "arista-eos": [
        "vlan 30,40\n",
        "   switchport mode trunk\n",
        "   switchport trunk allowed vlan 30,40",
    ],
    "junos": [
        "set vlans v30 vlan-id 30\n",
        " unit 0 family ethernet-switching interface-mode trunk\n",
        " unit 0 family ethernet-switching vlan members [ v30 v40 ",
    ],
    "mikrotik": [" vlan-ids=30,40\n"],
}
NATIVE = {
    "generic": "Untagged (native) VLAN: <native VLAN>, for the addresses of lagg0 itself.\n",
    "cisco-ios": "allowed vlan 30,40,<native VLAN>\n switchport trunk native vlan <native VLAN>\n",
    "arista-eos": (
        "allowed vlan 30,40,<native VLAN>\n   switchport trunk native vlan <native VLAN>\n"
    ),
    "junos": " native-vlan-id <native VLAN>\n",
    "mikrotik": " pvid=<native VLAN>\n",
}
NO_NATIVE = {
    "generic": "Untagged (native) VLAN: none; nothing is sent without a tag.\n",
    "cisco-ios": "allowed vlan 30,40\n switchport trunk native vlan <unused VLAN>\n",
    "arista-eos": "allowed vlan 30,40\n   switchport trunk native vlan tag\n",
    "junos": "vlan members [ v30 v40 ]\n",
    "mikrotik": " frame-types=admit-only-vlan-tagged\n",
}


@pytest.mark.parametrize("protocol", ["lacp", "loadbalance", "failover"])
@pytest.mark.parametrize("family", FAMILIES)
def test_vlans_are_tagged_and_the_lagg_itself_is_not(family: str, protocol: str) -> None:
    with_own = switch_config(
        spec(protocol=protocol, vlan=VLANS, addresses=["192.0.2.1/24"]), family
    )
    without = switch_config(spec(protocol=protocol, vlan=VLANS), family)

    for line in TAGGED[family]:
        assert line in with_own
        assert line in without
    assert NATIVE[family] in with_own
    assert NO_NATIVE[family] in without
    assert "native VLAN>" not in without


@pytest.mark.parametrize("family", FAMILIES)
def test_every_single_port_has_the_vlans(family: str) -> None:
    text = switch_config(spec(protocol="failover", vlan=VLANS), family)

    trunks = {
        "cisco-ios": "switchport mode trunk",
        "arista-eos": "switchport mode trunk",
        "junos": "interface-mode trunk",
        "mikrotik": "frame-types=admit-only-vlan-tagged",
    }
    if family in trunks:
        assert text.count(trunks[family]) == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_without_vlans_nothing_is_tagged(family: str) -> None:
    text = switch_config(spec(addresses=["192.0.2.1/24"]), family)

    assert "trunk" not in text
    assert "agged VLAN" not in text
    assert "vlan" not in text.replace("VLAN", "")


@pytest.mark.parametrize(("family", "most"), [("cisco-ios", "9198"), ("junos", "9198")])
def test_an_mtu_beyond_what_most_switches_take_is_said(family: str, most: str) -> None:
    assert f"lower the MTU of the NAS to {'that' if family == 'cisco-ios' else most}" in (
        switch_config(spec(mtu=9216), family)
    )
    assert "lower the MTU" not in switch_config(spec(mtu=int(most)), family)


def test_plan_prints_it_without_a_nas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lagg0.toml"
    path.write_text('name = "lagg0"\nprotocol = "lacp"\nports = ["em0", "em1"]\n')

    status = main(
        ["plan", str(path), "--switch-config", "junos", "--target", "ssh://root@nowhere.invalid"]
    )

    assert status == 0
    assert capsys.readouterr().out == switch_config(spec(), "junos")


def test_plan_prints_it_for_every_lagg_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "laggs.toml"
    path.write_text(
        "".join(
            f'[[lagg]]\nname = "lagg{n}"\nprotocol = "lacp"\nports = ["em{n}"]\n' for n in (0, 1)
        )
    )

    assert main(["plan", str(path), "--switch-config", "junos"]) == 0

    both = [switch_config(spec(name=f"lagg{n}", ports=[f"em{n}"]), "junos") for n in (0, 1)]
    assert capsys.readouterr().out == "".join(both)
