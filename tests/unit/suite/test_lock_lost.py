"""The lock of a run or a change that loses the NAS before it begins."""

from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed, script
from lagg_tool.errors import DeadlineError
from lagg_tool.nas.run_lock import DIRECTORY
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.suite import restoring
from lagg_tool.suite.lock import RENEW_SECONDS, RunLock
from lagg_tool.target import Target
from lagg_tool.verbs.common import _keep_out_of_runs
from tests.support.commit_rig import target_of
from tests.support.run_locks import died, hold


@pytest.fixture(scope="module")
def nas() -> Target:
    return target_of(SimulatedNas(VirtualClock()))


def lose_an_answer(nas: Target, monkeypatch: pytest.MonkeyPatch, to: str = "") -> None:
    """Let the NAS do what it is asked by a script with these words, and not answer."""
    do = nas.connection.run

    def lost(command: Command, deadline: float = 30.0) -> Completed:
        done = do(command, deadline)
        if to in command.text:
            raise DeadlineError("no answer within 30 s")
        return done

    monkeypatch.setattr(nas.connection, "run", lost)


@pytest.mark.parametrize("verb", ["run", "change"])
def test_a_lock_whose_answer_was_lost_is_taken_away(
    nas: Target, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    said: list[str] = []
    mine = hold(nas, said)
    lose_an_answer(nas, monkeypatch)

    with pytest.raises(DeadlineError):
        mine.take() if verb == "run" else mine.release_dead()
    mine.let_go()

    assert nas.run(script('ls -d "$1"*', DIRECTORY)).stdout == ""
    assert said == []


def test_a_change_names_the_lock_that_it_may_have_left(
    nas: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nas.run(script('mkdir "$1"', DIRECTORY))  # of a run that died at once
    lose_an_answer(nas, monkeypatch, "mkdir")

    with pytest.raises(DeadlineError):
        _keep_out_of_runs(nas, force=True)

    assert "may be left on the NAS" in capsys.readouterr().err
    assert nas.run(script('rm -r "$1"', DIRECTORY)).status == 0


def test_a_lock_that_cannot_be_taken_away_is_named(
    nas: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    mine = hold(nas, said)
    lose_an_answer(nas, monkeypatch)
    with pytest.raises(DeadlineError):
        mine.take()

    with monkeypatch.context() as away:
        away.setattr(nas, "connect", lambda: nas.connection.run(script("true")))
        mine.let_go()

    (line,) = said
    assert line == (
        f"sim:: this run's lock, {DIRECTORY}, may be left on the NAS: the next run or change from"
        " this machine takes it away; from another one, --take-over does"
    )
    nas.reconnect()
    RunLock(nas, print, force=True).release_dead()
    assert nas.run(script('ls -d "$1"*', DIRECTORY)).stdout == ""


@pytest.mark.parametrize("change", ['rm "$1/owner"', 'echo {} >"$1/before"'])
def test_a_lock_that_is_being_made_or_keeps_something_is_left_and_named(
    nas: Target, change: str
) -> None:
    """Its script may go on as a NAS thaws, and the next run needs the record of a dead one."""
    said: list[str] = []
    mine = hold(nas, said)
    mine.take()
    nas.run(script(change, DIRECTORY))

    mine.let_go()

    assert f"this run's lock, {DIRECTORY}, may be left on the NAS" in said[0]
    assert nas.run(script('rm -r "$1"', DIRECTORY)).status == 0


@pytest.mark.parametrize("last", ["$directory/names", 'rm -rf "$2"'])
def test_a_lock_is_named_where_a_dead_run_was_not_undone_to_its_end(
    nas: Target, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    said: list[str] = []
    before = restoring.take(nas)
    died(nas, "a LAGG lagg0")
    nas.run(script("ifconfig lagg0 create"))
    heir, following = RunLock(nas, said.append, force=True), RunLock(nas, print, force=True)
    lose_an_answer(nas, monkeypatch, last)
    with pytest.raises(DeadlineError):
        heir.take()

    heir.let_go()

    assert f"this run's lock, {DIRECTORY}, may be left on the NAS" in said[-1]
    following.take()
    assert restoring.take(nas) == before
    following.end()
    assert nas.run(script('ls -d "$1"*', DIRECTORY)).stdout == ""


def test_a_lock_of_others_is_let_alone_by_who_is_interrupted_while_it_waits(nas: Target) -> None:
    said: list[str] = []

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    other, mine = hold(nas, []), RunLock(nas, said.append, interrupted)
    mine.let_go()
    assert said == []
    other.take()
    with pytest.raises(KeyboardInterrupt):
        mine.take()

    mine.let_go()

    assert "waiting until it ends" in said[-1]
    nas.clock.sleep(RENEW_SECONDS)
    other.renew()
    other.end()


def test_a_run_that_has_begun_keeps_its_lock(nas: Target) -> None:
    """Whatever is left then, the end of the run has said so."""
    said: list[str] = []
    mine = hold(nas, said)
    mine.take()
    mine.keep([], None)

    mine.let_go()

    nas.clock.sleep(RENEW_SECONDS)
    mine.renew()
    mine.end()
    assert said == []


def test_a_lock_of_others_stays_though_the_answer_about_it_was_lost(
    nas: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    other, mine = hold(nas, []), hold(nas, said)
    other.take()
    lose_an_answer(nas, monkeypatch)
    with pytest.raises(DeadlineError):
        mine.take()

    mine.let_go()

    nas.clock.sleep(RENEW_SECONDS)
    other.renew()
    other.end()
    assert said == []
