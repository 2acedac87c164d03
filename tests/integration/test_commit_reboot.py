"""A reboot in every state of a commit: one configuration, and true words afterwards.

The simulated host boots as a real one does: rc.d/cleanvar deletes the files below /var/run and
keeps the directories.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from lagg_tool.command import Command, Completed
from lagg_tool.errors import HostError, LaggToolError, RefusedError, RevertedError
from lagg_tool.nas.commit import PendingChange
from lagg_tool.nas.freebsd.commit import requests
from lagg_tool.nas.freebsd.commit.data import data_of
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.states import ChangeState
from tests.support.commit_rig import CommitRig, Direct, spec
from tests.support.freebsd_commit import pending_change

TOKEN = "t-0123"


class Host(CommitRig):
    """A host that has come up by its rc.conf, and what it said then."""

    def __init__(self) -> None:
        super().__init__()
        self.nas.reboot()
        self.before = self.said()
        self.told: list[str] = []

    def changes(self) -> PendingChange:
        return pending_change(lambda: self.runner, self.clock, tell=self.told.append)

    def arm(self) -> None:
        """Arm a change as a client does that ends then."""
        files = data_of(make_plan(spec(), self.state()))
        assert self.runner.run(requests.arm(TOKEN, "60", "x", "lagg0", files)).status == 0

    def run_until(self, command: Command, path: str) -> None:
        """Send a command, and look every 10 ms until it has made a path."""
        assert self.runner.run(command).status == 0
        for _ in range(1000):
            if self.nas.run(f"test -e {path}").status == 0:
                return
            self.clock.sleep(0.01)
        raise AssertionError(f"{path} is not made")


def armed(host: Host) -> str:
    host.arm()
    return TOKEN


def half_applied(host: Host) -> str:
    host.arm()
    host.run_until(requests.start(TOKEN), f"/var/run/lagg_tool/{TOKEN}/started")
    return TOKEN


def held(host: Host) -> str:
    return host.apply(spec(), hold=True).token


def lapsed(host: Host) -> str:
    token = host.apply(spec(), hold=True).token
    host.clock.sleep(100)
    return token


def half_reverted(host: Host) -> str:
    token = host.apply(spec(), hold=True).token
    host.run_until(requests.decide(token, "rollback"), f"/var/run/lagg_tool/{token}/decided/by")
    return token


def rolled_back(host: Host) -> str:
    token = host.apply(spec(), hold=True).token
    host.changes().rollback(token)
    return token


def undone(host: Host) -> str:
    token = host.apply(spec()).token
    host.changes().rollback(token)
    return token


def runtime_only(host: Host) -> str:
    plan = make_plan(spec(), host.state()).at_runtime_only()
    return host.tool().apply(plan, lambda seen: make_plan(spec(), seen), hold=False).token


def preparing(host: Host) -> str:
    token = host.apply(spec(), hold=True).token
    host.run_until(requests.decide(token, "confirm"), f"/var/run/lagg_tool/{token}/confirming")
    return token


State = Callable[[Host], str]
NOT_CONFIRMED = r"rebooted before t-\w+ was confirmed"
UNDONE = r"t-\w+ was undone before the host was rebooted"
# States from which the old configuration comes back, and what is reported of it.
OLD: dict[State, str] = {
    armed: NOT_CONFIRMED,
    half_applied: NOT_CONFIRMED,
    held: NOT_CONFIRMED,
    preparing: NOT_CONFIRMED,
    lapsed: UNDONE,
    half_reverted: UNDONE,
    rolled_back: UNDONE,
    undone: UNDONE,
    runtime_only: r"t-\w+ was confirmed and not in rc\.conf when the host was rebooted",
}


@pytest.mark.parametrize("state", OLD, ids=lambda state: state.__name__)
def test_after_a_reboot_the_verbs_say_what_it_did(state: State) -> None:
    host = Host()
    token = state(host)

    host.nas.reboot()

    assert host.said() == host.before
    with pytest.raises(RevertedError, match=f"REVERTED: .*{OLD[state]}"):
        host.changes().confirm(token)
    outcome = host.changes().rollback(token)
    assert outcome.state is ChangeState.REVERTED
    assert host.told
    assert re.search(OLD[state], host.told[-1])
    assert host.said() == host.before
    # Nothing of it is in the way of the next change.
    assert host.apply(spec()).state is ChangeState.CONFIRMED
    assert host.changes().rollback().state is ChangeState.REVERTED
    assert host.said()[1] == host.before[1]


def test_without_a_token_the_change_that_the_reboot_ended_is_meant() -> None:
    host = Host()
    host.apply(spec())
    token = host.apply(spec(description="other words"), hold=True).token
    host.nas.reboot()

    with pytest.raises(RevertedError, match=f"before {token} was confirmed"):
        host.changes().confirm()
    assert host.changes().rollback().token == token
    assert make_plan(spec(), host.state()).empty  # the confirmed one holds still


def test_a_confirmed_change_is_confirmed_after_any_number_of_reboots() -> None:
    host = Host()
    token = host.apply(spec()).token

    for _ in range(2):
        host.nas.reboot()
        assert host.changes().confirm(token).state is ChangeState.CONFIRMED

    assert host.changes().rollback(token).state is ChangeState.REVERTED
    assert host.said() == host.before
    host.nas.reboot()
    assert host.said() == host.before


def test_two_clients_bring_a_confirmed_change_back_once() -> None:
    host = Host()
    token = host.apply(spec()).token
    host.nas.reboot()
    host.nas.run("mkdir /var/run/lagg_tool/returning")  # another one died while it did so

    assert host.changes().rollback(token).state is ChangeState.REVERTED

    assert host.said() == host.before
    assert host.nas.run("ls /var/run/lagg_tool/returning").status != 0


@pytest.mark.parametrize("hundredths", range(0, 100, 4))
def test_a_reboot_while_undoing_leaves_one_configuration_and_true_words(hundredths: int) -> None:
    host = Host()
    token = host.apply(spec()).token

    class Rebooting(Direct):
        def run(self, command: Command, deadline: float = 30.0) -> Completed:
            done = super().run(command, deadline)
            if command.argv[-1] == "undo":
                host.clock.sleep(hundredths / 100)
                self.nas.reboot()
            return done

    host.runner = Rebooting(host.nas)
    try:
        host.changes().rollback(token)
        error: LaggToolError | None = None
    except LaggToolError as raised:
        error = raised
    host.runner = Direct(host.nas)

    if error is None:
        assert host.said() == host.before
    else:
        assert isinstance(error, HostError)
        assert "was not undone: the host was rebooted meanwhile" in str(error)
        assert make_plan(spec(), host.state()).empty
        host.changes().rollback(token)  # as the message says
    assert host.said() == host.before


def test_an_older_change_stays_and_is_refused() -> None:
    host = Host()
    first = host.apply(spec()).token
    host.apply(spec(description="other words"))
    host.nas.reboot()

    with pytest.raises(RefusedError, match="only the last confirmed"):
        host.changes().confirm(first)
