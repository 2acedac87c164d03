"""Who has a NAS, as the lock on it says, and who waits for it."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import script
from lagg_tool.errors import HostError, RefusedError
from lagg_tool.lagg import LaggSpec, Protocol
from lagg_tool.nas.contract import ApplyOptions, Request
from lagg_tool.nas.opening import open_nas
from lagg_tool.nas.run_lock import DIRECTORY
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.suite import restoring
from lagg_tool.suite.lock import HELD, LEASE_SECONDS, RENEW_SECONDS, RunLock, _holder, _owner
from lagg_tool.target import Target
from lagg_tool.testbed.epair.testbed import GUARD_SECONDS
from lagg_tool.testbed.memory import MemoryTestbed
from tests.support.commit_rig import target_of
from tests.support.run_locks import hold, round_trips, waits

SPEC = LaggSpec("lagg0", Protocol.FAILOVER, ("vtnet1", "vtnet2"))


@pytest.fixture(scope="module")
def nas() -> Target:
    return target_of(SimulatedNas(VirtualClock()))


@pytest.mark.parametrize(
    ("answer", "owner", "holder"),
    [
        (
            "ada lovelace 7 x\n150\n61\n",
            "ada lovelace 7 x",
            "the run of ada lovelace 7 x, begun 2 min ago and heard of 61 s ago,",
        ),
        (
            "\n\n3",
            "",
            "the run of somebody, just begun, begun 0 min ago and heard of 3 s ago,",
        ),
        ("", "", "the run of somebody, just begun, begun 0 min ago and heard of 0 s ago,"),
        (" b \n90", "b", "the run of  b , begun 2 min ago and heard of 0 s ago,"),
    ],
)
def test_a_lock_says_whose_it_is_and_since_when(answer: str, owner: str, holder: str) -> None:
    assert _owner(answer) == owner
    assert _holder(answer) == holder


def test_a_hold_is_taken_and_ended_without_a_trace(nas: Target) -> None:
    said: list[str] = []
    mine = hold(nas, said)

    mine.take()
    owner = nas.run(script('cat "$1/owner"', DIRECTORY)).stdout
    mine.end()

    assert owner == f"{mine.owner}\n"
    assert nas.run(script('ls "$1"', DIRECTORY)).status != 0
    assert said == []


def test_a_run_that_stays_silent_loses_the_nas_and_one_that_renews_does_not(nas: Target) -> None:
    said: list[str] = []
    dead, following = hold(nas, said), waits(nas, said)
    dead.take()
    nas.clock.sleep(LEASE_SECONDS / 2)
    dead.renew()
    renewed = nas.clock.now()

    following.take()

    assert nas.clock.now() - renewed >= LEASE_SECONDS
    assert dead.owner in said[0]
    nas.clock.sleep(RENEW_SECONDS)
    with pytest.raises(HostError, match="another run took the NAS over"):
        dead.renew()
    dead.end()  # is not its any more
    following.renew()
    following.end()


def test_a_run_that_waits_shows_the_guard_of_its_testbed_that_it_lives(
    nas: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[float] = []
    testbed = MemoryTestbed(SimulatedNas(VirtualClock()), nas.clock, {})
    monkeypatch.setattr(testbed, "synchronise", lambda: beats.append(nas.clock.now()))
    monkeypatch.setattr(nas, "testbed", testbed)
    other, following = hold(nas, []), waits(nas, [])
    other.take()
    began = nas.clock.now()

    following.take()

    waited = nas.clock.now() - began
    assert waited > GUARD_SECONDS
    assert max(b - a for a, b in pairwise([began, *beats, nas.clock.now()])) < GUARD_SECONDS / 2
    following.end()


def test_a_reboot_does_not_end_a_hold(nas: Target) -> None:
    mine = hold(nas, [])
    mine.take()
    nas.clock.sleep(RENEW_SECONDS)
    assert nas.simulated is not None

    nas.simulated.reboot()
    nas.reconnect()
    mine.renew()

    mine.end()


def test_a_run_whose_process_has_ended_is_not_waited_for(nas: Target) -> None:
    said: list[str] = []
    dead, following = hold(nas, said), hold(nas, said)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    dead.owner = re.sub(r"process \d+", f"process {process.pid}", dead.owner)
    dead.take()
    begun = nas.clock.now()

    following.take()

    assert nas.clock.now() - begun < 5
    assert f"process {process.pid}" in said[0]
    assert "is dead" in said[0]
    following.end()


def test_a_dead_run_is_taken_over_by_one_run_and_not_by_the_next_one_after_it(nas: Target) -> None:
    dead, first, second = hold(nas, []), hold(nas, []), hold(nas, [])
    dead.take()
    nas.clock.sleep(LEASE_SECONDS + 1)
    seen = second._script(second._take, second.owner, str(LEASE_SECONDS))

    first.take()
    second._take_over(seen.stdout)

    assert dead.owner in seen.stdout
    nas.clock.sleep(RENEW_SECONDS)
    first.renew()
    first.end()
    assert nas.run(script('ls -d "$1"*', DIRECTORY)).stdout == ""


def test_a_run_that_is_just_beginning_is_not_taken_for_a_dead_one(nas: Target) -> None:
    nas.clock.sleep(LEASE_SECONDS + 1)  # as long ago as the boot is
    begins = """mkdir "$1"
    (sleep 1; elapsed >"$1/taken"; elapsed >"$1/renewed"; echo other >"$1/owner") >/dev/null 2>&1 &
    """
    following = hold(nas, [])
    nas.run(script(restoring.kind_of(nas).elapsed + begins, DIRECTORY))

    seen = following._script(following._take, following.owner, str(LEASE_SECONDS))

    assert (seen.status, seen.stdout.splitlines()[0]) == (HELD, "other")
    nas.run(script('rm -r "$1"', DIRECTORY))


def test_a_run_of_another_machine_is_waited_for_and_named_again_and_again(nas: Target) -> None:
    said: list[str] = []
    living, following = hold(nas, said), waits(nas, said)
    living.owner = re.sub("machine [0-9a-f]+", "machine 00000000", living.owner)
    living.take()
    nas.clock.sleep(120)

    following.take()

    *waited, dead = said
    assert 6 < len(waited) < 10  # once a minute
    assert living.owner in waited[0]
    assert re.search(r"begun 2 min ago and heard of 12\d s ago", waited[0])
    assert all("silent for 10 minutes; if it is dead, Ctrl-C, and --take-over" in w for w in waited)
    assert dead.endswith(" s ago, is dead")
    following.end()


def test_a_run_can_be_taken_over_by_force(nas: Target) -> None:
    living, following = hold(nas, []), RunLock(nas, lambda _: None, force=True)
    living.take()
    begun = nas.clock.now()

    following.take()

    assert nas.clock.now() - begun < 5
    nas.clock.sleep(RENEW_SECONDS)
    with pytest.raises(HostError, match=r"^sim:: another run took the NAS over"):
        living.renew()
    following.end()


def test_a_run_does_not_begin_while_a_change_waits_for_its_confirmation(nas: Target) -> None:
    host = open_nas(nas)
    plan = host.plan(Request("lagg0", SPEC), host.observe())
    token = host.apply(plan, ApplyOptions(hold=True)).token

    said: list[str] = []
    mine = hold(nas, said)

    with pytest.raises(RefusedError) as refused:
        mine.take(lambda verb, token: f"to {verb} {token}")
    mine.let_go()

    assert str(refused.value).startswith(
        "sim:: a change waits for its confirmation, and a run would be in its way; nothing was"
        " touched:\n"
    )
    assert f"to confirm {token}" in str(refused.value)
    assert said == []
    assert nas.run(script('ls "$1"', DIRECTORY)).status != 0
    host.rollback(token)


@pytest.mark.parametrize("verb", ["apply", "undo"])
def test_no_change_is_made_while_a_run_has_the_nas(nas: Target, verb: str) -> None:
    """Although the lock was taken after the verb had looked for it."""
    host = open_nas(nas)
    plan = host.plan(Request("lagg0", SPEC), host.observe())
    token = host.apply(plan, ApplyOptions()).token if verb == "undo" else ""
    mine = hold(nas, [])
    mine.take()
    before = restoring.take(nas)

    with pytest.raises(
        RefusedError, match=r"a run of lagg-tool accept has the NAS; wait until it ends; nothing"
    ):
        host.rollback(token) if verb == "undo" else host.apply(plan, ApplyOptions())

    assert restoring.take(nas) == before
    assert host.pending().change is None
    mine.end()
    if verb == "undo":
        host.rollback(token)


def test_a_change_finds_out_who_has_the_nas(nas: Target) -> None:
    mine, other = hold(nas, []), hold(nas, [])
    mine.take()

    with pytest.raises(RefusedError, match=r"the run of .* has this NAS.*nothing was touched"):
        other.release_dead()

    mine.renew()
    mine.end()


def test_a_lock_is_renewed_once_a_minute(nas: Target) -> None:
    mine = hold(nas, [])
    mine.take()
    begun = round_trips(nas)

    mine.renew()
    assert round_trips(nas) == begun
    nas.clock.sleep(RENEW_SECONDS)
    mine.renew()
    mine.renew()
    assert round_trips(nas) == begun + 1

    mine.end()


def test_what_a_scenario_may_make_is_noted_once(nas: Target) -> None:
    mine = hold(nas, [])
    mine.take()
    begun = round_trips(nas)

    mine.add(["a VLAN vlan7"])
    mine.add(["the VLAN vlan7"])
    mine.add(["the VLAN vlan7", "a LAGG lagg3"])

    assert round_trips(nas) == begun + 2
    noted = nas.run(script('cat "$1/names"', DIRECTORY)).stdout.split()
    assert set(noted) == mine.made.names
    assert {restoring.kind_of(nas).aggregate, "lagg3", "vlan7"} == mine.made.names
    assert mine.made.ports == tuple(nas.ports)
    mine.end()


def test_a_lock_that_cannot_be_made_ends_a_run_and_lets_a_change_go_on(nas: Target) -> None:
    above = DIRECTORY.rpartition("/")[0]
    nas.run(script('mv "$1" "$1.away"; echo >"$1"', above))

    said: list[str] = []
    mine = hold(nas, said)
    with pytest.raises(HostError) as failed:
        mine.take()
    mine.let_go()
    hold(nas, said).release_dead()  # what it does next needs root as well, and says so

    assert said == []
    assert str(failed.value) == (
        f"sim:: {DIRECTORY} cannot be made, which keeps two runs apart:"
        f" mkdir: {DIRECTORY}: Not a directory; log in as root"
    )
    nas.run(script('rm "$1"; [ ! -d "$1.away" ] || mv "$1.away" "$1"', above))


@pytest.mark.parametrize("act", ["keep", "add"])
def test_what_cannot_be_noted_on_the_nas_ends_the_run(nas: Target, act: str) -> None:
    mine = hold(nas, [])
    mine.take()
    nas.run(script('rm -r "$1"', DIRECTORY))

    with pytest.raises(HostError, match=rf"^{DIRECTORY}: .*No such file or directory"):
        mine.keep([], None) if act == "keep" else mine.add(["lagg0"])


def test_a_change_goes_on_where_a_run_was_silent_for_too_long(nas: Target) -> None:
    silent, change = hold(nas, []), hold(nas, [])
    silent.owner = re.sub("machine [0-9a-f]+", "machine 00000000", silent.owner)
    silent.take()
    with pytest.raises(
        RefusedError, match=r"would be in its way; wait until it ends, or end it; if it is dead, --"
    ):
        change.release_dead()
    nas.clock.sleep(LEASE_SECONDS + 1)

    change.release_dead()

    assert nas.run(script('ls -d "$1"*', DIRECTORY)).stdout == ""
