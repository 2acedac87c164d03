"""Several LAGGs in one change: what goes over leaves the one before it joins the other."""

from __future__ import annotations

from ipaddress import ip_interface

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    LaggSpec,
    LaggState,
    PortState,
    Protocol,
    spec_from_data,
)
from lagg_tool.nas.freebsd.plan import JointPlan, make_joint_plan

ONE, TWO = "192.0.2.10/24", "198.51.100.10/24"
PORTS = {"lagg0": ("em1", "em2"), "lagg1": ("em3", "em4")}
MAC = "02:00:00:00:00:0{}"


def line(*ports: str, address: str) -> str:
    return " ".join(["laggproto failover", *(f"laggport {port}" for port in ports), address])


def lagg(name: str, address: str) -> InterfaceState:
    ports = tuple(map(PortState, PORTS[name]))
    return InterfaceState(
        name,
        up=True,
        ether=MAC.format(PORTS[name][0][-1]),
        addresses=(AddressState(ip_interface(address)),),
        lagg=LaggState(Protocol.FAILOVER, ports, ("l2", "l3", "l4"), frozenset({"USE_NUMA"}), 16),
    )


def host() -> HostState:
    nics = (
        InterfaceState(f"em{place}", up=True, mtu=1500, hwaddr=MAC.format(place))
        for place in range(1, 5)
    )
    found = (*nics, lagg("lagg0", ONE), lagg("lagg1", TWO))
    rc_conf = {
        "cloned_interfaces": "lagg0 lagg1",
        **{f"ifconfig_em{place}": "up" for place in range(1, 5)},
        "ifconfig_lagg0": line("em1", "em2", address=ONE),
        "ifconfig_lagg1": line("em3", "em4", address=TWO),
    }
    return HostState({each.name: each for each in found}, rc_conf)


def spec(name: str, ports: str, address: str) -> LaggSpec:
    data = {"name": name, "protocol": "failover", "ports": ports.split(), "addresses": [address]}
    return spec_from_data(data)


def plan(first: str, second: str, one: str = ONE, two: str = TWO) -> JointPlan:
    return make_joint_plan((spec("lagg0", first, one), spec("lagg1", second, two)), host())


def words(*lines: str) -> list[str]:
    return [f"ifconfig {each}" for each in lines]


def test_a_port_leaves_one_lagg_before_it_joins_the_other_and_goes_back() -> None:
    found = plan("em1", "em3 em4 em2")

    assert found.data["changes"] == words("lagg0 -laggport em2", "em2 up", "lagg1 laggport em2")
    assert found.data["inverse"] == words(
        "lagg1 -laggport em2",
        "em2 mtu 1500",
        "em2 down",
        "em2 up",
        "lagg0 laggport em2",
    )
    assert found.data["laggs"] == ["lagg0", "lagg1"]
    assert found.lines[0] == "what goes over to another LAGG:"
    assert [each for each in found.lines if each.startswith("lagg")] == [
        "lagg0: nothing to do",
        "lagg1: change",
    ]
    assert {each.variable: each.after for each in found.rc} == {
        "ifconfig_lagg0": line("em1", address=ONE),
        "ifconfig_lagg1": line("em3", "em4", "em2", address=TWO),
    }
    assert [each.before for each in found.rc] == [
        line("em1", "em2", address=ONE),
        line("em3", "em4", address=TWO),
    ]


def test_the_first_port_that_goes_over_comes_back_as_the_first() -> None:
    assert plan("em2", "em3 em4 em1").data["inverse"][2:] == words(
        "em1 down",
        "lagg0 -laggport em2",
        "em1 up",
        "lagg0 laggport em1",
        "em2 up",
        "lagg0 laggport em2",
        "lagg0 mtu 1500",
    )


def test_laggs_that_swap_all_ports_are_both_empty_in_between() -> None:
    found = plan("em3 em4", "em2 em1")

    assert found.data["changes"][:4] == words(
        "lagg0 -laggport em2", "lagg0 -laggport em1", "lagg1 -laggport em4", "lagg1 -laggport em3"
    )
    assert [each for each in found.data["changes"][4:] if "laggport" in each] == words(
        "lagg0 laggport em3", "lagg0 laggport em4", "lagg1 laggport em2", "lagg1 laggport em1"
    )


def test_laggs_that_swap_addresses_have_none_in_between() -> None:
    found = plan("em1 em2", "em3 em4", TWO, ONE)

    assert found.data["changes"] == words(
        "lagg0 inet 192.0.2.10 -alias",
        "lagg1 inet 198.51.100.10 -alias",
        "lagg0 inet 198.51.100.10/24 alias",
        "lagg1 inet 192.0.2.10/24 alias",
    )
    assert found.data["inverse"] == words(
        "lagg1 inet 192.0.2.10 -alias",
        "lagg0 inet 198.51.100.10 -alias",
        "lagg0 inet 192.0.2.10/24 alias",
        "lagg1 inet 198.51.100.10/24 alias",
    )
    assert {each.variable: each.after for each in found.rc} == {
        "ifconfig_lagg0": line("em1", "em2", address=TWO),
        "ifconfig_lagg1": line("em3", "em4", address=ONE),
    }


def test_laggs_that_are_as_they_are_to_be_need_nothing() -> None:
    found = plan("em1 em2", "em3 em4")

    assert found.empty
    assert found.lines == ["lagg0: nothing to do", "lagg1: nothing to do"]
