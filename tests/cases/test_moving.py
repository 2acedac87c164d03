"""Case 07: the address of a NIC, the session's among them, moves onto the LAGG that it joins."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15, TRUENAS_13_3
from tests.support.rig import Rig, rig

FILE = """\
name = "lagg0"
protocol = "failover"
ports = ["vtnet0", "vtnet1"]
"""
GIVEN = FILE + 'addresses = ["10.0.2.15/24"]\n'


@pytest.fixture(params=[FREEBSD_13_2, FREEBSD_15], ids=lambda release: release.name)
def nas(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with rig(request.param) as made:
        yield made


def lagg_tool(nas: Rig, *words: str) -> int:
    """Run the tool; a host that is slow, as in a test on a busy machine, has half an hour."""
    host, port = nas.wire.address
    way = ["--target", f"ssh://root@{host}:{port}", "--identity", str(nas.identity)]
    if words[0] == "apply" and "--confirm-within" not in words:
        way += ["--confirm-within", "30m"]
    return main([*words, *way, "--host-key", nas.fingerprint])


def file(tmp_path: Path, text: str = GIVEN) -> str:
    path = tmp_path / "lagg0.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def said(nas: Rig, line: str) -> str:
    return nas.nas.run(line).stdout.decode()


def test_the_management_address_moves_onto_the_lagg_and_stays_there(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = file(tmp_path)

    status = lagg_tool(nas, "apply", wanted, "--allow-management")

    assert status == 0, capsys.readouterr().err
    assert "inet 10.0.2.15 " in said(nas, "ifconfig lagg0")
    assert "inet " not in said(nas, "ifconfig vtnet0")
    assert "default            10.0.2.2" in said(nas, "netstat -rn -f inet")
    assert said(nas, "sysrc -n ifconfig_vtnet0") == "up\n"
    nas.nas.reboot()
    nas.clock.sleep(100)
    capsys.readouterr()
    assert lagg_tool(nas, "plan", wanted) == 0
    assert capsys.readouterr().out.endswith("\nlagg0: nothing to do\n")
    assert "default            10.0.2.2" in said(nas, "netstat -rn -f inet")


def test_the_rollback_moves_it_back(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (*nas.said(), said(nas, "netstat -rn -f inet"))
    lagg_tool(nas, "apply", file(tmp_path), "--allow-management")

    status = lagg_tool(nas, "rollback")

    assert status == 0, capsys.readouterr().err
    nas.clock.sleep(5)
    assert (*nas.said(), said(nas, "netstat -rn -f inet")) == before


def test_without_the_option_the_refusal_says_what_to_write(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = nas.said()

    status = lagg_tool(nas, "apply", file(tmp_path), "--confirm-within", "30m")

    said = capsys.readouterr().err
    assert status == 2
    assert "--allow-management would allow it" in said
    command = said.partition("\n  to allow it: lagg-tool ")[2].strip()
    assert "--allow-management --confirm-within 30m" in command
    assert nas.said() == before
    assert main(shlex.split(command)) == 0


def test_the_removal_of_what_carries_the_session_says_what_to_write(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = lagg_tool(nas, "apply", file(tmp_path), "--allow-management")
    assert made == 0, capsys.readouterr().err

    status = lagg_tool(nas, "apply", "--remove", "lagg0", "--confirm-within", "45m")

    said = capsys.readouterr().err
    assert status == 2, said
    command = said.partition("\n  to allow it: lagg-tool ")[2].strip()
    assert "--remove lagg0 --allow-management --confirm-within 45m" in command
    assert main(shlex.split(command)) == 0


def test_what_else_is_against_a_change_has_no_command_that_allows_it(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lagg_tool(nas, "apply", file(tmp_path, FILE))

    assert "to allow it:" not in capsys.readouterr().err


# A lease, as a dhclient has it that asks on vtnet0
LEASE = """\
sysrc ifconfig_vtnet0=DHCP; sysrc -x defaultrouter; daemon -f dhclient vtnet0
ifconfig vtnet0 inet 10.0.2.15/24 alias; route add default 10.0.2.2
"""


def test_a_lease_is_asked_for_on_the_lagg_which_gets_the_default_route_with_it(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nas.nas.run(f"{LEASE}route add 198.51.100.0/24 10.0.2.9")
    wanted = file(tmp_path, f"{FILE}dhcp = true\n")

    status = lagg_tool(nas, "apply", wanted, "--allow-management")

    said_too = capsys.readouterr().err
    assert status == 0, said_too
    assert "the route to 198.51.100.0/24 by 10.0.2.9 goes with the lease of vtnet0" in said_too
    assert "the route to default" not in said_too
    assert "dhclient lagg0" in said(nas, "pgrep -fl dhclient")
    assert "dhclient vtnet0" not in said(nas, "pgrep -fl dhclient")
    assert lagg_tool(nas, "rollback") == 0, capsys.readouterr().err
    nas.clock.sleep(5)
    assert "default            10.0.2.2" in said(nas, "netstat -rn -f inet")
    assert "198.51.100.0/24    10.0.2.9" in said(nas, "netstat -rn -f inet")
    assert "dhclient vtnet0" in said(nas, "pgrep -fl dhclient")
    assert "inet 10.0.2.15 " in said(nas, "ifconfig vtnet0")


def test_a_lease_that_the_file_has_as_a_fixed_address_is_told_what_to_write(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nas.nas.run(LEASE)

    status = lagg_tool(nas, "apply", file(tmp_path), "--allow-management")

    assert status == 2
    assert capsys.readouterr().err.partition("nothing was touched:")[2] == (
        "\n  port vtnet0: it has addresses (10.0.2.15/24), useless once it is a port (S-10), and"
        " asks for one by DHCP; for lagg0 to ask in its place, write dhcp = true in the file;"
        " for a fixed one, end its dhclient and give rc.conf that address for it first\n"
    )


def test_a_port_that_asks_for_a_lease_at_boot_is_told_what_to_write(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nas.nas.run("sysrc ifconfig_vtnet1=DHCP")

    lagg_tool(nas, "apply", file(tmp_path), "--allow-management")

    assert (
        "port vtnet1: rc.conf gives it addresses (ifconfig_vtnet1='DHCP'); write dhcp = true in"
        " the file, for lagg0 to ask in its place, or change that to ifconfig_vtnet1=up first"
    ) in capsys.readouterr().err


@pytest.mark.parametrize("address", ["10.0.2.15/24", "10.0.2.20/24"])
def test_another_card_in_the_same_network_may_join_with_its_address(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    text = FILE.replace('"vtnet0", "vtnet1"', '"vtnet1", "vtnet2"')

    status = lagg_tool(
        nas, "apply", file(tmp_path, f'{text}addresses = ["{address}"]\n'), "--allow-management"
    )

    assert status == 2
    assert (
        f"address {address}: vtnet0 is in that network already (10.0.2.15/24); choose another"
        ' network, or remove it there first; or write ports = ["vtnet1", "vtnet2", "vtnet0"] for'
        " vtnet0 to join with its address"
    ) in capsys.readouterr().err


def test_an_address_that_the_file_lacks_is_named_with_what_to_write(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = file(tmp_path, FILE + 'addresses = ["192.0.2.1/24"]\n')

    status = lagg_tool(nas, "apply", wanted, "--allow-management")

    assert status == 2
    assert (
        "port vtnet0: it has addresses (10.0.2.15/24), useless once it is a port (S-10); to move"
        ' them onto lagg0, write addresses = ["10.0.2.15/24", "192.0.2.1/24"] in the file; or'
        " remove them first"
    ) in capsys.readouterr().err


def test_what_else_the_line_of_the_port_says_is_kept(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nas.nas.run("sysrc ifconfig_vtnet0='inet 10.0.2.15 netmask 0xffffff00 -lro'")

    status = lagg_tool(nas, "apply", file(tmp_path), "--allow-management")

    assert status == 0, capsys.readouterr().err
    assert said(nas, "sysrc -n ifconfig_vtnet0") == "-lro\n"


def test_a_nic_joins_a_lagg_that_is_there_with_its_address(
    nas: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nas.nas.run("ifconfig lagg0 create laggproto failover laggport vtnet1 up; ifconfig vtnet1 up")
    before = nas.said()[0]
    wanted = file(tmp_path)

    status = lagg_tool(nas, "apply", wanted, "--allow-management")
    there = said(nas, "ifconfig lagg0")
    back = lagg_tool(nas, "rollback")

    assert (status, back) == (0, 0), capsys.readouterr().err
    assert "inet 10.0.2.15 " in there
    nas.clock.sleep(5)
    assert nas.said()[0] == before


def test_the_middleware_moves_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with rig(TRUENAS_13_3) as nas:
        wanted = file(tmp_path)

        status = lagg_tool(nas, "apply", wanted, "--allow-management")

        assert status == 0, capsys.readouterr().err
        assert "inet 10.0.2.15 " in said(nas, "ifconfig lagg0")
        assert "inet " not in said(nas, "ifconfig vtnet0")
        nas.nas.reboot()
        nas.clock.sleep(100)
        assert lagg_tool(nas, "plan", wanted) == 0, capsys.readouterr().out
        assert "inet 10.0.2.15 " in said(nas, "ifconfig lagg0")
        assert lagg_tool(nas, "rollback") == 0, capsys.readouterr().err
        assert "inet 10.0.2.15 " in said(nas, "ifconfig vtnet0")


V6 = 'ifconfig_vtnet0_ipv6="inet6 2001:db8::15 prefixlen 64"\nipv6_defaultrouter="2001:db8::1"\n'


@pytest.mark.parametrize("client", ["2001:db8::2", "2001:db8:9::9"], ids=["a neighbour", "far"])
def test_a_session_over_ipv6_moves_with_its_address_and_back(
    client: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lagg_tool.simulator.server.ssh.CLIENT_ADDRESS", client)
    monkeypatch.setattr("lagg_tool.simulator.server.ssh.NAS_ADDRESS", "2001:db8::15")
    given = GIVEN.replace('"10.0.2.15/24"', '"10.0.2.15/24", "2001:db8::15/64"')
    with rig(FREEBSD_15) as nas:
        nas.nas.run("cat >> /etc/rc.conf", V6.encode())
        nas.nas.reboot()
        nas.clock.sleep(100)
        before = (*nas.said(), said(nas, "netstat -rn"))

        without = lagg_tool(nas, "apply", file(tmp_path), "--allow-management")
        told = capsys.readouterr().err
        wanted = file(tmp_path, given)
        refused = lagg_tool(nas, "apply", wanted)
        told += capsys.readouterr().err
        held = lagg_tool(nas, "apply", wanted, "--allow-management", "--hold")
        nas.wire.cut()
        moved = said(nas, "ifconfig lagg0 inet6")
        nas.clock.sleep(3600)
        reverted = (*nas.said(), said(nas, "netstat -rn"))
        applied = lagg_tool(nas, "apply", wanted, "--allow-management")
        nas.nas.reboot()
        nas.clock.sleep(100)
        planned = lagg_tool(nas, "plan", wanted)
        routes = said(nas, "netstat -rn -f inet6")
        undone = lagg_tool(nas, "rollback")
        nas.clock.sleep(5)

        assert (without, refused, held, applied, planned, undone) == (2, 2, 0, 0, 0, 0)
        assert 'write addresses = ["10.0.2.15/24", "2001:db8::15/64"] in the file' in told
        assert f"vtnet0 carries this session (from {client} over vtnet0)" in told
        assert "inet6 2001:db8::15 prefixlen 64" in moved
        assert reverted == before
        assert re.search(r"^default +2001:db8::1 +UGS? +lagg0$", routes, re.MULTILINE)
        assert (*nas.said(), said(nas, "netstat -rn")) == before
