"""The confirmed commit through the simulated TrueNAS's middleware, and what it refuses."""

from __future__ import annotations

import dataclasses
import json

import pytest

from lagg_tool.errors import HostError, RefusedError, RevertedError
from lagg_tool.lagg import Protocol
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.truenas.commit import MiddlewareCommit, refuse_pending
from lagg_tool.nas.truenas.plan import MiddlewarePlan, kernel_differences, make_middleware_plan
from lagg_tool.nas.truenas.session import MiddlewareSession
from lagg_tool.nas.truenas.state import ChangeRecord, Middleware
from lagg_tool.simulator.release import TRUENAS_13_3
from tests.support.commit_rig import CommitRig, Direct
from tests.support.truenas_rig import Tool, spec

RECORD = ChangeRecord("t-1", "lagg0", "ada@lovelace", confirmed=False, before={})
FIRST = "a change is pending, and another would be in its way; nothing was touched:\n"
OURS = (
    f"{FIRST}pending: t-1 of lagg0 by ada@lovelace, {{}}\n  keep it: lagg-tool confirm t-1\n"
    "  undo it: lagg-tool rollback t-1"
)
OTHERS = (
    f"{FIRST}pending: changes made by other means, {{}}\n  keep or undo them in the web interface"
)


def follow_up(verb: str, token: str) -> str:
    return f"lagg-tool {verb} {token}"


@pytest.mark.parametrize(
    ("record", "pending", "waiting", "message"),
    [
        (RECORD, True, None, OURS.format("its guard is gone")),
        (RECORD, True, 12.4, OURS.format("12 s left")),
        (RECORD, False, 0.0, OURS.format("0 s left")),
        (None, True, None, OTHERS.format("not committed")),
        (
            dataclasses.replace(RECORD, confirmed=True),
            True,
            7.0,
            OTHERS.format("7 s left"),
        ),
    ],
    ids=["ours", "ours that counts", "ours at its end", "the web interface's", "since ours"],
)
def test_a_change_that_is_pending_is_named_with_what_ends_it(
    record: ChangeRecord | None, pending: bool, waiting: float | None, message: str
) -> None:
    state = Middleware({}, pending=pending, waiting=waiting, record=record)

    with pytest.raises(RefusedError) as refused:
        refuse_pending(state, follow_up)

    assert str(refused.value) == message


@pytest.mark.parametrize("record", [None, RECORD])
def test_what_is_not_pending_is_not_refused(record: ChangeRecord | None) -> None:
    refuse_pending(Middleware({}, pending=False, record=record), follow_up)


def made_tool() -> Tool:
    return Tool(CommitRig(TRUENAS_13_3.name))


@pytest.fixture
def tool() -> Tool:
    return made_tool()


def test_a_lagg_is_made_checked_in_and_then_nothing_is_to_do(tool: Tool) -> None:
    tool.apply(spec())
    tool.nas.nas.run("sleep 70")

    state = tool.observe()
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
    state = tool.observe()
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
    now = Tool(tool.nas).observe()
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
    assert kernel_differences(spec(), tool.observe().host) == []


def test_somebody_elses_pending_changes_stop_it(tool: Tool) -> None:
    tool.nas.nas.run("""midclt call interface.update vtnet4 '{"description": "mine"}'""")

    with pytest.raises(RefusedError, match="pending: changes made by other means, not committed"):
        tool.apply(spec())

    items = tool.observe().answers.items
    assert "lagg0" not in items
    assert items["vtnet4"]["description"] == "mine"


def test_an_undo_leaves_somebody_elses_pending_changes_alone(tool: Tool) -> None:
    token = tool.apply(spec())
    tool.nas.nas.run("""midclt call interface.update vtnet4 '{"description": "mine"}'""")

    with pytest.raises(RefusedError, match="nothing was touched:\npending: changes made by other"):
        tool.commit.rollback(token)

    answers = tool.observe().answers
    assert answers.pending
    assert answers.items["vtnet4"]["description"] == "mine"
    assert "lagg0" in answers.items


def test_a_confirmation_leaves_somebody_elses_commit_alone(tool: Tool) -> None:
    token = tool.apply(spec())
    tool.nas.nas.run("""midclt call interface.update vtnet4 '{"description": "mine"}'""")
    tool.nas.nas.run("""midclt call interface.commit '{"checkin_timeout": 60}'""")

    with pytest.raises(RefusedError, match="nothing was touched:\npending: changes made by other"):
        tool.commit.confirm(token)

    assert tool.observe().answers.waiting is not None


def test_a_change_of_ours_that_is_pending_is_named(tool: Tool) -> None:
    token = tool.apply(spec(), hold=True)

    with pytest.raises(RefusedError, match=f"pending: {token} of lagg0 by ada@lovelace, 60 s left"):
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

    assert not tool.observe().answers.pending


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
    plain, tool = CommitRig(), made_tool()
    for step in make_plan(wanted, plain.state()).steps:
        plain.runner.run(step.command)
    tool.apply(wanted)
    theirs, ours = tool.observe().host, plain.state()

    assert kernel_differences(wanted, ours) == []
    assert kernel_differences(wanted, theirs) == []
    assert ours.interfaces["lagg0"].lagg == theirs.interfaces["lagg0"].lagg
    assert ours.interfaces["lagg0"].ether == theirs.interfaces["lagg0"].ether


def test_a_change_of_offloads_alone_holds_and_can_be_undone(tool: Tool) -> None:
    tool.apply(spec())

    token = tool.apply(spec(offload=False))
    assert tool.plan(spec(offload=False)).empty
    Tool(tool.nas).commit.rollback(token)

    assert tool.plan(spec(offload=True)).empty


@pytest.mark.parametrize(("who", "named"), [(" ada\n lovelace ", "ada lovelace"), ("", "somebody")])
def test_a_change_is_recorded_for_root_alone_with_who_made_it(
    tool: Tool, who: str, named: str
) -> None:
    plan = tool.plan(spec())

    MiddlewareCommit(tool.session, who=who).apply(plan, hold=False)

    record = tool.observe().answers.record
    assert record is not None
    assert record.who == named
    assert tool.nas.nas.run("ls -l /data/lagg_tool").stdout.splitlines()[-1][:10] == b"-rw-------"


@pytest.mark.parametrize(("asked", "given"), [(1, 5), (20.6, 21), (90, 90)])
def test_the_middleware_counts_the_seconds_that_were_asked_for(
    tool: Tool, asked: float, given: int
) -> None:
    said: list[str] = []
    session = MiddlewareSession(tool.nas.connect, tool.nas.clock, within=asked, tell=said.append)
    plan = tool.plan(spec())

    commit = MiddlewareCommit(session)
    outcome = commit.apply(plan, hold=True)

    assert outcome.left == pytest.approx(given, abs=4)
    assert f"begins to count its {given} s when" in said[1]
    assert f"the middleware takes it back {given} s after" in commit.if_left_alone()


def test_a_change_is_probed_over_a_fresh_connection_as_it_says(tool: Tool) -> None:
    made: list[Direct] = []

    def connect() -> Direct:
        made.append(Direct(tool.nas.nas))
        return made[-1]

    plan = tool.plan(spec())
    Tool(tool.nas, connect).commit.apply(plan, hold=False)

    assert len(made) == 2
