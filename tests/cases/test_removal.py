"""The removal of a LAGG: the VLANs on it go with it, and addresses go back to their ports."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.lagg import InterfaceState
from lagg_tool.nas.freebsd.plan import make_plan, removal_plan
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15
from tests.cases.test_moving import GIVEN, file, lagg_tool, said
from tests.cases.test_next_boot import CLONE, FULL, LINE, PORTS, RELEASES, host, reboot, spec
from tests.cases.test_vlans import VLANS, with_vlans
from tests.support.commit_rig import CommitRig
from tests.support.rig import Rig, rig


def remove(made: CommitRig) -> None:
    plan = removal_plan("lagg0", made.state())
    assert not plan.findings
    made.tool().apply(plan, lambda state: removal_plan("lagg0", state), hold=False)


@pytest.mark.parametrize("release", RELEASES)
def test_vlans_go_with_the_lagg_and_come_back_with_it(release: str) -> None:
    made = host(PORTS, release)
    bare = made.said()[1]
    made.apply(with_vlans(*VLANS))
    made.clock.sleep(5)  # no address is tentative any more
    before = made.said()

    notes = removal_plan("lagg0", made.state()).notes
    remove(made)
    gone = made.said()
    made.changes().rollback()
    made.clock.sleep(5)

    assert notes[:2] == (
        (
            "VLAN lagg0.30 (tag 30) goes with lagg0, and its addresses: 198.51.100.12/24,"
            " 198.51.100.13/32"
        ),
        "VLAN lagg0.40 (tag 40) goes with lagg0, and its addresses: 2001:db8:40::1/64",
    )
    assert b"lagg" not in gone[0]
    assert gone[1] == bare
    assert made.said() == before


NAMED = {
    "renamed": 'ifconfig_vlan7_name="office"\ncreate_args_vlan7="vlandev lagg0 vlan 7"\n'
    'ifconfig_office="inet 203.0.113.1/24"\n',
    "by name": 'vlans_lagg0="office"\ncreate_args_office="vlan 40"\n'
    'ifconfig_office="inet 203.0.113.1/24"\n',
    "cloned": 'ifconfig_lagg0_7="inet 203.0.113.1/24"\n',
}


@pytest.mark.parametrize("form", NAMED)
def test_vlans_of_every_form_leave_nothing_in_rc_conf(form: str) -> None:
    clones = {"cloned": "lagg0 lagg0.7", "renamed": "lagg0 vlan7"}
    clone = CLONE.replace("lagg0", clones.get(form, "lagg0"))
    made = host(f'{PORTS}{clone}ifconfig_lagg0="{LINE}"\n{NAMED[form]}')
    before = made.said()

    remove(made)
    left = made.said()
    made.changes().rollback()
    made.clock.sleep(5)

    assert b"lagg0" not in left[0] + left[1]
    assert b"office" not in left[0] + left[1]
    assert b"vlan7" not in left[1]
    assert made.said() == before


def test_a_lagg_that_is_renamed_at_boot_leaves_nothing_in_rc_conf() -> None:
    line = f'ifconfig_bond0="{LINE}"\n'
    made = host(f'{PORTS}{CLONE}create_args_lagg0="mtu 1500"\nifconfig_lagg0_name="bond0"\n{line}')
    before = made.said()
    plan = removal_plan("bond0", made.state())

    made.tool().apply(plan, lambda state: removal_plan("bond0", state), hold=False)
    left = made.said()[1]
    made.changes().rollback()
    made.clock.sleep(5)

    assert b"lagg0" not in left
    assert b"bond0" not in left
    assert made.said() == before


def test_a_vlan_that_is_in_use_is_a_reason_against_the_removal() -> None:
    made = host(f'{FULL}vlans_lagg0="30"\nifconfig_lagg0_30="up"\n')
    state = made.state()
    bridge = InterfaceState("bridge0", members=("lagg0.30",), groups=("bridge",))
    used = dataclasses.replace(state, interfaces={**state.interfaces, "bridge0": bridge})

    findings = removal_plan("lagg0", used).findings

    assert findings == ("lagg0.30: it is a member of bridge0; remove it there first",)


@pytest.fixture(params=[FREEBSD_13_2, FREEBSD_15], ids=lambda release: release.name)
def nas(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with rig(request.param) as made:
        yield made


def test_the_management_address_goes_back_to_the_port_that_had_it(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (nas.said()[1], said(nas, "netstat -rn -f inet"))
    assert lagg_tool(nas, "apply", file(tmp_path, GIVEN), "--allow-management") == 0

    refused = lagg_tool(nas, "apply", "--remove", "lagg0")
    status = lagg_tool(nas, "apply", "--remove", "lagg0", "--allow-management")

    shown = capsys.readouterr()
    assert (refused, status) == (2, 0), shown.err
    assert "note: address 10.0.2.15/24 goes back to vtnet0, which had it before" in shown.err
    assert "inet 10.0.2.15 " in said(nas, "ifconfig vtnet0")
    assert (nas.said()[1], said(nas, "netstat -rn -f inet")) == before
    nas.nas.reboot()
    nas.clock.sleep(100)
    assert "inet 10.0.2.15 " in said(nas, "ifconfig vtnet0")


def test_the_removal_that_gave_an_address_back_is_undone(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lagg_tool(nas, "apply", file(tmp_path, GIVEN), "--allow-management")
    before = (*nas.said(), said(nas, "netstat -rn -f inet"))
    assert lagg_tool(nas, "apply", "--remove", "lagg0", "--allow-management") == 0

    status = lagg_tool(nas, "rollback")

    assert status == 0, capsys.readouterr().err
    nas.clock.sleep(5)
    assert (*nas.said(), said(nas, "netstat -rn -f inet")) == before


@pytest.mark.parametrize("release", RELEASES)
def test_ports_that_leave_have_their_own_link_local_addresses_at_once(release: str) -> None:
    """FreeBSD 15 gives the ports others, which no port that is free has; 13.2 takes them."""
    made = host(f'ipv6_activate_all_interfaces="YES"\n{PORTS}', release)
    before = [link_local(made, port) for port in ("vtnet1", "vtnet2")]
    made.apply(spec())

    made.apply(spec(ports=["vtnet1"]))
    left = link_local(made, "vtnet2")
    remove(made)

    assert all(before)
    assert left == before[1]
    assert [link_local(made, port) for port in ("vtnet1", "vtnet2")] == before


def link_local(made: CommitRig, port: str) -> list[str]:
    made.clock.sleep(5)  # no address is tentative any more
    shown = made.nas.run(f"ifconfig {port}").stdout.decode().splitlines()
    return [line for line in shown if "inet6 fe80::" in line]


def test_an_address_that_was_never_a_ports_goes_with_the_lagg() -> None:
    made = host(PORTS)
    made.apply(with_vlans())

    plan = removal_plan("lagg0", made.state())
    remove(made)

    assert not any("goes back" in each for each in plan.notes)
    assert "192.0.2.10" not in made.nas.run("ifconfig").stdout.decode()
    reboot(made)
    assert not make_plan(with_vlans(), made.state()).empty
