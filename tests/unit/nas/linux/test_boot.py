"""What keeps a Linux host's network: found out, written as ours, and never what is foreign."""

from __future__ import annotations

import configparser

import pytest

from lagg_tool.bond.links import Link
from lagg_tool.bond.state import BondHost, Lines
from lagg_tool.nas.linux.boot import keeper_for, keepers_of, own_files
from lagg_tool.nas.linux.plan import removal_plan
from tests.unit.nas.linux.test_plan import FAILOVER, IFUPDOWN, LACP, UP, bonded, host, kept, plan

ALL = LACP + (
    'addresses = ["192.0.2.1/24", "2001:db8::7/64"]\nmtu = 9000\n[bond]\nmin_links = 2\n'
    '[[vlan]]\ntag = 30\naddresses = ["198.51.100.1/24"]\n'
)


def lines(*texts: str) -> Lines:
    return tuple(enumerate(texts, 1))


def on(tool: str, **files: Lines) -> BondHost:
    """Return a host whose network a tool keeps, with files whose / are written __."""
    paths = {f"/etc/{name.replace('__', '/')}": text for name, text in files.items()}
    main = IFUPDOWN if tool == "ifupdown" else {}
    return host(tools=frozenset(tool.split()), files={**main, **paths})


@pytest.mark.parametrize("tool", ["ifupdown", "networkd", "networkmanager"])
def test_what_is_written_is_found_again_and_taken_away(tool: str) -> None:
    made = plan(ALL, on(tool))
    seen = kept(made, on(tool))

    assert not made.findings
    assert made.files
    assert all((each.after or "").startswith("# lagg_tool bond0: ") for each in made.files)
    assert set(own_files("bond0", seen)) == {each.path for each in made.files}
    assert not plan(ALL, seen).files
    assert not own_files("bond", seen)


def test_ifupdown_runs_the_commands_of_the_plan() -> None:
    made = plan(ALL, on("ifupdown"))
    text = made.files[0].after or ""

    for step in made.steps:
        assert step.command.text in text
    assert text.count("auto ") == 2


def test_networkd_gets_a_file_for_the_bond_and_one_for_each_port() -> None:
    texts = {each.path: each.after or "" for each in plan(ALL, on("networkd")).files}

    stem = "systemd/network/05-lagg_tool-bond0"
    assert set(texts) == {
        f"{stem}{end}"
        for end in (
            *(".netdev", ".network", "-port-eth1.network", "-port-eth2.network"),
            *("-vlan-30.netdev", "-vlan-30.network"),
        )
    }
    assert "[Bond]\nMode=802.3ad\nMIIMonitorSec=100ms\nMinLinks=2\n" in texts[f"{stem}.netdev"]
    assert "Address=2001:db8::7/64\nVLAN=bond0.30\n" in texts[f"{stem}.network"]
    assert texts[f"{stem}-port-eth2.network"].endswith("Name=eth2\n\n[Network]\nBond=bond0\n")


@pytest.mark.parametrize("tool", ["networkd", "networkmanager"])
def test_udev_is_told_the_description_as_it_is(tool: str) -> None:
    described = FAILOVER + 'description = "50% of rack 7"\n'

    texts = {each.path: each.after or "" for each in plan(described, on(tool)).files}

    assert texts["systemd/network/05-lagg_tool-bond0.link"].endswith("Alias=50% of rack 7\n")
    [refused] = plan(FAILOVER + 'description = "Gestell für 7"\n', on(tool)).findings
    assert "takes ASCII only" in refused


@pytest.mark.parametrize("tool", ["ifupdown", "networkd", "networkmanager"])
def test_a_vlan_of_ours_goes_with_the_bond(tool: str) -> None:
    vlan = Link("bond0.30", flags=UP, kind="vlan", parent="bond0", tag=30)
    foreign = Link("bond0.3", flags=UP, kind="vlan", parent="bond0", tag=3)
    made = plan(ALL, on(tool))

    alone = removal_plan("bond0", kept(made, bonded(links={"bond0.30": vlan})))
    both = removal_plan("bond0", kept(made, bonded(links={v.name: v for v in (vlan, foreign)})))

    assert alone.findings == ()
    [refused] = both.findings
    assert "depend on this interface: bond0.3;" in refused


def test_networkd_is_told_the_primary_at_its_port() -> None:
    texts = {each.path: each.after or "" for each in plan(FAILOVER, on("networkd")).files}

    primary = [path for path, text in texts.items() if "PrimarySlave=yes" in text]
    assert primary == ["systemd/network/05-lagg_tool-bond0-port-eth1.network"]


def test_networkmanager_gets_keyfiles_that_name_each_other() -> None:
    texts = {each.path: each.after or "" for each in plan(ALL, on("networkmanager")).files}
    read = {}
    for path, text in texts.items():
        read[path] = configparser.ConfigParser()
        read[path].read_string(text)

    stem = "NetworkManager/system-connections/lagg_tool-bond0"
    bond = read[f"{stem}.nmconnection"]
    assert (bond["bond"]["mode"], bond["bond"]["min_links"]) == ("802.3ad", "2")
    assert bond["ipv4"]["address1"] == "192.0.2.1/24"
    assert bond["ipv6"]["method"] == "manual"
    port = read[f"{stem}-port-eth1.nmconnection"]["connection"]
    assert (port["master"], port["slave-type"], port["interface-name"]) == ("bond0", "bond", "eth1")
    assert read[f"{stem}.30.nmconnection"]["vlan"]["parent"] == "bond0"
    assert len({each["connection"]["uuid"] for each in read.values()}) == len(read)


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ("", "no program is there that is known to keep the network"),
        ("networkd networkmanager", "systemd-networkd and NetworkManager keep the network"),
        ("netplan networkd", "netplan keeps the network"),
        ("truenas ifupdown", "the middleware of TrueNAS keeps the network"),
    ],
)
def test_without_one_that_keeps_these_interfaces_only_runtime_is_left(
    tools: str, said: str
) -> None:
    keeper, why = keeper_for(["bond0", "eth1"], on(tools))

    assert keeper is None
    assert said in why
    assert "--runtime-only" in why


def test_of_two_keepers_the_one_that_names_a_port_keeps_it() -> None:
    seen = on("networkd networkmanager", systemd__network__20__network=lines("Name=eth1"))

    keeper, _ = keeper_for(["bond0", "eth1"], seen)

    assert keeper is not None
    assert keeper.word == "networkd"


def test_an_ifupdown_that_has_only_lo_keeps_nothing_beside_another() -> None:
    only_lo = host(
        tools=frozenset(("ifupdown", "networkd")),
        files={"/etc/network/interfaces": lines("auto lo", "iface lo inet loopback")},
    )

    assert [keeper.word for keeper in keepers_of(only_lo)] == ["networkd"]


@pytest.mark.parametrize(
    ("tool", "path", "text"),
    [
        ("ifupdown", "network__interfaces.d__a", "iface eth1 inet dhcp"),
        ("ifupdown", "network__interfaces.d__a", "    bond-slaves eth1 eth2"),
        ("networkd", "systemd__network__20.network", "Name=eth1"),
        ("networkmanager", "NetworkManager__system-connections__x", "interface-name=eth1"),
    ],
)
def test_a_foreign_file_that_configures_a_port_forbids_the_change(
    tool: str, path: str, text: str
) -> None:
    found = plan(FAILOVER, on(tool, **{path: lines("x", text)})).findings

    assert any(f"port eth1: /etc/{path.replace('__', '/')}:2" in each for each in found)
    assert not plan(FAILOVER, on(tool, **{path: lines(text.replace("eth", "wan"))})).findings


def test_a_stanza_that_leaves_a_port_alone_forbids_nothing() -> None:
    seen = on("ifupdown", network__interfaces__d=lines("auto eth1", "iface eth1 inet manual"))

    assert not plan(FAILOVER, seen).findings


def test_an_interfaces_file_that_reads_no_others_is_told() -> None:
    seen = host(files={"/etc/network/interfaces": lines("iface eth0 inet dhcp")})

    (found,) = plan(FAILOVER, seen).findings

    assert found.startswith("/etc/network/interfaces does not read the files of interfaces.d")
    assert found.endswith("add to it: source /etc/network/interfaces.d/*")


def test_a_file_of_our_name_that_is_not_ours_is_left_alone() -> None:
    path = plan(FAILOVER, on("ifupdown")).files[0].path
    seen = host(files={**IFUPDOWN, f"/etc/{path}": lines("auto bond0")})

    found = plan(FAILOVER, seen).findings

    assert f"/etc/{path} is there and is not ours; remove it, or rename it" in found


def test_what_networkd_cannot_say_and_a_file_before_ours_are_told() -> None:
    option = plan(LACP + '[bond]\nlacp_active = "off"\n', on("networkd")).findings
    early = {"systemd__network__00-all.network": lines("[Match]", "Name=eth*")}
    before = plan(FAILOVER, on("networkd", **early)).findings

    assert "systemd-networkd has no such option" in option[0]
    assert any("00-all.network fits eth1 and is read before ours" in each for each in before)


def test_files_that_this_user_cannot_read_are_told() -> None:
    path = "/etc/NetworkManager/system-connections/secret"

    found = plan(FAILOVER, host(tools=frozenset(("networkmanager",)), hidden=(path,))).findings

    assert f"{path} can be read by root only, not by root" in found
