"""Several LAGGs in one change: what goes over leaves the one before it joins the other."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface

import pytest

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    LaggSpec,
    LaggState,
    Management,
    PortState,
    Protocol,
    spec_from_data,
)
from lagg_tool.nas.freebsd.plan import JointPlan, make_joint_plan, make_plan
from lagg_tool.nas.freebsd.plan.rcconf import Edit, RcChange

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
        InterfaceState(
            f"em{place}",
            up=True,
            ether=MAC.format((place - 1) // 2 * 2 + 1),
            hwaddr=MAC.format(place),
        )
        for place in range(1, 6)
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
    assert all(step.why for step in (*found.steps, *found.inverse))
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


def test_when_the_first_port_goes_over_the_next_by_index_is_the_first() -> None:
    """lagg_port_create() in if_lagg.c keeps the ports sorted by if_index."""
    state = host()
    three = tuple(map(PortState, ("em1", "em5", "em2")))
    found = state.interfaces["lagg0"]
    assert found.lagg
    joined = dataclasses.replace(found, lagg=dataclasses.replace(found.lagg, ports=three))
    em5 = dataclasses.replace(state.interfaces["em5"], ether=found.ether)
    there = {**state.interfaces, "em5": em5, "lagg0": joined}
    specs = (spec("lagg0", "em2 em5", ONE), spec("lagg1", "em3 em4 em1", TWO))

    made = make_joint_plan(specs, dataclasses.replace(state, interfaces=there))

    assert made.data["changes"] == words("lagg0 -laggport em1", "em1 up", "lagg1 laggport em1")


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

    assert all(step.why for step in (*found.steps, *found.inverse))
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


def test_a_port_that_no_lagg_is_to_have_goes_over_to_none() -> None:
    found = plan("em1", "em3 em4")

    assert not found.released
    assert found.data["changes"] == words("lagg0 -laggport em2", "em2 up")


def test_the_second_lagg_may_give_what_the_first_gets() -> None:
    assert plan("em1 em2 em4", "em3").data["changes"] == words(
        "lagg1 -laggport em4", "em4 up", "lagg0 laggport em4"
    )


def test_a_new_lagg_gets_the_port_of_another_with_its_own_mac_address_back() -> None:
    new = dataclasses.replace(spec("lagg2", "em2", TWO), mac=MAC.format(1))
    state = host()
    there = {name: found for name, found in state.interfaces.items() if name != "lagg1"}

    found = make_joint_plan(
        (spec("lagg0", "em1", ONE), new), dataclasses.replace(state, interfaces=there)
    )

    assert found.data["changes"][:6] == words(
        "lagg0 -laggport em2",
        "lagg2 create",
        "lagg2 laggproto failover",
        "em2 ether 02:00:00:00:00:01",
        "em2 up",
        "lagg2 laggport em2",
    )


def test_a_lagg_that_the_file_does_not_have_keeps_its_ports() -> None:
    state = host()
    other = InterfaceState("lagg2", lagg=LaggState(Protocol.NONE, (PortState("em5"),)))
    state = dataclasses.replace(state, interfaces={**state.interfaces, "lagg2": other})

    found = make_joint_plan((spec("lagg0", "em1 em2 em5", ONE), spec("lagg1", "em3", TWO)), state)

    assert not found.released
    assert any("em5" in each and "lagg2" in each for each in found.findings)


def test_a_port_leaves_the_words_that_make_its_lagg_at_boot() -> None:
    state = host()
    rc_conf = {
        **state.rc_conf,
        "create_args_lagg0": "laggproto failover laggport em1 laggport em2",
        "ifconfig_lagg0": ONE,
    }

    found = make_joint_plan(
        (spec("lagg0", "em1", ONE), spec("lagg1", "em3 em4 em2", TWO)),
        dataclasses.replace(state, rc_conf=rc_conf),
    )

    assert {each.variable: each.after for each in found.rc} == {
        "create_args_lagg0": "laggproto failover laggport em1",
        "ifconfig_lagg1": line("em3", "em4", "em2", address=TWO),
    }


def test_what_is_said_of_each_is_said_of_all() -> None:
    way_in = Management("203.0.113.9", "192.0.2.10", "lagg0")
    state = dataclasses.replace(
        host(), management=way_in, rc_text="x=1\n", root=False, user="ada", records_hidden=True
    )
    specs = (spec("lagg0", "em1 em3", ONE), spec("lagg1", "em2 em9", TWO))

    found = make_joint_plan(specs, state)

    assert (found.name, found.spec, found.others) == ("lagg0 and lagg1", specs[0], specs[1:])
    assert found.rc_text == "x=1\n"
    assert any("em9" in each for each in found.findings)
    assert len([each for each in found.notes if "root only" in each]) == 1
    assert len(found.obstacles) == 1
    assert any("lagg0" in each for each in found.management)
    assert not make_joint_plan((spec("lagg0", "em1 em2", ONE),), state).management


def test_a_variable_that_the_first_makes_for_the_second_is_set_by_no_other_file() -> None:
    nics = {name: found for name, found in host().interfaces.items() if not found.lagg}
    lines = {name: value for name, value in host().rc_conf.items() if "em" in name}
    text = "".join(f'{name}="{value}"\n' for name, value in lines.items())
    specs = (spec("lagg0", "em1 em2", ONE), spec("lagg1", "em3 em4", TWO))

    found = make_joint_plan(specs, HostState(nics, lines, rc_text=text))

    assert not found.findings
    assert found.rc[0].variable == "cloned_interfaces"
    assert found.rc[0].after == "lagg0 lagg1"


def test_laggs_of_one_file_are_not_in_one_network() -> None:
    nics = {name: found for name, found in host().interfaces.items() if not found.lagg}
    specs = (spec("lagg0", "em1 em2", ONE), spec("lagg1", "em3 em4", "192.0.2.11/24"))

    [finding] = make_joint_plan(specs, HostState(nics)).findings

    assert finding == (
        "address 192.0.2.11/24: lagg0 is in that network already (192.0.2.10/24); choose another"
        " network, or remove it there first"
    )


@pytest.mark.parametrize("vhid", ["", "7"], ids=["a jail's", "CARP's"])
def test_an_address_of_others_on_one_lagg_is_in_the_way_of_the_next(vhid: str) -> None:
    state = host()
    carrier = state.interfaces["lagg0"]
    alien = AddressState(ip_interface("203.0.113.5/24"), vhid=vhid)
    own = (*carrier.addresses, alien)
    there = {**state.interfaces, "lagg0": dataclasses.replace(carrier, addresses=own)}
    specs = (spec("lagg0", "em1", ONE), spec("lagg1", "em3 em4", "203.0.113.6/24"))

    found = make_joint_plan(specs, dataclasses.replace(state, interfaces=there))

    assert any("lagg0 is in that network already" in each for each in found.findings)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_lease_of_one_lagg_is_in_the_way_of_the_next_while_it_is_asked_for(keeps: bool) -> None:
    state = host()
    leased = (AddressState(ip_interface("203.0.113.5/24")),)
    carrier = dataclasses.replace(state.interfaces["lagg0"], addresses=leased)
    there = {**state.interfaces, "lagg0": carrier}
    rc_conf = {**state.rc_conf, "ifconfig_lagg0": line("em1", "em2", address="DHCP")}
    first = spec("lagg0", "em1 em2", ONE)
    first = dataclasses.replace(first, dhcp=True, addresses=()) if keeps else first

    found = make_joint_plan(
        (first, spec("lagg1", "em3 em4", "203.0.113.6/24")),
        dataclasses.replace(
            state, interfaces=there, rc_conf=rc_conf, dhclients=frozenset({"lagg0"})
        ),
    )

    assert any("lagg0 is in that network already" in each for each in found.findings) is keeps


def test_rc_conf_loses_what_a_part_takes_out_and_gets_what_it_adds() -> None:
    nics = {name: found for name, found in host().interfaces.items() if not found.lagg}
    moved = dataclasses.replace(
        nics["em1"], addresses=tuple(AddressState(ip_interface(each)) for each in (ONE, TWO))
    )
    lines = {
        "cloned_interfaces": "bridge0",
        "ifconfig_em1": f"inet {ONE}",
        "ifconfig_em1_alias0": f"inet {TWO}",
    }
    first = dataclasses.replace(
        spec("lagg0", "em1 em2", ONE), addresses=tuple(map(ip_interface, (ONE, TWO)))
    )
    second = spec("lagg1", "em3 em4", "203.0.113.6/24")

    found = make_joint_plan((first, second), HostState({**nics, "em1": moved}, lines))

    changes = {each.variable: each for each in found.rc}
    assert changes["cloned_interfaces"] == RcChange(
        Edit.ADD_WORD, "cloned_interfaces", "lagg0 lagg1", "bridge0"
    )
    assert changes["ifconfig_em1"] == RcChange(Edit.SET, "ifconfig_em1", "up", f"inet {ONE}")
    assert changes["ifconfig_em1_alias0"] == RcChange(
        Edit.DELETE, "ifconfig_em1_alias0", "", f"inet {TWO}"
    )


@pytest.mark.parametrize("several", [False, True], ids=["one LAGG", "two"])
def test_a_change_at_runtime_only_leaves_rc_conf_and_its_obstacles_out(several: bool) -> None:
    state = dataclasses.replace(host(), sysrc="it is not there", root=False)
    specs = (spec("lagg0", "em1 em3", ONE), spec("lagg1", "em2 em4", TWO))

    made = make_joint_plan(specs, state) if several else make_plan(specs[0], state)
    runtime = made.at_runtime_only()

    assert made.rc
    assert made.differences
    assert made.records
    assert len(made.obstacles) == 2
    assert (runtime.rc, runtime.left_out, runtime.steps) == ((), made.rc, made.steps)
    assert not runtime.differences
    assert not runtime.records
    assert runtime.obstacles == made.obstacles[:1]
