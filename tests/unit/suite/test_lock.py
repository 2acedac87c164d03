"""Who has a NAS, as the lock on it says, and what a dead run left there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Command, Completed, script
from lagg_tool.errors import (
    DeadlineError,
    DisconnectedError,
    HostError,
    RefusedError,
    UnreadableError,
)
from lagg_tool.lagg import LaggSpec, Protocol
from lagg_tool.nas.contract import ApplyOptions, Request
from lagg_tool.nas.freebsd.restoring import Snapshot
from lagg_tool.nas.opening import open_nas
from lagg_tool.nas.run_lock import DIRECTORY
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.suite import restoring
from lagg_tool.suite.lock import (
    HELD,
    LEASE_SECONDS,
    RENEW_SECONDS,
    RunLock,
    _holder,
    _owner,
)
from lagg_tool.target import Target
from lagg_tool.testbed.epair.testbed import GUARD_SECONDS
from lagg_tool.testbed.memory import MemoryTestbed
from lagg_tool.verbs.common import _keep_out_of_runs
from tests.support.commit_rig import Direct, target_of

SPEC = LaggSpec("lagg0", Protocol.FAILOVER, ("vtnet1", "vtnet2"))


@pytest.fixture(scope="module")
def nas() -> Target:
    return target_of(SimulatedNas(VirtualClock()))


def made(nas: Target) -> restoring.Made:
    return restoring.Made.of({restoring.kind_of(nas).aggregate}, nas.ports)


def hold(nas: Target, said: list[str]) -> RunLock:
    return RunLock(nas, said.append)


def waits(nas: Target, said: list[str]) -> RunLock:
    """Return a lock that looks again less often than a run does, which makes no difference."""
    return RunLock(nas, said.append, lambda seconds: nas.clock.sleep(5 * seconds))


def died(nas: Target, text: str) -> None:
    """Take a NAS for a run that may make what a step says, and is not heard of again."""
    dead = hold(nas, [])
    dead.take()
    dead.keep(restoring.answer(nas), None)
    dead.add([text])


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


def test_what_a_dead_run_changed_is_undone_first(nas: Target) -> None:
    said: list[str] = []
    before = restoring.take(nas)
    died(nas, "a LAGG lagg0")
    following = waits(nas, said)
    changes = (
        "ifconfig lagg0 create; ifconfig lagg0 laggproto lacp laggport vtnet1 192.0.2.1/24 up",
        "ifconfig vtnet2 mtu 1400 up; ifconfig vtnet3 inet 198.51.100.1/24 description mine",
        "ifconfig vtnet4 ether 02:00:00:00:00:07; ifconfig vtnet1 ether 02:00:00:00:00:08",
        "arp -s 198.51.100.7 02:11:22:33:44:55; sysrc cloned_interfaces=lagg0 ifconfig_vtnet1=up",
        "sysctl net.link.lagg.failover_rx_all=1; ifconfig em0 -txcsum",
    )
    for line in changes:
        assert nas.run(script(line)).status == 0
    assert restoring.take(nas) != before

    following.take()

    assert "what the dead run made is taken away first" in said[-2]
    assert "taken away or set back: ifconfig lagg0 destroy" in said[-1]
    assert restoring.take(nas) == before
    following.end()


@pytest.mark.parametrize("verb", ["run", "change"])
def test_what_a_dead_run_changed_is_undone_though_its_heir_died_at_once(
    nas: Target, verb: str
) -> None:
    before = restoring.take(nas)
    died(nas, "a LAGG lagg0")
    heir, following = hold(nas, []), RunLock(nas, print, force=True)
    nas.run(script("ifconfig lagg0 create laggport vtnet1; sysrc ifconfig_lagg0=up"))
    nas.clock.sleep(LEASE_SECONDS + 1)

    def die(*_: object) -> None:
        raise DisconnectedError("the cable")

    heir.keep = die  # type: ignore[assignment,method-assign]
    with pytest.raises(DisconnectedError):
        heir.take()
    following.take() if verb == "run" else following.release_dead()

    assert restoring.take(nas) == before
    following.end()
    assert nas.run(script('ls -d "$1"*', DIRECTORY)).stdout == ""


def test_what_cannot_be_undone_is_named_with_its_command(nas: Target) -> None:
    said = restoring.answer(nas)
    impossible = restoring.understand([said[0].replace("mtu 1500", "mtu 99000"), *said[1:]])

    with pytest.raises(AssertionError, match="cannot be undone: ifconfig vtnet1 mtu 99000"):
        restoring.restore(nas, impossible, made(nas))

    assert restoring.take(nas) == restoring.understand(said)


def test_nothing_is_undone_while_the_nas_does_not_say_how_it_is(nas: Target) -> None:
    before = restoring.answer(nas)
    nas.run(script("mv /sbin/ifconfig /sbin/gone"))

    with pytest.raises(UnreadableError, match="ifconfig"):
        restoring.restore(nas, restoring.understand(before), made(nas))

    nas.run(script("mv /sbin/gone /sbin/ifconfig"))
    assert restoring.answer(nas) == before


def test_the_manual_restore_commands_leads_there_from_anywhere(nas: Target) -> None:
    before = restoring.take(nas)
    nas.run(script("ifconfig lagg0 create; ifconfig lagg0 laggport vtnet1 up"))
    nas.run(
        script("ifconfig vtnet2 up mtu 1400; sysrc a=b; sysctl net.link.lagg.failover_rx_all=1")
    )

    commands = restoring.manual_restore_commands(nas, before)
    for command in commands:
        nas.run(script(command.text))

    assert restoring.take(nas) == before


def test_a_reboot_does_not_end_a_hold(nas: Target) -> None:
    mine = hold(nas, [])
    mine.take()
    nas.clock.sleep(RENEW_SECONDS)
    assert nas.simulated is not None

    nas.simulated.reboot()
    nas.reconnect()
    mine.renew()

    mine.end()


def round_trips(nas: Target) -> int:
    connection = nas.connection
    assert isinstance(connection, Direct)
    return connection.round_trips


def test_restoring_takes_two_round_trips(nas: Target) -> None:
    before = restoring.take(nas)
    words = "ifconfig lagg0 create; ifconfig vtnet1 mtu 1400; ifconfig lagg0 laggport vtnet1 up"
    nas.run(script(f"{words}; arp -s 198.51.100.7 02:11:22:33:44:55"))
    begun = round_trips(nas)

    restoring.restore(nas, before, made(nas))

    assert round_trips(nas) - begun == 2
    assert restoring.take(nas) == before


def test_what_was_not_changed_takes_one_round_trip(nas: Target) -> None:
    before = restoring.take(nas)
    begun = round_trips(nas)

    restoring.restore(nas, before, made(nas))

    assert round_trips(nas) - begun == 1


def test_what_others_changed_stays_and_is_named(nas: Target) -> None:
    """An administrator who works on the NAS after a run has died on it."""
    said: list[str] = []
    before = restoring.take(nas)
    died(nas, "a LAGG lagg0 on port 1")
    following = hold(nas, said)
    for line in (
        "ifconfig lagg0 create laggport vtnet1 192.0.2.1/24 up; sysrc ifconfig_vtnet1=up",
        "sysrc cloned_interfaces+=lagg0 ifconfig_lagg0=up",
        "ifconfig lagg5 create; ifconfig vlan7 create; arp -s 10.0.2.9 02:11:22:33:44:55",
        "sysrc hostname=mynas cloned_interfaces+=lagg5 ifconfig_lagg5=up",
    ):
        assert nas.run(script(line)).status == 0
    nas.clock.sleep(LEASE_SECONDS)

    following.take()

    after = restoring.take(nas)
    assert isinstance(after, Snapshot)
    assert isinstance(before, Snapshot)
    assert set(after.listing.names) - set(before.listing.names) == {"lagg5", "vlan7"}
    assert "10.0.2.9" in after.neighbours
    assert after.rc_conf is not None
    assert 'cloned_interfaces="lagg5"\n' in after.rc_conf
    assert 'hostname="mynas"\n' in after.rc_conf
    assert "ifconfig_lagg5" in after.rc_conf
    assert "lagg0" not in after.rc_conf
    assert "ifconfig_vtnet1" not in after.rc_conf
    left = "; ".join(line for line in said if "not of this run, left" in line)
    assert all(
        name in left for name in ("lagg5", "vlan7", "rc.conf: hostname", "cloned_interfaces")
    )
    following.end()
    nas.run(script("ifconfig lagg5 destroy; ifconfig vlan7 destroy; arp -d 10.0.2.9"))
    nas.run(script("sysrc -x ifconfig_lagg5 cloned_interfaces"))


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


def test_the_ports_of_a_dead_run_are_kept_for_the_next_one(nas: Target) -> None:
    mine = hold(nas, [])
    mine.take()

    mine.keep(["said"], None, ["em0"])
    kept = nas.run(script('cat "$1/before"', DIRECTORY)).stdout

    assert json.loads(kept) == {"said": ["said"], "rows": None, "ports": ["em0"], "bench": ""}
    mine.end()


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


def test_what_a_dead_run_did_not_test_is_left_as_it_is(nas: Target) -> None:
    before = nas.run(script("ifconfig vtnet1; ifconfig vtnet2")).stdout
    dead, following = hold(nas, []), RunLock(nas, print, force=True)
    dead.take()
    dead.keep(restoring.answer(nas), None, ["vtnet2"])
    nas.run(script("ifconfig vtnet1 mtu 1400; ifconfig vtnet2 mtu 1400"))

    following.take()

    shown = nas.run(script("ifconfig vtnet1; ifconfig vtnet2")).stdout
    assert shown == before.replace("mtu 1500", "mtu 1400", 1)
    nas.run(script("ifconfig vtnet1 mtu 1500"))
    following.end()


def test_what_a_dead_run_left_that_cannot_be_undone_is_tried_again_at_once() -> None:
    """On a NAS, too, that was booted just now."""
    nas = target_of(SimulatedNas(VirtualClock()))
    said: list[str] = []
    answers = restoring.answer(nas)
    dead, heir, following = hold(nas, []), RunLock(nas, said.append, force=True), hold(nas, [])
    dead.take()
    dead.keep([answers[0].replace("mtu 1500", "mtu 99000"), *answers[1:]], None)
    left = r"^sim:: a run died here, and what it left cannot be undone: .*mtu 99000"
    with pytest.raises(HostError, match=left):
        heir.take()
    heir.let_go()
    assert said[-1].endswith("what the dead run made is taken away first")
    begun = nas.clock.now()

    with pytest.raises(HostError, match=left):
        following.take()

    assert nas.clock.now() - begun < 5


def test_names_that_a_dead_run_did_not_write_to_their_end_are_no_part_of_its_record(
    nas: Target,
) -> None:
    following = RunLock(nas, print, force=True)
    died(nas, "a LAGG lagg0")
    nas.run(script('printf vl >>"$1/names"; ifconfig lagg0 create', DIRECTORY))

    following.take()

    assert nas.run(script("ifconfig lagg0")).status != 0
    following.end()


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
