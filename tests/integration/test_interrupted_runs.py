"""Runs that are interrupted, that die, that meet another run, that find a full disk.

The usual run tries a few moments of each; ``make chaos`` many.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.evidence import Results
from lagg_tool.site.directory import MARKER
from tests.support import nas_process
from tests.support.nas_process import PATIENTLY, Nas
from tests.support.paths import ROOT

# Scenarios that need no bench, in every one of which a LAGG is made.
SCENARIOS = (
    "features/core/naming.feature",
    "features/core/description.feature",
    "features/core/ports.feature",
)
# The same through TrueNAS's middleware.
THROUGH_THE_MIDDLEWARE = (
    "features/core/truenas/settings.feature",
    "features/core/truenas/creating.feature",
)
INTERRUPTED = 130


def until_seen(process: subprocess.Popen[str], words: str) -> list[str]:
    """Read what a run says until it says this; with -v, it says how each scenario ended."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return said
    raise AssertionError(f"it ended without {words!r}: {''.join(said)}")


def interrupt(
    nas: Nas,
    number: signal.Signals,
    seconds: float,
    times: int = 1,
    scenarios: tuple[str, ...] = SCENARIOS,
) -> None:
    before = nas.state()
    clock = SystemClock()
    process = nas.accept(*scenarios, "-v")
    try:
        until_seen(process, "passed")
        clock.sleep(seconds)
        for _ in range(times):
            process.send_signal(number)
        out, err = process.communicate(timeout=600)
    finally:
        process.kill()

    assert process.returncode in (INTERRUPTED, 0), out + err  # 0: it was faster than the signal
    assert "Traceback" not in err
    assert nas.state() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_sets_the_nas_back_first(nas: Nas, number: signal.Signals) -> None:
    interrupt(nas, number, random.Random(number).random() * 0.3)


def test_a_second_interruption_does_not_stop_the_restoring(nas: Nas) -> None:
    interrupt(nas, signal.SIGINT, 0.1, times=3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_an_interruption_at_any_moment_leaves_nothing(nas: Nas, seed: int) -> None:
    interrupt(nas, signal.SIGINT, random.Random(seed).random() * 2, times=1 + seed % 3)


def test_an_interrupted_run_sets_the_middlewares_database_back_as_well(truenas: Nas) -> None:
    interrupt(truenas, signal.SIGTERM, 0.4, scenarios=THROUGH_THE_MIDDLEWARE)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_an_interruption_at_any_moment_leaves_nothing_on_truenas(truenas: Nas, seed: int) -> None:
    moment = random.Random(seed).random() * 4
    interrupt(truenas, signal.SIGINT, moment, times=1 + seed % 3, scenarios=THROUGH_THE_MIDDLEWARE)


def test_the_second_of_two_runs_is_told_that_it_waits(nas: Nas) -> None:
    before = nas.state()
    first = nas.accept(*SCENARIOS, "-v", name="first")
    until_seen(first, "passed")
    first.send_signal(signal.SIGSTOP)  # on a loaded machine it could end before the second begins

    second = nas.accept(SCENARIOS[0], name="second")
    try:
        told = until_seen(second, "waiting until it ends")
    finally:
        first.send_signal(signal.SIGCONT)
    ends = [process.communicate(timeout=600) for process in (first, second)]

    assert f"process {first.pid} of" in told[-1]
    assert (first.returncode, second.returncode) == (0, 0), ends
    assert nas.state() == before


def test_what_a_dead_run_left_is_undone_by_the_next_one(nas: Nas) -> None:
    before = nas.state()
    dead = nas.accept(*SCENARIOS, "-v")
    until_seen(dead, "passed")
    dead.kill()
    dead.communicate()
    nas.say(
        "ifconfig lagg0 create; ifconfig vtnet2 mtu 1400 up; sysrc ifconfig_lagg0=up;"
        " arp -s 192.0.2.77 02:11:22:33:44:55"
    )

    following = nas.accept(SCENARIOS[0])
    _, said = following.communicate(timeout=600)

    assert following.returncode == 0, said
    assert f"process {dead.pid} of" in said  # found out without waiting
    assert "what the dead run made is taken away first" in said
    assert nas.state() == before


def test_what_an_administrator_did_meanwhile_survives_a_dead_run(nas: Nas, tmp_path: Path) -> None:
    dead = nas.accept(*SCENARIOS, "-v")
    until_seen(dead, "passed")
    dead.kill()
    dead.communicate()
    file = tmp_path / "lagg5.toml"
    file.write_text('name = "lagg5"\nprotocol = "failover"\nports = ["em0"]\n', "utf-8")

    applied = nas.tool("apply", str(file), *PATIENTLY)
    nas.say("ifconfig vlan7 create; sysrc hostname=mynas")
    following = nas.accept(SCENARIOS[0])
    _, said = following.communicate(timeout=600)

    assert applied.returncode == 0, applied.stderr
    assert "what the dead run made is taken away first" in applied.stderr
    assert following.returncode == 0, said
    assert "lagg5" in nas.say("ifconfig -l; grep lagg5 /etc/rc.conf")
    assert "vlan7" in nas.say("ifconfig -l")
    assert "mynas" in nas.say("cat /etc/rc.conf")
    assert nas.tool("rollback").returncode == 0
    nas.say("ifconfig vlan7 destroy; sysrc hostname=nas.test")
    assert "lagg5" not in nas.state()


def test_interfaces_of_others_are_not_touched_though_scenarios_have_their_names(nas: Nas) -> None:
    untouched = nas.state()
    nas.say(
        "ifconfig lagg1 create; ifconfig lagg1 laggport em0 10.9.9.1/24 up;"
        " sysrc cloned_interfaces=lagg1 ifconfig_lagg1='laggport em0 10.9.9.1/24'"
    )
    before = nas.state()

    running = nas.accept("features/core/persistence.feature", "features/core/removal.feature")
    _, said = running.communicate(timeout=600)

    after = nas.state()
    nas.say("ifconfig lagg1 destroy; sysrc -x cloned_interfaces ifconfig_lagg1")
    assert after == before
    assert running.returncode == 0, said
    assert "the NAS has a lagg1 of its own, which is not touched" in said
    assert nas.state() == untouched


def test_a_change_during_a_run_is_refused_with_the_run_named(nas: Nas, tmp_path: Path) -> None:
    running = nas.accept(*SCENARIOS, "-v", name="running")
    until_seen(running, "passed")
    running.send_signal(signal.SIGSTOP)
    file = tmp_path / "lagg5.toml"
    file.write_text('name = "lagg5"\nprotocol = "failover"\nports = ["em0"]\n', "utf-8")

    try:
        ended = [nas.tool("apply", str(file)), nas.tool("confirm"), nas.tool("rollback")]
    finally:
        running.send_signal(signal.SIGCONT)
    running.communicate(timeout=600)

    for verb in ended:
        assert verb.returncode == 2
        assert f"process {running.pid} of" in verb.stderr
        assert "has this NAS" in verb.stderr
    assert running.returncode == 0
    assert "lagg5" not in nas.state()


def test_a_nas_that_dies_is_said_to_be_left_and_how_to_set_it_back(tmp_path: Path) -> None:
    with nas_process.running(tmp_path) as nas:
        process = nas.accept(*SCENARIOS, "-v")
        until_seen(process, "passed")
        nas.process.kill()
        _, said = process.communicate(timeout=600)

    assert process.returncode != 0
    assert "is not as it was before the run" in said
    assert "ifconfig lagg0 destroy" in said
    assert "ifconfig vtnet1 mtu 1500" in said


def with_a_full_disk(*words: str, room: int) -> subprocess.CompletedProcess[str]:
    """Run the tool where no file grows beyond ``room`` bytes; see tests/support/full_disk.py."""
    return subprocess.run(
        [sys.executable, "-m", "lagg_tool", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )


def test_a_full_disk_under_results_keeps_the_old_ones_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("the old ones")

    done = with_a_full_disk(
        "accept", "--results", str(path), "features/core/none.feature", room=4000
    )

    assert done.returncode == 1
    assert "results.json: File too large" in done.stderr or ".json: File" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text() == "the old ones"
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.json"]


def test_a_full_disk_under_the_pages_leaves_no_part_of_a_site(tmp_path: Path) -> None:
    site = tmp_path / "site"

    done = with_a_full_disk("docs", "build", "--site", str(site), room=4000)

    assert done.returncode == 1
    assert f"lagg-tool: {site}" in done.stderr
    assert "no site was built" in done.stderr
    assert [each.name for each in site.iterdir()] == [MARKER]
    assert "Traceback" not in done.stderr


def test_results_of_the_runs_are_whole(nas: Nas) -> None:
    done = nas.accept(SCENARIOS[0], name="whole")
    done.communicate(timeout=600)

    assert Results.read(nas.directory / "whole.json").targets
