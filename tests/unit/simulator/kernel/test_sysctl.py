"""The sysctl tree: walks, and which copy of a network stack's variable is meant."""

from __future__ import annotations

from lagg_tool.simulator.kernel.sysctl import Node, Scope, SysctlTree, Value


def tree() -> SysctlTree:
    made = SysctlTree()
    made.add(
        Node("net.link.lagg.default_flowid_shift", "", 16, Scope.MASTER),
        Node("net.link.lagg.failover_rx_all", "", 0, Scope.VNET),
        Node("net.linked", "", 1),
        Node("kern.clock", "", 0, compute=lambda: 7, writable=False),
    )
    return made


def test_a_walk_shows_the_leaves_of_the_branch_in_their_order() -> None:
    names = [node.name for node in tree().below("net.link")]

    assert names == ["net.link.lagg.default_flowid_shift", "net.link.lagg.failover_rx_all"]


def test_a_variable_with_a_copy_per_stack_changes_in_one_stack_only() -> None:
    sysctl = tree()
    host, jail = sysctl.values_for_new_vnet(), sysctl.values_for_new_vnet()
    node = sysctl.node("net.link.lagg.failover_rx_all")
    assert node is not None

    sysctl.write(node, host, 1)

    assert (sysctl.read(node, host), sysctl.read(node, jail)) == (1, 0)


def test_a_node_without_the_vnet_flag_reaches_only_stacks_made_later() -> None:
    sysctl = tree()
    host = sysctl.values_for_new_vnet()
    node = sysctl.node("net.link.lagg.default_flowid_shift")
    assert node is not None

    sysctl.write(node, host, 8)

    assert sysctl.read(node, host) == 8
    assert host[node.name] == 16
    assert sysctl.values_for_new_vnet()[node.name] == 8


def test_a_computed_leaf_shows_what_is_true_now() -> None:
    sysctl = tree()
    empty: dict[str, Value] = {}
    node = sysctl.node("kern.clock")
    assert node is not None

    value = sysctl.read(node, empty)

    assert value == 7
