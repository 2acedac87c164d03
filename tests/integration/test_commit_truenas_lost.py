"""A TrueNAS that is lost at a call of a change: what holds then, and what is reported."""

from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed
from lagg_tool.errors import DisconnectedError, LaggToolError, RevertedError
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.truenas.commit import MiddlewareCommit
from lagg_tool.nas.truenas.observation import observe
from lagg_tool.nas.truenas.plan import kernel_differences, make_middleware_plan
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import TRUENAS_13_3
from tests.support.commit_rig import Direct
from tests.support.truenas_rig import spec


class Losing(Direct):
    """Loses the connection at the first command with a word, and may reboot the NAS then."""

    def __init__(self, nas: SimulatedNas, word: str, when: str, *, reboot: bool) -> None:
        super().__init__(nas)
        self._word, self._when, self._reboot = word, when, reboot

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        lost = bool(self._word) and self._word in command.text
        if lost:
            self._word = ""
        done = None if lost and self._when == "before" else super().run(command, deadline)
        if lost and self._reboot:
            self.nas.reboot()
        if lost or done is None:
            raise DisconnectedError("the connection was lost; the command may have run")
        return done


def tool(session: Direct) -> MiddlewareCommit:
    clock = session.nas.clock
    assert isinstance(clock, VirtualClock)
    return MiddlewareCommit(lambda: session, clock, who="ada@lovelace")


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
    state = commit.observe()
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
    state = tool(direct).observe()
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
