import pytest

from lagg_tool.errors import UnreadableError
from lagg_tool.ifconfig import parse
from lagg_tool.nas.freebsd.restoring import (
    Snapshot,
    manual_restore_commands,
    restore_commands,
    snapshot_of,
)
from lagg_tool.nas.freebsd.settings import PortSettings, Setting
from lagg_tool.nas.made import Made

PORT = """vtnet1: flags=8822<BROADCAST,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 52:54:00:aa:00:01
\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>
"""
LAGG = """lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tlaggproto failover lagghash l2,l3,l4
\tlaggport: vtnet1 flags=5<MASTER,ACTIVE>
\tgroups: lagg
"""
EPAIR = """epair0{0}: flags=8842<BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 02:e1:2e:a3:8c:0{0}
\tgroups: epair
"""
MADE = Made.of({"lagg0", "epair"}, ["vtnet1"])
RX_ALL = "net.link.lagg.failover_rx_all"


def snapshot(text: str, **sysctls: str) -> Snapshot:
    return Snapshot(parse(text), {RX_ALL: sysctls.get("rx_all", "0")})


def commands(before: Snapshot, now: Snapshot) -> list[str]:
    return [command.text for command in restore_commands(before, now, MADE)]


def test_nothing_is_done_when_nothing_differs() -> None:
    assert commands(snapshot(PORT), snapshot(PORT)) == []


def test_what_was_made_is_destroyed_and_a_lagg_before_its_ports() -> None:
    made = PORT + EPAIR.format("a") + EPAIR.format("b") + LAGG

    found = commands(snapshot(PORT), snapshot(made))

    assert found == ["ifconfig lagg0 destroy", "ifconfig epair0a destroy"]


def test_a_lagg_that_was_there_before_stays() -> None:
    assert commands(snapshot(PORT + LAGG), snapshot(PORT + LAGG)) == []


def test_a_port_gets_back_its_mtu_its_flags_and_loses_new_addresses() -> None:
    changed = PORT.replace("8822<", "8863<UP,").replace("1500", "9000")
    changed += "\tinet 198.51.100.1 netmask 0xffffff00 broadcast 198.51.100.255\n"
    changed += "\tinet6 2001:db8::1 prefixlen 64\n"
    changed = changed.replace("29<PERFORMNUD,IFDISABLED,", "21<PERFORMNUD,")

    found = commands(snapshot(PORT), snapshot(changed))

    assert found == [
        "ifconfig vtnet1 inet 198.51.100.1 -alias",
        "ifconfig vtnet1 inet6 2001:db8::1 -alias",
        "ifconfig vtnet1 inet6 ifdisabled",
        "ifconfig vtnet1 mtu 1500",
        "ifconfig vtnet1 down",
    ]


def test_a_sysctl_is_set_back() -> None:
    assert commands(snapshot(PORT), snapshot(PORT, rx_all="1")) == [f"sysctl {RX_ALL}=0"]


def test_a_port_gets_its_own_mac_address_back() -> None:
    changed = PORT.replace("52:54:00:aa:00:01", "02:00:00:00:00:07")

    assert commands(snapshot(PORT), snapshot(changed)) == [
        "ifconfig vtnet1 ether 52:54:00:aa:00:01"
    ]


def test_a_member_of_a_lagg_has_the_laggs_mac_address_until_that_is_gone() -> None:
    member = PORT.replace("52:54:00:aa:00:01", "02:00:00:00:00:07")

    assert commands(snapshot(PORT), snapshot(member + LAGG)) == ["ifconfig lagg0 destroy"]


def test_what_cannot_be_asked_is_told_with_all_that_leads_back() -> None:
    was = PORT + "\tinet 198.51.100.1 netmask 0xffffff00 broadcast 198.51.100.255\n"

    commands = manual_restore_commands(snapshot(was), ["vtnet1"], ["lagg0", "lagg1"])

    assert [command.text for command in commands] == [
        "ifconfig lagg0 destroy",
        "ifconfig lagg1 destroy",
        "ifconfig vtnet1 ether 52:54:00:aa:00:01",
        "ifconfig vtnet1 mtu 1500",
        "ifconfig vtnet1 inet 198.51.100.1 netmask 0xffffff00 broadcast 198.51.100.255 alias",
        "ifconfig vtnet1 down",
        f"sysctl {RX_ALL}=0",
    ]


def test_a_port_that_gets_an_address_back_is_left_down_if_it_was() -> None:
    """An IPv4 address brings an interface up."""
    was = PORT + "\tinet 198.51.100.1 netmask 0xffffff00 broadcast 198.51.100.255\n"

    assert commands(snapshot(was), snapshot(PORT)) == [
        "ifconfig vtnet1 inet 198.51.100.1 netmask 0xffffff00 broadcast 198.51.100.255 alias",
        "ifconfig vtnet1 down",
    ]


def test_settings_are_restored_with_the_flag_last() -> None:
    settings = PortSettings("02:00:00:00:00:07", 1500, (("inet", "192.0.2.1/24"),), up=False)

    assert list(settings.words) == [
        (Setting.ETHER, ("ether", "02:00:00:00:00:07")),
        (Setting.MTU, ("mtu", "1500")),
        (Setting.ADDRESS, ("inet", "192.0.2.1/24", "alias")),
        (Setting.UP, ("down",)),
    ]
    assert list(PortSettings().words) == []


def test_an_interface_that_is_spared_stays() -> None:
    now = snapshot(PORT + EPAIR.format("a"))

    assert restore_commands(snapshot(PORT), now, MADE, lambda each: each.name == "epair0a") == []


def test_a_list_without_interfaces_is_no_snapshot() -> None:
    with pytest.raises(UnreadableError, match="no interface"):
        snapshot_of("", "", "", None)
