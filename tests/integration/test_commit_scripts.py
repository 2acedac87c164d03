"""The scripts of a confirmed commit: who decides, and what is undone. Run by this machine's sh."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.command import Command, Completed, change
from lagg_tool.errors import (
    DisconnectedError,
    HostError,
    OutcomeUnknownError,
    RefusedError,
    RevertedError,
)
from lagg_tool.nas.freebsd.commit import requests
from lagg_tool.nas.freebsd.commit.data import data_of
from lagg_tool.nas.freebsd.plan import Plan
from lagg_tool.nas.states import ChangeState
from lagg_tool.nas.step import Step
from tests.support.commit_machine import (
    CASES,
    DAEMON,
    RC_CONF,
    Machine,
    armed,
    commit,
    nothing_left,
    observe,
    plan_of,
    wait_for,
)
from tests.support.freebsd_commit import ConfirmedCommit, pending_change
from tests.support.host_machine import running
from tests.support.waiting import wait_for as until


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with running(Machine(tmp_path)) as made:
        yield made


@pytest.mark.parametrize("path", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_the_data_of_every_plan_is_text_that_sh_accepts(path: Path) -> None:
    if json.loads(path.read_text(encoding="utf-8"))["spec"] is None:
        return
    files = data_of(plan_of(path.stem))
    texts = [files[name] for name in ("steps", "inverse", "edits", "edits.back") if name in files]

    done = subprocess.run(
        ["sh", "-n"], input="".join(texts).encode(), capture_output=True, check=False
    )

    assert texts
    assert done.stderr == b""


def test_the_words_of_a_step_reach_the_program_unchanged(machine: Machine) -> None:
    words = ("lagg0", "description", 'it\'s "$HOME"; `id`\n\\ a  b *')
    plan = Plan(
        "lagg0", before=None, after=None, steps=(Step(change("ifconfig", *words), "a test"),)
    )

    commit(machine).apply(plan, nothing_left, hold=False)

    assert machine.text("log") == f"{' '.join(words)}\n"


def test_a_confirmed_change_is_made_and_kept(machine: Machine) -> None:
    plan = plan_of("create-everything")

    outcome = commit(machine).apply(plan, nothing_left, hold=False)

    assert outcome.state is ChangeState.CONFIRMED
    assert machine.log[0] == "lagg3 create"
    assert len(machine.log) == len(plan.steps)
    rc_conf = machine.text("etc/rc.conf")
    assert rc_conf.startswith(RC_CONF)
    assert 'ifconfig_lagg3_descr="it\'s 50% \\$HOME; rm -rf / | cat"\n' in rc_conf
    assert "down em1 em0\n" in machine.text("db/lagg3")
    assert not (machine.here / "run/lagg_tool/pending").exists()


def test_a_command_that_fails_has_everything_undone(machine: Machine) -> None:
    machine.write("fail", "laggport vtnet2")

    with pytest.raises(RevertedError, match="laggport vtnet2"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log[-5:] == [
        "lagg0 destroy",
        "vtnet1 mtu 1500",
        "vtnet1 down",
        "vtnet2 mtu 1500",
        "vtnet2 down",
    ]
    assert machine.text("etc/rc.conf") == RC_CONF


def test_a_host_that_is_not_as_it_was_to_be_is_reverted(machine: Machine) -> None:
    plan = plan_of("create-13.2")

    with pytest.raises(RevertedError, match="still to do: ifconfig lagg0 create"):
        commit(machine).apply(plan, lambda _: plan, hold=False)

    assert "lagg0 destroy" in machine.log


def test_a_second_client_is_told_who_changes_what_and_how_long(machine: Machine) -> None:
    held = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=True)
    before = machine.log

    with pytest.raises(RefusedError, match=r"by tester, of lagg0 is pending, \d+ s left"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log == before
    kept = pending_change(lambda: machine, SystemClock()).confirm(held.token)
    assert kept.state is ChangeState.CONFIRMED


def test_a_held_change_can_be_rolled_back_without_its_token(machine: Machine) -> None:
    commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=True)

    outcome = pending_change(lambda: machine, SystemClock()).rollback()

    assert outcome.state is ChangeState.REVERTED
    assert "lagg0 destroy" in machine.log
    assert not (machine.here / "run/lagg_tool/pending").exists()


def test_a_script_that_a_full_disk_cut_short_is_never_begun(machine: Machine) -> None:
    (machine.here / "run/lagg_tool").write_text("in the way")

    with pytest.raises(HostError, match=r"disk is full.*nothing was touched"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log == []


def test_without_root_nothing_is_touched(machine: Machine) -> None:
    machine.write("bin/id", "#!/bin/sh\necho 1001\n")
    (machine.here / "run/lagg_tool").write_text("it takes root to make a directory here")

    with pytest.raises(HostError, match=r"root.*nothing was touched"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log == []


def test_without_a_living_guard_nothing_begins(machine: Machine) -> None:
    starts_all_but_guards = DAEMON.replace(
        "setsid", 'case "$*" in *" guard "*) exit ;; esac\nsetsid'
    )
    machine.write("bin/daemon", starts_all_but_guards)
    machine.write("bin/sleep", "#!/bin/sh\n")  # the patience of the script, not ours
    said: list[str] = []
    tool = ConfirmedCommit(lambda: machine, SystemClock(), observe=observe, tell=said.append)

    with pytest.raises(HostError, match=r"the guard did not start.*nothing was touched"):
        tool.apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert (said, tool.state) == ([], ChangeState.DRAFT)
    assert machine.log == []
    assert list((machine.here / "run/lagg_tool").iterdir()) == []


def test_a_guard_that_died_after_it_was_armed_lets_nothing_begin(machine: Machine) -> None:
    def kill(line: str) -> None:
        machine.kill_guard(line.split()[1].rstrip(","))

    tool = ConfirmedCommit(lambda: machine, SystemClock(), observe=observe, tell=kill)

    with pytest.raises(HostError, match="its guard is gone; nothing was touched"):
        tool.apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log == []
    assert machine.text("etc/rc.conf") == RC_CONF


def test_the_guard_reverts_what_nobody_confirms(machine: Machine) -> None:
    token = armed(machine)
    machine.run(requests.start(token))
    wait_for(machine, token, "apply")

    machine.let_time_run_out(token)

    status = wait_for(machine, token, "revert")

    assert (status.by, status.code("revert")) == ("guard", 0)
    assert machine.log[-5] == "lagg0 destroy"
    assert machine.text("etc/rc.conf") == RC_CONF


def test_a_change_that_is_decided_stops_between_two_commands(machine: Machine) -> None:
    token = armed(machine)
    machine.write("slow", "")
    machine.run(requests.start(token))
    until(lambda: bool(machine.log))

    machine.run(requests.decide(token, "rollback"))
    until((machine.here / f"run/lagg_tool/{token}/decided").exists)
    (machine.here / "slow").unlink()

    status = wait_for(machine, token, "revert")
    assert status.code("apply") == 75
    assert machine.log[-5] == "lagg0 destroy"


def test_a_change_whose_client_died_before_it_began_gives_way(machine: Machine) -> None:
    first = armed(machine)
    machine.kill_guard(first)

    outcome = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert outcome.state is ChangeState.CONFIRMED


def test_a_change_that_is_about_to_begin_keeps_the_lock(machine: Machine) -> None:
    first = armed(machine)

    with pytest.raises(RefusedError, match=r"by tester, of lagg0 is pending"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.run(requests.start(first)).status == 0
    assert wait_for(machine, first, "apply").code("apply") == 0


def test_a_change_without_its_guard_is_not_forgotten(machine: Machine) -> None:
    first = armed(machine)
    machine.run(requests.start(first))
    wait_for(machine, first, "apply")
    machine.kill_guard(first)

    with pytest.raises(
        RefusedError, match=r"its guard is gone: decide first; (.*\n)*.*lagg-tool rollback t-0123"
    ):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    undone = pending_change(lambda: machine, SystemClock()).rollback(first)
    assert undone.state is ChangeState.REVERTED


def test_a_directory_that_an_earlier_boot_left_is_no_pending_change(machine: Machine) -> None:
    (machine.here / "run/lagg_tool/pending").mkdir(parents=True)

    outcome = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert outcome.state is ChangeState.CONFIRMED


def test_a_confirmation_and_a_rollback_at_once_have_one_winner(machine: Machine) -> None:
    token = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=True).token
    threads = [
        threading.Thread(target=machine.run, args=(requests.decide(token, part),))
        for part in ("confirm", "rollback")
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    status = wait_for(machine, token, "persist", "revert")
    kept = "cloned_interfaces" in machine.text("etc/rc.conf")
    assert kept == (status.by == "confirm")
    assert ("lagg0 destroy" in machine.log) == (status.by == "rollback")


class Broken:
    """A connection that is lost at its n-th command, before or after the host ran it."""

    def __init__(self, machine: Machine, lost_at: int, *, after: bool) -> None:
        self.machine = machine
        self.left = lost_at
        self.after = after

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise DisconnectedError("the connection was lost")
        done = self.machine.run(command, deadline)
        if self.left == 0:
            raise DisconnectedError("the connection was lost")
        return done

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        return [self.run(command, deadline) for command in commands]

    def close(self) -> None:
        """Do not close: the next connection goes on counting."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "lost_at", [1, 2, *(pytest.param(place, marks=pytest.mark.slow) for place in (3, 4, 5, 6))]
)
def test_a_lost_command_leaves_the_old_or_the_new_configuration_and_true_words(
    machine: Machine, lost_at: int, *, after: bool
) -> None:
    line = Broken(machine, lost_at, after=after)
    tool = ConfirmedCommit(lambda: line, SystemClock(), observe=observe, within=5)

    try:
        outcome = tool.apply(plan_of("create-13.2"), nothing_left, hold=False)
    except (RevertedError, DisconnectedError, HostError) as error:
        said = str(error)
    else:
        said = outcome.state.name

    kept = "cloned_interfaces" in machine.text("etc/rc.conf")
    there = bool(machine.log) and "lagg0 destroy" not in machine.log
    assert kept == there
    assert kept == (said == "CONFIRMED")
    assert kept or "REVERTED" in said or "nothing was touched" in said
    assert "REVERTED" in said or kept or not machine.log


def test_a_host_that_stays_silent_makes_the_outcome_unknown(machine: Machine) -> None:
    class Silent(Broken):
        def run(self, command: Command, deadline: float = 30.0) -> Completed:
            if self.left <= 1:
                raise DisconnectedError("the connection was lost")
            return super().run(command, deadline)

    class Hurried(SystemClock):
        def now(self) -> float:
            return super().now() * 1000

        def sleep(self, seconds: float) -> None:
            super().sleep(seconds / 1000)

    line = Silent(machine, 3, after=False)
    tool = ConfirmedCommit(lambda: line, Hurried(), observe=observe, within=60)

    with pytest.raises(OutcomeUnknownError, match=r"OUTCOME UNKNOWN.*Look again in 90 s"):
        tool.apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert tool.state is ChangeState.UNKNOWN


def test_a_confirmation_of_what_was_rolled_back_is_told_so(machine: Machine) -> None:
    token = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False).token
    changes = pending_change(lambda: machine, SystemClock())
    changes.rollback(token)

    with pytest.raises(RevertedError, match="was rolled back"):
        changes.confirm(token)
