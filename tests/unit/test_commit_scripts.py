"""The scripts of a confirmed commit, run by this machine's /bin/sh with stand-in programs.

What the host's programs do is played by small files in a directory of the test: every
interface is a file that holds the arguments it was given, and sysrc edits the file it is
told. What is tested is the protocol: who decides, and what is undone.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.commit import Changes, ConfirmedCommit, State, scripts
from lagg_tool.commit.confirmed import decide
from lagg_tool.commit.status import Status, read_status, status_command
from lagg_tool.errors import (
    DisconnectedError,
    HostError,
    OutcomeUnknownError,
    PersistFailedError,
    RefusedError,
    RevertedError,
)
from lagg_tool.hosts.contract import Observation
from lagg_tool.hosts.freebsd import read_interfaces
from lagg_tool.ifconfig import Listing, parse
from lagg_tool.model import HostState, LaggSpec, Management, spec_from_data
from lagg_tool.plan import Plan, make_plan
from lagg_tool.shell import Command, Completed, Runner, script

CASES = Path(__file__).parent.parent / "plan"

DAEMON = """#!/bin/sh
shift; pidfile=
if [ "$1" = -p ]; then pidfile=$2; shift 2; fi
setsid "$@" </dev/null >/dev/null 2>&1 &
[ -z "$pidfile" ] || echo $! > "$pidfile"
"""
IFCONFIG = """#!/bin/sh
[ "$2" != refuse ] || exit 1
[ ! -e HERE/fail ] || { case "$*" in *"$(cat HERE/fail)"*) exit 1 ;; esac; }
[ ! -e HERE/slow ] || sleep 0.3
echo "$*" >> HERE/log
"""
SYSRC = """#!/usr/bin/env python3
import re, sys
args = sys.argv[1:]
path, args = args[1], args[2:]
text = open(path).read()
get = lambda name: (re.findall(rf'^{name}="(.*)"$', text, re.M) or [""])[-1]
unescape = lambda value: re.sub(r'\\\\\\\\(.)', r'\\\\1', value)
if args[0] == "-n":
    print("\\n".join(unescape(get(name)) for name in args[1:])); sys.exit()
if args[0] == "-x":
    for name in args[1:]:
        text = re.sub(rf'^{name}=.*\\n', '', text, flags=re.M)
else:
    for each in args:
        name, value = each.split("=", 1)
        words = get(name.rstrip("+-")).split()
        if name.endswith("+"):
            value = " ".join([*words, value])
        elif name.endswith("-"):
            value = " ".join(word for word in words if word != value)
        name = name.rstrip("+-")
        line = f'{name}="{value}"'
        if re.search(rf'^{name}=', text, re.M):
            text = re.sub(rf'^{name}=.*$', lambda _: line, text, flags=re.M)
        else:
            text += line + "\\n"
open(path, "w").write(text)
"""
RC_CONF = 'hostname="nas.test"\nifconfig_vtnet0="inet 10.0.2.15/24"\n'


class Machine:
    """A directory that stands for a host."""

    def __init__(self, here: Path) -> None:
        self.here = here
        (here / "bin").mkdir()
        (here / "etc").mkdir()
        (here / "run").mkdir()
        self.write("bin/daemon", DAEMON)
        self.write("bin/ifconfig", IFCONFIG.replace("HERE", str(here)))
        self.write("bin/sysrc", SYSRC.replace("\\\\\\\\", "\\\\").replace("\\\\1", "\\1"))
        self.write("bin/id", "#!/bin/sh\necho 0\n")
        self.write("etc/rc.conf", RC_CONF)
        self.write("log", "")

    def write(self, name: str, text: str) -> None:
        path = self.here / name
        path.write_text(text)
        path.chmod(0o755)

    def text(self, name: str) -> str:
        return (self.here / name).read_text()

    @property
    def log(self) -> list[str]:
        return self.text("log").splitlines()

    def local(self, word: str) -> str:
        for path, ours in (
            ("PATH=/sbin:/bin:/usr/sbin:", f"PATH={self.here}/bin:/sbin:/bin:/usr/sbin:"),
            (scripts.ROOT, f"{self.here}/run/lagg_tool"),
            (scripts.RECORDS, f"{self.here}/db"),
            ("/etc/rc.conf", f"{self.here}/etc/rc.conf"),
        ):
            word = word.replace(path, ours)
        return word

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        done = subprocess.run(
            [self.local(word) for word in command.argv],
            input=command.stdin,
            capture_output=True,
            timeout=deadline,
            check=False,
            env={"PATH": f"{self.here}/bin:{os.environ['PATH']}", "LC_ALL": "C"},
        )
        return Completed(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        return [self.run(command, deadline) for command in commands]

    def close(self) -> None:
        """A process of this machine has no connection to end."""

    def kill_guard(self, token: str) -> None:
        """End the guard; daemon(8) then removes its pid file."""
        pid = self.here / f"run/lagg_tool/{token}/guard.pid"
        subprocess.run(["kill", "-9", pid.read_text().strip()], check=True)
        pid.unlink()

    def status(self, token: str) -> Status:
        return read_status(self.run(status_command(token)).stdout)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    for pid in tmp_path.glob("run/lagg_tool/t-*/guard.pid"):
        subprocess.run(["kill", pid.read_text().strip()], check=False, capture_output=True)


def case(stem: str) -> tuple[LaggSpec, HostState]:
    data: dict[str, Any] = json.loads((CASES / f"{stem}.json").read_text(encoding="utf-8"))
    observed = data["observed"]
    listed = parse("\n".join(observed["ifconfig"]) + "\n")
    host = HostState(
        read_interfaces(listed), {"hostname": "nas.test"}, Management(*observed["management"])
    )
    return spec_from_data(data["spec"]), host


def plan_of(stem: str) -> Plan:
    return make_plan(*case(stem))


def nothing_left(_: HostState) -> Plan:
    return Plan("lagg0", None, None)


def observe(_: Runner) -> Observation:
    return Observation(HostState({}), Listing())


def commit(machine: Machine, within: float = 60.0) -> ConfirmedCommit:
    return ConfirmedCommit(
        lambda: machine, SystemClock(), observe=observe, who="tester", within=within
    )


@pytest.mark.parametrize("path", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_every_script_of_every_plan_is_one_that_sh_takes(path: Path) -> None:
    if json.loads(path.read_text(encoding="utf-8"))["spec"] is None:
        return
    texts = [*scripts.files_of(plan_of(path.stem)).values()]
    texts += [scripts.ARM, scripts.START, scripts.DECIDE, scripts.STATUS]

    said = [
        subprocess.run(["sh", "-n"], input=text.encode(), capture_output=True, check=False).stderr
        for text in texts
    ]

    assert said == [b""] * len(texts)


def test_a_confirmed_change_is_made_and_kept(machine: Machine) -> None:
    plan = plan_of("create-everything")

    outcome = commit(machine).apply(plan, nothing_left, hold=False)

    assert outcome.state is State.CONFIRMED
    assert machine.log[0] == "lagg3 create"
    assert len(machine.log) == len(plan.steps)
    rc_conf = machine.text("etc/rc.conf")
    assert rc_conf.startswith(RC_CONF)
    assert 'ifconfig_lagg3_descr="it\'s 50% \\$HOME; rm -rf / | cat"\n' in rc_conf
    assert "down em1 em0\n" in machine.text("db/lagg3")
    assert not (machine.here / "run/lagg_tool/pending").exists()


def test_a_rollback_after_the_confirmation_restores_rc_conf_byte_for_byte(
    machine: Machine,
) -> None:
    plan = plan_of("create-everything")
    outcome = commit(machine).apply(plan, nothing_left, hold=False)

    undone = Changes(lambda: machine, SystemClock()).rollback(outcome.token)

    assert undone.state is State.REVERTED
    assert machine.text("etc/rc.conf") == RC_CONF
    assert machine.log[len(plan.steps)] == "lagg3 destroy"
    assert not (machine.here / "db").exists()


def test_a_rollback_leaves_alone_what_others_wrote_meanwhile(machine: Machine) -> None:
    outcome = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)
    machine.write("etc/rc.conf", machine.text("etc/rc.conf") + 'other="YES"\n')

    Changes(lambda: machine, SystemClock()).rollback(outcome.token)

    assert machine.text("etc/rc.conf") == RC_CONF + 'other="YES"\n'


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


def test_an_rc_conf_that_cannot_be_written_has_everything_undone(machine: Machine) -> None:
    machine.write("bin/sysrc", "#!/bin/sh\necho no room >&2\nexit 1\n")

    with pytest.raises(RevertedError, match="cannot be kept: no room"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert "lagg0 destroy" in machine.log
    assert machine.text("etc/rc.conf") == RC_CONF
    assert not (machine.here / "etc/rc.conf.lagg_tool").exists()


def test_a_second_client_is_told_who_changes_what_and_how_long(machine: Machine) -> None:
    held = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=True)
    before = machine.log

    with pytest.raises(RefusedError, match=r"by tester, of lagg0 is pending, [56]\d s left"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log == before
    assert Changes(lambda: machine, SystemClock()).confirm(held.token).state is State.CONFIRMED


def test_a_held_change_can_be_rolled_back_without_its_token(machine: Machine) -> None:
    commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=True)

    outcome = Changes(lambda: machine, SystemClock()).rollback()

    assert outcome.state is State.REVERTED
    assert "lagg0 destroy" in machine.log
    assert not (machine.here / "run/lagg_tool/pending").exists()


def test_a_script_that_a_full_disk_cut_short_is_never_begun(machine: Machine) -> None:
    (machine.here / "run/lagg_tool").write_text("in the way")

    with pytest.raises(HostError, match=r"disk is full.*nothing was touched"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log == []


def test_without_root_nothing_is_touched(machine: Machine) -> None:
    machine.write("bin/id", "#!/bin/sh\necho 1001\n")

    with pytest.raises(HostError, match=r"root.*nothing was touched"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert machine.log == []
    assert not (machine.here / "run/lagg_tool").exists()


def armed(machine: Machine, seconds: str = "60") -> str:
    """A change that was armed by a client that is gone; returns its token."""
    files = [part for each in scripts.files_of(plan_of("create-13.2")).items() for part in each]
    token = "t-0123"
    done = machine.run(script(scripts.ARM, scripts.ROOT, token, seconds, "tester", "lagg0", *files))
    assert done.status == 0, done.stderr
    return token


def test_the_guard_reverts_what_nobody_confirms(machine: Machine) -> None:
    token = armed(machine, "0.4")
    machine.run(script(scripts.START, scripts.ROOT, token))

    status = wait_for(machine, token, "revert")

    assert (status.by, status.code("revert")) == ("guard", 0)
    assert machine.log[-5] == "lagg0 destroy"
    assert machine.text("etc/rc.conf") == RC_CONF


def wait_for(machine: Machine, token: str, *parts: str) -> Status:
    """The status once one of the parts has ended, or after twenty seconds."""
    clock = SystemClock()

    def ended() -> bool:
        clock.call_at(clock.now() + 0.05, lambda: None)  # look again soon
        status = machine.status(token)
        return any(status.code(part) is not None for part in parts)

    clock.wait_until(ended, clock.now() + 20)
    return machine.status(token)


def test_a_change_that_is_decided_stops_between_two_commands(machine: Machine) -> None:
    token = armed(machine)
    machine.write("slow", "")
    machine.run(script(scripts.START, scripts.ROOT, token))

    machine.run(decide(token, "rollback"))

    status = wait_for(machine, token, "revert")
    assert status.code("apply") == 75
    assert machine.log[-5] == "lagg0 destroy"


def test_a_change_whose_client_died_before_it_began_gives_way(machine: Machine) -> None:
    first = armed(machine)
    machine.kill_guard(first)

    outcome = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert outcome.state is State.CONFIRMED


def test_a_change_without_its_guard_is_not_forgotten(machine: Machine) -> None:
    first = armed(machine)
    machine.run(script(scripts.START, scripts.ROOT, first))
    wait_for(machine, first, "apply")
    machine.kill_guard(first)

    with pytest.raises(
        RefusedError, match=r"its guard is gone: decide first; (.*\n)*.*lagg-tool rollback t-0123"
    ):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert Changes(lambda: machine, SystemClock()).rollback(first).state is State.REVERTED


def test_a_directory_that_an_earlier_boot_left_is_no_pending_change(machine: Machine) -> None:
    (machine.here / "run/lagg_tool/pending").mkdir(parents=True)

    outcome = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert outcome.state is State.CONFIRMED


def test_a_confirmation_and_a_rollback_at_once_have_one_winner(machine: Machine) -> None:
    token = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=True).token
    threads = [
        threading.Thread(target=machine.run, args=(decide(token, part),))
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
        """The next connection goes on counting."""


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

    assert tool.state is State.UNKNOWN


def unsaved(machine: Machine) -> str:
    """A change that was confirmed while rc.conf could not be replaced; returns its token."""
    machine.write(
        "bin/mv",
        '#!/bin/sh\n[ ! -e HERE/full ] || { echo full >&2; exit 1; }\nexec /bin/mv "$@"\n'.replace(
            "HERE", str(machine.here)
        ),
    )
    machine.write("full", "")
    tool = commit(machine)

    with pytest.raises(PersistFailedError) as failed:
        tool.apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert failed.value.exit_status == 5
    assert tool.state is State.UNSAVED
    said = str(failed.value)
    assert "rc.conf has the old one (full): a reboot would bring the old one back" in said
    assert f"lagg-tool confirm {tool.token} tries again" in said
    assert machine.text("etc/rc.conf") == RC_CONF
    assert "lagg0 destroy" not in machine.log
    return tool.token


def test_a_change_that_rc_conf_did_not_take_is_kept_by_confirming_it_again(
    machine: Machine,
) -> None:
    token = unsaved(machine)
    changes = Changes(lambda: machine, SystemClock())

    with pytest.raises(PersistFailedError, match="tries again"):
        changes.confirm(token)
    (machine.here / "full").unlink()
    outcome = changes.confirm(token)

    assert outcome.state is State.CONFIRMED
    assert 'cloned_interfaces="lagg0"' in machine.text("etc/rc.conf")
    assert sorted(each.name for each in (machine.here / "db").iterdir()) == ["lagg0", token]


def test_a_change_that_rc_conf_did_not_take_can_be_rolled_back(machine: Machine) -> None:
    token = unsaved(machine)
    (machine.here / "full").unlink()

    Changes(lambda: machine, SystemClock()).rollback(token)

    assert "lagg0 destroy" in machine.log
    assert machine.text("etc/rc.conf") == RC_CONF
    assert not (machine.here / "db").exists()


def test_a_rollback_that_failed_may_be_tried_again(machine: Machine) -> None:
    token = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False).token
    machine.write("bin/cp", "#!/bin/sh\necho full >&2\nexit 1\n")
    changes = Changes(lambda: machine, SystemClock())

    with pytest.raises(HostError, match=r"not undone as a whole: full.*tries again"):
        changes.rollback(token)
    (machine.here / "bin/cp").unlink()
    changes.rollback(token)

    assert machine.text("etc/rc.conf") == RC_CONF


def test_a_confirmation_of_what_was_rolled_back_is_told_so(machine: Machine) -> None:
    token = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False).token
    changes = Changes(lambda: machine, SystemClock())
    changes.rollback(token)

    with pytest.raises(RevertedError, match="was rolled back"):
        changes.confirm(token)
