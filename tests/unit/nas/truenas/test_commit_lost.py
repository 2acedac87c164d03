"""A TrueNAS that is lost at a call of a change: what holds then, and what is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import DisconnectedError, LaggToolError, RevertedError
from lagg_tool.nas.opening import open_nas
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.truenas.commit import MiddlewareCommit
from lagg_tool.nas.truenas.observation import observe
from lagg_tool.nas.truenas.plan import kernel_differences, make_middleware_plan
from lagg_tool.nas.truenas.session import MiddlewareSession
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import TRUENAS_13_3
from tests.support.commit_rig import Direct, target_of
from tests.support.truenas_rig import spec


class Losing:
    """Loses the connection at the first command with a word, and again at the look after it.

    It may reboot the NAS then.
    """

    def __init__(self, nas: SimulatedNas, word: str, when: str, *, reboot: bool) -> None:
        self.nas = nas
        self.word, self.when, self.reboot = word, when, reboot
        self.again = True

    def connect(self) -> Line:
        return Line(self)


class Line(Direct):
    """A connection, which once lost is not used again."""

    def __init__(self, way: Losing) -> None:
        super().__init__(way.nas)
        self._way = way
        self._gone = False

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        self._check()
        way = self._way
        self._gone = bool(way.word) and way.word in command.text
        if self._gone:
            way.word = ""
        done = None
        if not self._gone or way.when == "after":
            done = super().run(command, deadline)
        if self._gone and way.reboot:
            self.nas.reboot()
        self._check()
        assert done is not None
        return done

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        if not self._way.word and self._way.again:
            self._way.again, self._gone = False, True
        self._check()
        return super().run_batch(commands, deadline)

    def _check(self) -> None:
        if self._gone:
            raise DisconnectedError("the connection was lost; the command may have run")


def tool(way: Losing | Direct) -> MiddlewareCommit:
    clock = way.nas.clock
    assert isinstance(clock, VirtualClock)
    connect = way.connect if isinstance(way, Losing) else lambda: way
    return MiddlewareCommit(MiddlewareSession(connect, clock), who="ada@lovelace")


def host() -> Direct:
    return Direct(SimulatedNas(VirtualClock(), TRUENAS_13_3))


def has_lagg(session: Direct) -> bool:
    """Return whether the NAS has the LAGG, after the time of the guard; assert: as a whole."""
    session.nas.clock.sleep(300)
    state = observe(session)
    stored = "lagg0" in state.answers.items
    assert ("lagg0" in state.host.interfaces) is stored
    assert not state.answers.pending
    if stored:
        assert kernel_differences(spec(), state.host) == []
    return stored


PLACES = [
    ("interface.create", "before"),
    ("interface.create", "after"),
    ("interface.commit", "before"),
    ("interface.commit", "after"),
    ("interface.checkin", "before"),
    ("interface.checkin", "after"),
]


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize(("word", "when"), PLACES)
def test_a_nas_lost_while_a_change_is_made_has_it_or_not_and_says_which(
    word: str, when: str, *, reboot: bool
) -> None:
    direct = host()
    commit = tool(Losing(direct.nas, word, when, reboot=reboot))
    state = observe(direct)
    plan = make_middleware_plan(spec(), state.answers.items, state.host)

    error: LaggToolError | None = None
    try:
        commit.apply(plan, hold=False)
    except LaggToolError as raised:
        error = raised

    has = has_lagg(direct)
    assert has is (error is None), error
    if error is not None:
        assert isinstance(error, RevertedError) or "the old configuration holds" in str(error)
    assert tool(direct).rollback().state is ChangeState.REVERTED
    assert not has_lagg(direct)


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize(
    ("word", "when"),
    [("interface.delete", when) for when in ("before", "after")] + PLACES[2:],
)
def test_a_nas_lost_while_a_change_is_undone_has_it_or_not_and_says_which(
    word: str, when: str, *, reboot: bool
) -> None:
    direct = host()
    state = observe(direct)
    plan = make_middleware_plan(spec(), state.answers.items, state.host)
    token = tool(direct).apply(plan, hold=False).token

    error: LaggToolError | None = None
    try:
        tool(Losing(direct.nas, word, when, reboot=reboot)).rollback(token)
    except LaggToolError as raised:
        error = raised

    assert has_lagg(direct) is (error is not None), error
    if error is not None:
        assert f"{token} is not undone" in str(error)
        tool(direct).rollback(token)  # as it says
    assert not has_lagg(direct)


class Interrupted(Direct):
    """Is interrupted once a word was sent."""

    def __init__(self, nas: SimulatedNas, word: str) -> None:
        super().__init__(nas)
        self._word = word

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        done = super().run(command, deadline)
        if self._word in command.text:
            raise KeyboardInterrupt
        return done


@pytest.mark.parametrize(
    ("word", "said", "left"),
    [
        ("mkdir", "nothing was touched; nothing will be", False),
        ("interface.create", "nobody takes back what the database has of it", True),
        ("interface.commit", "takes it back 60 s after it has set everything up", False),
        ("interface.checkin", "unless it was being checked in just now", True),
    ],
)
def test_what_is_said_of_an_interrupted_change_is_true(word: str, said: str, left: bool) -> None:
    direct = host()
    commit = tool(Interrupted(direct.nas, word))
    state = observe(direct)

    with pytest.raises(KeyboardInterrupt):
        commit.apply(make_middleware_plan(spec(), state.answers.items, state.host), hold=False)

    assert said in commit.if_left_alone()
    direct.nas.clock.sleep(300)
    assert ("lagg0" in observe(direct).answers.items) is left
    if word != "mkdir":
        assert "lagg-tool rollback t-" in commit.if_left_alone()
        assert tool(direct).rollback().state is ChangeState.REVERTED
    assert not has_lagg(direct)


@pytest.mark.parametrize("word", ["interface.delete", "interface.commit", "interface.checkin"])
def test_an_interrupted_undo_says_what_goes_on_with_it(word: str) -> None:
    direct = host()
    state = observe(direct)
    tool(direct).apply(make_middleware_plan(spec(), state.answers.items, state.host), hold=False)
    target, said = target_of(direct.nas), list[str]()
    interrupted: Any = Interrupted(direct.nas, word)
    target.connect = lambda: interrupted

    with pytest.raises(KeyboardInterrupt):
        open_nas(target, tell=said.append).rollback()

    assert said[-1].endswith("or half done: lagg-tool rollback continues it")
    assert tool(direct).rollback().state is ChangeState.REVERTED  # as it says
    assert not has_lagg(direct)
