"""The plan of a bond: what a file asks for, what forbids it, and what the next boot has."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.bond.links import AddressInfo, Link
from lagg_tool.bond.report import BondReport, PortReport
from lagg_tool.bond.state import BondHost, Lines, Route
from lagg_tool.lagg import Management, parse_specs
from lagg_tool.nas.linux.plan import Plan, make_plan, removal_plan

UP = frozenset(("UP", "LOWER_UP"))
IFUPDOWN: dict[str, Lines] = {
    "/etc/network/interfaces": ((3, "source /etc/network/interfaces.d/*"),)
}
FAILOVER = 'name = "bond0"\nprotocol = "failover"\nports = ["eth1", "eth2"]\n'
LACP = FAILOVER.replace("failover", "lacp")
DATA: dict[str, Any] = {
    "mode": "active-backup",
    "miimon": 100,
    "primary": "eth1",
    "ad_lacp_rate": "slow",
    "xmit_hash_policy": "layer2",
    "fail_over_mac": "none",
}


def host(**changed: Any) -> BondHost:
    """Return a host with eth0, which carries the session, and five idle ports."""
    links = {f"eth{i}": Link(f"eth{i}", mtus=(68, 9216)) for i in range(1, 6)}
    links["eth0"] = Link("eth0", flags=UP, addresses=(address("10.0.2.15/24"),))
    links |= changed.pop("links", {})
    defaults: dict[str, Any] = {
        "management": Management("10.0.2.2", "10.0.2.15", "eth0"),
        "files": IFUPDOWN,
        "tools": frozenset(("ifupdown",)),
    }
    return BondHost(links, **(defaults | changed))


def address(text: str, *, made: bool = False) -> AddressInfo:
    return AddressInfo(ip_interface(text), made)


def bonded(data: Mapping[str, Any] = DATA, **changed: Any) -> BondHost:
    """Return a host that has bond0 of eth1 and eth2, made by hand."""
    links = {name: Link(name, flags=UP, master="bond0") for name in ("eth1", "eth2")}
    bond = Link("bond0", flags=UP, kind="bond", bond=data, **changed.pop("bond", {}))
    report = BondReport("bond0", ports=(PortReport("eth1"), PortReport("eth2")))
    more = changed.pop("links", {})
    return host(links=links | {"bond0": bond} | more, reports={"bond0": report}, **changed)


def plan(text: str, seen: BondHost) -> Plan:
    return make_plan(parse_specs(text, "bond0.toml")[0], seen)


def commands(made: Plan) -> list[str]:
    return [step.command.text.removeprefix("ip ") for step in made.steps]


def kept(made: Plan, seen: BondHost) -> BondHost:
    """Return the host with the files of a plan written."""
    written = {
        f"/etc/{each.path}": tuple(enumerate((each.after or "").splitlines(), 1))
        for each in made.files
    }
    return dataclasses.replace(seen, files={**seen.files, **written})


def test_a_bond_is_made_up_last_and_undone_in_one_command() -> None:
    made = plan(FAILOVER + 'addresses = ["192.0.2.1/24"]\nmtu = 9000\n', host())

    assert commands(made) == [
        "link add name bond0 type bond mode active-backup miimon 100",
        "link set dev bond0 mtu 9000",
        "link set dev eth1 down",
        "link set dev eth1 master bond0",
        "link set dev eth2 down",
        "link set dev eth2 master bond0",
        "link set dev bond0 type bond primary eth1",
        "link set dev bond0 up",
        "addr add 192.0.2.1/24 dev bond0",
    ]
    assert [step.command.text for step in made.inverse] == ["ip link del dev bond0"]
    assert (made.summary, made.empty) == ("create", False)


@pytest.mark.parametrize(
    ("protocol", "mode"),
    [
        ("failover", "active-backup"),
        ("lacp", "802.3ad"),
        ("loadbalance", "balance-xor"),
        ("roundrobin", "balance-rr"),
        ("broadcast", "broadcast"),
    ],
)
def test_every_protocol_is_a_mode_that_watches_links(protocol: str, mode: str) -> None:
    made = plan(FAILOVER.replace("failover", protocol), host())

    assert f"type bond mode {mode} miimon 100" in commands(made)[0]


def test_words_of_lagg_that_the_driver_has_are_its_own() -> None:
    made = plan(LACP + 'options = "lagghash l3,l4 lacp_fast_timeout"\n', host())

    assert commands(made)[0].endswith("xmit_hash_policy layer3+4 lacp_rate fast")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('options = "use_flowid"', "options use_flowid: the bonding driver has nothing like it"),
        ('options = "lagghash l2,l3,l4"', "choose one of these, or write xmit_hash_policy"),
        ("dhcp = true", "dhcp: this tool starts no client"),
        ("ipv6_auto = true", "ipv6_auto: this tool starts no client"),
        ("offload = false", "offload: a bond offers what its ports can"),
        ('mac = "02:00:00:00:00:07"', "mac: this tool leaves a bond the address of its first"),
    ],
)
def test_what_cannot_be_said_on_linux_is_refused_with_a_way_out(line: str, said: str) -> None:
    found = plan(f"{LACP}{line}\n", host()).findings

    assert len(found) == 1
    assert said in found[0]


def test_protocol_none_and_a_hash_of_failover_are_refused() -> None:
    none = plan(FAILOVER.replace("failover", "none"), host()).findings
    hashed = plan(FAILOVER + 'options = "lagghash l2"\n', host()).findings

    assert "every mode of the bonding driver carries traffic" in none[0]
    assert "protocol failover hashes nothing" in hashed[0]


def test_a_bond_that_is_there_and_kept_is_nothing_to_do() -> None:
    first = plan(FAILOVER, bonded())
    second = plan(FAILOVER, kept(first, bonded()))

    assert not first.steps
    assert first.summary == "keep, and have it at boot"
    assert second.empty


def test_another_mode_takes_an_empty_bond_and_comes_back_the_same_way() -> None:
    made = plan(LACP, bonded())

    assert commands(made) == [
        "link set dev bond0 down",
        "link set dev eth1 nomaster",
        "link set dev eth2 nomaster",
        "link set dev bond0 type bond mode 802.3ad miimon 100",
        "link set dev eth1 down",
        "link set dev eth1 master bond0",
        "link set dev eth2 down",
        "link set dev eth2 master bond0",
        "link set dev bond0 up",
    ]
    back = [step.command.text for step in made.inverse]
    assert "ip link set dev bond0 type bond mode active-backup miimon 100" in back
    assert "takes an empty bond" in made.notes[-1]


def test_an_option_that_takes_a_bond_that_is_down_brings_back_what_that_loses() -> None:
    data = DATA | {"mode": "802.3ad"}
    own = (address("192.0.2.1/24"), address("2001:db8::7/64"), address("2001:db8::8/64"))
    seen = bonded(
        data,
        bond={"addresses": own},
        routes=(Route("default", "192.0.2.254", "bond0"),),
    )

    made = plan(
        LACP + 'addresses = ["192.0.2.1/24", "2001:db8::7/64"]\n[bond]\nlacp_rate = "fast"\n', seen
    )

    assert commands(made) == [
        "link set dev bond0 down",
        "link set dev bond0 type bond lacp_rate fast",
        "link set dev bond0 up",
        "addr add 2001:db8::7/64 dev bond0",
        "addr add 2001:db8::8/64 dev bond0",
        "route replace default via 192.0.2.254 dev bond0",
    ]
    assert any("X-11" in note for note in made.notes)
    assert any("2001:db8::8/64 is left alone" in note for note in made.notes)


def test_other_options_change_while_the_bond_is_up() -> None:
    made = plan(
        LACP + '[bond]\nxmit_hash_policy = "layer3+4"\n', bonded(DATA | {"mode": "802.3ad"})
    )

    assert commands(made) == ["link set dev bond0 type bond xmit_hash_policy layer3+4"]


def test_a_port_that_leaves_with_the_bonds_mac_address_is_noted() -> None:
    ether = "52:54:00:cc:00:01"
    eth1 = Link("eth1", flags=UP, master="bond0", ether=ether, permanent=ether)

    made = plan(
        FAILOVER.replace('"eth1", ', ""), bonded(bond={"ether": ether}, links={"eth1": eth1})
    )

    assert "link set dev eth1 nomaster" in commands(made)
    assert "link set dev bond0 type bond primary eth2" in commands(made)
    assert any("X-13" in note for note in made.notes)


def test_an_address_moves_from_a_port_with_its_route_and_back() -> None:
    eth1 = Link("eth1", flags=UP, addresses=(address("192.0.2.7/24"),))
    seen = host(
        links={"eth1": eth1}, routes=(Route("default", "192.0.2.254", "eth1", 100, "static"),)
    )

    made = plan(FAILOVER + 'addresses = ["192.0.2.7/24"]\n', seen)

    assert commands(made)[0] == "addr del 192.0.2.7/24 dev eth1"
    assert commands(made)[-2:] == [
        "addr add 192.0.2.7/24 dev bond0",
        "route replace default via 192.0.2.254 dev bond0 metric 100",
    ]
    assert [step.command.text for step in made.inverse] == [
        "ip link del dev bond0",
        "ip link set dev eth1 up",
        "ip addr replace 192.0.2.7/24 dev eth1",
        "ip route replace default via 192.0.2.254 dev eth1 metric 100",
    ]
    assert "up ip route replace default" in (made.files[0].after or "")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (Link("eth1", addresses=(address("192.0.2.9/24"),)), "it has addresses (192.0.2.9/24)"),
        (Link("eth1", master="br0"), "it is a port of br0; remove it there first"),
        (Link("eth1", kind="bond"), "it is a bond; name the NICs themselves"),
        (Link("eth1", mtus=(68, 1500)), "its driver takes an MTU up to 1500"),
    ],
)
def test_a_port_that_may_not_join_forbids_the_change(link: Link, said: str) -> None:
    found = plan(FAILOVER + "mtu = 9000\n", host(links={"eth1": link})).findings

    assert any(said in each for each in found)


def test_a_port_with_vlans_or_that_is_not_there_forbids_the_change() -> None:
    vlan = Link("eth1.7", kind="vlan", parent="eth1", tag=7)

    found = plan(FAILOVER.replace("eth2", "eth9"), host(links={"eth1.7": vlan})).findings

    assert any("port eth1: VLANs use it (eth1.7)" in each for each in found)
    assert any("port eth9: there is no such interface" in each for each in found)


@pytest.mark.parametrize("port", ["eth0", "eth0.5"])
def test_what_carries_the_session_is_not_touched_without_permission(port: str) -> None:
    vlan = Link("eth0.5", flags=UP, kind="vlan", parent="eth0", tag=5)
    seen = host(links={"eth0.5": vlan}, management=Management("10.0.2.2", "10.0.2.15", port))

    made = plan(FAILOVER.replace("eth2", "eth0"), seen)

    assert made.management == ("eth0 carries this session",)


def test_an_address_that_would_take_the_route_to_the_client_is_the_sessions_too() -> None:
    made = plan(FAILOVER + 'addresses = ["10.0.2.77/25"]\n', host())

    assert any("would take over the route" in each for each in made.management)


def test_ports_of_unknown_or_another_speed_are_doubtful_under_lacp() -> None:
    seen = host(speeds={"eth1": (0, "unknown"), "eth2": (100, "full"), "eth3": (1000, "full")})

    unknown = plan(LACP, seen).doubts
    mixed = plan(LACP.replace("eth1", "eth3"), seen).doubts

    assert "X-21" in unknown[0]
    assert "ports of different speed (eth3 1000 Mb/s, eth2 100 Mb/s)" in mixed[0]


def test_a_bond_that_watches_no_link_is_noted() -> None:
    assert "X-01" in plan(FAILOVER + "[bond]\nmiimon = 0\n", host()).notes[0]


def test_another_user_than_root_is_told_so() -> None:
    made = plan(FAILOVER, host(root=False, user="nas (uid 1001)"))

    assert "this needs root" in made.obstacles[0]


def test_a_removal_ends_the_bond_and_its_files_and_says_what_is_left() -> None:
    first = plan(FAILOVER, host())
    seen = kept(first, bonded())

    made = removal_plan("bond0", seen)

    ups = ["link set dev eth1 up", "link set dev eth2 up"]  # the driver takes its ports down
    assert commands(made) == ["link del dev bond0", *ups]
    assert [(each.path, each.after) for each in made.files] == [(first.files[0].path, None)]
    assert "ip link set dev eth1 master bond0" in [each.command.text for each in made.inverse]
    assert "the ports are up afterwards, without addresses: eth1, eth2" in made.notes
    assert removal_plan("bond0", host()).empty


def test_the_rollback_of_a_removal_brings_back_the_options_that_somebody_had_set() -> None:
    data = DATA | {"mode": "802.3ad", "ad_lacp_rate": "fast", "xmit_hash_policy": "layer3+4"}

    made = removal_plan("bond0", bonded(data | {"min_links": 1, "ad_select": "stable"}))

    assert made.inverse[0].command.text == (
        "ip link add name bond0 type bond mode 802.3ad miimon 100 lacp_rate fast"
        " xmit_hash_policy layer3+4 min_links 1"
    )


def test_what_others_have_put_on_a_bond_forbids_its_removal() -> None:
    vlan = Link("bond0.9", kind="vlan", parent="bond0", tag=9)

    found = removal_plan("bond0", bonded(links={"bond0.9": vlan})).findings

    assert "the following VLANs depend on this interface: bond0.9" in found[0]


def test_vlans_of_the_file_are_made_and_go_with_the_file() -> None:
    text = FAILOVER + '[[vlan]]\ntag = 30\nmtu = 1496\naddresses = ["198.51.100.1/24"]\n'
    made = plan(text, host())
    vlan = Link("bond0.30", flags=UP, kind="vlan", parent="bond0", tag=30, mtu=1496)
    seen = kept(made, bonded(links={"bond0.30": vlan}))

    assert commands(made)[-4:] == [
        "link add link bond0 name bond0.30 type vlan id 30",
        "link set dev bond0.30 mtu 1496",
        "link set dev bond0.30 up",
        "addr add 198.51.100.1/24 dev bond0.30",
    ]
    assert commands(plan(text, seen)) == ["addr add 198.51.100.1/24 dev bond0.30"]
    assert commands(plan(FAILOVER, seen)) == ["link del dev bond0.30"]
    assert not removal_plan("bond0", seen).findings


def test_a_change_at_runtime_only_has_no_files_and_none_of_their_reasons() -> None:
    made = plan(FAILOVER, host(tools=frozenset()))

    assert any("no program is there" in each for each in made.findings)
    runtime = made.at_runtime_only()
    assert (runtime.findings, runtime.files) == ((), ())
    assert runtime.steps == made.steps
