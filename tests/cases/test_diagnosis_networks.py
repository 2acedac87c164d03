"""The causes beside a LAGG: addresses, VLANs and bridges on its ports, cards in its network."""

from __future__ import annotations

import pytest

from lagg_tool.lagg.diagnosis import Cause
from tests.cases.lagg_texts import FLAGS, FULL, causes, found, healthy, port


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("inet 192.0.2.5 netmask 0xffffff00 broadcast 192.0.2.255", True),
        ("inet 192.0.2.5/24 broadcast 192.0.2.255", True),
        ("inet6 2001:db8::5 prefixlen 64", True),
        ("inet6 fe80::5eff:fe00:5301%em0 prefixlen 64 scopeid 0x1", False),
        ("inet 0.0.0.0 netmask 0xff000000 broadcast 255.255.255.255", False),
    ],
)
def test_an_address_on_a_port_is_found_in_any_format(line: str, is_found: bool) -> None:
    text = port("em0", f"autoselect (1000baseT {FULL})", line, "status: active") + port("em1")

    assert causes(text + healthy()) == [(Cause.PORT_HAS_ADDRESS, "em0")] * is_found


@pytest.mark.parametrize(
    "line",
    [
        "vlan: 10 vlanproto: 802.1q vlanpcp: 0 parent interface: em0",
        "vlan: 10 vlanpcp: 0 parent interface: em0",
        "vlan: 10 parent interface: em0",
    ],
)
def test_a_vlan_on_a_port_is_found_and_one_on_the_lagg_is_right(line: str) -> None:
    vlan = f"vlan10: {FLAGS}\n\tgroups: vlan\n\t{line}\n"
    text = port("em0") + port("em1") + healthy()

    assert causes(text + vlan) == [(Cause.VLAN_ON_PORT, "em0")]
    assert found(text + vlan.replace("interface: em0", "interface: lagg0")) == []


@pytest.mark.parametrize(("member", "is_found"), [("em0", True), ("lagg0", False)])
def test_a_port_in_a_bridge_is_found_and_the_lagg_there_is_right(
    member: str, is_found: bool
) -> None:
    bridge = (
        "bridge0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
        f"\tmember: {member} flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>\n\tgroups: bridge\n"
    )

    assert causes(port("em0") + port("em1") + healthy() + bridge) == (
        [(Cause.PORT_IN_BRIDGE, "em0")] if is_found else []
    )


OURS = "\tinet 192.0.2.10 netmask 0xffffff00 broadcast 192.0.2.255\n"


@pytest.mark.parametrize(
    ("address", "is_found"),
    [
        ("inet 192.0.2.20 netmask 0xffffff00 broadcast 192.0.2.255", True),
        ("inet 192.0.2.20 netmask 0xffff0000 broadcast 192.0.255.255", True),
        ("inet 198.51.100.20 netmask 0xffffff00 broadcast 198.51.100.255", False),
        ("inet 192.0.2.20 netmask 0xffffffff broadcast 192.0.2.20", False),
        ("inet6 2001:db8::1 prefixlen 64", False),
    ],
)
def test_another_card_in_the_same_network_is_found(address: str, is_found: bool) -> None:
    other = port("em2", f"autoselect (1000baseT {FULL})", address, "status: active")
    text = port("em0") + port("em1") + healthy(OURS)

    assert causes(text + other) == [(Cause.SAME_NETWORK, "em2")] * is_found


def test_a_bridge_over_the_lagg_is_no_other_card_in_its_network() -> None:
    bridge = f"bridge0: {FLAGS}\n\tinet 192.0.2.20 netmask 0xffffff00 broadcast 192.0.2.255\n"
    member = "\tmember: {} flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>\n"
    text = port("em0") + port("em1") + healthy(OURS) + bridge

    assert causes(text + member.format("lagg0")) == []
    assert causes(text + member.format("em2")) == [(Cause.SAME_NETWORK, "bridge0")]


@pytest.mark.parametrize(("mtu", "is_found"), [(9000, True), (1500, False), (1400, True)])
def test_a_bridge_with_another_mtu_than_its_lagg_is_found(mtu: int, is_found: bool) -> None:
    flags = FLAGS.replace("mtu 1500", f"mtu {mtu}")
    bridge = f"bridge0: {flags}\n\tmember: lagg0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>\n"

    assert causes(healthy() + bridge) == [(Cause.MTU, "bridge0")] * is_found
    assert causes(healthy() + bridge.replace("lagg0", "em7")) == []


@pytest.mark.parametrize(
    ("mtu", "is_found"), [(9000, True), (1500, False), (1496, True), (1400, False)]
)
def test_a_vlan_with_an_mtu_that_does_not_fit_is_found(mtu: int, is_found: bool) -> None:
    flags = FLAGS.replace("mtu 1500", f"mtu {mtu}")
    vlan = f"lagg0.10: {flags}\n\tvlan: 10 vlanproto: 802.1q vlanpcp: 0 parent interface: lagg0\n"
    of_another = vlan.replace("lagg0", "lagg1")

    assert causes(healthy() + vlan) == [(Cause.MTU, "lagg0.10")] * is_found
    assert causes(healthy() + of_another) == []
