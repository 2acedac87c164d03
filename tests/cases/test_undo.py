"""What an undo leads back to, with a reboot in between or without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lagg_tool.lagg import LaggSpec
from lagg_tool.nas.freebsd.plan import make_plan
from tests.cases.test_next_boot import FULL, host, reboot, spec
from tests.support.commit_rig import CommitRig


def stay_up(made: CommitRig) -> None:
    made.clock.sleep(5)


def goes_back(made: CommitRig, wanted: LaggSpec, meanwhile: Callable[[CommitRig], None]) -> None:
    made.clock.sleep(5)
    before = [each.decode() for each in made.said()]
    outcome = made.apply(wanted)
    meanwhile(made)
    made.changes().rollback(outcome.token)
    made.clock.sleep(5)
    assert [each.decode() for each in made.said()] == before


DOWN = {
    "ports up": "ifconfig vtnet1 up; ifconfig vtnet2 up",
    "one port up": "ifconfig vtnet1 down; ifconfig vtnet2 up",
    "ports down": "ifconfig vtnet1 down; ifconfig vtnet2 down",
}


@pytest.mark.parametrize(
    ("release", "ports", "changed", "meanwhile"),
    [
        ("freebsd-15", "ports up", {"description": "x"}, reboot),
        ("freebsd-15", "one port up", {"ports": ["vtnet2", "vtnet1"]}, reboot),
        ("freebsd-15", "one port up", {"addresses": ["192.0.2.11/24"]}, stay_up),
        ("freebsd-13.2", "ports down", {"addresses": ["192.0.2.11/24"]}, reboot),
    ],
    ids=["15", "15, another primary", "15, another address", "13.2, another address"],
)
def test_a_lagg_that_was_down_is_so_again_and_its_ports_are_as_they_were(
    release: str, ports: str, changed: dict[str, Any], meanwhile: Callable[[CommitRig], None]
) -> None:
    """FreeBSD 15 takes the ports down with the LAGG; an address brings it up on each."""
    made = host(FULL, release)
    made.nas.run(f"ifconfig lagg0 down; {DOWN[ports]}")

    goes_back(made, spec(**changed), meanwhile)


@pytest.mark.parametrize(("release", "now"), [("freebsd-13.2", 1400), ("freebsd-15", 1500)])
def test_a_vlan_that_the_file_does_not_name_has_its_mtu_again(release: str, now: int) -> None:
    """At boot a VLAN takes the MTU of the LAGG, which may be lowered below it."""
    made = host(f'{FULL}vlans_lagg0="5"\nifconfig_lagg0_5="up"\n', release)
    made.nas.run(f"ifconfig lagg0.5 mtu {now}")

    goes_back(made, spec(mtu=9000), reboot)


def test_a_vlan_on_a_vlan_is_named_and_has_its_mtu_again() -> None:
    made = host(
        f'{FULL}vlans_lagg0="5"\nvlans_lagg0_5="7"\nifconfig_lagg0_5_7="up"\n', "freebsd-15"
    )

    notes = make_plan(spec(mtu=9000), made.state()).notes

    assert (
        "VLAN lagg0.5.7 keeps MTU 1496 now, and gets 8996 at the next boot with lagg0; to have one"
        " of them, give it one in rc.conf (mtu in ifconfig_lagg0_5_7)"
    ) in notes
    goes_back(made, spec(mtu=9000), reboot)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            "inet6 2001:db8::15 prefixlen 64",
            {"addresses": ["192.0.2.10/24", "2001:db8::15/64"]},
        ),
        ("inet6 accept_rtadv", {"ipv6_auto": True}),
    ],
    ids=["an address", "router advertisements"],
)
@pytest.mark.parametrize("release", ["freebsd-13.2", "freebsd-15"])
def test_ipv6_of_a_nic_moves_onto_the_lagg_and_back(
    release: str, line: str, wanted: dict[str, Any]
) -> None:
    """The kernel takes the IPv6 addresses of a port that joins, all at once (lagg_ioctl)."""
    made = host(f'ifconfig_vtnet1="inet 192.0.2.10/24"\nifconfig_vtnet1_ipv6="{line}"\n', release)

    def boot_again(made: CommitRig) -> None:
        reboot(made)
        assert make_plan(spec(**wanted), made.state()).empty

    goes_back(made, spec(**wanted), boot_again)


@pytest.mark.parametrize("release", ["freebsd-13.2", "freebsd-15"])
def test_a_nic_that_had_no_link_local_address_has_none_again(release: str) -> None:
    """One that was down until the LAGG brought it up: the kernel makes it then."""
    made = host("ipv6_activate_all_interfaces=YES\n", release)
    made.nas.run("ifconfig vtnet1 down; ifconfig vtnet1 inet6 -ifdisabled")
    assert b"fe80" not in made.nas.run("ifconfig vtnet1").stdout

    goes_back(made, spec(), stay_up)


def test_ports_that_are_put_back_have_the_link_local_addresses_of_their_boot_again() -> None:
    """The kernel takes them when a port joins, and gave them once the LAGG was up."""
    made = host(f"ipv6_activate_all_interfaces=YES\n{FULL}", "freebsd-15")
    assert made.nas.run("ifconfig vtnet1; ifconfig vtnet2").stdout.count(b"inet6 fe80::") == 2

    goes_back(made, spec(protocol="lacp"), stay_up)


def test_a_nic_loses_the_link_local_address_that_it_got_as_a_port() -> None:
    """A LAGG that FreeBSD 15 brings up with its ports gives each one: boot-default-line."""
    made = host("ifconfig_vtnet1_ipv6='inet6 2001:db8::15/64'\n", "freebsd-15")

    goes_back(made, spec(addresses=["2001:db8::15/64"]), stay_up)
