"""VLANs of a NIC, the session's among them, move onto the LAGG that it joins."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.ifconfig import parse
from lagg_tool.lagg import parse_specs
from lagg_tool.nas.freebsd.observation import read_interfaces
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.rendering import plan_text
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15
from tests.cases.test_moving import lagg_tool
from tests.cases.test_next_boot import PORTS, RELEASES, host, reboot
from tests.cases.test_vlans import vlan, with_vlans
from tests.support.commit_rig import CommitRig
from tests.support.rig import Rig, rig

# A clone that is made again has another number.
LINK = re.compile(r"link#\d+ *|scopeid 0x\w+|tentative ")
FILE = """\
name = "lagg0"
protocol = "failover"
ports = ["vtnet0", "vtnet1"]

[[vlan]]
tag = 10
addresses = ["10.0.2.15/24"]

[[vlan]]
tag = 20
addresses = ["192.0.2.20/24", "2001:db8:20::2/64"]
"""
TWENTY = (
    'ifconfig_NAME="inet 192.0.2.20/24"\nifconfig_NAME_ipv6="inet6 2001:db8:20::2/64"\n'
    'ifconfig_NAME_descr="the office"\n'
)
FORMS = {
    "by number": 'ifconfig_vtnet0="up"\nvlans_vtnet0="10 20"\n'
    f'ifconfig_vtnet0_10="inet 10.0.2.15/24"\n{TWENTY.replace("NAME", "vtnet0_20")}',
    "by name": 'ifconfig_vtnet0="up"\nvlans_vtnet0="mgmt office"\ncreate_args_mgmt="vlan 10"\n'
    'create_args_office="vlan 20"\nifconfig_mgmt="inet 10.0.2.15/24"\n'
    f"{TWENTY.replace('NAME', 'office')}",
    "cloned": 'ifconfig_vtnet0="up"\ncloned_interfaces="vlan10:sticky vlan20 bridge3"\n'
    'ifconfig_vlan10="inet 10.0.2.15 netmask 255.255.255.0 vlan 10 vlandev vtnet0"\n'
    f'create_args_vlan20="vlan 20 vlandev vtnet0"\n{TWENTY.replace("NAME", "vlan20")}',
    "renamed": 'ifconfig_vtnet0="up"\ncloned_interfaces="vlan1 vlan2"\n'
    'create_args_vlan1="vlan 10 vlandev vtnet0"\nifconfig_vlan1_name="mgmt"\n'
    'ifconfig_mgmt="inet 10.0.2.15/24"\ncreate_args_vlan2="vlandev vtnet0 vlan 20"\n'
    f'ifconfig_vlan2_name="office"\n{TWENTY.replace("NAME", "office")}',
}


WANTED = parse_specs(FILE, "lagg0.toml")[0]


@pytest.mark.parametrize(
    ("form", "release"), list(zip(FORMS, RELEASES * 2, strict=True)), ids=list(FORMS)
)
def test_vlans_of_every_form_move_stay_there_and_move_back(form: str, release: str) -> None:
    made = CommitRig(release)
    give(made.nas, form)
    reboot(made)
    before = everything(made.nas)

    outcome = made.apply(WANTED)
    applied, shown = plan_text(make_plan(WANTED, made.state())), everything(made.nas)
    reboot(made)
    booted, shown_then = plan_text(make_plan(WANTED, made.state())), everything(made.nas)
    made.changes().rollback(outcome.token)
    undone = everything(made.nas)
    reboot(made)

    for text in (applied, booted):
        assert text.startswith("lagg0: nothing to do\n")
    for text in (shown, shown_then):
        assert text.count("parent interface: lagg0\n") == 2
        assert "parent interface: vtnet0\n" not in text
        assert "\tdescription: the office\n" in text
        assert "default            10.0.2.2" in text
    assert undone.partition("# rc.conf\n")[2] == before.partition("# rc.conf\n")[2]
    assert undone.count("parent interface: vtnet0\n") == 2
    assert "default            10.0.2.2" in undone
    assert everything(made.nas) == before


@pytest.fixture(params=[FREEBSD_13_2, FREEBSD_15], ids=lambda release: release.name)
def nas(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Give a NAS whose only way in is a VLAN of a NIC."""
    with rig(request.param) as made:
        give(made.nas, "by number" if request.param is FREEBSD_15 else "cloned")
        again(made)
        yield made


def give(nas: SimulatedNas, form: str) -> None:
    nas.run("sysrc -x ifconfig_vtnet0")
    nas.run("cat >> /etc/rc.conf", FORMS[form].encode())


def again(nas: Rig) -> None:
    nas.nas.reboot()
    nas.clock.sleep(100)


def everything(nas: SimulatedNas) -> str:
    return nas.run("ifconfig -a; netstat -rn; echo '# rc.conf'; cat /etc/rc.conf").stdout.decode()


def file(tmp_path: Path) -> str:
    path = tmp_path / "lagg0.toml"
    path.write_text(FILE, encoding="utf-8")
    return str(path)


def test_the_vlan_of_the_session_moves_if_it_is_allowed_and_is_probed_there(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, wanted = everything(nas.nas), file(tmp_path)

    refused = lagg_tool(nas, "apply", wanted)
    told = capsys.readouterr().err
    unchanged = everything(nas.nas)
    status = lagg_tool(nas, "apply", wanted, "--allow-management")

    assert refused == 2
    assert "vtnet0 carries this session (from 10.0.2.2 over " in told
    assert unchanged == before
    assert status == 0, capsys.readouterr().err
    assert everything(nas.nas).count("parent interface: lagg0\n") == 2


def test_the_vlan_moves_back_when_nobody_confirms_or_the_host_boots(
    nas: Rig, tmp_path: Path
) -> None:
    before = sorted(LINK.sub("", everything(nas.nas)).split("\n"))

    assert lagg_tool(nas, "apply", file(tmp_path), "--allow-management", "--hold") == 0
    nas.wire.cut()
    moved = everything(nas.nas).count("parent interface: lagg0\n")
    nas.clock.sleep(3600)
    reverted = sorted(LINK.sub("", everything(nas.nas)).split("\n"))
    assert lagg_tool(nas, "apply", file(tmp_path), "--allow-management", "--hold") == 0
    again(nas)

    assert moved == 2
    assert reverted == before
    assert sorted(LINK.sub("", everything(nas.nas)).split("\n")) == before


HINDERED = {
    "a lease": (
        'vlans_vtnet2="7"\nifconfig_vtnet2_7="DHCP"\n',
        "it asks for an address by DHCP, which no [[vlan]] does; give it a fixed one first",
    ),
    "a VLAN on it": (
        'vlans_vtnet2="7"\nvlans_vtnet2_7="8"\n',
        "vtnet2.7.8 uses it; take it out there first",
    ),
    "the same on another port": (
        'vlans_vtnet2="7"\nvlans_vtnet1="7"\n',
        "vtnet1.7 has the same tag; remove one of the two first",
    ),
    "an address that the file lacks": (
        'vlans_vtnet2="7"\nifconfig_vtnet2_7="inet 203.0.113.1/24"\n',
        (
            "for it to move onto lagg0, write [[vlan]] with tag = 7, addresses ="
            ' ["203.0.113.1/24"] in the file'
        ),
    ),
}


@pytest.mark.parametrize("form", HINDERED)
def test_a_vlan_that_does_not_move_is_refused_with_what_to_do(form: str) -> None:
    rc_conf, reason = HINDERED[form]
    made = host(f"{PORTS}{rc_conf}")

    findings = make_plan(with_vlans(vlan(7)), made.state()).findings

    assert f"port vtnet2: the VLAN vtnet2.7 on it would go deaf; {reason}" in findings


def test_a_vlan_with_a_priority_does_not_move_without_it() -> None:
    made = host(f'{PORTS}vlans_vtnet2="7"\n')
    text = made.nas.run("ifconfig").stdout.decode().replace("vlanpcp: 0", "vlanpcp: 3")
    interfaces = read_interfaces(parse(text))

    state = dataclasses.replace(made.state(), interfaces=interfaces)
    findings = make_plan(with_vlans(vlan(7)), state).findings

    reason = "it has vlanpcp 3, which no [[vlan]] has; set that back first"
    assert f"port vtnet2: the VLAN vtnet2.7 on it would go deaf; {reason}" in findings


def test_a_vlan_that_moves_keeps_the_other_words_of_its_line() -> None:
    made = host(
        f'{PORTS}cloned_interfaces="vlan7"\n'
        'ifconfig_vlan7="vlan 7 vlandev vtnet2 mtu 1496 -rxcsum up"\n'
    )
    wanted = with_vlans(vlan(7, mtu=1496))
    plan = make_plan(wanted, made.state())

    made.apply(wanted)
    reboot(made)

    assert "VLAN vlan7 moves from vtnet2 onto lagg0" in plan.notes
    assert ("ifconfig_vlan7", "mtu 1496 -rxcsum up") in [
        (each.variable, each.after) for each in plan.rc
    ]
    assert plan_text(make_plan(wanted, made.state())) == "lagg0: nothing to do\n"


@pytest.mark.parametrize("release", RELEASES)
def test_routes_over_a_vlan_that_gets_another_name_are_there_after_the_next_boot(
    release: str,
) -> None:
    made = host(
        f'{PORTS}vlans_vtnet2="7 70"\nifconfig_vtnet2_7_ipv6="inet6 2001:db8:7::1/64"\n'
        'ipv6_defaultrouter="fe80::1%vtnet2.7"\nstatic_routes="a b"\n'
        'route_a="-net 198.18.0.0/16 -interface vtnet2.7"\n'
        'route_b="-net 198.19.0.0/16 -interface vtnet2.70"\n',
        release,
    )
    before = made.said()
    wanted = with_vlans(vlan(7, addresses=["2001:db8:7::1/64"]), vlan(70))

    outcome = made.apply(wanted)
    reboot(made)
    booted = made.nas.run("netstat -rn").stdout.decode()
    made.changes().rollback(outcome.token)

    assert re.search(r"^default +fe80::1%lagg0\.7 ", booted, re.MULTILINE)
    assert re.search(r"^198\.18\.0\.0/16 .* lagg0\.7$", booted, re.MULTILINE)
    assert re.search(r"^198\.19\.0\.0/16 .* lagg0\.70$", booted, re.MULTILINE)
    assert made.said()[1] == before[1]


def test_a_description_of_a_vlan_that_moves_stays_as_it_is() -> None:
    made = host(f'{PORTS}vlans_vtnet2="7"\nifconfig_vtnet2_7_descr="vlan 7  of the office"\n')

    plan = make_plan(with_vlans(vlan(7)), made.state())

    assert ("ifconfig_lagg0_7_descr", "vlan 7  of the office") in [
        (each.variable, each.after) for each in plan.rc
    ]


@pytest.mark.parametrize("release", RELEASES)
def test_a_vlan_with_a_mac_address_of_its_own_keeps_it_on_both_ways(release: str) -> None:
    line = 'vlans_vtnet2="7"\nifconfig_vtnet2_7="ether 02:00:00:00:77:77"\n'
    made = host(f"{PORTS}{line}", release)
    before = made.nas.run("ifconfig vtnet2.7").stdout

    outcome = made.apply(with_vlans(vlan(7)))
    applied = made.nas.run("ifconfig lagg0.7").stdout
    made.changes().rollback(outcome.token)

    assert b"ether 02:00:00:00:77:77" in applied
    assert made.nas.run("ifconfig vtnet2.7").stdout == before


@pytest.mark.parametrize("release", RELEASES)
def test_a_vlan_that_moves_keeps_its_link_local_address(release: str) -> None:
    made = host(
        f'{PORTS}vlans_vtnet2="7"\nifconfig_vtnet2_7_ipv6="inet6 auto_linklocal"\n', release
    )

    made.apply(with_vlans(vlan(7)))

    assert "inet6 fe80::" in made.nas.run("ifconfig lagg0.7").stdout.decode()


def test_an_address_that_a_jail_may_have_set_on_a_vlan_is_said_to_be_one() -> None:
    made = host(f'{PORTS}vlans_vtnet2="7"\nifconfig_vtnet2_7="inet 203.0.113.1/24"\n')
    made.nas.run("ifconfig vtnet2.7 inet 203.0.113.44/32 alias")

    findings = make_plan(with_vlans(vlan(7)), made.state()).findings

    jail = "A jail may have set 203.0.113.44/32, which rc.conf does not have: stop it, and give it"
    assert any(each.endswith(f"{jail} lagg0.7 for its interface") for each in findings)
