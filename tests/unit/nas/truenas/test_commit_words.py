"""What the commit on TrueNAS says where something goes wrong, and whether it is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lagg_tool.command import Command, Completed
from lagg_tool.errors import (
    DisconnectedError,
    HostError,
    LaggToolError,
    OutcomeUnknownError,
    RefusedError,
    RevertedError,
)
from lagg_tool.nas.run_lock import TRUENAS_DIRECTORY
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.truenas.restoring import SYNC_SECONDS
from lagg_tool.nas.truenas.session import PATIENCE
from lagg_tool.nas.truenas.undoing import RESTARTED
from lagg_tool.simulator.release import TRUENAS_13_3
from tests.support.commit_rig import CommitRig, Direct
from tests.support.truenas_rig import Tool, spec

RESTART = "service middlewared restart; sleep 10"
LOST = "the connection was lost"
UNLESS_RUN = "/bin/sh -c '[ ! -d"  # the commit, unless a run has the NAS
BEFORE = "a reboot before the check-in would make the change permanent (B-13)"
B13 = "a restart, which makes a change permanent (B-13)"


class Way(Direct):
    """Has something happen once a command with a word has run; it may be lost from then on."""

    def __init__(self, rig: CommitRig) -> None:
        super().__init__(rig.nas)
        self.word = self.line = self.call = ""
        self.calls: list[tuple[str, float]] = []
        self.first: Callable[[], object] = lambda: None
        self.lost = self.dies = self.dead = False

    def happen(
        self, word: str, line: str = "true", *, lost: bool = False, dead: bool = False
    ) -> None:
        """Run a line on the NAS then; the answer is lost, and perhaps all that follow."""
        self.word, self.lost = word, lost or dead
        self.line, self.dies = line, dead

    def instead(self, call: str, first: Callable[[], object]) -> None:
        """Do something before a call, each time, or raise what keeps it from being made."""
        self.call, self.first = call, first

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        if self.dead:
            raise DisconnectedError(LOST)
        self.calls.append((command.text, deadline))
        if self.call and command.text.startswith(self.call):
            self.first()
        done = super().run(command, deadline)
        if self.word and self.word in command.text:
            self.word = ""
            self.nas.run(self.line)
            self.dead = self.dies
            if self.lost:
                raise DisconnectedError(LOST)
        return done

    def deadlines(self, word: str) -> list[float]:
        """Return the seconds that each command with a word was given."""
        return [deadline for text, deadline in self.calls if word in text]

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        if self.dead:
            raise DisconnectedError(LOST)
        return super().run_batch(commands, deadline)


@pytest.fixture
def rig() -> CommitRig:
    return CommitRig(TRUENAS_13_3.name)


@pytest.fixture
def way(rig: CommitRig) -> Way:
    return Way(rig)


@pytest.fixture
def tool(rig: CommitRig, way: Way) -> Tool:
    return Tool(rig, lambda: way)


def lose() -> None:
    raise DisconnectedError(LOST)


def raised(act: Callable[[], object], kind: type[LaggToolError]) -> str:
    with pytest.raises(kind) as error:
        act()
    return str(error.value)


def token_of(tool: Tool) -> str:
    record = Tool(tool.nas).observe().answers.record
    assert record is not None
    return record.token


def test_a_held_change_says_how_long_it_waits_and_what_a_reboot_does(tool: Tool) -> None:
    outcome = tool.commit.apply(tool.plan(spec()), hold=True)

    assert (outcome.state, outcome.token) == (ChangeState.PROBING, token_of(tool))
    assert outcome.left == pytest.approx(60, abs=5)
    assert tool.said == [
        f"recorded: {outcome.token}, in /data/lagg_tool/last.json on the NAS",
        "committing; the middleware begins to count its 60 s when everything is set up, not before",
        "probed over a fresh connection: the change holds, in database and kernel",
        f"{BEFORE}; lagg-tool rollback {outcome.token} undoes it even then",
    ]


def test_a_change_that_a_restart_made_permanent_is_not_said_to_be_held(
    tool: Tool, way: Way
) -> None:
    way.happen("interface.commit", RESTART)

    said = raised(lambda: tool.apply(spec(), hold=True), OutcomeUnknownError)

    token = token_of(tool)
    assert said == (
        f"NOT HELD: nothing waits for its check-in, as after {B13}. lagg-tool rollback {token}"
        f" undoes it; lagg-tool confirm {token} keeps it if it is there still"
    )
    assert tool.commit.confirm(token).token == token  # as it says
    assert tool.said[-1] == "nothing is pending, and the change holds: it is permanent"
    record = tool.observe().answers.record
    assert record is not None
    assert record.confirmed


@pytest.mark.parametrize("hold", [False, True])
def test_a_restart_while_the_answer_was_lost_is_told(tool: Tool, way: Way, *, hold: bool) -> None:
    way.happen("interface.commit", RESTART, lost=True)

    if hold:
        raised(lambda: tool.apply(spec(), hold=True), OutcomeUnknownError)
    else:
        tool.apply(spec())

    assert f"the connection was lost ({LOST}); looking again" in tool.said
    assert RESTARTED in tool.said
    assert tool.lagg() is not None


def test_what_the_middleware_took_back_meanwhile_is_reverted(tool: Tool, way: Way) -> None:
    way.happen("interface.commit", "sleep 70", lost=True)

    said = raised(lambda: tool.apply(spec()), RevertedError)

    assert said == "REVERTED: the middleware took the change back by itself"
    assert tool.lagg() is None


def test_what_is_taken_back_just_before_the_check_in_is_reverted(tool: Tool, way: Way) -> None:
    way.instead("midclt call interface.checkin", lambda: way.nas.run("sleep 70"))

    said = raised(lambda: tool.apply(spec()), RevertedError)

    assert said == "REVERTED: the middleware took the change back by itself"


def test_a_held_change_is_not_confirmed_after_its_time(tool: Tool, way: Way) -> None:
    token = tool.apply(spec(), hold=True)
    way.nas.clock.sleep(70)

    said = raised(tool.commit.confirm, RevertedError)

    assert said == f"REVERTED: {token} was not checked in in time; the old configuration holds"


def test_a_commit_that_never_arrives_is_dropped(tool: Tool, way: Way) -> None:
    way.instead(UNLESS_RUN, lose)
    began = way.nas.clock.now()

    said = raised(lambda: tool.apply(spec()), RevertedError)

    assert said == "REVERTED: the commit did not finish"
    assert way.nas.clock.now() - began == pytest.approx(60 + 2 * SYNC_SECONDS, abs=30)
    assert not tool.observe().answers.pending


def test_a_nas_that_is_gone_after_the_commit_is_unknown(tool: Tool, way: Way) -> None:
    way.happen("interface.commit", dead=True)
    began = way.nas.clock.now()

    said = raised(lambda: tool.apply(spec()), OutcomeUnknownError)

    way.dead = False
    token = token_of(tool)
    assert said == (
        f"OUTCOME UNKNOWN: {LOST}. The middleware takes the change back if its commit finished; if"
        " the NAS is rebooted before, the change is permanent: lagg-tool rollback"
        f" {token} undoes it"
    )
    assert way.nas.clock.now() - began == pytest.approx(60 + 2 * SYNC_SECONDS, abs=30)


def test_a_nas_that_is_gone_before_the_commit_is_unknown(tool: Tool, way: Way) -> None:
    way.happen("interface.create", dead=True)
    began = way.nas.clock.now()

    said = raised(lambda: tool.apply(spec()), OutcomeUnknownError)

    assert said == (
        "OUTCOME UNKNOWN: the NAS cannot be reached; lagg-tool rollback takes the change back, also"
        " after a reboot, which would make it permanent (B-13)"
    )
    assert way.nas.clock.now() - began == pytest.approx(PATIENCE, abs=15)


def test_a_check_in_that_is_not_taken_is_unknown_with_the_time_left(tool: Tool, way: Way) -> None:
    way.instead("midclt call interface.checkin", lose)

    said = raised(lambda: tool.apply(spec()), OutcomeUnknownError)

    left, token = tool.observe().answers.waiting, token_of(tool)
    assert left is not None
    assert said.startswith("OUTCOME UNKNOWN: the check-in was not taken; within ")
    assert said.endswith(f" s lagg-tool confirm {token} keeps the change")
    assert float(said.split()[8]) == pytest.approx(left, abs=5)
    way.call = ""
    assert tool.commit.confirm(token).state is ChangeState.CONFIRMED  # as it says


def test_a_record_that_is_lost_once_all_is_done_changes_nothing(tool: Tool, way: Way) -> None:
    token = tool.apply(spec(), hold=True)
    way.happen('"confirmed": true', lost=True)

    assert tool.commit.confirm(token).state is ChangeState.CONFIRMED
    assert tool.said[-1] == f"the change is kept, its record does not say so yet: {LOST}"

    way.happen("rm -f", lost=True)
    assert tool.commit.rollback(token).state is ChangeState.REVERTED
    assert tool.said[-1] == f"the change is undone, its record is there still: {LOST}"


def test_what_was_not_committed_is_not_confirmed(tool: Tool, way: Way) -> None:
    tool.apply(spec())
    way.nas.run("""midclt call interface.update vtnet4 '{"description": "mine"}'""")

    said = raised(tool.commit.confirm, RefusedError)

    assert said == (
        "a change is pending and was not committed; have it tested, or reverted, in the web"
        " interface first; nothing was touched"
    )


@pytest.mark.parametrize(("token", "named"), [("", "no change"), ("t-other", "no change t-other")])
def test_a_change_that_is_not_on_record_is_refused(tool: Tool, token: str, named: str) -> None:
    if token:
        tool.apply(spec())
    for verb in (tool.commit.confirm, tool.commit.rollback):
        said = raised(lambda verb=verb: verb(token), RefusedError)  # type: ignore[misc]

        assert said == (
            f"the NAS has {named} on record; to return to an older state, apply its file; nothing"
            " was touched"
        )


def test_a_nas_that_does_not_answer_at_first_was_not_touched(tool: Tool, way: Way) -> None:
    way.dead = True

    for verb in (tool.commit.confirm, tool.commit.rollback):
        assert raised(verb, DisconnectedError) == f"{LOST}; nothing was touched"


def test_nothing_is_committed_while_a_run_has_the_nas(tool: Tool, way: Way) -> None:
    plan = tool.plan(spec())
    way.nas.run(f"mkdir -p {TRUENAS_DIRECTORY}")

    said = raised(lambda: tool.commit.apply(plan, hold=False), RefusedError)

    assert said == (
        "a run of lagg-tool accept has the NAS; wait until it ends; the old configuration holds"
    )
    assert not tool.observe().answers.pending


def test_calls_that_set_up_the_network_are_given_their_time(tool: Tool, way: Way) -> None:
    plan = tool.plan(spec())
    way.nas.run(f"mkdir -p {TRUENAS_DIRECTORY}")

    raised(lambda: tool.commit.apply(plan, hold=False), RefusedError)

    for word in ("interface.create", "interface.commit", "interface.rollback"):
        assert way.deadlines(word) == [SYNC_SECONDS]


@pytest.mark.parametrize("arrives", [False, True])
def test_changes_are_dropped_though_the_connection_is_lost(
    tool: Tool, way: Way, *, arrives: bool
) -> None:
    plan = tool.plan(spec())
    way.nas.run(f"mkdir -p {TRUENAS_DIRECTORY}")
    drop = "midclt call interface.rollback"

    def lose_once() -> None:
        way.call = ""
        if arrives:
            way.nas.run(drop)
        lose()

    way.instead(drop, lose_once)

    raised(lambda: tool.commit.apply(plan, hold=False), RefusedError)

    assert len(way.deadlines(drop)) == (1 if arrives else 2)
    assert not tool.observe().answers.pending


def test_changes_that_cannot_be_dropped_are_unknown(tool: Tool, way: Way) -> None:
    plan = tool.plan(spec())
    way.nas.run(f"mkdir -p {TRUENAS_DIRECTORY}")
    way.instead("midclt call interface.rollback", lose)

    said = raised(lambda: tool.commit.apply(plan, hold=False), OutcomeUnknownError)

    assert said.startswith("OUTCOME UNKNOWN: the NAS cannot be reached; lagg-tool rollback takes")
    assert 1 < len(way.deadlines("interface.rollback")) < 10


def test_an_undo_beside_a_run_is_refused_and_can_be_tried_again(tool: Tool, way: Way) -> None:
    token = tool.apply(spec())
    way.nas.run(f"mkdir -p {TRUENAS_DIRECTORY}")

    said = raised(lambda: tool.commit.rollback(token), RefusedError)

    assert said == (
        f"a run of lagg-tool accept has the NAS; wait until it ends; {token} is not undone;"
        f" lagg-tool rollback {token} tries again"
    )
    assert not tool.observe().answers.pending


def test_an_undo_that_never_arrives_is_dropped_and_can_be_tried_again(tool: Tool, way: Way) -> None:
    token = tool.apply(spec())
    way.instead(UNLESS_RUN, lose)

    said = raised(lambda: tool.commit.rollback(token), HostError)

    assert said == (
        f"REVERTED: the commit did not finish; {token} is not undone; lagg-tool rollback {token}"
        " tries again"
    )
    assert not tool.observe().answers.pending


def test_an_undo_after_which_the_nas_is_gone_names_the_change(tool: Tool, way: Way) -> None:
    token = tool.apply(spec())
    way.happen("interface.commit", dead=True)

    said = raised(lambda: tool.commit.rollback(token), OutcomeUnknownError)

    assert said.endswith(f"the change is permanent: lagg-tool rollback {token} undoes it")


def test_without_a_record_nothing_is_touched(tool: Tool, way: Way) -> None:
    way.nas.run("rm -rf /data/lagg_tool; echo > /data/lagg_tool")

    said = raised(lambda: tool.apply(spec()), HostError)

    assert said.startswith("the record of what was there cannot be kept: mkdir: /data/lagg_tool")
    assert said.endswith("; nothing was touched")
    assert tool.commit.if_left_alone() == "nothing was touched; nothing will be"


def test_what_a_restart_made_permanent_is_written_back_and_said(tool: Tool, way: Way) -> None:
    plan = tool.plan(spec())
    way.happen("interface.commit", f"ifconfig lagg0 mtu 1500; {RESTART}")

    said = raised(lambda: tool.commit.apply(plan, hold=False), RevertedError)

    assert said.startswith("REVERTED: ")
    assert said.endswith("; the old configuration holds")
    assert f"{RESTARTED}; writing back what was there" in tool.said
    assert tool.lagg() is None


def test_a_middleware_that_is_just_starting_is_asked_again(tool: Tool, way: Way) -> None:
    plan = tool.plan(spec())
    later = "(sleep 5; service middlewared start) >/dev/null 2>&1 &"
    way.happen("interface.create", f"service middlewared stop; {later}", lost=True)

    said = raised(lambda: tool.commit.apply(plan, hold=False), DisconnectedError)

    assert said == f"{LOST}; the old configuration holds"
    assert not tool.observe().answers.pending
