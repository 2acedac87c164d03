"""The scripts of the epair testbed, run by this machine's sh with stand-in programs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.command import script
from lagg_tool.testbed.epair import scripts
from tests.support.epair_machine import EpairMachine, running
from tests.support.waiting import wait_for

NAME = f"{scripts.PREFIX}0123"
QUIET = "100000"  # more silent turns than a test takes
# The guard's turns, given one by one.
TURN = """#!/bin/sh
[ "$1" = 1 ] || exec /bin/sleep 0.05
until rm HERE/turn 2>/dev/null || [ -e HERE/over ]; do /bin/sleep 0.01; done
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[EpairMachine]:
    with running(tmp_path) as made:
        yield made


def begin(
    machine: EpairMachine, name: str = NAME, count: str = "2", limit: str = QUIET
) -> subprocess.CompletedProcess[str]:
    guard = scripts.GUARD.replace("PATH=/sbin:", f"PATH={machine.here}/bin:/sbin:")
    return machine.run(script(scripts.BEGIN, guard, machine.root, name, count, limit))


def end(machine: EpairMachine) -> subprocess.CompletedProcess[str]:
    return machine.run(script(scripts.END, machine.root, NAME))


def test_a_host_says_all_that_it_lacks(machine: EpairMachine) -> None:
    assert machine.run(script(scripts.CHECK)).stdout == ""

    (machine.here / "bin" / "jls").unlink()
    machine.install("id", "#!/bin/sh\necho 1001\n")
    machine.install("ifconfig", "#!/bin/sh\n")

    missing = machine.run(script(scripts.CHECK)).stdout.splitlines()
    assert missing == ["root (log in as root)", "epair(4)", "jls"]


def test_the_far_ends_of_new_pairs_are_in_a_jail(machine: EpairMachine) -> None:
    machine.run(script("ifconfig epair0 create"))

    done = begin(machine)

    assert done.stdout.splitlines() == [
        "1 02:00:00:00:01:0a 02:00:00:00:01:0b",
        "2 02:00:00:00:02:0a 02:00:00:00:02:0b",
    ]
    assert machine.there() == {
        "em0": "",
        "epair0a": "",
        "epair0b": "",
        "epair1a": "",
        "epair1b": NAME,
        "epair2a": "",
        "epair2b": NAME,
    }
    assert f"{NAME}: epair2b up" in machine.log


def test_the_end_leaves_what_was_there_before(machine: EpairMachine) -> None:
    machine.run(script("ifconfig epair0 create"))
    before = machine.there()
    begin(machine)
    machine.run(script("ifconfig lagg create; ifconfig epair7 create; sysctl net.link.lagg.a=5"))
    machine.run(script(scripts.JOIN, NAME, f"{NAME}_1", "fast", "epair1b"))

    done = end(machine)

    assert done.returncode == 0
    assert machine.there() == before
    assert machine.jails() == []
    machine.wait_for_the_guard()  # whose last act is to remove the directory of all runs
    assert not Path(machine.root).exists()
    assert (machine.here / "a").read_text() == "0\n"


def test_a_silent_run_is_taken_down_by_its_guard(machine: EpairMachine) -> None:
    begin(machine, limit="3")

    machine.wait_for_the_guard()

    assert (machine.there(), machine.jails()) == ({"em0": ""}, [])


def test_a_signal_makes_the_guard_take_everything_down(machine: EpairMachine) -> None:
    begin(machine)

    os.kill(machine.guard(), signal.SIGTERM)
    machine.wait_for_the_guard()

    assert (machine.there(), machine.jails()) == ({"em0": ""}, [])


def test_a_run_that_lives_is_not_taken_down(machine: EpairMachine) -> None:
    machine.install("sleep", TURN)
    begin(machine, limit="3")
    turn = machine.here / "turn"

    beats = []
    for number in range(1, 21):
        beat = script(scripts.BEAT, f"{machine.root}/{NAME}", str(number))
        beats.append(machine.run(beat).returncode)
        turn.touch()
        wait_for(lambda: not turn.exists())

    assert beats == [0] * 20
    assert machine.jails() == [NAME]


def test_the_end_of_a_run_whose_guard_is_dead(machine: EpairMachine) -> None:
    begin(machine)
    os.kill(machine.guard(), signal.SIGKILL)
    machine.wait_for_the_guard()

    assert end(machine).returncode == 0
    assert (machine.there(), machine.jails()) == ({"em0": ""}, [])
    beat = machine.run(script(scripts.BEAT, f"{machine.root}/{NAME}", "1"))
    assert beat.returncode == 1


def test_a_file_of_a_run_that_vanishes_at_its_end_costs_others_nothing(
    machine: EpairMachine,
) -> None:
    machine.run(script("ifconfig lagg create"))
    begin(machine)
    os.kill(machine.guard(), signal.SIGKILL)
    machine.wait_for_the_guard()
    # Another process takes the same run down, and has removed it a moment ago.
    machine.install("cat", '#!/bin/sh\ncase $1 in */before) exit 1 ;; esac\nexec /bin/cat "$@"\n')

    assert end(machine).returncode == 0
    assert machine.there() == {"em0": "", "lagg7": ""}


def test_a_run_that_begins_at_the_same_time_is_left_alone(machine: EpairMachine) -> None:
    other = Path(machine.root) / f"{scripts.PREFIX}other"
    # It begins when this one has looked which guards there are.
    machine.install("ps", f'#!/bin/sh\n/bin/ps "$@"\nmkdir -p {other}\n')

    assert begin(machine).returncode == 0
    assert other.exists()


def test_a_new_run_removes_what_dead_ones_left_and_no_more(machine: EpairMachine) -> None:
    begin(machine, scripts.PREFIX + "dead", "1")
    dead = machine.guard()
    machine.run(script("ifconfig epair0a destroy; jail -c name=other"))  # half is gone
    os.kill(dead, signal.SIGKILL)
    machine.wait_for_the_guard()
    begin(machine, scripts.PREFIX + "alive", "1")
    alive = machine.guard()

    begin(machine, count="1")

    assert machine.jails() == [NAME, f"{scripts.PREFIX}alive", "other"]
    assert sorted(machine.there().values()) == ["", "", "", NAME, f"{scripts.PREFIX}alive"]
    os.kill(alive, signal.SIGKILL)


def test_a_testbed_that_cannot_be_made_leaves_nothing(machine: EpairMachine) -> None:
    (machine.here / "refuse").write_text("")

    done = begin(machine)
    machine.wait_for_the_guard()

    assert (done.returncode, done.stderr) == (1, "jail: refused\n")
    assert machine.there() == {"em0": ""}
    assert not Path(machine.root).exists()


def test_a_partner_is_a_lagg_of_far_ends_and_goes_again(machine: EpairMachine) -> None:
    begin(machine)
    jail = f"{NAME}_1"

    done = machine.run(script(scripts.JOIN, NAME, jail, "fast", "epair0b", "epair1b"))

    assert done.stdout == "lagg8\n"
    assert machine.log[-2:] == [
        f"{jail}: lagg8 laggproto lacp laggport epair0b laggport epair1b up",
        f"{jail}: lagg8 lacp_fast_timeout",
    ]
    assert machine.there()["epair1b"] == jail
    assert f"{jail}: epair1b up" in machine.log

    done = machine.run(script(scripts.PART, NAME, jail, "lagg8", "epair0b", "epair1b"))

    assert done.returncode == 0
    assert machine.jails() == [NAME]
    assert machine.there()["epair1b"] == NAME
    assert machine.log[-1] == f"{NAME}: epair1b up"


def test_a_partner_at_home_stays_there(machine: EpairMachine) -> None:
    begin(machine)

    made = machine.run(script(scripts.JOIN, NAME, NAME, "slow", "epair0b"))
    gone = machine.run(script(scripts.PART, NAME, NAME, "lagg8", "epair0b"))

    assert (made.returncode, gone.returncode) == (0, 0)
    assert (machine.jails(), machine.there()["epair0b"]) == ([NAME], NAME)
    assert not any("lacp_fast_timeout" in line for line in machine.log)


@pytest.mark.parametrize(("jail", "place"), [("", "host"), (NAME, NAME)])
def test_the_pid_of_a_tap_is_that_of_tcpdump(machine: EpairMachine, jail: str, place: str) -> None:
    done = machine.run(script(scripts.TAP, jail, "epair0b"))

    pid = done.stderr.removeprefix("pid ").strip()
    options = "-p -n -U --immediate-mode -i epair0b -w -"
    assert done.stdout == f"{place} {pid} {options}\n"


def test_hosts_ask_together_as_often_as_there_are_turns(machine: EpairMachine) -> None:
    begin(machine)
    before = (machine.here / "net" / "epair0b").read_text()
    words = ("02:11:22:33:44:55", "192.0.2.1", "02:00:00:00:00:01", "3", "192.0.2.7", "192.0.2.8")

    machine.run(script(scripts.HOSTS, "ask", NAME, "epair0b", *words))

    first = machine.log.index(f"{NAME}: epair0b ether 02:11:22:33:44:55")
    assert machine.log[first + 1 : first + 4] == [
        f"{NAME}: epair0b inet 192.0.2.7/24 alias",
        f"{NAME}: epair0b inet 192.0.2.8/32 alias",
        f"{NAME}: arp -s 192.0.2.1 02:00:00:00:00:01",
    ]
    for source in ("192.0.2.7", "192.0.2.8"):
        assert machine.log.count(f"{NAME}: ping -q -c 1 -t 1 -S {source} 192.0.2.1") == 3
        assert f"{NAME}: epair0b inet {source} -alias" in machine.log
    assert f"{NAME}: arp -d 192.0.2.1" in machine.log
    assert (machine.here / "net" / "epair0b").read_text() == before


def test_each_host_announces_itself_and_leaves(machine: EpairMachine) -> None:
    begin(machine)
    count = len(machine.log)

    machine.run(
        script(
            scripts.HOSTS, "announce", NAME, "epair0b", "", "192.0.2.1", "", "1", "192.0.2.7",
            "192.0.2.8",
        )
    )  # fmt: skip

    assert machine.log[count:] == [
        line
        for source in ("192.0.2.7", "192.0.2.8")
        for line in (
            f"{NAME}: epair0b inet {source}/24 alias",
            f"{NAME}: ping -q -c 1 -i 0.01 -W 10 192.0.2.1",
            f"{NAME}: arp -d 192.0.2.1",
            f"{NAME}: epair0b inet {source} -alias",
        )
    ]


def test_a_far_end_signs_with_an_address(machine: EpairMachine) -> None:
    begin(machine)

    done = machine.run(script(scripts.SIGN, NAME, "epair0b"))

    assert done.returncode == 0
    assert machine.log[-2:] == [
        f"{NAME}: epair0b inet 192.0.2.254/24 alias",
        f"{NAME}: epair0b inet 192.0.2.254 -alias",
    ]
