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
    "arista-eos": "   mtu 9000\n",
    "junos": "set interfaces ae0 mtu 9022\n",
    "mikrotik": " mtu=9000",
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


def test_plan_prints_it_without_a_nas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lagg0.toml"
    path.write_text('name = "lagg0"\nprotocol = "lacp"\nports = ["em0", "em1"]\n')

    status = main(
        ["plan", str(path), "--switch-config", "junos", "--target", "ssh://root@nowhere.invalid"]
    )

    assert status == 0
    assert capsys.readouterr().out == switch_config(spec(), "junos")
