"""The confirmed commit through the simulated TrueNAS's middleware, over SSH."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from lagg_tool.errors import (
    HostError,
    OutcomeUnknownError,
    RefusedError,
    RevertedError,
    TargetError,
)
from lagg_tool.lagg import Protocol
from lagg_tool.nas.freebsd.observation import observe
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.truenas.plan import (
    MiddlewarePlan,
    kernel_differences,
    make_middleware_plan,
)
from lagg_tool.simulator.release import FREEBSD_13_2, TRUENAS_13_3
from tests.support.commit_rig import Direct
from tests.support.rig import Rig, rig
from tests.support.truenas_rig import Tool, spec


@pytest.fixture
def nas() -> Iterator[Rig]:
    with rig(TRUENAS_13_3) as made:
        yield made


@pytest.fixture
def tool(nas: Rig) -> Iterator[Tool]:
    made = Tool(nas)
    yield made
    made.commit.close()


def test_a_lagg_is_made_checked_in_and_then_nothing_is_to_do(tool: Tool) -> None:
    tool.apply(spec())
    tool.nas.nas.run("sleep 70")

    state = tool.commit.observe()
    assert kernel_differences(spec(), state.host) == []
    assert state.answers.record is not None
    assert state.answers.record.confirmed
    assert tool.plan(spec()).empty


def test_a_change_of_a_lagg_names_what_changes(tool: Tool) -> None:
    tool.apply(spec())

    plan = tool.plan(spec(protocol="loadbalance", mtu=1500))
    tool.commit.apply(plan, hold=False)

    [call] = plan.calls
    assert call.arguments[1] == {"lag_protocol": "LOADBALANCE", "mtu": None}
    lagg = tool.lagg()
    assert lagg is not None
    assert (lagg.protocol.name, lagg.mtu) == ("loadbalance", 1500)


def test_a_held_change_is_confirmed_by_another_session(tool: Tool) -> None:
    token = tool.apply(spec(), hold=True)

    outcome = Tool(tool.nas).commit.confirm(token)
    tool.nas.nas.run("sleep 70")

    assert outcome.state is ChangeState.CONFIRMED
    assert tool.lagg() is not None


def test_a_held_change_that_nobody_confirms_is_taken_back(tool: Tool) -> None:
    token = tool.apply(spec(), hold=True)

    tool.nas.nas.run("sleep 70")

    with pytest.raises(RevertedError, match="was not checked in"):
        tool.commit.confirm(token)
    assert tool.lagg() is None


@pytest.mark.parametrize("moment", ["pending", "confirmed", "rebooted", "restarted"])
def test_a_change_is_rolled_back_whenever_that_is_asked(tool: Tool, moment: str) -> None:
    """A reboot before the check-in makes the change permanent; the record knows better."""
    address = {"aliases": [{"address": "198.51.100.1", "netmask": 24}], "description": "left"}
    tool.nas.nas.run(f"midclt call interface.update vtnet1 '{json.dumps(address)}'")
    tool.nas.nas.run("""midclt call interface.commit '{"rollback": false}'""")
    wanted = spec(ports=["vtnet1", "vtnet2"])
    state = tool.commit.observe()
    made = make_middleware_plan(wanted, state.answers.items, state.host)
    plan = MiddlewarePlan(made.name, made.calls, made.before, spec=made.spec)  # in spite of S-10
    token = tool.commit.apply(plan, hold=moment != "confirmed").token
    if moment == "rebooted":
        tool.nas.nas.reboot()
        assert tool.lagg() is not None
    if moment == "restarted":
        tool.nas.nas.run("service middlewared restart; sleep 70")
        assert tool.lagg() is not None

    outcome = Tool(tool.nas).commit.rollback(token)
    tool.nas.nas.run("sleep 70")

    assert outcome.state is ChangeState.REVERTED
    assert tool.lagg() is None
    now = Tool(tool.nas).commit.observe()
    assert now.answers.items["vtnet1"]["description"] == "left"
    assert now.answers.items["vtnet1"]["aliases"][0]["address"] == "198.51.100.1"
    assert not now.answers.pending
    assert "198.51.100.1" in tool.nas.nas.run("ifconfig vtnet1").stdout.decode()


def test_a_removal_is_rolled_back_from_the_record(tool: Tool) -> None:
    tool.apply(spec())

    token = tool.remove("lagg0")
    gone = tool.lagg() is None
    tool.commit.rollback(token)

    assert gone
    assert kernel_differences(spec(), tool.commit.observe().host) == []


def test_somebody_elses_pending_changes_stop_it(tool: Tool) -> None:
    tool.nas.nas.run("""midclt call interface.update vtnet4 '{"description": "mine"}'""")

    with pytest.raises(RefusedError, match="somebody's network changes are pending"):
        tool.apply(spec())

    items = tool.commit.observe().answers.items
    assert "lagg0" not in items
    assert items["vtnet4"]["description"] == "mine"


def test_a_change_of_ours_that_is_pending_is_named(tool: Tool) -> None:
    token = tool.apply(spec(), hold=True)

    with pytest.raises(RefusedError, match=f"by ada@lovelace is pending .{token}.*s left"):
        Tool(tool.nas).apply(spec(name="lagg1", ports=["em0"], addresses=[]))


def test_an_option_without_effect_is_noticed_and_taken_back(tool: Tool) -> None:
    """The middleware accepts what ifconfig refuses (B-23)."""
    plan = tool.plan(spec())
    request = {**plan.calls[0].arguments[0], "options": "lagghash l9"}
    call = type(plan.calls[0])("interface.create", (request,), "a typing error")
    misspelt = dataclasses.replace(plan, calls=(call,))

    with pytest.raises(RevertedError, match="option lagghash did not take effect"):
        tool.commit.apply(misspelt, hold=False)

    assert tool.lagg() is None


def test_what_the_middleware_refuses_leaves_nothing_behind(tool: Tool) -> None:
    plan = tool.plan(spec())
    request = {**plan.calls[0].arguments[0], "mtu": 1491}
    call = type(plan.calls[0])("interface.create", (request,), "too small")

    with pytest.raises(HostError, match=r"interface_create\.mtu: Should be between 1492 and 9216"):
        tool.commit.apply(
            MiddlewarePlan(plan.name, (call,), plan.before, spec=plan.spec), hold=False
        )

    assert not tool.commit.observe().answers.pending


def test_the_plan_says_what_the_middleware_makes_of_the_order(tool: Tool) -> None:
    chosen = tool.plan(spec(ports=["vtnet2", "vtnet1"]))
    mixed = tool.plan(spec(ports=["vtnet1", "em0"], mtu=1500))

    assert any("the primary will be vtnet1, not vtnet2" in note for note in chosen.notes)
    assert any("first by name and vtnet1 by index (B-16)" in note for note in mixed.notes)


def test_what_cannot_be_is_refused_with_reasons(tool: Tool) -> None:
    tool.nas.nas.run("ifconfig lagg0 create")

    plan = tool.plan(spec(protocol="broadcast", options="", dhcp=True))

    assert [finding.split(":")[0] for finding in plan.findings] == ["protocol broadcast", "lagg0"]


@pytest.mark.parametrize("protocol", [each.value for each in Protocol if each.value != "broadcast"])
def test_one_spec_leads_to_one_kernel_state_on_both_kinds_of_host(protocol: str) -> None:
    wanted = spec(protocol=protocol)
    with rig(FREEBSD_13_2) as plain, rig(TRUENAS_13_3) as product:
        host = observe(Direct(plain.nas)).host
        for step in make_plan(wanted, host).steps:
            Direct(plain.nas).run(step.command)
        tool = Tool(product)
        tool.apply(wanted)
        theirs = tool.commit.observe().host
        tool.commit.close()
        ours = observe(Direct(plain.nas)).host

    assert kernel_differences(wanted, ours) == []
    assert kernel_differences(wanted, theirs) == []
    assert ours.interfaces["lagg0"].lagg == theirs.interfaces["lagg0"].lagg
    assert ours.interfaces["lagg0"].ether == theirs.interfaces["lagg0"].ether


CUTS = range(24, 110, 8)  # packets of a whole apply, from the first look on


@pytest.mark.parametrize("cut", CUTS)
def test_wherever_the_connection_is_cut_the_outcome_is_what_was_said(tool: Tool, cut: int) -> None:
    """One cut, anywhere; then the NAS is left alone for longer than every timer."""
    plan = tool.plan(spec())
    tool.nas.wire.cut_at = tool.nas.wire.passed + cut - 24
    try:
        tool.commit.apply(plan, hold=False)
        holds: bool | None = True
    except (TargetError, RevertedError):
        holds = False
    except OutcomeUnknownError:
        holds = None

    tool.nas.wire.cut_at = 0  # what was not reached is not to cut the look behind it
    tool.nas.nas.run("sleep 300")

    state = Tool(tool.nas).commit.observe()
    assert not state.answers.pending
    there = kernel_differences(spec(), state.host) == []
    assert there or "lagg0" not in state.answers.items
    assert holds in (None, there)


def test_a_change_of_offloads_alone_holds_and_can_be_undone(tool: Tool) -> None:
    tool.apply(spec())

    token = tool.apply(spec(offload=False))
    assert tool.plan(spec(offload=False)).empty
    Tool(tool.nas).commit.rollback(token)

    assert tool.plan(spec(offload=True)).empty
